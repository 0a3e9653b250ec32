"""Who is kept no longer: what counts as a change, who is left out, and what a change after the approval does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from engine_stories import BIG, CALM, people
from sqlalchemy import event

from hub.engine.asking import conflicts, due, matches, one_and_two, subjects
from hub.engine.retention import ANSWERED
from hub.errors import ApprovalNeeded, PlanStale, UsageError
from hub.rules.guards import Limits
from hub.rules.retention import DAY_S, Retention
from hub.store import journal
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

pytestmark = pytest.mark.both_databases

NO_MEMBER = {"any": [{"unit": "groups", "has": "members", "not": True}]}
RULE = Retention("former_members", 730 * DAY_S, "articles of association, section 4", NO_MEMBER)
BY = "officer"


def stage_of(*given: str, rules: tuple[Retention, ...] = (RULE,), **more: Any) -> Stage:
    """So many people in crm, and by the hub in book, who have just been met."""
    stage = Stage({"crm": Traits(), "book": Traits()}, **more)
    stage.book = replace(stage.book, retention=rules)
    for name in given:
        meet(stage, name)
    stage.settle()
    return stage


def meet(stage: Stage, name: str, **more: Any) -> str:
    return stage.vendors["crm"].user_create({"kind": "individual", "given": name, "family": f"Of{name}", **more}).ref.native_id


def record(stage: Stage, name: str, system: str = "crm") -> str:
    return next(i for i, r in stage.vendors[system].records().items() if r["given"] == name)


def days(stage: Stage, count: int) -> None:
    stage.clock.turn(count * DAY_S)


def listed(stage: Stage, **keep: str) -> dict[str, Any]:
    return due.due(stage.store, stage.book, keep)


def names(found: dict[str, Any], what: str = "people") -> list[str]:
    return [p["name"].split()[0] for p in found[what]]


def approve(
    stage: Stage, listed: str, *, people: int | None = None, without: tuple[str, ...] = (), **keep: str,
) -> dict[str, Any]:
    return due.approve(stage.store, stage.book, keep, without=without, listed=listed, people=people, by=BY)


def left(stage: Stage, system: str) -> list[str]:
    return sorted(str(r["given"]) for r in stage.vendors[system].records().values())


# ---- what counts

def test_only_what_somebody_said_begins_the_time_again() -> None:
    stage = stage_of("Anna", "Bela", "Cilla")
    days(stage, 500)
    stage.vendors["crm"].user_edit(record(stage, "Bela"), {"notes": "moved"})
    stage.settle()
    stage.change_mapping("book", {"fields": {"notes": {"off": True}}})  # re-based: nobody said anything
    stage.book = replace(stage.book, retention=(RULE,))
    stage.settle()
    days(stage, 229)
    assert names(listed(stage)) == []
    days(stage, 2)
    assert names(listed(stage)) == ["Anna", "Cilla"]
    days(stage, 500)
    assert names(listed(stage)) == ["Anna", "Bela", "Cilla"]


def test_our_own_write_is_no_change_of_theirs_but_an_answer_is() -> None:
    stage = stage_of("Anna", "Bela")
    stage.vendors["crm"].user_edit(record(stage, "Bela"), {"given": "Bella"})
    stage.vendors["book"].user_edit(record(stage, "Bela", "book"), {"given": "Béla"})
    stage.settle()
    stage.vendors["crm"].user_edit(record(stage, "Anna"), {"notes": "called"})
    stage.faults["book"].next("auth_failed", on="write")
    stage.sync()
    days(stage, 731)
    anna = stage.contact_of("crm", record(stage, "Anna")).id
    stage.settle()
    assert entries(stage, anna)[-1].cause == "written"  # only now, two years later
    assert names(listed(stage)) == ["Anna", "Bela"]
    (conflict,) = conflicts.every(stage.store)
    conflicts.resolve(stage.store, conflict["id"], "book", by=BY, value=None)
    assert [p["reason"] for p in listed(stage)["left_out"]] == [ANSWERED]
    stage.settle()
    assert names(listed(stage)) == ["Anna"]


def entries(stage: Stage, contact: str) -> list[journal.Entry]:
    with stage.store.reading() as tx:
        return journal.of_contacts(tx, [contact])


def test_a_joined_contact_is_as_young_as_what_was_said_of_either() -> None:
    stage = stage_of("Anna")
    days(stage, 800)
    twin = stage.vendors["book"].user_create({"kind": "individual", "given": "Anna", "family": "Of"}).ref.native_id
    stage.settle()
    one_and_two.merge(stage.store, stage.book, f"crm:{record(stage, 'Anna')}", f"book:{twin}", by=BY)
    stage.settle()
    assert names(listed(stage)) == names(listed(stage), "left_out") == []
    days(stage, 731)
    found = listed(stage)
    assert names(found) == [] and [p["reason"] for p in found["left_out"]] == [due.TWO_NAMES]


def test_parted_from_another_what_was_said_of_it_meanwhile_still_counts() -> None:
    stage = stage_of("Anna", "Bela")
    matched = [stage.contact_of("crm", record(stage, n)).id for n in ("Anna", "Bela")]
    one_and_two.merge(stage.store, stage.book, *matched, by=BY)
    stage.settle()
    days(stage, 731)
    contact = stage.contact_of("crm", record(stage, "Anna")).id
    one_and_two.unmerge(stage.store, stage.book, contact, by=BY)
    assert "answer" in listed(stage)["left_out"][0]["reason"]
    stage.settle()
    assert names(listed(stage)) == []


def test_a_record_outside_the_filter_is_no_change_until_it_shows_another_thing() -> None:
    where = {"any": [{"unit": "groups", "has": "members"}]}
    stage = Stage({"crm": Traits(), "book": Traits(cursor="none", deletes_seen_as="absence")}, rules={"book": {"where": where}})
    stage.book = replace(stage.book, retention=(RULE,))
    anna = meet(stage, "Anna", groups=["members"])
    stage.settle()
    stage.vendors["crm"].user_edit(anna, {"groups": []})
    stage.settle()
    for _ in range(3):
        days(stage, 300)
        stage.settle()  # the book is listed whole each time, and its record waits in the inbox
    assert names(listed(stage)) == ["Anna"]
    stage.vendors["book"].user_edit(record(stage, "Anna", "book"), {"notes": "paid again"})
    stage.settle()
    found = listed(stage)
    assert names(found) == [] and "book shows something" in found["left_out"][0]["reason"]


# ---- who is left out, and what is told

def test_to_whom_somebody_refers_who_stays_is_left_out_and_whom_they_name_in_turn() -> None:
    stage = stage_of("Holding", "Firma", "Other")
    firma, holding = record(stage, "Firma"), record(stage, "Holding")
    stage.vendors["crm"].user_edit(firma, {"employer": holding})
    stage.settle()
    days(stage, 731)
    meet(stage, "Anna", employer=firma, groups=["members"])
    stage.settle()
    found = listed(stage)
    assert names(found) == ["Other"] and names(found, "left_out") == ["Firma", "Holding"]
    assert {p["reason"] for p in found["left_out"]} == {due.REFERRED}
    assert found["rules"] == [{"rule": RULE.name, "why": RULE.why, "people": 1, "of": 4}]


def test_what_waits_of_them_is_told_and_holds_nobody_back() -> None:
    stage = stage_of("Anna", "Bela")
    stage.vendors["crm"].user_edit(record(stage, "Bela"), {"given": "Bella"})
    stage.vendors["book"].user_edit(record(stage, "Bela", "book"), {"given": "Béla"})
    stage.settle()
    days(stage, 731)
    waits = {p["name"].split()[0]: p["waits"] for p in listed(stage)["people"]}
    assert waits == {"Anna": [], "Bela": ["a question is open"]}


def test_a_possible_double_is_told() -> None:
    stage = stage_of()
    for system in stage.vendors:
        mail = emails(stage.traits[system], ["anna@example.org"])
        stage.vendors[system].user_create({"kind": "individual", "given": "Anna", "family": "OfAnna", **mail})
    stage.plan()
    assert len(matches.every(stage.store)) == 1
    days(stage, 731)
    assert [p["waits"] for p in listed(stage)["people"]] == 2 * [["may be the same as somebody"]]


def test_who_was_deleted_everywhere_is_forgotten_by_the_hub_too() -> None:
    stage = stage_of("Anna", "Bela")
    contact = stage.contact_of("crm", record(stage, "Anna")).id
    for system in ("crm", "book"):
        stage.vendors[system].user_delete(record(stage, "Anna", system), hard=True)
    stage.settle()
    for each in conflicts.every(stage.store):
        conflicts.resolve(stage.store, each["id"], "delete", by=BY, value=None)
    stage.settle()
    days(stage, 731)
    found = listed(stage)
    assert {n: p["records"] == [] for n, p in zip(names(found), found["people"], strict=True)} == {"Anna": True, "Bela": False}
    approve(stage, found["list"])
    assert stage.sync(approve=None).tally.erased == 2
    assert all(not e.changes for e in entries(stage, contact))


# ---- the approval

def test_exactly_the_list_that_was_shown_goes_everywhere_and_the_receipt_names_the_rule() -> None:
    stage = stage_of("Anna", "Bela", "Cilla")
    days(stage, 731)
    meet(stage, "Dana")
    stage.vendors["crm"].user_edit(record(stage, "Cilla"), {"groups": ["members"]})
    stage.settle()
    found = listed(stage, book="accounting act")
    assert names(found) == ["Anna", "Bela"]
    with pytest.raises(PlanStale):
        approve(stage, listed(stage)["list"], book="accounting act")  # shown without the reason to keep
    approve(stage, found["list"], book="accounting act")
    assert listed(stage)["people"] == []  # asked already
    assert stage.sync(approve=None).tally.erased == 2
    assert left(stage, "crm") == ["Cilla", "Dana"] and left(stage, "book") == ["Anna", "Bela", "Cilla", "Dana"]
    for receipt in subjects.subjects(stage.store)["erasures"]:
        assert (receipt["rule"], receipt["why"], receipt["by"]) == (RULE.name, RULE.why, BY)
        assert {r["system"]: (r["outcome"], r["why"]) for r in receipt["records"]} == {
            "crm": ("deleted", ""), "book": ("kept", "accounting act")}


def test_who_is_excepted_stays_and_who_is_not_listed_cannot_be() -> None:
    stage = stage_of("Anna", "Bela")
    days(stage, 731)
    anna = f"crm:{record(stage, 'Anna')}"
    found = due.due(stage.store, stage.book, {}, without=[anna])
    assert names(found) == ["Bela"]
    with pytest.raises(PlanStale):
        approve(stage, found["list"])
    approve(stage, found["list"], without=(anna,))
    stage.sync(approve=None)
    assert left(stage, "crm") == left(stage, "book") == ["Anna"]
    meet(stage, "Dana")
    stage.settle()
    with pytest.raises(UsageError, match="not on the list"):
        due.due(stage.store, stage.book, {}, without=[f"crm:{record(stage, 'Dana')}"])


def test_a_system_where_nobody_has_a_record_cannot_keep_one() -> None:
    stage = stage_of("Anna")
    days(stage, 731)
    with pytest.raises(UsageError, match="crm"):
        listed(stage, bank="a law")


def test_most_of_all_are_erased_only_with_their_number() -> None:
    stage = stage_of("Anna", "Bela", "Cilla", limits=Limits(small=2))
    days(stage, 731)
    found = listed(stage)
    with pytest.raises(ApprovalNeeded, match="--people 3"):
        approve(stage, found["list"])
    with pytest.raises(UsageError, match="3 on the list, not 2"):
        approve(stage, found["list"], people=2)
    assert len(approve(stage, found["list"], people=3)["people"]) == 3


def test_nobody_is_due_without_a_rule_and_an_empty_list_cannot_be_approved() -> None:
    stage = stage_of("Anna", rules=())
    days(stage, 4000)
    found = listed(stage)
    assert (found["people"], found["rules"], found["list"]) == ([], [], "")
    with pytest.raises(PlanStale):
        approve(stage, "")


# ---- after the approval

def test_who_changes_before_the_run_has_read_it_stays() -> None:
    stage = stage_of("Anna", "Bela")
    days(stage, 731)
    approve(stage, listed(stage)["list"])
    stage.vendors["book"].user_edit(record(stage, "Anna", "book"), {"notes": "joined again"})
    tally = stage.sync(approve=None).tally
    assert (tally.erased, tally.not_erased) == (1, 1)
    assert left(stage, "crm") == left(stage, "book") == ["Anna"]
    assert names(listed(stage)) == []


def test_it_waits_until_every_system_of_theirs_was_read() -> None:
    stage = stage_of("Anna", "Bela")
    days(stage, 731)
    approve(stage, listed(stage)["list"])
    stage.vendors["book"].user_edit(record(stage, "Anna", "book"), {"notes": "joined again"})
    stage.faults["book"].next("auth_failed", on="changes")
    tally = stage.sync(approve=None).tally
    assert (tally.erased, tally.not_erased, tally.not_erased_yet) == (0, 0, 2)
    tally = stage.sync(approve=None).tally
    assert (tally.erased, tally.not_erased, tally.not_erased_yet) == (1, 1, 0)
    assert left(stage, "crm") == ["Anna"]


def test_who_asks_by_name_is_erased_though_something_changed() -> None:
    stage = stage_of("Anna")
    days(stage, 731)
    approve(stage, listed(stage)["list"])
    anna = record(stage, "Anna")
    subjects.ask(stage.store, stage.book, f"crm:{anna}", {}, by=BY)
    stage.vendors["crm"].user_edit(anna, {"notes": "please"})
    assert stage.sync(approve=None).tally.erased == 1
    (receipt,) = subjects.subjects(stage.store)["erasures"]
    assert receipt["rule"] == receipt["why"] == ""


def test_who_comes_back_is_asked_about() -> None:
    stage = stage_of()
    meet(stage, "Anna", birthday="1990-02-28")
    stage.settle()
    days(stage, 731)
    approve(stage, listed(stage)["list"])
    stage.sync(approve=None)
    meet(stage, "Anna", birthday="1990-02-28", groups=["members"])
    stage.settle()
    assert stage.contacts() == []
    (back,) = subjects.subjects(stage.store)["returned"]
    assert (back["system"], back["state"]) == ("crm", "asked")
    subjects.decide(stage.store, ["crm"], subjects.ADMITTED, by=BY)
    stage.settle()
    assert left(stage, "book") == ["Anna"]


def test_many_cost_as_many_statements_as_few() -> None:
    few, many = cost(4), cost(60)
    assert few and {s: (few[s], many[s]) for s in few | many if few[s] != many[s]} == {}


def cost(count: int) -> Counter[str]:
    """Statements to list, approve and begin to erase so many, and to forget them."""
    stage = Stage({"crm": BIG, "book": BIG}, limits=CALM)
    stage.book = replace(stage.book, retention=(replace(RULE, where=None),))
    people(stage, count)
    stage.settle()
    days(stage, 731)
    asked: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked[" ".join(statement.split("IN (")[0].split())[:300]] += 1

    event.listen(stage.store.engine, "before_cursor_execute", note)
    approve(stage, listed(stage)["list"])
    tally = stage.sync(approve=None).tally
    event.remove(stage.store.engine, "before_cursor_execute", note)
    assert tally.erased == count
    return asked
