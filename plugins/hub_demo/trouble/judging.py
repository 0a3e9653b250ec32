"""What must be true at the end: every edit ended somewhere with a reason, all systems agree where nothing is held, and nobody
is there twice because an answer got lost. Judged from the systems themselves and the journal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from hub.app import Hub
from hub.model.contact import CONTACT
from hub.model.record import NativeRecord, Upserted
from hub.model.state import UNSET
from hub.model.units import Projection, replaced_by, set_of, split
from hub.rules.lenses.lens import Refs
from hub.rules.normal import BadValue, member_key
from hub.rules.shape import held, is_held
from hub.store.contacts import ContactRow, LinkRow
from hub.testing.simulation.oracle import LOSING, Truth
from hub_demo.trouble.typists import Edit

WHOLE = frozenset({"emails"})
"""Sets of which every system that has no slots shows every member."""


@dataclass
class Judgement:
    """``fates``: of the edits; ``lost``, ``differs``, ``doubled``, ``orphans``: what must be empty, in words; ``compared``:
    values of records that were held against the contact's; ``held``: questions that wait for a person; ``parked``: writes a
    system refused, whose records are not compared."""

    fates: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    compared: int = 0
    held: int = 0
    parked: int = 0
    journal: bool = True

    @property
    def problems(self) -> list[str]:
        broken = [] if self.journal else ["the journal's chain is broken"]
        return [*broken, *self.lost, *self.differs, *self.doubled, *self.orphans]


async def judge(hub: Hub, typed: Sequence[Edit], before: Mapping[str, Set[str]]) -> Judgement:
    """``hub``: over systems that are well; ``before``: system → the records it had before the hub came."""
    truth, out = Truth(hub.store), Judgement()
    there = {name: await _records(hub, name) for name in hub.connectors}
    out.journal, out.held, out.parked = truth.broken is None, len(truth.conflicts), len(truth.parked)
    _fates(truth, typed, out)
    _agreement(hub, truth, there, out)
    doubles(truth, there, before, out)
    return out


async def _records(hub: Hub, name: str) -> dict[str, NativeRecord]:
    found: dict[str, NativeRecord] = {}
    async for page in hub.connectors[name].pull(CONTACT.name, None):
        found.update((change.ref.native_id, change.record) for change in page.changes if isinstance(change, Upserted))
    return found


# ---- every edit

def _fates(truth: Truth, typed: Sequence[Edit], out: Judgement) -> None:
    said = _Said(truth, {_key(each) for each in typed})
    seen = {(each.system, each.record, each.unit, each.before) for each in typed}
    for each in typed:
        link = truth.link_at(each.system, each.record)
        if link is None:
            out.lost.append(f"{each.value}: the record of {each.system} it was typed into has no contact")
            continue
        contact = truth.contacts[truth.aliases.get(link.contact, link.contact)]
        fate = _fate(each, contact, link, said, seen)
        out.fates[fate or "lost"] += 1
        if fate is None:
            out.lost.append(f"{each.value}, typed into {each.system} for {each.unit}, is nowhere and nothing says why")


def _fate(each: Edit, contact: ContactRow, link: LinkRow, said: _Said, seen: set[tuple[str, str, str, str | None]]) -> str | None:
    key = _key(each)
    unit = f"{each.unit}[{key}]" if each.unit in CONTACT.sets else each.unit
    value = contact.units.get(unit, UNSET).value
    if value is not None and replaced_by(value) is None and (each.unit in CONTACT.sets or value == each.value):
        return "stands"
    if (contact.id, each.unit, key) in said.asked:
        return "waits for a person"
    if (each.system, each.record, each.unit, each.value) in seen or (contact.id, each.unit, key) in said.replaced:
        return "replaced by somebody who saw it"
    if (contact.id, each.unit, key) in said.decided:
        return "overruled by a rule"
    return "outside of the filter" if link.life != "present" else None


def _key(each: Edit) -> str:
    return member_key(each.unit, each.value) if each.unit in CONTACT.sets else each.value


class _Said:
    """(contact, unit or set, value or key) that the hub asks about, that a rule decided against, or that gave way to another
    value that was typed (``typed``): who typed that knew it, else the hub would ask."""

    def __init__(self, truth: Truth, typed: Set[str]) -> None:
        self.asked = {(truth.aliases.get(r.contact, r.contact), *_named(r.conflict.unit, value)) for r in truth.conflicts
                      for x in r.conflict.contenders for value in (x.value, x.base)}
        self.decided: set[tuple[str, str, str]] = set()
        self.replaced: set[tuple[str, str, str]] = set()
        for e in truth.entries:
            contact = truth.aliases.get(e.contact, e.contact)
            for unit, _, fate, value, _, _ in e.changes.get("decisions", ()):
                if fate in LOSING:
                    self.decided.add((contact, *_named(unit, value)))
            changes = e.changes.get("units", {})
            for unit, change in changes.items() if isinstance(changes, Mapping) else ():
                now = replaced_by(change[3]) or _named(unit, change[3])[1]
                if now in typed:
                    self.replaced.add((contact, *_named(unit, change[0])))


def _named(unit: str, value: Any) -> tuple[str, str]:
    """A value under its unit; a member, which may stand for another one, under its set with the value's own key."""
    owner, key = set_of(unit) or unit, split(unit)[1]
    told = value.get("v", value) if isinstance(value, Mapping) else value
    if owner not in CONTACT.sets:
        return owner, str(told)
    return owner, (member_key(owner, told) if isinstance(told, str) else "") or (key or "")


