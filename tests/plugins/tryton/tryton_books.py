"""What an accountant does in a real Tryton server, by its JSON-RPC: sets a company up, invoices a party, is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tryton_rpc import Rpc


def decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


def day(on: date) -> dict[str, Any]:
    return {"__class__": "date", "year": on.year, "month": on.month, "day": on.day}


class Books:
    """The books of one company, of 2026. ``hub``: the user whose current company it becomes."""

    def __init__(self, admin: Rpc) -> None:
        self.admin = admin
        self.currency = admin.create("currency.currency", {"name": "Euro", "code": "EUR", "symbol": "€", "digits": 2,
                                                           "rounding": decimal("0.01")})
        self.company = admin.create("company.company", {
            "party": admin.create("party.party", {"name": "The association"}), "currency": self.currency})
        self.context: Mapping[str, Any] = {"company": self.company, "companies": [self.company]}
        self.works_for_it(1)
        self._chart()
        self._year()

    def works_for_it(self, user: int) -> None:
        """It becomes the user's current company."""
        self.admin.call("model.res.user.write", [user], {"companies": [["add", [self.company]]]})
        self.admin.call("model.res.user.write", [user], {"company": self.company})

    def invoice(self, party: int, amount: str, on: date) -> int:
        """A posted invoice with one line; a credit note for a negative amount."""
        address = self.admin.read("party.party", party, "addresses")["addresses"][0]
        line = {"type": "line", "description": "Fee", "quantity": -1 if amount.startswith("-") else 1,
                "unit_price": decimal(amount.lstrip("-")), "account": self.accounts["revenue"], "company": self.company,
                "currency": self.currency, "invoice_type": "out"}
        made: list[int] = self._call("model.account.invoice.create", [{
            "type": "out", "party": party, "invoice_address": address, "company": self.company, "currency": self.currency,
            "journal": self._one("account.journal", ["type", "=", "revenue"]), "account": self.accounts["receivable"],
            "invoice_date": day(on), "lines": [["create", [line]]]}])
        self._call("model.account.invoice.post", made)
        return made[0]

    def pay(self, invoice: int, party: int, amount: str, on: date) -> None:
        """A part of it, in cash: the wizard of the client."""
        cash = self._one("account.account", ["code", "=", "1.1.1"])
        method = self._call("model.account.invoice.payment.method.create", [{
            "name": "Cash", "company": self.company, "journal": self._one("account.journal", ["type", "=", "cash"]),
            "debit_account": cash, "credit_account": cash}])[0]
        context = {**self.context, "active_model": "account.invoice", "active_id": invoice, "active_ids": [invoice]}
        session, start, _ = self.admin.call("wizard.account.invoice.pay.create")
        self.admin.call("wizard.account.invoice.pay.execute", session, {}, start, context=context)
        given = {"start": {"payee": party, "amount": decimal(amount), "company": self.company, "currency": self.currency,
                           "invoice_account": self.accounts["receivable"], "payment_method": method, "date": day(on)}}
        told = self.admin.call("wizard.account.invoice.pay.execute", session, given, "choice", context=context)
        asked = {name: value for name, value in told["view"]["defaults"].items() if not name.endswith(".")}
        self.admin.call("wizard.account.invoice.pay.execute", session, {**given, "ask": {**asked, "type": "partial"}}, "pay",
                        context=context)

    def _chart(self) -> None:
        session, start, _ = self._call("wizard.account.create_chart.create")
        given: dict[str, Any] = {}
        for state in (start, "account"):
            self._call("wizard.account.create_chart.execute", session, given, state)
        given["account"] = {"account_template": self._one("account.account.template", ["parent", "=", None], own=False),
                            "company": self.company}
        self._call("wizard.account.create_chart.execute", session, given, "create_account")
        self.accounts = {kind: self._one("account.account", [f"type.{kind}", "=", True], ["closed", "!=", True])
                         for kind in ("receivable", "payable", "revenue")}
        given["properties"] = {"company": self.company, "account_receivable": self.accounts["receivable"],
                               "account_payable": self.accounts["payable"]}
        self._call("wizard.account.create_chart.execute", session, given, "create_properties")

    def _year(self) -> None:
        invoices = self._sequence("Invoice")
        kinds = ("in_invoice", "in_credit_note", "out_invoice", "out_credit_note")
        year = self._call("model.account.fiscalyear.create", [{
            "name": "2026", "start_date": day(date(2026, 1, 1)), "end_date": day(date(2026, 12, 31)), "company": self.company,
            "move_sequence": self._sequence("Account Move"),
            "invoice_sequences": [["create", [{"company": self.company, **{f"{kind}_sequence": invoices for kind in kinds}}]]]}])
        self._call("model.account.fiscalyear.create_period", year)

    def _sequence(self, kind: str) -> int:
        made: list[int] = self._call("model.ir.sequence.strict.create", [{
            "name": kind, "company": self.company,
            "sequence_type": self._one("ir.sequence.type", ["name", "=", kind], own=False)}])
        return made[0]

    def _one(self, model: str, *domain: list[Any], own: bool = True) -> int:
        ours = [["company", "=", self.company]] if own and model == "account.account" else []
        found: list[int] = self._call(f"model.{model}.search", [*domain, *ours], 0, 1, None)
        return found[0]

    def _call(self, method: str, *params: Any) -> Any:
        return self.admin.call(method, *params, context=self.context)
