"""In-memory systems of varied capability, at the level of projections: what users see and type, what a write leaves.

Every write of a user is numbered. A system remembers, per unit, the write its value came from (``top``) and every
write whose effect its users had before them when it was made (``past``): the ancestry the laws are about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from hub.model.units import EntitySchema, Projection, SetSchema, UnitSchema, attr, member, primary, set_of, split
from hub.rules.slots import Slot, fill

PERSON = EntitySchema("person", {u.name: u for u in (
    UnitSchema("given"),
    UnitSchema("notes"),
    UnitSchema("birthday", "value", normal="date"),
    UnitSchema("emails", "set", SetSchema("key", ("label",), has_primary=True), normal="email"),
    UnitSchema("addresses", "set", SetSchema("parts")),
    UnitSchema("consents", "set", SetSchema("parts", joined=True)),
)})
CONTEXTS = ("home", "work")
FIRST_DAY = date(1950, 1, 1)


@dataclass(frozen=True)
class Traits:
    """What a system can express. ``emails``: rows (with ids), bare (a list without ids), slots, or none.
    ``cut``: texts the hub writes are cut to so many characters. ``upper``: and turned to capitals."""

    scalars: tuple[str, ...] = ("given", "notes", "birthday")
    emails: str = "rows"
    slots: tuple[Slot, ...] = ()
    labels: bool = True
    primary: bool = True
    addresses: bool = True
    consents: bool = True
    cut: int = 0
    upper: bool = False
    marker: bool = True
    slot_change: str = "replace"
    swapped: bool = False

    def said(self, unit: str, value: Any) -> Any:
        """A scalar as the lens reads it, or (it is its own inverse) as it is written: one mapping turns upper and lower case."""
        return value.swapcase() if self.swapped and isinstance(value, str) and unit != "birthday" else value

    def covers(self, unit: str) -> bool:
        base, key, name = split(unit)
        owner = set_of(unit)
        if owner is None:
            return base in self.scalars or (base == "emails" and self.emails != "none") or (
                base == "addresses" and self.addresses) or (base == "consents" and self.consents)
        if owner == "emails":
            return self.emails != "none" and (key is not None or self.primary) and (name is None or self.has_labels)
        return self.addresses if owner == "addresses" else self.consents

    @property
    def has_labels(self) -> bool:
        return self.labels if self.emails in ("rows", "bare") else any(s.label for s in self.slots)


THREE = tuple(Slot(f"email{n}") for n in (1, 2, 3))
NAMED = (Slot("email_home", ("home", "", "*"), "home"), Slot("email_work", ("work", "*"), "work"))
CASTS: tuple[Traits, ...] = (
    Traits(),
    Traits(marker=False),
    Traits(scalars=("given",), addresses=False, labels=False),
    Traits(emails="slots", slots=THREE[:1], addresses=False),
    Traits(emails="slots", slots=THREE, consents=False),
    Traits(emails="slots", slots=THREE, primary=False, marker=False),
    Traits(emails="bare", primary=False, cut=8),
    Traits(upper=True, labels=False, primary=False),
    Traits(emails="slots", slots=NAMED, primary=False, scalars=("given", "notes")),
    Traits(emails="none", cut=8, marker=False),
    Traits(emails="slots", slots=THREE[:1], primary=False, slot_change="add", consents=False),
    Traits(emails="bare", marker=False, labels=True, primary=True),
)


@dataclass(frozen=True)
class Row:
    key: str
    v: Any
    at: str | None = None
    label: str | None = None


@dataclass
class Record:
    """A native record. Parts are never changed in place, so a copy is shallow."""

    scalars: dict[str, Any] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    lead: str | None = None
    addresses: dict[str, Any] = field(default_factory=dict)
    consents: dict[str, Any] = field(default_factory=dict)
    marker: str | None = None

    def copy(self) -> Record:
        return replace(self, scalars=dict(self.scalars), addresses=dict(self.addresses), consents=dict(self.consents))


def project(traits: Traits, record: Record) -> Projection:
    """What the hub's lens reads from a record."""
    out: Projection = {unit: traits.said(unit, record.scalars.get(unit)) for unit in traits.scalars}
    if traits.emails != "none":
        slotted = traits.emails == "slots"
        out["emails"] = {r.key: {"v": r.v, "at": None if traits.emails == "bare" else r.at,
                                 "a": {"label": r.label} if traits.has_labels else {}} for r in record.rows}
        if traits.primary:
            first = traits.slots[0].at if slotted else ""
            out[primary("emails")] = next((r.key for r in record.rows if r.at == first), None) if slotted else record.lead
    for name, on in (("addresses", traits.addresses), ("consents", traits.consents)):
        if on:
            out[name] = {key: {"v": v, "at": key, "a": {}} for key, v in getattr(record, name).items()}
    return out


