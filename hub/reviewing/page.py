"""The report as one self-contained HTML file to read and print. No script, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from itertools import groupby

from hub.model.waiting import Asked, Pair, Side, Waiting
from hub.reviewing.reasons import cause, reason
from hub.reviewing.words import Words

SHORT = 8
"""The end of an id that people type."""
SAMPLE = 20
"""Pairs shown of a group that is approved by looking at examples (design.md 4, Identity)."""
SAMPLED = ("strong", "sure")


@dataclass(frozen=True, slots=True)
class Row:
    """One value. ``now``: the hub's."""

    where: str
    value: str
    since: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """``choices``: (name as it is typed, in words, what it does)."""

    id: str
    field: str
    rows: tuple[Row, ...]
    choices: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs of one cause: ``typed``, as people type it, and in words. ``at_once``: one answer may cover them. ``many``: how
    many there are, of which ``pairs`` are shown as (id, one, other, why)."""

    typed: str
    at_once: bool
    cause: str
    tier: str
    many: int
    pairs: tuple[tuple[str, Card, Card, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One record of a pair."""

    name: str
    system: str
    values: tuple[str, ...]


def page(asked: Asked, language: str, now: float) -> str:
    """The page as HTML."""
    from jinja2 import Environment, StrictUndefined

    told = Words(language)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(resources.files("hub.reviewing").joinpath("page.html").read_text(encoding="utf-8"))
    causes = [(cause, list(some)) for cause, some in groupby(asked.waiting, key=lambda w: w.cause)]
    return template.render(
        language=language, say=told.say, told=told, day=told.day(now), asked=asked, lead=told.lead(asked),
        causes=[(cause, len(some), _by_contact(some, told)) for cause, some in causes],
        groups=[_group(list(some), told) for _, some in groupby(asked.pairs, key=lambda p: p.group)])


def _by_contact(waiting: Iterable[Waiting], told: Words) -> list[tuple[str, list[Question]]]:
    return [(some[0].name or told.say["nameless"], [_question(w, told) for w in some])
            for some in (list(each) for _, each in groupby(waiting, key=lambda w: w.contact))]


def _question(one: Waiting, told: Words) -> Question:
    if one.is_existence:
        rows = [Row(s.system, told.say["gone_there"], told.day(s.since)) for s in one.said]
    else:
        rows = [Row(told.say["hub_now"], told.value(one.hub, one.unit), told.day(one.hub_since), True),
                *(Row(s.system, told.value(s.value, one.unit), told.day(s.since)) for s in one.said)]
    choices = tuple((c.name, told.choice(c.name), told.effect(c, one)) for c in one.choices)
    return Question(one.id[-SHORT:], told.field(one.unit), tuple(rows), choices)


def _group(pairs: list[Pair], told: Words) -> Group:
    first = pairs[0]
    shown = pairs[:SAMPLE] if first.tier in SAMPLED else pairs
    return Group(
        first.cause, len(pairs) > 1 and first.answered_by_group,
        told.capital(cause(first.cause, told.language)), told.say[f"tier_{first.tier}"], len(pairs),
        tuple((p.name, _card(p.one, told), _card(p.other, told), tuple(reason(c, told.language) for c in p.reasons))
              for p in shown))


def _card(side: Side, told: Words) -> Card:
    return Card(side.name or told.say["nameless"], side.system, tuple(told.told(u, v) for u, v in side.values))
