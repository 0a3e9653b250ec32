"""Reading parties with everything that hangs on them, in one request a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.sdk import Change, ContractBroken, Gone, NativeRecord, RecordRef, Upserted
from hub_tryton.api import Api, Row, Said
from hub_tryton.invoices import Invoices
from hub_tryton.native import CHANGED, KEY_PREFIX, PARTY, fields, native, own_keys, version, wired

Domain = list[Any]
_NAMED = 5
"""Records that Tryton's refusal of a read names at most."""


class Reader:
    """Turns answers into records, for one configured system. ``invoice``: whether addresses have that flag here."""

    def __init__(self, api: Api, system: str) -> None:
        self.api, self.system, self.size = api, system, api.settings.page_size
        self.people = api.settings.people_category
        self.invoice = True
        self.invoices = Invoices(api) if api.settings.invoice_totals else None
        self._countries: dict[str, int] = {}
        self._category: int | None = None
        self._sure = False

    def ref(self, party_id: int | str) -> RecordRef:
        return RecordRef(self.system, "", "contact", str(party_id))

    async def page(self, since: datetime | None, after: int, also: Sequence[int] = ()) -> list[Row]:
        """The next parties by id, those that changed at ``since`` or later, themselves or in their rows, and ``also`` these.
        By id, not by time: rows of one transaction share one time, so a page's border by time could skip them."""
        named: Domain = [["id", "in", list(also)]] if also else []
        changed: Domain = [["OR", *([name, ">=", wired(since)] for name in CHANGED), *named]] if since else []
        return await self.rows([["id", ">", after], *changed], self.size)

    async def rows(self, domain: Domain, limit: int | None = None) -> list[Row]:
        """Parties as Tryton gives them, by id upwards, with ``totals`` of their invoices where these are wanted."""
        try:
            found = await self._search(domain, limit)
        except Said as said:
            if said.text != "'invoice'" or not self.invoice:
                raise self.api.error("search_read", said) from None
            self.invoice = False  # a server without accounting
            found = await self.api.read(f"model.{PARTY}.search_read", domain, 0, limit, _BY_ID, fields(invoice=False))
        if not isinstance(found, list):
            raise ContractBroken(f"{self.system}: Tryton answered a search with something else than a list.")
        if self.invoices:
            totals = await self.invoices.totals([row["id"] for row in found])
            found = [{**row, "totals": totals[row["id"]]} for row in found]
        return found

    async def _search(self, domain: Domain, limit: int | None) -> Any:
        return await self.api.try_read(f"model.{PARTY}.search_read", domain, 0, limit, _BY_ID, fields(invoice=self.invoice))

    def record(self, row: Row) -> NativeRecord:
        """Without a time of modification: the database's clock tells no zone."""
        data = native(row, self.people)
        return NativeRecord(self.ref(row["id"]), data, version(data))

    def answer(self, row: Row) -> NativeRecord | Gone:
        """A party as it is. A deactivated one has left the view: its users do not see it, and it is not deleted. One that was
        replaced by another was merged into it."""
        if row["active"]:
            return self.record(row)
        into = row["replaced_by"]
        return Gone(self.ref(row["id"]), "merged_into", self.ref(into)) if into else Gone(self.ref(row["id"]), "left_view")

    def changes(self, rows: Iterable[Row]) -> list[Change]:
        answers = (self.answer(row) for row in rows)
        return [each if isinstance(each, Gone) else Upserted(each) for each in answers]

    async def fetch(self, ids: Sequence[int]) -> dict[int, NativeRecord | Gone]:
        """The present state of each: one request per ``page_size`` ids, and one per 5 that are missing."""
        out: dict[int, NativeRecord | Gone] = {}
        for start in range(0, len(ids), self.size):
            chunk = ids[start:start + self.size]
            out |= {row["id"]: self.answer(row) for row in await self.rows([["id", "in", chunk]])}
        missing = [party_id for party_id in ids if party_id not in out]
        for start in range(0, len(missing), _NAMED):
            chunk = missing[start:start + _NAMED]
            deleted = await self._deleted(chunk)
            out |= {party_id: Gone(self.ref(party_id), "deleted" if party_id in deleted else "denied") for party_id in chunk}
        return out

    async def _deleted(self, ids: Sequence[int]) -> set[int]:
        """Which of parties that a search does not show are not there: a rule of access hides a party from searches, too. Reading
        them is refused with the ids that do not exist, up to five."""
        try:
            await self.api.try_read(f"model.{PARTY}.read", list(ids), ["id"])
        except Said as said:
            told = re.search(r'records "([\d, ]+)" of .* that don\'t exist', said.text)
            return {int(party_id) for party_id in told[1].split(",")} if told else set()
        return set()

    async def present(self, ids: Sequence[int], keys: Sequence[str]
                      ) -> tuple[dict[int, NativeRecord | Gone], dict[str, NativeRecord | Gone]]:
        """Parties by id and by the hub's key, deactivated ones too: one request per ``page_size`` of them. Who is in neither
        answer is not there, or hidden."""
        named: list[Domain] = [["id", "=", party_id] for party_id in dict.fromkeys(ids)]
        named += [["identifiers.code", "=", KEY_PREFIX + key] for key in dict.fromkeys(keys)]
        by_id: dict[int, NativeRecord | Gone] = {}
        by_key: dict[str, NativeRecord | Gone] = {}
        for start in range(0, len(named), self.size):
            for row in await self.rows(_any_of(named[start:start + self.size])):
                by_id[row["id"]] = self.answer(row)
                by_key |= {key: by_id[row["id"]] for key in own_keys(row) if key in keys}
        return by_id, by_key

    async def invoicing(self) -> bool:
        """Whether addresses have the flag ``invoice``: asked once, as a search that finds nobody does not tell."""
        if self.invoice and not self._sure:
            try:
                await self.api.try_read("model.party.address.search", [["invoice", "=", True]], 0, 1, None)
            except Said as said:
                if said.text != "'invoice'":
                    raise self.api.error("search", said) from None
                self.invoice = False
            self._sure = True
        return self.invoice

    async def countries(self, codes: Iterable[str]) -> Mapping[str, int]:
        """Ids of countries by ISO code; those Tryton does not have are left out."""
        unknown = sorted(set(codes) - self._countries.keys())
        if unknown:
            found = await self.api.read("model.country.country.search_read", [["code", "in", unknown]], 0, None, None, ["code"])
            self._countries |= {row["code"]: row["id"] for row in found}
        return self._countries

    async def category(self) -> int | None:
        """Id of the category of people, None while it was not made."""
        if self._category is None:
            found = await self.api.read("model.party.category.search", [["name", "=", self.people]], 0, 1, None)
            self._category = int(found[0]) if found else None
        return self._category


_BY_ID = [["id", "ASC"]]


def _any_of(clauses: Sequence[Domain]) -> Domain:
    """One clause for all that ask for the same: of hundreds side by side SQLite would refuse the expression."""
    asked: dict[str, list[Any]] = {}
    for name, _, value in clauses:
        asked.setdefault(name, []).append(value)
    return ["OR", *([name, "in", values] for name, values in asked.items())]
