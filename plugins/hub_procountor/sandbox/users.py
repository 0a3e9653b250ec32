"""The side door: what people do in Procountor's own pages, for tests and the demo. No API, no rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .world import World


class Users:
    """People at work in one company."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, partner: Mapping[str, Any]) -> int:
        """Enter a customer, in Procountor's fields; gives the id."""
        return int(self.world.add({"type": "CUSTOMER", "address": {}, "paymentInfo": {"paymentMethod": "BANK_TRANSFER"},
                                   **partner})["id"])

    def edit(self, number: int, **sections: Any) -> None:
        """Sections are laid over what is there; a plain value replaces."""
        there = self.world.partners[number]
        self.world.put(number, {**there, **{name: {**there.get(name, {}), **told} if isinstance(told, Mapping) else told
                                            for name, told in sections.items()}})

    def inactivate(self, number: int) -> None:
        self.edit(number, registryInfo={"active": False})

    def activate(self, number: int) -> None:
        self.edit(number, registryInfo={"active": True})

    def becomes_supplier(self, number: int) -> None:
        self.edit(number, type="SUPPLIER")

    def customers(self) -> dict[str, Mapping[str, Any]]:
        """Id → partner, of active customers."""
        return {str(number): partner for number, partner in self.world.partners.items()
                if partner["type"] == "CUSTOMER" and partner["registryInfo"].get("active") is not False}
