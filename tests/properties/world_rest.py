"""The laws that hold at every step and at rest (merge.md 14): a part of ``World``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from world_state import Contact, Seat, present
from world_systems import PERSON, Record, System, Write, keep, lay, project
from world_trail import Chronicle, LawBroken, strongest

from hub.model.state import UNSET, LinkState
from hub.model.units import member, primary, set_of, split
from hub.rules import shape as shape_rule
from hub.rules.authority import Authority
from hub.rules.consent import WITHDRAWN


class Rest:
    """What must be true of every contact."""

    authority: Authority
    book: Chronicle
    contacts: list[Contact]
    systems: list[System]
    said: list[Write]
    blurred: set[str]
    looks: list[Any]
    due: list[Any]
    rev: int
    number: int

    def _check(self, contact: Contact) -> None:
        self.book.fates(contact.trail, contact.state, contact.systems())
        self._consents(contact)

    def _consents(self, contact: Contact) -> None:
        names = contact.systems()
        said = [w for w in self.said if w.system in names]
        stands = contact.state.units.get("consents[news:email]", UNSET).value
        must = strongest(w for w in said if w.value["state"] == WITHDRAWN or self.authority.may_edit(w.system, w.unit))
        if said and stands != must and must is not None and (stands is None or must != stands):
            raise LawBroken("b", f"consent is {stands}, and {must} was said")

    def _shows(self, contact: Contact, link: str) -> None:
        """Law (d): writing everything again would change nothing, and a link that may be written is behind on nothing."""
        seat, state = contact.seats[link], contact.state.links[link]
        frozen = self.frozen(contact, state)
        waiting = [u for u in state.behind if not frozen(u)]
        if waiting:
            raise LawBroken("d", f"{link} is behind on {waiting} for no reason")

        def kept(unit: str) -> bool:
            return frozen(unit) or unit in state.behind

        for name in ("emails", "addresses"):
            shown = seat.system.project().get(name) or {}
            strange = [k for k in shown if not present(contact, name, k) and not kept(member(name, k))]
            if strange and self.authority.may_edit(seat.system.name, name):  # what is not for it to say may stay there
                raise LawBroken("d", f"{link} shows {strange} of {name}, and the contact does not")
        units = {u: None for u in contact.state.units if state.covers(u)}
        show = shape_rule.wanted(PERSON, contact.state.units, units, seat.shadow, state.covers, kept)
        traits = seat.system.traits
        again = lay(traits, seat.system.record, show, shape_rule.order(contact.state.units, "emails"))
        there, wanted = (project(traits, keep(traits, Record(), r, lambda: "new")) for r in (seat.system.record, again))
        if wanted != there:
            differ = {u: (there[u], wanted[u]) for u in there if there[u] != wanted[u]}
            raise LawBroken("d", f"{link} does not show the contact: {differ}")

    def _one_value_each(self, contact: Contact) -> None:
        """A corrected typo must not leave two values (merge.md 4)."""
        if self.book.confused or any(s.system.traits.slot_change == "add" for s in contact.seats.values()):
            return
        families: dict[str, list[str]] = {}
        for unit in contact.state.units:
            base, key, name = split(unit)
            if base == "emails" and key is not None and name is None and present(contact, base, key):
                families.setdefault(self.book.root(key), []).append(key)
        unsure = {self.book.root(split(w.unit)[1] or "") for w in self.book.writes.values()
                  if w.unsure and set_of(w.unit) == "emails"}
        unsure |= {self.book.root(key) for key in self.blurred}
        for root, keys in families.items():
            conflict = any(self.book.root(split(u)[1] or "") == root for u in contact.state.conflicts if set_of(u) == "emails")
            if len(keys) > 1 and root not in unsure and not conflict:
                raise LawBroken("b", f"one address was corrected, and now there are {sorted(keys)}")

    def _no_removal_unasked(self, contact: Contact, seat: Seat, laid: Record) -> None:
        """Law (f): a write of ours empties only what the contact has not any more, or what a primary displaces."""
        units = contact.state.units
        old, new = project(seat.system.traits, seat.system.record), project(seat.system.traits, laid)
        for unit, was in old.items():
            if unit in ("emails", "addresses", "consents"):
                gone = [k for k in was if k not in new[unit] and present(contact, unit, k)]
                lead = units.get(primary("emails"), UNSET).value
                displaced = seat.system.traits.emails == "slots" and unit == "emails" and lead in new[unit] and lead not in was
                if gone and not (displaced and len(gone) == 1):
                    raise LawBroken("f", f"a write to {seat.system.name} removed {gone} of {unit}")
            elif was is not None and new[unit] is None and set_of(unit) is None and units.get(unit, UNSET).value is not None:
                raise LawBroken("f", f"a write to {seat.system.name} emptied {unit}")

    def frozen(self, contact: Contact, link: LinkState) -> Callable[[str], bool]:
        """What the plan would not write to this link now (merge.md 12), the quiet period and scopes left out."""
        held = shape_rule.held(contact.state.conflicts, contact.state.units)

        def frozen(unit: str) -> bool:
            value = contact.state.units.get(unit, UNSET).value
            if set_of(unit) == "consents" and isinstance(value, Mapping) and value.get("state") == WITHDRAWN:
                return False
            stands = shape_rule.is_held(unit, held) or shape_rule.is_held(unit, link.left)
            return stands or not self.authority.may_write(link.system, unit)

        return frozen
