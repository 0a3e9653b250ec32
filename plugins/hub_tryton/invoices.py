"""What was invoiced to parties, as totals: one request for all parties of a page, none for each of them.

Counted are posted and paid invoices to customers (type "out"); credit notes are among them, with negative amounts. Amounts are
texts such as "120.50 EUR", those of several currencies side by side. Source: trytond_account_invoice 8.2.0 (invoice.py,
invoice.xml), run on 8.2.1 on 2026-11-30: a user sees invoices of the company set as its current one, and only with a right of its
own to read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hub.sdk import AuthFailed, ContractBroken, Misconfigured
from hub_tryton.api import Api, Row, Said
from hub_tryton.native import moment, wired

INVOICE = "account.invoice"
SIZE = 2000
"""Invoices asked for at once."""
_OURS = [["type", "=", "out"]]
_COUNTED = [*_OURS, ["state", "in", ["posted", "paid"]]]
_FIELDS = ["party", "total_amount", "amount_to_pay", "invoice_date", "currency.code"]
_DATES = ["write_date", "create_date"]


class Invoices:
    """Reads them, for one configured system. Raises AuthFailed for a user who may not, Misconfigured without the module."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def totals(self, parties: Sequence[int]) -> dict[int, Row]:
        """Party → ``{"invoiced", "open", "last_invoice"}``, for each asked for: None where there is nothing to tell."""
        found: dict[int, list[Row]] = {party: [] for party in parties}
        if parties:
            for row in await self._all([*_COUNTED, ["party", "in", list(parties)]], _FIELDS):
                found[row["party"]].append(row)
        return {party: _totals(rows) for party, rows in found.items()}

    async def since(self, at: datetime) -> tuple[list[int], str]:
        """Parties whose invoices changed at that time or later, and when the newest of these changed, ISO 8601, "" for none."""
        rows = await self._all([*_OURS, ["OR", *([name, ">=", wired(at)] for name in _DATES)]], ["party", *_DATES])
        return sorted({row["party"] for row in rows}), _newest(rows)

    async def newest(self) -> str:
        """When an invoice changed last, ISO 8601, "" where there is none."""
        rows = [row for name in _DATES for row in await self._some([*_OURS, [name, "!=", None]], 1, [name, "DESC"], _DATES)]
        return _newest(rows)

    async def _all(self, domain: list[Any], fields: list[str]) -> list[Row]:
        found: list[Row] = []
        while True:
            after = found[-1]["id"] if found else 0
            rows = await self._some([["id", ">", after], *domain], SIZE, ["id", "ASC"], fields)
            found += rows
            if len(rows) < SIZE:
                return found

    async def _some(self, domain: list[Any], limit: int, order: list[str], fields: list[str]) -> list[Row]:
        try:
            rows = await self.api.try_read(f"model.{INVOICE}.search_read", domain, 0, limit, [order], fields)
        except Said as said:
            raise self._refused(said) from None
        if not isinstance(rows, list):
            raise ContractBroken(f"{self.api.client.system}: Tryton answered a search with something else than a list.")
        return rows

    def _refused(self, said: Said) -> Exception:
        if said.kind == "UserError":
            return AuthFailed(f"{self.api.client.system}: the hub's user may not read invoices. Ask who maintains Tryton to "
                              "allow that alone (Administration, Models, Models Access: account.invoice), or take "
                              "invoice_totals out.")
        if said.text == f"'{INVOICE}'":
            return Misconfigured(f"{self.api.client.system}: this Tryton has no invoices (module account_invoice). Take "
                                 "invoice_totals out.")
        return self.api.error("search_read", said)


def _newest(rows: Iterable[Row]) -> str:
    times = (moment(row["write_date"] or row["create_date"]).isoformat(timespec="microseconds") for row in rows)
    return max(times, default="")


def _totals(rows: Sequence[Row]) -> Row:
    days = [date(*(row["invoice_date"][part] for part in ("year", "month", "day"))) for row in rows if row["invoice_date"]]
    return {"invoiced": _sum(rows, "total_amount"), "open": _sum([row for row in rows if _amount(row, "amount_to_pay")],
            "amount_to_pay"), "last_invoice": max(days).isoformat() if days else None}


def _sum(rows: Iterable[Row], name: str) -> str | None:
    by_currency: dict[str, Decimal] = {}
    for row in rows:
        code = str(row["currency."]["code"])
        by_currency[code] = by_currency.get(code, Decimal(0)) + _amount(row, name)
    return ", ".join(f"{amount} {code}" for code, amount in sorted(by_currency.items())) or None


def _amount(row: Row, name: str) -> Decimal:
    """``{"__class__": "Decimal", "decimal": "120.50"}`` of the wire; null and 0 come where nothing is open."""
    told = row[name]
    return Decimal(told["decimal"]) if isinstance(told, dict) else Decimal(told or 0)
