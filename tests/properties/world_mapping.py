"""A system's mapping changes: its links are re-based (merge.md 11, "Changed lens")."""

from __future__ import annotations

from dataclasses import replace

from world_joining import Joining
from world_state import SCALARS
from world_systems import PERSON, Write, project

from hub.rules import rebase as rebase_rule


class Remapping(Joining):
    """A part of ``World``."""

    def changes_mapping(self, a: int, b: int) -> None:
        """One system is read and written through another lens: letters turned, or a field that was never mapped."""
        system = self.systems[a % len(self.systems)]
        contact = next((c for c in self.contacts if system.link in c.seats), None)
        if contact is None or contact.seats[system.link].send is not None or system.version != contact.seats[system.link].version:
            return
        seat, state, units = contact.seats[system.link], contact.state.links[system.link], contact.state.units
        more = tuple(u for u in SCALARS if u not in system.traits.scalars)
        system.traits = replace(system.traits, scalars=(*system.traits.scalars, more[0])) if b % 3 == 0 and more else replace(
            system.traits, swapped=not system.traits.swapped)
        state = replace(state, covers=system.traits.covers)
        new = project(system.traits, seat.known)
        native = seat.known.scalars
        unwritten = frozenset(u for u in system.traits.scalars if u in units and u not in state.behind and u not in state.left
                              and system.traits.said(u, units[u].value) != native.get(u))
        found = rebase_rule.rebase(PERSON, state, units, contact.state.conflicts, seat.shadow, new, unwritten)
        state = replace(state, behind={**found.behind, **state.behind})
        contact.state = replace(contact.state, links={**contact.state.links, system.link: state})
        seat.shadow = new
        for edit in found.edits:  # whoever wrote the mapping is the author of its new readings
            self.number += 1
            past = system.trace(edit.unit)[1] | {self.number}
            self.book.note(Write(self.number, system.name, edit.unit, edit.value, past))
            self.book.pulled.add(self.number)
            system.traces[edit.unit] = frozenset({self.number}), past
        if found.edits:
            self._take(contact, found.edits, {(e.unit, e.link): system.trace(e.unit) for e in found.edits}, [], a)
