"""The shop's customers of the demo: a Lemonsoft sandbox, filled and used by people through its side door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub_demo.association import SHOP, Record
from hub_lemonsoft.sandbox import API_KEY, PASSWORD, create_app

Projection = Mapping[str, Any]


class Shop:
    """The company's database, as who sells there sees it. ``natives``: the ids of the customers it was filled with, in their
    order."""

    cannot = "would be emptied"

    def __init__(self, app: Any) -> None:
        self.app, self.users, self.natives = app, app.state.users, list[str]()
        self.secrets = {SHOP: PASSWORD, f"{SHOP}-key": API_KEY}

    def customer(self, native_id: str) -> Mapping[str, Any]:
        """Fields of a customer."""
        found: Mapping[str, Any] = self.users.world.customers[int(native_id)]
        return found


def fill(records: Sequence[Record], clock: Callable[[], float]) -> Shop:
    """A database, a customer a record. ``clock``: unix seconds."""
    shop = Shop(create_app(clock=clock))
    shop.natives = [str(shop.users.add(customer(record.shown))) for record in records]
    return shop


def customer(p: Projection) -> dict[str, Any]:
    """An organisation as somebody entered it: one e-mail address, without which Lemonsoft takes nobody; one phone, one address, a
    business id."""
    numbers = {scheme: row["v"] for scheme, row in (p.get("identifiers") or {}).items()}
    address: Mapping[str, Any] = next((row["v"] for row in (p.get("addresses") or {}).values()), {})
    return {
        "name": p["name.full"], "email": next(row["v"] for row in p["emails"].values()),
        "phone": next((row["v"] for row in (p.get("phones") or {}).values()), None),
        "vat": numbers.get("business-id"),
        "street": address.get("street"), "city": address.get("locality"), "postal_code": address.get("postcode"),
        "country": address.get("country"),
    }
