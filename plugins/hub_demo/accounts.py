"""The bookkeeper's system of the demo: a Tryton sandbox, filled and used by people through its side door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub_demo.association import ACCOUNTS, Record
from hub_tryton.sandbox import PASSWORD, create_app

Projection = Mapping[str, Any]

COUNTRIES = (("Finland", "FI"), ("Poland", "PL"), ("United Kingdom", "GB"))
_PHONES = {"cell": "mobile"}


class Accounts:
    """The database, as the bookkeeper sees it. ``natives``: the ids of the parties it was filled with, in their order."""

    cannot = ""

    def __init__(self, app: Any) -> None:
        self.app, self.users, self.natives = app, app.state.users, list[str]()
        self.secrets = {ACCOUNTS: PASSWORD}

    def values(self, native_id: str, *kinds: str) -> list[str]:
        """Contact mechanisms of a party, of these kinds ("email", "phone", "mobile")."""
        return [row["value"] for row in self.users.rows("party.contact_mechanism", int(native_id)) if row["type"] in kinds]

    def addresses(self, native_id: str) -> list[Mapping[str, Any]]:
        """Addresses of a party."""
        rows: list[Mapping[str, Any]] = self.users.rows("party.address", int(native_id))
        return rows


def fill(records: Sequence[Record], clock: Callable[[], float]) -> Accounts:
    """A database, a party a record. ``clock``: unix seconds."""
    accounts = Accounts(create_app(clock=clock, countries=COUNTRIES))
    accounts.natives = [str(accounts.users.add(**party(record.shown))) for record in records]
    return accounts


def party(p: Projection) -> dict[str, Any]:
    """As a bookkeeper entered it: one field for the name, with one given name; an address is one for invoices."""
    people = p["kind"] == "individual"
    addresses = (p.get("addresses") or {}) if not people else {}
    numbers = {scheme: row["v"] for scheme, row in (p.get("identifiers") or {}).items()}
    return {
        "name": f"{p['name.given'].split()[0]} {p['name.family']}" if people else p["name.full"], "person": people,
        "emails": [row["v"] for row in (p.get("emails") or {}).values()],
        "phones": [(_PHONES.get(row["a"].get("label", ""), "phone"), row["v"]) for row in (p.get("phones") or {}).values()],
        "addresses": [{"street": row["v"]["street"], "city": row["v"]["locality"], "postal_code": row["v"].get("postcode"),
                       "country": row["v"]["country"], "invoice": True} for row in addresses.values()],
        "identifiers": [("fi_ytunnus", numbers["business-id"])] if "business-id" in numbers else [],
    }
