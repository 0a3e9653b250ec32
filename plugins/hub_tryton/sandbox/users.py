"""The side door: what people do in Tryton's own client, for tests and the demo. No protocol, no rights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .schema import Account
from .world import HIDDEN, Row, World
from .writing import PARTY, Writing

_EVERYBODY = Account(1, "", sees_all=True)


class Users:
    """People at work in one database."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, name: str | None = None, *, person: bool = False, **values: Any) -> int:
        """Enter a party. Rows as lists of values: ``emails=["a@example.org"]``, ``phones=[("mobile", "+358 …")]``,
        ``addresses=[{…}]``, ``identifiers=[("fi_ytunnus", "…")]``, ``websites=[…]``, ``categories=["Member"]``."""
        mechanisms = [{"type": "email", "value": each} for each in values.pop("emails", ())]
        mechanisms += [{"type": kind, "value": each} for kind, each in values.pop("phones", ())]
        mechanisms += [{"type": "website", "value": each} for each in values.pop("websites", ())]
        rows = {"contact_mechanisms": mechanisms, "addresses": [self._address(each) for each in values.pop("addresses", ())],
                "identifiers": [{"type": kind, "code": code} for kind, code in values.pop("identifiers", ())]}
        names = [*values.pop("categories", ()), *(["Person"] if person else [])]
        given = {"name": name, **values, **{key: [["create", each]] for key, each in rows.items() if each},
                 "categories": [["add", [self.category(each)]] for each in names]}
        with self.world.transaction():
            return Writing(self.world, _EVERYBODY, None).create(PARTY, [given])[0]

    def _address(self, values: Mapping[str, Any]) -> Row:
        return {**values, **({"country": self.country(values["country"])} if values.get("country") else {})}

    def edit(self, party: int, **values: Any) -> None:
        """In the party's own form: the party moves, whatever of it is changed."""
        with self.world.transaction():
            Writing(self.world, _EVERYBODY, None).write(PARTY, [[party], values])

    def edit_row(self, model: str, record: int, **values: Any) -> None:
        """By itself, as in the list of addresses: its party does not move."""
        with self.world.transaction():
            Writing(self.world, _EVERYBODY, None).write(model, [[record], values])

    def add_row(self, model: str, party: int, **values: Any) -> int:
        with self.world.transaction():
            return Writing(self.world, _EVERYBODY, None).create(model, [{"party": party, **values}])[0]

    def remove_row(self, model: str, record: int) -> None:
        """By itself: nothing of it is left, and its party does not move."""
        with self.world.transaction():
            Writing(self.world, _EVERYBODY, None).delete(model, [record])

    def delete(self, party: int) -> None:
        with self.world.transaction():
            Writing(self.world, _EVERYBODY, None).delete(PARTY, [party])

    def deactivate(self, party: int) -> None:
        self.edit(party, active=False)

    def hide(self, party: int) -> None:
        """A rule of the server hides parties of such a name from the hub's user."""
        self.edit(party, name=f"{HIDDEN}{party}")

    def replace(self, loser: int, winner: int) -> None:
        """Party, Replace: rows are deactivated and move to the winner, the loser is deactivated and names it (party/party.py)."""
        with self.world.transaction():
            for model in ("party.address", "party.contact_mechanism", "party.identifier"):
                for record in self.world.hung_on(model, loser):
                    self.world.change(model, record, {"active": False, "party": winner})
            self.world.change(PARTY, loser, {"active": False, "replaced_by": winner})

    def invoice(self, party: int, amount: str = "10.00", on: date = date(2026, 11, 20), *, currency: str = "EUR",
                kind: str = "out", state: str = "posted") -> int:
        """An invoice is posted: its party does not move, and cannot be deleted any more."""
        self.world.invoiced.add(party)
        codes = self.world.rows["currency.currency"]
        with self.world.transaction():
            money = next((each for each, row in codes.items() if row["code"] == currency), 0) or self.world.insert(
                "currency.currency", {"name": currency, "code": currency})
            return self.world.insert("account.invoice", {
                "party": party, "type": kind, "state": state, "currency": money, "invoice_date": on,
                "total_amount": Decimal(amount), "amount_to_pay": Decimal(amount) if state == "posted" else Decimal(0)})

    def pay(self, invoice: int, amount: str) -> None:
        """Some of it, or all of what is open: then the invoice is paid."""
        left = self.world.rows["account.invoice"][invoice]["amount_to_pay"] - Decimal(amount)
        with self.world.transaction():
            self.world.change("account.invoice", invoice, {"amount_to_pay": left, "state": "posted" if left else "paid"})

    def rows(self, model: str, party: int) -> list[Row]:
        return [self.world.rows[model][record] for record in self.world.hung_on(model, party)]

    def parties(self) -> dict[int, Row]:
        """Those people see: active ones."""
        return {record: dict(row) for record, row in self.world.rows[PARTY].items() if row["active"]}

    def category(self, name: str) -> int:
        return self._named("party.category", name=name)

    def country(self, code: str) -> int:
        return self._named("country.country", code=code)

    def _named(self, model: str, **wanted: str) -> int:
        (key, value), = wanted.items()
        return next(record for record, row in self.world.rows[model].items() if row[key] == value)
