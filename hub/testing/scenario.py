"""Scenarios: stories of what users, systems and the hub do, as files people can read (``tests/scenarios/*.toml``).

::

    title = "Two people edit one field"

    [systems.crm]                     # a memory system; what is said here are its ``Traits``
    [systems.book]
    slots = 3

    [rules.book]                      # what ``SystemRules`` say beside the lens (on_delete, where, creates …)
    on_delete = "propagate"

    [authority.company]               # ``UnitAuthority`` of a unit
    owners = ["crm"]

    [[steps]]
    create = "anna"                   # a person, by a name of this file
    in = "crm"
    is = { given = "Anna", emails = ["anna@x.fi"] }

    [[steps]]
    sync = "approved"

    [[steps]]
    expect = "anna"
    in = "book"
    is = { given = "Anna" }

Each step has one verb; a verb that does not exist, or a word it does not know, is an error. The verbs and their words
are the methods of ``Play`` whose docstrings begin with "step".
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hub.engine.asking import conflicts, matches, one_and_two, subjects, undoing
from hub.engine.cycle import Cycle
from hub.model.life import LIVE
from hub.model.state import UNSET
from hub.model.units import EXISTS
from hub.rules.authority import Mode, UnitAuthority
from hub.store import journal
from hub.testing.memory import Traits
from hub.testing.stage import REVIEWER, Stage, addresses, emails

TABLES = {"title", "story", "systems", "rules", "authority", "quiet_s", "sweep_s", "steps"}
RUNS = 100
"""More than a story has."""
SYNCS = ("approved", "unapproved", "plan")


class Unexpected(AssertionError):
    """A story that went otherwise. Names the file's title, the step and what was there instead."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A read file. ``said``: its tables."""

    title: str
    said: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Scenario:
        """Raises ValueError, naming the file, for what is no scenario."""
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        if strange := said.keys() - TABLES:
            raise ValueError(f"{path.name}: unknown tables {sorted(strange)}")
        if "title" not in said or not said.get("systems") or not said.get("steps"):
            raise ValueError(f"{path.name}: a scenario has a title, systems and steps")
        return cls(said["title"], said)

    def play(self, *, url: str = "sqlite://") -> None:
        """Play it in a new world. Raises Unexpected."""
        play = Play(self, url)
        try:
            for number, step in enumerate(self.said["steps"], 1):
                try:
                    play.step(dict(step))
                except (AssertionError, LookupError) as error:
                    raise Unexpected(f"{self.title}, step {number} {step}: {error}") from error
        finally:
            play.stage.close()


def _authority(owners: Sequence[str] | None = None, others: Mode = "correct", prefer: Sequence[str] = ()) -> UnitAuthority:
    return UnitAuthority(tuple(owners) if owners is not None else None, others, tuple(prefer))


class Minds(NamedTuple):
    """What the people of a scenario know at a moment: (person, system) → native id, of records there and of those thrown away;
    when the last sync began."""

    people: dict[tuple[str, str], str]
    trash: dict[tuple[str, str], str]
    synced_at: float


