"""What the oracle asks of what must still be there: nobody is taken for gone unasked, a removal counts only alone, and what stays
different was typed there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.model.state import UNSET
from hub.testing.simulation.cast import Actor
from hub.testing.simulation.meetings import Meetings
from hub.testing.simulation.people import UNITS, Typed, Users, core

if TYPE_CHECKING:
    from hub.testing.simulation.oracle import Truth


def false_ends(truth: Truth, actors: dict[str, Actor], users: Users) -> list[str]:
    """Only what somebody deleted, joined to another or hid, or the hub deleted, is taken for gone (merge.md 10)."""
    ended = {(name, sent.id) for name, actor in actors.items() for sent in actor.vendor.log if sent.op == "delete"}
    ended |= {(t[1], t[-1]) for t in users.trace if t[0] in ("delete", "hide", "merge")}
    gone = [truth.links[e.changes["link"]].ref for e in truth.entries if e.cause == "gone" and e.changes["link"] in truth.links]
    return [f"vanished: {ref} is taken for gone, and nobody deleted it" for ref in gone
            if (ref.system, ref.native_id) not in ended]


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
