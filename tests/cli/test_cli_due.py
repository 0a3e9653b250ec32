"""hub subject due: people whose time is over are shown, approved as they were shown, and erased everywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from cli_support import CONFIG, Place, person

from hub.app import Hub

RULES = """
[retention.former_members]
where = { any = [ { unit = "groups", has = "members", not = true } ] }
unchanged = "730d"
why = "articles of association, section 4"
"""


@dataclass
class Later:
    """A clock that is ahead. ``days``: so far."""

    days: float = 0

    def now(self) -> float:
        return time.time() + self.days * 86_400


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    clock, opened = Later(), Hub.open
    monkeypatch.setattr(Hub, "open", lambda *given, **more: opened(*given, clock=clock.now, **more))
    return clock


@pytest.fixture
def aged(place: Place, later: Later) -> Place:
    """Two former members and a member nobody spoke of for two years, and a former member who moved lately."""
    place.write(CONFIG + RULES)
    for name, groups in (("Anna", []), ("Bela", []), ("Cilla", ["members"]), ("Dana", [])):
        place.crm.user_create(person(name, "Kanarialinnunen", f"{name.lower()}@lintu.example", groups=groups))
    assert place.run("sync", "--approve").code == 0
    later.days = 731
    edit(place, "Dana", notes="moved")
    assert place.run("sync", "--approve").code == 0
    return place


def edit(place: Place, name: str, **to: Any) -> None:
    place.crm.user_edit(next(i for i, r in place.crm.records().items() if r["given"] == name), to)


def due(found: Any) -> list[str]:
    return [p["name"].split()[0] for p in found["people"]]


@pytest.mark.both_databases
@pytest.mark.fault("G11", guard="hub.engine.asking.due:approve")
def test_who_is_due_is_shown_approved_as_shown_and_erased_everywhere(aged: Place) -> None:
    shown = aged.json("subject", "due")
    assert due(shown) == ["Anna", "Bela"] and not shown["asked"]
    edit(aged, "Bela", notes="paid again")
    aged.run("plan")
    stale = aged.run("subject", "due", "--erase", shown["list"])
    assert stale.code == 3 and "nobody is erased" in stale.err
    shown = aged.json("subject", "due")
    assert due(shown) == ["Anna"]
    assert aged.json("subject", "due", "--erase", shown["list"], "--by", "Officer")["asked"]
    done = aged.run("sync", "--approve")
    assert done.code == 0, done.err
    assert set(aged.given(aged.crm)) == set(aged.given(aged.mail)) == {"Bela", "Cilla", "Dana"}
    (receipt,) = aged.json("subject", "list")["erasures"]
    assert (receipt["rule"], receipt["why"], receipt["by"]) == ("former_members", "articles of association, section 4", "Officer")
    assert {r["system"]: r["outcome"] for r in receipt["records"]} == {"crm": "deleted", "mail": "deleted"}
    assert "former_members: articles of association, section 4" in aged.run("subject", "receipt", receipt["id"]).out


def test_the_list_says_what_becomes_of_whom_and_how_to_approve_it(aged: Place) -> None:
    keep = ("--keep", "mail=accounting act")
    ran = aged.run("subject", "due", *keep)
    assert "former_members: 2 of 4 (articles of association, section 4)" in ran.out
    assert "crm deleted, mail kept" in ran.out and "2 contacts: crm 2 deleted, mail 2 kept." in ran.out
    name = aged.json("subject", "due", *keep)["list"]
    assert f"--erase {name}" in ran.out and "Nothing was done" in ran.out
    assert aged.json("subject", "list")["erasures"] == []
    without = aged.run("subject", "due", "--except", "anna@lintu.example")
    assert "Anna" not in without.out and "Bela" in without.out
    refused = aged.run("subject", "due", "--except", "cilla@lintu.example")
    assert refused.code == 2 and "not on the list" in refused.err


def test_nothing_of_a_person_is_in_the_log(aged: Place) -> None:
    shown = aged.json("subject", "due")
    aged.run("subject", "due", "--erase", "another")
    aged.run("subject", "due", "--erase", shown["list"])
    aged.run("sync")
    log = (aged.folder / "state" / "hub.log").read_text(encoding="utf-8")
    assert "Kanarialinnunen" not in log and "lintu.example" not in log


def test_a_change_in_the_run_itself_is_told(aged: Place) -> None:
    shown = aged.json("subject", "due")
    aged.run("subject", "due", "--erase", shown["list"])
    edit(aged, "Anna", notes="joined again")
    assert "1 contact not erased though the time is over" in aged.run("sync").out
    assert set(aged.given(aged.crm)) == {"Anna", "Cilla", "Dana"}


def test_without_a_rule_it_is_said_how_to_write_one(place: Place) -> None:
    ran = place.run("subject", "due")
    assert ran.code == 0 and "[retention.NAME]" in ran.out
