"""A site with wishes of its own: filters, units that may not go everywhere, protected people, a reviewer who is away or looks at
a plan before he approves it, a second process, a connector with mistakes. Drawn from its own dice."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.model.contact import CONTACT
from hub.model.record import Gone, Page
from hub.rules.lenses.lens import build_lens
from hub.rules.rulebook import Rulebook, SystemRules
from hub.testing.memory import memory_mapping
from hub.testing.simulation.cast import Actor, VirtualClock
from hub.testing.simulation.people import Users

GROUP = "members"
WHERE: Mapping[str, Any] = {"any": [{"unit": "groups", "has": GROUP}]}
ALLOWED = ("kind", "name.*", "company", "emails", "addresses", "groups")
"""What may be sent to a system that is told: neither notes nor phones nor consents."""


@dataclass
class Site:
    """``filtered``: systems that take members only · ``narrow``: those that get ALLOWED · ``shelter``: the one whose people are
    protected, or "" · ``phones``: number → system it was typed in · ``clock``: of the world."""

    rng: random.Random
    actors: Mapping[str, Actor]
    clock: VirtualClock
    on_leave: dict[str, Any] = field(default_factory=dict)
    narrow: set[str] = field(default_factory=set)
    shelter: str = ""
    phones: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = sorted(self.actors)
        grouped = [n for n in names if "groups" in self.actors[n].vendor.traits.fields]
        for name in names[1:]:
            if name in grouped and len(grouped) > 1 and self.rng.random() < 0.4:
                self.on_leave[name] = self.rng.choice(["keep", "freeze", "delete"])
            if self.rng.random() < 0.4:
                self.narrow.add(name)
        if "phones" in self.actors[names[0]].vendor.traits.fields and self.rng.random() < 0.5:
            self.shelter = names[0]

    def rules(self, book: Rulebook) -> Rulebook:
        """The rulebook as this site would have it."""
        return replace(book, systems={n: self._system(n, r) for n, r in book.systems.items()})

    def _system(self, name: str, rules: SystemRules) -> SystemRules:
        if name in self.on_leave:
            rules = replace(rules, where=WHERE, on_leave=self.on_leave[name])
        if name in self.narrow:
            rules = replace(rules, allow=ALLOWED)
        if name == self.shelter:
            mapping = dict(memory_mapping(self.actors[name].vendor.traits)["contact"])
            mapping["fields"] = {**mapping["fields"], "protected": {"fixed": True}}
            rules = replace(rules, lens=build_lens(mapping, CONTACT))
        return rules

    # ---- what its users do beside the usual

    def act(self, users: Users) -> None:
        """Somebody joins or leaves the members, gets a phone, or takes his opt-out back."""
        name = self.rng.choice(sorted(self.actors))
        vendor = self.actors[name].vendor
        records = sorted(vendor.records().items())
        if not records:
            return
        record, data = self.rng.choice(records)
        does = self.rng.choice(["group", "group", "phone", "relent"])
        if does == "group" and "groups" in data:
            rest = [g for g in data["groups"] if g != GROUP]
            vendor.user_edit(record, {"groups": rest if GROUP in data["groups"] else [*rest, GROUP]})
        elif does == "phone" and name == self.shelter and (name, record) in users.person_of:
            number = f"+35840{len(self.phones):07d}"
            shown: dict[str, Any] = {"phones": [{"value": number, "label": None, "primary": True}]}
            if vendor.traits.slots is not None:
                shown = {vendor.traits.slot_names("phones")[0]: number}
            vendor.user_edit(record, shown)
            self.phones[number] = name
        elif does == "relent" and data.get("optout") and (name, record) not in users.withdrawn:  # the hub wrote it there
            vendor.user_edit(record, {"optout": False})
        users.trace.append((does, name, record))


class Mistaken:
    """A connector that makes a mistake: ``how`` "raises" (a programming error while it lists) or "emptied" (a full listing
    has nobody, and whoever is asked for is gone)."""

    def __init__(self, connector: Any, how: str) -> None:
        self._connector, self.how, self._empty = connector, how, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    async def pull(self, entity: str, since: Any) -> AsyncIterator[Page]:
        async for page in self._connector.pull(entity, None if self.how == "emptied" else since):
            if self.how == "raises":
                raise KeyError("a field that is not there")
            if page.listing != "none":
                self._empty = True
                if page.listing == "ends":
                    yield replace(page, changes=[])
            else:
                yield page

    async def fetch(self, refs: Sequence[Any]) -> Sequence[Any]:
        return [Gone(r) for r in refs] if self._empty else list(await self._connector.fetch(refs))
