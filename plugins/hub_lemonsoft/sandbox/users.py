"""The side door: what people do in Lemonsoft's own pages, for tests and the demo. No API, no rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .world import World


class Users:
    """People at work in one company."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, customer: Mapping[str, Any]) -> int:
        """Enter a customer, in Lemonsoft's fields; gives the id."""
        return int(self.world.add({"is_customer": True, **customer})["id"])

    def edit(self, number: int, **fields: Any) -> None:
        self.world.change(number, fields)

    def inactivate(self, number: int) -> None:
        self.edit(number, is_nonactive=True)

    def activate(self, number: int) -> None:
        self.edit(number, is_nonactive=False)

    def becomes_supplier(self, number: int) -> None:
        self.edit(number, is_customer=False, is_supplier=True)

    def customers(self) -> dict[str, Mapping[str, Any]]:
        """Id → row, of active customers."""
        return {str(number): row for number, row in self.world.customers.items()
                if row["is_customer"] is True and row["is_nonactive"] is False}
