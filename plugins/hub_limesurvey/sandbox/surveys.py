"""Surveys: made, opened, listed, and their questions."""

from __future__ import annotations

from typing import Any

from .refusals import Page, Status, whole
from .world import Row, World


def list_surveys(world: World, user: Any = None) -> list[Row]:
    """06, 16, 109, 110."""
    if user is not None and user not in world.passwords:
        raise Status("Invalid user")
    if not world.surveys:
        raise Status("No surveys found")
    return [{"sid": sid, "gsid": 1, "surveyls_title": title, "startdate": None, "expires": None,
             "active": "N" if sid in world.inactive else "Y"} for sid, title in world.surveys.items()]


def add_survey(world: World, wish: Any, title: Any, language: Any, form: Any = "G") -> int:
    """07, 106: neither active nor with a participant list. The number wished, or one of its own for 0 and one that is taken."""
    survey = whole(wish)
    if not survey or survey in world.surveys:
        survey = next(world.free_numbers)
    world.make_survey(survey, str(title))
    world.inactive.add(survey)
    world.without_list.add(survey)
    return survey


def delete_survey(world: World, survey: int) -> Row:
    """111."""
    for held in (world.surveys, world.people, world.responses):
        held.pop(survey)
    return {"status": "OK"}


def activate_tokens(world: World, survey: int, attributes: Any = ()) -> Row:
    """13."""
    world.without_list.discard(survey)
    return {"status": "OK"}


def activate_survey(world: World, survey: int) -> Row:
    """14."""
    world.inactive.discard(survey)
    return {"status": "OK", "pluginFeedback": None, "isAllowRegister": False}


def set_survey_properties(world: World, survey: int, values: Any) -> Row:
    """102: whether a finished response may be changed; nothing else is here. 15: what an active survey no longer changes is not
    there at all."""
    if values == {"datestamp": "Y"} and survey not in world.inactive:
        raise Status("No valid Data")
    if values != {"alloweditaftercompletion": "Y"}:
        raise Page(501)
    world.editable.add(survey)
    return {"alloweditaftercompletion": True}


def list_questions(world: World, survey: int, group: Any = None, language: Any = None) -> list[Row]:
    """11."""
    return [{**row, "sid": survey} for row in world.questions]
