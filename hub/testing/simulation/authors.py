"""What the oracle asks of authors: nothing is taken for a user's edit that no user made, and who is parted takes nothing along
that only the other one's records said."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from hub.model.units import replaced_by, split
from hub.testing.simulation.cast import Actor
from hub.testing.simulation.people import Users, core

if TYPE_CHECKING:
    from hub.testing.simulation.oracle import Truth

ASSERTED = ("won", "agreed", "contends")
Place = tuple[str, str]
"""System and record."""


def phantoms(truth: Truth, actors: dict[str, Actor], users: Users) -> list[str]:
    """Whoever asserts an address typed it there, or labelled it or what it was corrected from (merge.md 3, 8). Not asked of
    records that joined another contact's, or of systems in which nobody can tell that a record is ours, or whose connector
    lied; nor of a record out of the trash: of a write whose answer was lost before it went there nobody asks any more."""
    back = {t[1:] for t in users.trace if t[0] == "restore"}
    lied = {t[1] for t in users.trace if t[0] == "emptied"}
    joined = {truth.aliases.get(e.contact, e.contact) for e in truth.entries if e.cause in ("join", "unmerge", "undo")}
    said: dict[Place, set[str]] = defaultdict(set)
    for typed in users.typed:
        if typed.unit == "emails" and typed.token is not None:
            said[typed.system, typed.record].add(typed.token)
    for place, mail in users.labelled:
        said[place] |= _became(str(core(mail)), users)
    mixed = {*users.merged.values(), *users.merged}
    out = []
    for e in truth.entries:
        if e.cause != "merge" or truth.aliases.get(e.contact, e.contact) in joined:
            continue
        for unit, link, fate, value, _rule, _against in e.changes.get("decisions", ()):
            base, key, name = split(unit)
            if base != "emails" or key is None or name is not None or value is None or fate not in ASSERTED \
                    or link not in truth.links or truth.links[link].ref.system in lied:
                continue
            ref = truth.links[link].ref
            there, asserted = (ref.system, ref.native_id), core(replaced_by(value) or key)
            if asserted not in said[there] and there not in mixed | back and actors[ref.system].vendor.traits.own_key:
                out.append(f"phantom: nobody typed {asserted} in {ref.system}:{ref.native_id}, and it counts as if")
    return out


def _became(mail: str, users: Users) -> set[str]:
    """An address and what it was corrected to, and that again."""
    out, new = {mail}, {mail}
    while new := {str(n) for old in new for n in users.corrected.get(old, ())} - out:
        out |= new
    return out


def taken_along(truth: Truth, users: Users) -> list[str]:
    """Two contacts that were parted: neither has a value that was typed in records of the other alone (merge.md 11)."""
    homes = {(k.ref.system, k.ref.native_id): truth.aliases.get(k.contact, k.contact) for k in truth.links.values()}
    said: dict[tuple[str, str], set[str]] = defaultdict(set)  # unit and token → contacts in whose records it was typed
    for typed in users.typed:
        if typed.token is not None and (home := homes.get((typed.system, typed.record))) is not None:
            said[typed.unit, typed.token].add(home)
    parted = {frozenset((e.contact, str(e.changes["other"]))): e.seq for e in truth.entries if e.cause == "unmerge"}
    since = {truth.aliases.get(e.contact, e.contact): e.seq for e in truth.entries if e.cause in ("join", "undo")}
    out = []
    for pair, seq in parted.items():
        for mine, other in (sorted(pair), sorted(pair, reverse=True)):
            if {mine, other} & truth.aliases.keys() or max(since.get(mine, 0), since.get(other, 0)) > seq \
                    or mine not in truth.contacts or truth.contacts[mine].state != "live":
                continue
            for unit, cell in truth.contacts[mine].units.items():
                base, key, name = split(unit)
                if name is not None or cell.value is None or replaced_by(cell.value) is not None:
                    continue
                where = said.get((unit, str(core(cell.value))) if key is None else (base, str(core(key))))
                if where == {other}:
                    out.append(f"taken along: {unit}={cell.value!r} was typed in records of the other one alone")
    return out