def lay(traits: Traits, record: Record, show: Projection, order: Mapping[str, int]) -> Record:
    """The record as the hub means to leave it: ``show`` laid over it, slots filled."""
    out = record.copy()
    out.scalars.update({u: traits.said(u, v) for u, v in show.items() if u in traits.scalars})
    lead = show.get(primary("emails"))
    if "emails" in show and traits.emails == "slots":
        held = {r.key: {"v": r.v, "at": r.at, "a": {}} for r in record.rows}
        placed = fill(show["emails"], lead, held, traits.slots, order, primary_first=traits.primary)
        labels = {slot.at: slot.label for slot in traits.slots}
        there = {r.at: r for r in record.rows}
        out.rows = tuple(
            there[m["at"]] if m["at"] in there and there[m["at"]].key == key else Row(key, m["v"], m["at"], labels[m["at"]])
            for key, m in placed.items())
    elif "emails" in show:
        wanted = show["emails"]
        kept = [replace(r, label=wanted[r.key]["a"].get("label") if traits.labels else None)
                for r in record.rows if r.key in wanted]
        known = {r.key for r in kept}
        new = [Row(k, m["v"], None, m["a"].get("label") if traits.labels else None)
               for k, m in wanted.items() if k not in known]
        out.rows = (*kept, *new)
        out.lead = lead if traits.primary and lead in wanted else out.lead
        if out.lead not in wanted:
            out.lead = None
    for name, on in (("addresses", traits.addresses), ("consents", traits.consents)):
        if on and name in show:
            setattr(out, name, {key: m["v"] for key, m in show[name].items()})
    return out


def keep(traits: Traits, before: Record, laid: Record, new_id: Any) -> Record:
    """What the vendor stores of a write: new texts cut or rewritten, rows numbered."""
    out = laid.copy()

    def text(old: Any, new: Any) -> Any:
        if not isinstance(new, str) or new == old:
            return new
        new = new[: traits.cut].strip() if traits.cut else new
        return new.upper() if traits.upper else new

    for unit in out.scalars:
        if unit != "birthday":
            out.scalars[unit] = text(before.scalars.get(unit), out.scalars[unit])
    for key, value in out.addresses.items():
        old = before.addresses.get(key, {})
        out.addresses[key] = {part: text(old.get(part), v) for part, v in value.items()}
    if traits.emails == "rows":
        out.rows = tuple(replace(r, at=new_id()) if r.at is None else r for r in out.rows)
    there = {r.key for r in before.rows}
    if traits.upper:
        out.rows = tuple(r if r.key in there else replace(r, v=r.v.upper()) for r in out.rows)
    return out


Trace = tuple[frozenset[int], frozenset[int]]
NOTHING: Trace = (frozenset(), frozenset())


@dataclass(frozen=True)
class Write:
    """One thing a user did. ``past``: every write its author had before him, itself included."""

    id: int
    system: str
    unit: str
    value: Any
    past: frozenset[int]
    unsure: bool = False