# ---- agreement

def _agreement(hub: Hub, truth: Truth, there: Mapping[str, Mapping[str, NativeRecord]], out: Judgement) -> None:
    refs = {name: Refs({k.ref.native_id: k.contact for k in truth.links.values() if k.ref.system == name and k.live}, {})
            for name in there}
    conflicts: dict[str, dict[str, Any]] = defaultdict(dict)
    for r in truth.conflicts:
        conflicts[r.contact][r.conflict.unit] = r.conflict
    links: dict[str, list[LinkRow]] = defaultdict(list)
    for link in truth.links.values():
        if link.life == "present" and link.id not in truth.parked:
            links[link.contact].append(link)
    for contact in truth.live():
        units_held = held(conflicts[contact.id], contact.units)
        for link in links[contact.id]:
            native = there[link.ref.system].get(link.ref.native_id)
            if native is None:
                out.differs.append(f"a record of {link.ref.system} is present in the hub and not there")
                continue
            shows = hub.book.systems[link.ref.system].lens.get(native.data, refs[link.ref.system])
            _compare(hub, contact, link, shows, units_held, truth.aliases, out)


def _compare(hub: Hub, contact: ContactRow, link: LinkRow, shows: Projection, units_held: frozenset[str],
             aliases: Mapping[str, str], out: Judgement) -> None:
    rules = hub.book.systems[link.ref.system]

    def binds(unit: str) -> bool:
        """Is the record to show what the contact has? Not what is held, left there on purpose, or not to be written there."""
        return not (is_held(unit, units_held) or is_held(unit, link.left)) and rules.may_leave_to(CONTACT, unit) \
            and hub.book.authority.may_write(rules.name, unit)

    for unit, shown in shows.items():
        if set_of(unit) is not None or not binds(unit):
            continue
        if unit not in CONTACT.sets:
            if unit not in contact.units:  # what a vendor fills in by itself when a record is made
                continue
            out.compared += 1
            wanted = contact.units[unit].value
            if CONTACT.units[unit].kind == "ref":  # who became part of another contact is meant by both names
                wanted = aliases.get(str(wanted), wanted)
            if not CONTACT.same(unit, shown, wanted) and not _said_otherwise(rules.lens, unit, shown, wanted):
                out.differs.append(f"{link.ref.system} shows {unit} = {shown!r}, the contact has {wanted!r}")
        elif unit != "consents":
            _compare_set(contact, link, unit, shown or {}, binds, out, whole=unit in WHOLE and not _slotted(shown or {}))


def _said_otherwise(lens: Any, unit: str, shown: Any, wanted: Any) -> bool:
    """The system has no word for it, and keeps saying what it can: would writing it change what is shown?"""
    try:
        patch = lens.put({}, {unit: wanted}, Refs({}, {}))
    except BadValue:
        return True
    return bool(lens.get(patch, Refs({}, {})).get(unit) == shown)


def _compare_set(contact: ContactRow, link: LinkRow, name: str, shown: Mapping[str, Any], binds: Any, out: Judgement, *,
                 whole: bool) -> None:
    members = {key: cell.value for unit, cell in contact.units.items() if (p := split(unit))[0] == name and (key := p[1])
               is not None and p[2] is None and cell.value is not None and replaced_by(cell.value) is None}
    for key, entry in shown.items():
        unit = f"{name}[{key}]"
        if not binds(unit):
            continue
        out.compared += 1
        if key not in members:
            out.differs.append(f"{link.ref.system} shows {unit}, the contact has no such member")
        elif not CONTACT.same(unit, entry["v"], members[key]):
            out.differs.append(f"{link.ref.system} shows {unit} = {entry['v']!r}, the contact has {members[key]!r}")
    for key in members if whole else ():
        if key not in shown and binds(f"{name}[{key}]"):
            out.differs.append(f"{link.ref.system} does not show {name}[{key}]")


def _slotted(shown: Mapping[str, Any]) -> bool:
    """Members in fields of their own are named by them; there may be too few."""
    return any(isinstance(entry.get("at"), str) and not str(entry["at"]).isdecimal() for entry in shown.values())


# ---- nobody twice

def doubles(truth: Truth, there: Mapping[str, Mapping[str, NativeRecord]], before: Mapping[str, Set[str]],
             out: Judgement) -> None:
    """Of a contact one record is made in a system, and none beside one that was there. Every record has its contact."""
    made: Counter[tuple[str, str]] = Counter()
    old: Counter[tuple[str, str]] = Counter()
    known = {(k.ref.system, k.ref.native_id): truth.aliases.get(k.contact, k.contact) for k in truth.links.values() if k.live}
    for system, records in there.items():
        for native_id in records:
            contact = known.get((system, native_id))
            if contact is None:
                out.orphans.append(f"a record of {system} belongs to no contact")
            else:
                (old if native_id in before[system] else made)[contact, system] += 1
    for (contact, system), count in made.items():
        if count + old[contact, system] > 1:
            out.doubled.append(f"{system} has {count} records made for one contact beside {old[contact, system]} it had")
