"""The users: they type unique tokens, and remember what they saw when they typed them."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hub.testing.memory import MemorySystem
from hub.testing.memory_native import CONTACTS
from hub.testing.simulation.cast import Actor, VirtualClock

CORE = re.compile(r"(?:[A-Za-z]{2}|m)\d+")


def core(value: object) -> str | None:
    """What is left of a token however a vendor cut or rewrote it."""
    found = CORE.match(str(value)) if value is not None else None
    return found[0].casefold() if found else None


TEXTS = ("given", "family", "notes", "company")
UNITS = {"given": "name.given", "family": "name.family", "notes": "notes", "company": "company"}


@dataclass(slots=True)
class Typed:
    """One user write. ``unit``: canonical name, or "emails". ``parent``: what stood there (or what it replaced)."""

    token: str | None
    system: str
    record: str
    unit: str
    parent: str | None
    at: int


@dataclass
class Users:
    """Everybody who types. ``person_of``: (system, record) → who it really is. ``confused``: somebody
    joined two people by hand, so records made for each now stand on one contact. ``guessed``: somebody was asked about a
    record the hub made, and said yes. ``apart``: pairs of links told apart. ``late``: (unit, number) of answers to old
    questions. ``labelled``: (system, record) and the address that got another label there."""

    rng: random.Random
    actors: dict[str, Actor]
    clock: VirtualClock
    typed: list[Typed] = field(default_factory=list)
    person_of: dict[tuple[str, str], str] = field(default_factory=dict)
    removed: Counter[str] = field(default_factory=Counter)
    withdrawn: set[tuple[str, str]] = field(default_factory=set)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    merged: dict[tuple[str, str], str] = field(default_factory=dict)
    trace: list[Any] = field(default_factory=list)
    _count: int = 0
    parents: dict[str, set[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    confused: bool = False
    guessed: bool = False
    apart: set[tuple[str, str]] = field(default_factory=set)
    late: set[tuple[str, int]] = field(default_factory=set)
    corrected: dict[str, set[str]] = field(default_factory=dict)
    labelled: list[tuple[tuple[str, str], str]] = field(default_factory=list)

    def token(self, kind: str) -> str:
        self._count += 1
        long = "abcdefgh"[: self.rng.choice([0, 0, 8])]
        return f"{kind}{self._count}{'q' * (self._count % 2)}{long}"

    # ---- what they do

    def make_person(self, system: str | None = None, person: str | None = None, like: dict[str, Any] | None = None) -> None:
        """A new record; ``like``: the same person typed into another system."""
        name = system or self.rng.choice(sorted(self.actors))
        vendor = self.actors[name].vendor
        address = f"{self.token('m')}@example.org"
        given, family = self.token("Gi"), self.token("Fa")
        if like is not None:
            given, family, address = like["given"], like["family"], like["mail"]
        data: dict[str, Any] = {"given": given, "family": family}
        self._fill_mail(vendor, data, [address])
        if "notes" in vendor.traits.fields and self.rng.random() < 0.5 and like is None:
            data["notes"] = self.token("No")
        record = vendor.user_create(data)
        who = person or f"p{len(self.person_of)}"
        self.person_of[name, record.ref.native_id] = who
        for field_ in TEXTS:
            if record.data.get(field_):
                self._note(name, record.ref.native_id, UNITS[field_], str(record.data[field_]), None)
        for mail in mails(vendor, record.data):
            self._note(name, record.ref.native_id, "emails", mail, None)
        self.trace.append(("create", name, record.ref.native_id))
        if like is None and self.rng.random() < 0.1:  # somebody of the same family, sharing the address
            self.make_person(name, None, {"given": self.token("Gi"), "family": family, "mail": address})
        if like is None and len(self.actors) > 1 and self.rng.random() < 0.3:
            twice = self.rng.random() < 0.15  # typed twice into one system
            other = name if twice else self.rng.choice([n for n in sorted(self.actors) if n != name])
            self.make_person(other, who, {"given": given, "family": family, "mail": address})

    def _note(self, system: str, record: str, unit: str, token: str | None, parent: str | None) -> None:
        if token is not None:
            self.texts.add(token)
        if token is not None and parent is not None and token != parent:
            self.parents.setdefault(token, set()).add(parent)
        self.typed.append(Typed(core(token), system, record, unit, core(parent), len(self.typed)))

    def act(self) -> None:
        """One thing one user does somewhere."""
        choices: list[tuple[int, Callable[[str, str, dict[str, Any]], None]]] = [
            (16, self._text), (10, self._mail), (2, self._withdraw), (2, self._delete), (2, self._blank), (1, self._hide),
            (1, self._merge)]
        name = self.rng.choice(sorted(self.actors))
        records = sorted(self.actors[name].vendor.records().items())
        if not records or self.rng.random() < 0.04:
            self.make_person()
            return
        record, data = self.rng.choice(records)
        weights = [w for w, _ in choices]
        (_, does), = self.rng.choices(choices, weights)
        does(name, record, dict(data))

    def _text(self, name: str, record: str, data: dict[str, Any]) -> None:
        vendor = self.actors[name].vendor
        at = self.rng.choice([f for f in TEXTS if f in vendor.traits.fields])
        before = data.get(at)
        after = vendor.user_edit(record, {at: self.token(at[:2].title())}).data[at]
        self._note(name, record, UNITS[at], after, before)
        self.trace.append(("text", name, record, at))

    def _blank(self, name: str, record: str, data: dict[str, Any]) -> None:
        vendor = self.actors[name].vendor
        filled = [f for f in ("notes", "company") if data.get(f)]
        if filled:
            at = self.rng.choice(filled)
            vendor.user_edit(record, {at: None})
            self.removed[str(core(data[at]))] += 1
            self._note(name, record, UNITS[at], None, data[at])
            self.trace.append(("blank", name, record, at))

    def _mail(self, name: str, record: str, data: dict[str, Any]) -> None:
        vendor = self.actors[name].vendor
        have = mails(vendor, data)
        does = self.rng.choice(["add", "change", "change", "remove"])
        new = f"{self.token('m')}@example.org"
        if does == "add" or not have:
            room = vendor.traits.slots
            if room is not None and len(have) >= room:
                return
            self._set_mails(vendor, record, data, [*have, new], None, new)
            self._note(name, record, "emails", new, None)
        elif does == "change":
            old = self.rng.choice(have)
            self._set_mails(vendor, record, data, [new if m == old else m for m in have], old, new)
            self._note(name, record, "emails", new, old)
            self.corrected.setdefault(str(core(old)), set()).add(str(core(new)))
            self.removed[str(core(old))] += 1
        else:
            old = self.rng.choice(have)
            self._set_mails(vendor, record, data, [m for m in have if m != old], old, None)
            self.removed[str(core(old))] += 1
        self.trace.append(("mail", name, record, does))

    # ---- one thing, said which

    def correct(self, name: str, record: str, old: str) -> str:
        """Put an address right. Returns what it is now."""
        vendor, new = self.actors[name].vendor, f"{self.token('m')}@example.org"
        data = vendor.records()[record]
        if old in mails(vendor, data):
            self._set_mails(vendor, record, dict(data), [], old, new)
            self._note(name, record, "emails", new, old)
            self.corrected.setdefault(str(core(old)), set()).add(str(core(new)))
            self.removed[str(core(old))] += 1
        return new

    def remove(self, name: str, record: str, old: str) -> None:
        """Take an address away."""
        vendor = self.actors[name].vendor
        data = vendor.records()[record]
        if old in mails(vendor, data):
            self._set_mails(vendor, record, dict(data), [], old, None)
            self.removed[str(core(old))] += 1

    def add(self, name: str, record: str) -> None:
        """Add an address where there is room."""
        vendor, new = self.actors[name].vendor, f"{self.token('m')}@example.org"
        data = vendor.records()[record]
        if vendor.traits.slots is None or len(mails(vendor, data)) < vendor.traits.slots:
            self._set_mails(vendor, record, dict(data), [], None, new)
            self._note(name, record, "emails", new, None)

    def label(self, name: str, record: str, mail: str) -> bool:
        """Give an address another label, where the system has labels."""
        vendor = self.actors[name].vendor
        if vendor.traits.slots is not None:
            return False
        rows = [dict(r) for r in vendor.records()[record]["emails"]]
        mine = [r for r in rows if r["value"] == mail]
        for row in mine:
            row["label"] = "home" if row["label"] == "work" else "work"
        vendor.user_edit(record, {"emails": rows})
        self.labelled += [((name, record), mail)] * len(mine)
        return bool(mine)

    def type(self, name: str, record: str, at: str) -> None:
        """Type a text, where the system has the field."""
        vendor = self.actors[name].vendor
        if at in vendor.traits.fields:
            before = vendor.records()[record].get(at)
            after = vendor.user_edit(record, {at: self.token(at[:2].title())}).data[at]
            self._note(name, record, UNITS[at], after, before)

    def _withdraw(self, name: str, record: str, data: dict[str, Any]) -> None:
        if "optout" in data and not data["optout"]:
            self.actors[name].vendor.user_edit(record, {"optout": True})
            self.withdrawn.add((name, record))
            self.trace.append(("withdraw", name, record))

    def _delete(self, name: str, record: str, data: dict[str, Any]) -> None:
        self.delete(name, record)

    def delete(self, name: str, record: str) -> None:
        """Delete a record."""
        vendor = self.actors[name].vendor
        if vendor.row(record).hidden and vendor.traits.deletes_seen_as == "tombstone":
            return  # a system that tells deletes tells none of what the hub may not see, and is not listed again: nobody can know
        vendor.user_delete(record)
        self.deleted.append((name, record))
        self.trace.append(("delete", name, record))

    def _hide(self, name: str, record: str, data: dict[str, Any]) -> None:
        """It leaves the filter of the hub's account, or comes back into view. (One the hub made stays: if its create is
        not answered yet, nobody could find it again.)"""
        vendor = self.actors[name].vendor
        hidden = vendor.row(record).hidden
        if (name, record) not in self.person_of:
            return
        (vendor.show if hidden else vendor.hide)(record)
        self.trace.append(("show" if hidden else "hide", name, record))

    def show_all(self) -> None:
        """Whatever left the view comes back."""
        for name, actor in sorted(self.actors.items()):
            for record in sorted(actor.vendor.records()):
                if actor.vendor.row(record).hidden:
                    actor.vendor.show(record)
                    self.trace.append(("show", name, record))

    def _merge(self, name: str, record: str, data: dict[str, Any]) -> None:
        """Somebody joins two records of one person in his system."""
        vendor = self.actors[name].vendor
        who = self.person_of.get((name, record))
        others = [r for r in sorted(vendor.records()) if r != record and who and self.person_of.get((name, r)) == who]
        if others and not vendor.row(record).hidden and not vendor.row(others[0]).hidden:
            vendor.user_merge(record, others[0])
            self.merged[name, others[0]] = record
            self.trace.append(("merge", name, record, others[0]))

    # ---- e-mail in rows or slots

    def _fill_mail(self, vendor: MemorySystem, data: dict[str, Any], wanted: list[str]) -> None:
        if vendor.traits.slots is not None:
            data.update(dict(zip(vendor.traits.slot_names(CONTACTS[0]), wanted, strict=False)))
        else:
            data["emails"] = [{"value": m, "label": None, "primary": n == 0} for n, m in enumerate(wanted)]

    def _set_mails(
        self, vendor: MemorySystem, record: str, data: dict[str, Any], wanted: list[str], old: str | None, new: str | None,
    ) -> None:
        if vendor.traits.slots is not None:
            names = vendor.traits.slot_names(CONTACTS[0])
            patch = {n: data.get(n) for n in names}
            if old is not None:
                at = next(n for n in names if patch[n] == old)
                patch[at] = new
            else:
                at = next(n for n in names if not patch[n])
                patch[at] = new
            vendor.user_edit(record, patch)
            return
        rows = [dict(r) for r in data["emails"]]
        if old is not None and new is not None:
            rows = [{**r, "value": new} if r["value"] == old else r for r in rows]
        elif old is not None:
            rows = [r for r in rows if r["value"] != old]
        else:
            rows.append({"value": new, "label": None, "primary": not rows})
        vendor.user_edit(record, {"emails": rows})


def mails(vendor: MemorySystem, data: Any) -> list[str]:
    """The e-mail addresses a record shows."""
    if vendor.traits.slots is not None:
        return [str(data[n]) for n in vendor.traits.slot_names(CONTACTS[0]) if data.get(n)]
    return [str(r["value"]) for r in data.get("emails") or [] if r.get("value")]
