"""What the oracle asks of what must still be there: nobody is taken for gone unasked, a removal counts only alone, a label goes
on to what its address became."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hub.model.units import replaced_by
from hub.testing.simulation.cast import Actor
from hub.testing.simulation.meetings import Meetings
from hub.testing.simulation.people import Users, core

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


def followed(truth: Truth, meetings: Meetings) -> list[str]:
    """A label given to an address that somebody else corrected meanwhile is the corrected one's (merge.md 8)."""
    out = []
    moved = {truth.aliases.get(e.contact, e.contact) for e in truth.entries if e.cause in ("join", "undo", "unmerge")}
    for mail, what in sorted(meetings.followed.items()):
        link = truth.link_at(*what.place)
        if link is None or link.life != "present":
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