class System:
    """One system with its single record and its users. Every ``user_…`` returns the write, or None if there is
    nothing to do it to."""

    def __init__(self, name: str, traits: Traits) -> None:
        self.name, self.link, self.traits = name, f"{name}/1", traits
        self.record = Record()
        self.version = 0
        self.traces: dict[str, Trace] = {}
        self.pending: dict[str, list[Write]] = {}
        self.history: list[Any] = []
        self.came_back = False
        self.removed = ""
        self.stood: dict[str, str] = {}
        self._rows = 0

    def new_row(self) -> str:
        self._rows += 1
        return str(self._rows)

    def project(self) -> Projection:
        return project(self.traits, self.record)

    def trace(self, unit: str) -> Trace:
        return self.traces.get(unit, NOTHING)

    def _wrote(self, number: int, unit: str, value: Any, *also: str, past: frozenset[int] = frozenset()) -> Write:
        """``also``: further units the same write made, with the same ancestry. ``past``: what else was seen."""
        whole = self.trace(unit)[1] | past | {number}
        write = Write(number, self.name, unit, value, whole.union(*(self.trace(each)[1] for each in also)))
        for each in (unit, *also):
            self.traces[each] = (frozenset({number}), whole | self.trace(each)[1])
            self.pending.setdefault(each, []).append(write)
        self.version += 1
        return write

    # ---- scalars

    def user_types(self, number: int, unit: str) -> Write | None:
        return self.user_sets(number, unit, self._typed(number, unit))

    def user_sets(self, number: int, unit: str, value: Any) -> Write | None:
        if unit not in self.traits.scalars or self.record.scalars.get(unit) == value:
            return None
        if (was := self.record.scalars.get(unit)) is not None:
            self.history.append((unit, was))
        self.record.scalars[unit] = value
        return self._wrote(number, unit, self.traits.said(unit, value))

    def user_takes_back(self, number: int, which: int) -> Write | None:
        """A value that stood there once is typed again."""
        if not self.history:
            return None
        return self.user_sets(number, *self.history[which % len(self.history)])

    def _typed(self, number: int, unit: str) -> str:
        if unit == "birthday":
            return (FIRST_DAY + timedelta(days=number)).isoformat() if number % 5 else f"in {number}"
        text = f"{number:03}-{unit}-{self.name}"
        return text[: self.traits.cut].strip() if self.traits.cut else text

    # ---- e-mail addresses

    def user_adds(self, number: int, key: str | None = None) -> Write | None:
        """``key``: one that stood here before."""
        place: str | None = None
        label: str | None = f"label {number}" if self.traits.has_labels and number % 2 else None
        if self.traits.emails == "none" or self.came_back:
            return None
        if self.traits.emails == "slots":
            free = [s for s in self.traits.slots if s.at not in {r.at for r in self.record.rows}]
            if not free:
                return None
            place, label = free[0].at, free[0].label
        elif self.traits.emails == "rows":
            place = self.new_row()
        key = key or self._key(number)
        row = Row(key, key.upper(), place, label)
        self.record.rows = (*self.record.rows, row)
        also = [attr("emails", row.key, "label")] if label else []
        if self.traits.primary and self.traits.emails == "slots" and place == self.traits.slots[0].at:
            also.append(primary("emails"))
        return self._wrote(number, member("emails", row.key), row.v, *also)

    def user_adds_again(self, number: int) -> Write | None:
        """What was removed here last comes back. Of several changes to one address only the last could be seen."""
        if not self.removed or self._rows_pending() or any(r.key == self.removed for r in self.record.rows):
            return None
        return self.user_adds(number, self.removed)

    def user_types_back(self, number: int, which: int) -> Write | None:
        """A row is typed over with what stood there before."""
        row = self._pick(which)
        old = self.stood.get(row.key) if row else None
        return self.user_replaces(number, which, old) if old and not self._rows_pending() else None

    def _rows_pending(self) -> bool:
        return any(u.startswith("emails[") for u in self.pending)

    def _key(self, number: int) -> str:
        return f"e{number}@x.fi" if number % 7 else f"e{number}@@"

    def user_removes(self, number: int, which: int) -> Write | None:
        row = self._pick(which)
        if row is None:
            return None
        self.record.rows = tuple(r for r in self.record.rows if r is not row)
        self.removed = row.key
        if self.record.lead == row.key:
            self.record.lead = None
        return self._wrote(number, member("emails", row.key), None, past=self.trace(attr("emails", row.key, "label"))[1])

    def user_replaces(self, number: int, which: int, key: str | None = None) -> Write | None:
        """The text of a row or slot is typed over. ``key``: with one that stood somewhere before."""
        row = self._pick(which)
        key = key or self._key(number)
        if row is None or any(r.key == key for r in self.record.rows):
            return None
        new = replace(row, key=key, v=key.upper())
        self.stood[key] = row.key
        self.record.rows = tuple(new if r is row else r for r in self.record.rows)
        if self.record.lead == row.key:
            self.record.lead = key
        old_unit, new_unit = member("emails", row.key), member("emails", key)
        leads = [primary("emails")] if self.project().get(primary("emails")) == key else []
        self.traces[attr("emails", key, "label")] = self.trace(attr("emails", row.key, "label"))
        self.pending.setdefault(attr("emails", key, "label"), []).extend(
            self.pending.get(attr("emails", row.key, "label"), ()))
        seen = self.trace(attr("emails", row.key, "label"))[1]
        return self._wrote(number, old_unit, {"replaced_by": key}, new_unit, *leads, past=seen)

    def user_labels(self, number: int, which: int) -> Write | None:
        row = self._pick(which)
        if row is None or not self.traits.labels or self.traits.emails not in ("rows", "bare"):
            return None
        label = f"label {number}" if number % 4 else None
        if label == row.label:
            return None
        self.record.rows = tuple(replace(r, label=label) if r is row else r for r in self.record.rows)
        return self._wrote(number, attr("emails", row.key, "label"), label)

    def user_leads(self, number: int, which: int) -> Write | None:
        """Another address is made the primary one: a flag, or it changes places with the one in the first slot."""
        row = self._pick(which)
        if row is None or not self.traits.primary or self.project()[primary("emails")] == row.key:
            return None
        if self.traits.emails == "slots":
            first = self.traits.slots[0]
            was = row.at
            self.record.rows = tuple(
                replace(r, at=first.at, label=first.label) if r is row
                else replace(r, at=was) if r.at == first.at else r for r in self.record.rows)
        else:
            self.record.lead = row.key
        return self._wrote(number, primary("emails"), row.key)

    def _pick(self, which: int) -> Row | None:
        rows = () if self.came_back else self.record.rows
        return rows[which % len(rows)] if rows else None

    # ---- addresses, consents

    def user_moves(self, number: int, which: int) -> Write | None:
        """A part of a postal address changes, or the address is new or emptied."""
        if not self.traits.addresses:
            return None
        context = CONTEXTS[which % len(CONTEXTS)]
        old = self.record.addresses.get(context)
        if old is not None and which % 5 == 0:
            self.record.addresses = {k: v for k, v in self.record.addresses.items() if k != context}
            return self._wrote(number, member("addresses", context), None)
        text = f"{number:03} Long street"
        text = text[: self.traits.cut].strip() if self.traits.cut else text
        value = {**(old or {}), "street" if which % 2 else "locality": text}
        self.record.addresses = {**self.record.addresses, context: value}
        return self._wrote(number, member("addresses", context), value)

    def user_consents(self, number: int, granted: bool) -> Write | None:
        if not self.traits.consents:
            return None
        second = number // 3  # some forms are of the same second
        value = {"state": "granted" if granted else "withdrawn", "evidence": f"form {number}", "source": self.name,
                 "evidenced_at": f"2026-01-01T00:{second // 60:02}:{second % 60:02}+00:00"}
        self.record.consents = {**self.record.consents, "news:email": value}
        return self._wrote(number, member("consents", "news:email"), value)
