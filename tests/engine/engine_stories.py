"""Stories with any number of people in them, told to a stage; for tests that measure what a story costs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from hub.engine.asking import conflicts, matches
from hub.rules.guards import Limits
from hub.testing.memory import Traits
from hub.testing.memory_native import Refusal
from hub.testing.stage import Stage, emails

BIG = Traits(page=1000, batch_max=200, batch_mode="partial", merges=True, unique_key=False)
"""A vendor that takes and tells much at once."""
CALM = Limits(small=100_000, least=100_000, most=100_000)


def stage(book: Traits = BIG, url: str = "sqlite://") -> Stage:
    return Stage({"crm": BIG, "book": book}, limits=CALM, url=url)


def people(stage: Stage, count: int, system: str = "crm", **more: Any) -> list[str]:
    """Type so many people who have nothing in common. Returns their native ids."""
    return [stage.vendors[system].user_create({
        "given": f"Given{n}", "family": f"Family{n}", **emails(stage.traits[system], [f"p{n}@example.org"]), **more,
    }).ref.native_id for n in range(count)]


def edit_all(stage: Stage, system: str, **to: Any) -> None:
    for record in stage.vendors[system].records():
        stage.vendors[system].user_edit(record, {name: f"{value} {record}" for name, value in to.items()})


Measured = Callable[[Stage], None]
"""Runs a cycle and looks at what it costs."""
Story = Callable[[int, Measured], None]


def first_sync(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    cycle(s)


def nothing_changed(count: int, cycle: Measured) -> None:
    s = stage(Traits(page=1000, cursor="none", deletes_seen_as="absence"))
    people(s, count)
    s.settle()
    cycle(s)


def edits(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    s.settle()
    edit_all(s, "crm", given="New")
    cycle(s)


def conflicts_and_answers(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    s.settle()
    edit_all(s, "crm", given="New")
    edit_all(s, "book", given="Other")
    cycle(s)
    for each in conflicts.every(s.store):
        conflicts.resolve(s.store, each["id"], "crm", by="reviewer", value=None)
    cycle(s)


def deletes_and_answers(count: int, cycle: Measured) -> None:
    s = stage()
    records = people(s, count)
    s.settle()
    for record in records:
        s.vendors["crm"].user_delete(record)
    cycle(s)
    for each in conflicts.every(s.store):
        conflicts.resolve(s.store, each["id"], "delete", by="reviewer", value=None)
    cycle(s)


def matches_and_verdicts(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count, notes="one")
    people(s, count, "book", notes="other")
    cycle(s)
    matches.judge(s.store, ["sure"], "same", by="reviewer")
    cycle(s)


def references_to_nobody_and_then_somebody(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    s.settle()
    employer = s.vendors["crm"].user_create({"given": "Firma"}).ref.native_id
    s.vendors["crm"].hide(employer)
    for record in s.vendors["crm"].records():
        if record != employer:
            s.vendors["crm"].user_edit(record, {"employer": employer})
    cycle(s)
    s.vendors["crm"].show(employer)
    cycle(s)


def refusals(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    s.settle()

    def refuse(*_: Any) -> Any:
        raise Refusal("given is refused")

    s.vendors["book"].updated = refuse  # type: ignore[assignment]
    edit_all(s, "crm", given="New")
    cycle(s)
    cycle(s)


def lost_answers(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    s.faults["book"].next("lost_after")
    s.sync()
    cycle(s)
    edit_all(s, "crm", given="New")
    s.faults["book"].next("lost_after")
    s.sync()
    cycle(s)


def changed_mapping(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    s.settle()
    s.change_mapping("book", {"fields": {"notes": {"off": True}}})
    cycle(s)


def merged_by_the_vendor(count: int, cycle: Measured) -> None:
    s = stage()
    records = people(s, 2 * count)
    s.settle()
    for n in range(count):
        s.vendors["crm"].user_merge(records[n], records[count + n])
    cycle(s)


def values_nobody_can_say(count: int, cycle: Measured) -> None:
    s = stage()
    people(s, count)
    s.settle()
    edit_all(s, "crm", birthday="soon")
    cycle(s)


STORIES: tuple[Story, ...] = (
    first_sync, nothing_changed, edits, conflicts_and_answers, deletes_and_answers, matches_and_verdicts,
    references_to_nobody_and_then_somebody, refusals, lost_answers, changed_mapping, merged_by_the_vendor,
    values_nobody_can_say)


def statements(story: Story, count: int) -> list[Counter[str]]:
    """What each measured cycle of a story asked the database, by the beginning of the statement."""
    out: list[Counter[str]] = []

    def cycle(stage: Stage) -> None:
        asked: Counter[str] = Counter()

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            one_part = re.sub(r"(?: UNION ALL SELECT \S+ AS hash)+", "", " ".join(statement.split("IN (")[0].split()))
            asked[one_part[:300]] += 1

        event.listen(stage.store.engine, "before_cursor_execute", note)
        stage.sync()
        event.remove(stage.store.engine, "before_cursor_execute", note)
        out.append(asked)

    story(count, cycle)
    return out