class Play:
    """One performance. ``people``: (person, system) → native id."""

    def __init__(self, scenario: Scenario, url: str = "sqlite://", **over: Any) -> None:
        """``over``: what a ``Stage`` is told beside."""
        said = scenario.said
        self.stage = Stage(
            {n: Traits(**t) for n, t in said["systems"].items()}, said.get("rules", {}),
            {unit: _authority(**rule) for unit, rule in said.get("authority", {}).items()},
            quiet_s=said.get("quiet_s", 0.0), sweep_s=said.get("sweep_s", 86400.0), url=url, **over)
        self.people: dict[tuple[str, str], str] = {}
        self.trash: dict[tuple[str, str], str] = {}
        self.last: Cycle | None = None
        self.synced_at = self.stage.clock.now()

    def minds(self) -> Minds:
        """What its people know now."""
        return Minds(dict(self.people), dict(self.trash), self.synced_at)

    def take_up(self, minds: Minds) -> None:
        """Go on from there."""
        self.people, self.trash, self.synced_at = dict(minds.people), dict(minds.trash), minds.synced_at

    def step(self, words: dict[str, Any]) -> None:
        verb = next(iter(words))
        does = getattr(self, f"step_{verb}", None)
        if does is None:
            raise ValueError(f'there is no step "{verb}"')
        subject = words.pop(verb)
        does(subject, **{"in_" if k == "in" else "is_" if k == "is" else k: v for k, v in words.items()})

    # ---- what users do

    def step_create(self, person: str, *, in_: str, is_: Mapping[str, Any]) -> None:
        """Step: somebody types a new record."""
        made = self.stage.vendors[in_].user_create(self._native(in_, is_, None))
        self.people[person, in_] = made.ref.native_id

    def step_edit(self, person: str, *, in_: str, to: Mapping[str, Any]) -> None:
        """Step: somebody changes fields of a record."""
        record = self._record(person, in_)
        self.stage.vendors[in_].user_edit(record, self._native(in_, to, self.stage.vendors[in_].row(record).data))

    def step_delete(self, person: str, *, in_: str) -> None:
        """Step: somebody deletes a record."""
        record = self._record(person, in_)
        self.stage.vendors[in_].user_delete(record)
        self.trash[person, in_] = record

    def step_restore(self, person: str, *, in_: str) -> None:
        """Step: somebody takes it out of the trash."""
        self.stage.vendors[in_].user_restore(self.trash[person, in_])

    def step_merge(self, person: str, *, in_: str, loses: str) -> None:
        """Step: somebody joins two records of one system; the one that ``loses`` goes."""
        self.stage.vendors[in_].user_merge(self._record(person, in_), self._record(loses, in_))

    # ---- what systems and time do

    def step_down(self, system: str) -> None:
        """Step: nothing answers there until ``up``."""
        self.stage.faults[system].down = True

    def step_up(self, system: str) -> None:
        """Step: it answers again."""
        self.stage.faults[system].down = False

    def step_lose(self, system: str) -> None:
        """Step: the next write there is done, and its answer is lost."""
        self.stage.faults[system].next("lost_after", on="write")

    def step_wait(self, seconds: float) -> None:
        """Step: time goes by."""
        self.stage.clock.turn(seconds)

    # ---- what the hub and its people do

    def step_sync(self, how: str) -> None:
        """Step: a cycle: "approved" (a person approves its plan), "unapproved", or "plan" (nothing leaves the house)."""
        if how not in SYNCS:
            raise ValueError(f"sync is one of {', '.join(SYNCS)}")
        self.synced_at = self.stage.clock.now()
        self.last = self.stage.plan() if how == "plan" else self.stage.sync(approve=REVIEWER if how == "approved" else None)

    def step_judge(self, verdict: str, *, how_many: int = 1) -> None:
        """Step: a person judges every open match; there must be so many."""
        open_now = matches.every(self.stage.store)
        assert len(open_now) == how_many, f"{len(open_now)} open matches, not {how_many}"
        matches.judge(self.stage.store, [m["id"] for m in open_now], verdict, by=REVIEWER)

    def step_answer(self, unit: str, *, choose: str, value: str | None = None) -> None:
        """Step: a person answers the open conflict about a unit, or "@exists": ``choose`` as in `hub conflicts resolve`."""
        conflicts.resolve(self.stage.store, self._conflict(unit)["id"], choose, by=REVIEWER, value=value)

    def step_erase(self, person: str) -> None:
        """Step: a person asks to be forgotten, and somebody says so to the hub."""
        subjects.ask(self.stage.store, self.stage.book, self._contact(person).id, {}, by=REVIEWER)

    def step_join(self, person: str, *, to: str) -> None:
        """Step: somebody says that two contacts are one."""
        one_and_two.merge(self.stage.store, self.stage.book, self._contact(person).id, self._contact(to).id, by=REVIEWER)

    def step_part(self, person: str) -> None:
        """Step: somebody takes the last merge of a contact back."""
        one_and_two.unmerge(self.stage.store, self.stage.book, self._contact(person).id, by=REVIEWER)

    def step_undo(self, what: str) -> None:
        """Step: somebody undoes "the last sync": each run since it began."""
        if what != "the last sync":
            raise ValueError('undo "the last sync"')
        with self.stage.store.reading() as tx:
            runs = [run.id for run in journal.runs(tx, RUNS) if run.started_at > self.synced_at]
        for run in runs:
            undoing.ask(self.stage.store, self.stage.book, run, by=REVIEWER)

    def step_mapping(self, system: str, *, change: Mapping[str, Any]) -> None:
        """Step: the mapping file of a system is changed; ``change`` is laid over it."""
        self.stage.change_mapping(system, change)

    # ---- what must be so

    def step_expect(self, person: str, *, in_: str, is_: Mapping[str, Any] | None = None, there: bool = True) -> None:
        """Step: a record, and every other one of the contact in that system, shows these fields (``in = "hub"``: units
        of the contact); or none is there."""
        found: list[Mapping[str, Any]] = []
        if in_ == "hub":
            units = self._contact(person).units
            found.append({u: units.get(u, UNSET).value for u in is_ or ()})
        else:
            live = self.stage.vendors[in_].records()
            natives = [live[record] for record in self._records(person, in_) if record in live]
            assert bool(natives) == there, "it is not there" if there else "it is there"
            found += [{**native, "emails": addresses(self.stage.traits[in_], native)} for native in natives]
        for shown in found:
            for name, value in (is_ or {}).items():
                as_shown = sorted(shown[name]) if name == "emails" else shown[name]
                assert as_shown == (sorted(value) if name == "emails" else value), f"{name} is {as_shown!r}"

    def step_expect_conflicts(self, units: Sequence[str], *, between: Sequence[str] = ()) -> None:
        """Step: exactly these conflicts are open ("@exists": a delete that waits). ``between``: the values of the only
        one; of a single contender and what it did not see, the hub's value."""
        open_now = conflicts.every(self.stage.store)
        assert sorted(c["unit"] for c in open_now) == sorted(units), f"open are {sorted(c['unit'] for c in open_now)}"
        if between:
            asked = {str(c["value"]) for c in open_now[0]["contenders"]}
            asked |= {str(open_now[0]["hub"])} if len(asked) == 1 else set()
            assert sorted(asked) == sorted(between), f"it is between {sorted(asked)}"

    def step_expect_writes(self, counts: Mapping[str, int]) -> None:
        """Step: the last cycle wrote so much; systems that are not named got nothing."""
        found = {n: c for n, c in self.stage.written().items() if c}
        assert found == {n: c for n, c in counts.items() if c}, f"written {found}"

    def step_expect_contacts(self, count: int) -> None:
        """Step: the hub knows so many people."""
        found = len(self.stage.contacts())
        assert found == count, f"it knows {found}"

    def step_expect_records(self, counts: Mapping[str, int]) -> None:
        """Step: users see so many records in these systems."""
        found = {n: len(self.stage.vendors[n].records()) for n in counts}
        assert found == dict(counts), f"there are {found}"

    def step_expect_stopped(self, systems: Sequence[str]) -> None:
        """Step: these systems were skipped or set aside in the last cycle, the others not."""
        stopped = sorted(self.last.tally.stopped) if self.last else []
        assert stopped == sorted(systems), f"stopped were {stopped}"

    def step_expect_left(self, person: str, *, in_: str, units: Sequence[str]) -> None:
        """Step: these units are kept different there on purpose."""
        link = next(k for k in self.stage.links(self._contact(person).id) if k.ref.system == in_ and k.life in LIVE)
        assert sorted(link.left) == sorted(units), f"left are {sorted(link.left)}"

    # ---- how it is found

    def _native(self, system: str, says: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
        plain = {k: (v if v != "" else None) for k, v in says.items() if k != "emails"}
        return {**plain, **(emails(self.stage.traits[system], says["emails"], before) if "emails" in says else {})}

    def _contact(self, person: str) -> Any:
        places = [(system, record) for (who, system), record in self.people.items() if who == person]
        assert places, f"nobody here is called {person}"
        return self.stage.contact_of(*places[0])

    def _records(self, person: str, system: str) -> list[str]:
        """The record typed by that name first; then those the hub knows for the contact."""
        typed = self.people.get((person, system))
        known = sorted(self.stage.records_of(self._contact(person).id, system)) if self._met(person) else []
        return [*([typed] if typed else []), *(r for r in known if r != typed)]

    def _record(self, person: str, system: str) -> str:
        found = self._records(person, system)
        assert found, f"{person} has no record in {system}"
        return found[0]

    def _met(self, person: str) -> bool:
        """Has the hub read a record of that person yet?"""
        try:
            return bool(self._contact(person))
        except LookupError:
            return False

    def _conflict(self, unit: str) -> dict[str, Any]:
        found = [c for c in conflicts.every(self.stage.store) if c["unit"] == unit]
        assert len(found) == 1, f"{len(found)} conflicts about {unit} ({EXISTS}: a delete that waits)"
        return found[0]
