"""What the oracle asks of what must still be there: nobody is taken for gone unasked, a removal counts only alone, what stays
different was typed there, a record is made once, and again where somebody says so, a label goes on to what its address became and
is the same everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.model.state import NEVER, UNSET
from hub.model.units import EXISTS, EntitySchema, attr, replaced_by
from hub.rules.rulebook import Rulebook
from hub.rules.scope import scope
from hub.store.contacts import ContactRow, LinkRow
from hub.testing.simulation.cast import Actor
from hub.testing.simulation.meetings import Meetings
from hub.testing.simulation.people import UNITS, Typed, Users, core

if TYPE_CHECKING:
    from hub.testing.simulation.oracle import Truth


def false_ends(truth: Truth, actors: dict[str, Actor], users: Users) -> list[str]:
    """Only what somebody deleted, joined to another or hid, or the hub deleted, is taken for gone (merge.md 10). Not asked of a
    system whose connector said of each record it was asked for that it is gone."""
    lied = {t[1] for t in users.trace if t[0] == "emptied"}
    ended = {(name, sent.id) for name, actor in actors.items() for sent in actor.vendor.log if sent.op == "delete"}
    ended |= {(t[1], t[-1]) for t in users.trace if t[0] in ("delete", "hide", "merge")}
    gone = [truth.links[e.changes["link"]].ref for e in truth.entries if e.cause == "gone" and e.changes["link"] in truth.links]
    return [f"vanished: {ref} is taken for gone, and nobody deleted it" for ref in gone
            if (ref.system, ref.native_id) not in ended and ref.system not in lied]


def kept(truth: Truth, users: Users, meetings: Meetings) -> list[str]:
    """A removal does not count where somebody else labelled the member meanwhile (merge.md 8)."""
    out = []
    undone = {truth.aliases.get(e.contact, e.contact) for e in truth.entries if e.cause in ("undo", "unmerge")}
    for mail, (system, record) in sorted(meetings.kept.items()):
        link = truth.link_at(system, record)
        if link is None or link.life != "present" or users.removed[str(core(mail))] > 1:
            continue
        home = truth.contacts[truth.aliases.get(link.contact, link.contact)]
        cell = home.units.get(f"emails[{mail}]")
        if cell is not None and cell.value is None and home.state == "live" and home.id not in undone:
            out.append(f"not kept: {mail} was removed, though it was labelled in {system}")
    return out


def keeps_its_own(truth: Truth, typed: Sequence[Typed]) -> list[str]:
    """A system is left with another text than the contact's only where somebody typed it there: what the hub wrote goes where the
    contact goes, also when a run is undone (merge.md 6, 7, 11)."""
    told = {(t.system, t.unit, t.token) for t in typed}
    return [f"left: {link.ref} keeps {unit}={shown!r}, which nobody typed there" for link in truth.links.values()
            for unit in UNITS.values() if unit in link.left and (shown := link.shadow.get(unit)) is not None
            and truth.contacts[link.contact].units.get(unit, UNSET).value != shown
            and (link.ref.system, unit, core(shown)) not in told]


def followed(truth: Truth, users: Users, meetings: Meetings) -> list[str]:
    """A label given to an address that somebody else corrected meanwhile is the corrected one's (merge.md 8). Not asked where
    nobody can tell whether a write landed: there what was corrected may be no correction; nor where the address was also
    taken away, with its label, or the corrected one got another label since."""
    out = []
    moved = {truth.aliases.get(e.contact, e.contact) for e in truth.entries if e.cause in ("join", "undo", "unmerge")
             or any(landed.startswith("nobody") for _, landed in e.changes.get("settled", ()))}
    for mail, what in sorted(meetings.followed.items()):
        link = truth.link_at(*what.place)
        again = any(core(address) == core(what.new) for _, address in users.labelled)
        if link is None or link.life != "present" or users.removed[str(core(mail))] > 1 or again:
            continue
        home = truth.contacts[truth.aliases.get(link.contact, link.contact)]
        unit = f"emails[{what.new}]"
        cell, label = home.units.get(unit), home.units.get(f"{unit}.label")
        if cell is None or cell.value is None or replaced_by(cell.value) is not None or home.state != "live" or home.id in moved:
            continue
        if label is None or label.value != what.label:
            out.append(f"not followed: {what.new} was {mail}, which got the label {what.label} in {what.place[0]}")
    return out


def made_once(truth: Truth) -> list[str]:
    """A create that is done made a record: no record is made twice (merge.md 13)."""
    made = Counter(truth.links[e.changes["link"]].ref for e in truth.entries if e.cause in ("created", "create settled"))
    return [f"not made: {ref.system}:{ref.native_id} is told to be made {count} times" for ref, count in sorted(made.items())
            if count > 1]


def made_again(truth: Truth, book: Rulebook) -> list[str]:
    """Where a person said of an ended record that it shall be made again, it is (merge.md 10), unless the filter says no."""
    said = {e.changes["link"] for e in truth.entries if e.cause == "existence answered" and e.changes["verdict"] == "restore"}
    asked = {x for pair in truth.asked for x in pair}
    moved = {e.contact for e in truth.entries if e.cause in ("undo", "unmerge", "parted")}
    moved |= {r.contact for r in truth.conflicts if r.conflict.unit.startswith(EXISTS)}
    out = []
    for link in sorted(said & truth.links.keys()):
        home = truth.aliases.get(truth.links[link].contact, truth.links[link].contact)
        system, all_ = truth.links[link].ref.system, [k for k in truth.links.values() if k.contact == home]
        there = [k for k in all_ if k.ref.system == system]
        if truth.contacts[home].state == "live" and home not in moved and system in book.systems.keys() - truth.aside \
                and scope(truth.contacts[home].units, book.systems[system].where) == "in" \
                and any(k.life == "present" for k in all_) and not any(k.live or k.tombstone for k in there) \
                and not asked & {k.id for k in all_}:
            out.append(f"not made again: {truth.links[link].ref}, and a person said it shall be")
    return out


def labels(entity: EntitySchema, contact: ContactRow, link: LinkRow, shown: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """An address has one label everywhere. ``shown``: address → the attributes a record shows of it."""
    out = []
    for key, said in sorted(shown.items()):
        unit = attr("emails", key, "label")
        cell = contact.units.get(unit, UNSET)
        if cell.rev != NEVER and "label" in said and unit not in link.left and not entity.same(unit, said["label"], cell.value):
            out.append(f"differs: {link.ref} shows {unit}={said['label']!r}, the hub has {cell.value!r}")
    return out
