"""Who is the same was said, and the run ends before they are joined: the next one joins them."""

from __future__ import annotations

from typing import Any

import pytest

from hub.engine import joining
from hub.engine.asking import matches
from hub.testing.memory import KEY, Traits
from hub.testing.stage import REVIEWER, Stage


class Ended(BaseException):
    """The process, here."""


def ends_before_it_joins(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def join(*_: Any, **__: Any) -> None:
        raise Ended

    with monkeypatch.context() as ending:
        ending.setattr(joining, "_join", join)
        with pytest.raises(Ended):
            stage.sync()
    assert live(stage) == 2


def live(stage: Stage) -> int:
    return sum(c.state == "live" for c in stage.contacts())


def test_what_a_person_judged_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    for vendor in stage.vendors.values():
        vendor.user_create({"given": "Anna", "family": "Virtanen", "emails": [{"value": "anna@example.org"}]})
    stage.sync()
    matches.judge(stage.store, [m["id"] for m in matches.every(stage.store)], "same", by=REVIEWER)
    ends_before_it_joins(stage, monkeypatch)
    stage.settle()
    assert live(stage) == 1


def test_what_a_vendor_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    first, second = (stage.vendors["crm"].user_create({"given": name, "family": "Virtanen"}).ref.native_id
                     for name in ("Anna", "Eve"))
    stage.settle()
    stage.vendors["crm"].user_merge(first, second)
    ends_before_it_joins(stage, monkeypatch)
    stage.settle()
    assert live(stage) == 1 and stage.contact_of("crm", first).units["name.given"].value == "Anna"


def test_what_has_a_strong_key(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage({"crm": Traits(), "book": Traits(), "list": Traits(unique_key=False)})
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    stage.faults["list"].down = True
    stage.sync()
    (made,) = stage.vendors["book"].records().values()
    stage.faults["list"].down = False
    stage.vendors["list"].user_create({"given": "Anna", "family": "Virtanen", KEY: made[KEY]})
    ends_before_it_joins(stage, monkeypatch)
    stage.settle()
    assert live(stage) == 1 and len(stage.vendors["list"].records()) == 1
