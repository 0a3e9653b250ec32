"""Reading customers: which changed, and all of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.sdk import Change, ContractBroken, Gone, NativeRecord, RecordRef, Upserted
from hub_procountor.api import GROUPS, MOST_IDS, PARTNERS, Api
from hub_procountor.native import CUSTOMER, Partner, is_active, is_customer, record, ref_of


class Reader:
    """All that reads. ``size``: customers a page; ``group``: the name of the group of people."""

    def __init__(self, api: Api, system: str, size: int, group: str) -> None:
        self.api, self.system, self.size, self.group = api, system, size, group
        self._group_id: int | None = None

    async def pages(self, *, active: bool, since: str = "") -> AsyncIterator[tuple[list[Change], str]]:
        """Customers page by page, and the newest version among those of the page. The list tells little of each, so each
        page is asked for in full: two requests a page. By id, as ids never move."""
        asked: dict[str, str | int] = {"type": CUSTOMER, "active": str(active).lower(), "orderById": "ASC", "size": self.size}
        if since:
            asked["versionStartDate"] = since
        page, more = 0, True
        while more:
            told = await self.api.read(PARTNERS, {**asked, "page": page})
            rows = told.get("results")
            if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows):
                raise ContractBroken(f"{self.system}: Procountor listed customers in a form it does not document.")
            more, page = len(rows) == self.size, page + 1
            if rows:
                found = await self.api.partners([str(row["id"]) for row in rows])
                changes = [self._change(each) for each in found]
                yield changes, max(str(each.get("version") or "") for each in (*rows, *found))

    async def present(self, ids: Sequence[str]) -> dict[str, Partner]:
        """Id → business partner as Procountor has it, of whatever type; who is not there is left out."""
        known = list(dict.fromkeys(each for each in ids if each.isdecimal()))
        found: dict[str, Partner] = {}
        for start in range(0, len(known), MOST_IDS):
            found |= {str(each["id"]): each for each in await self.api.partners(known[start:start + MOST_IDS])}
        return found

    async def fetch(self, refs: Sequence[RecordRef]) -> list[NativeRecord | Gone]:
        there = await self.present([ref.native_id for ref in refs])
        return [self.answer(ref, there.get(ref.native_id)) for ref in refs]

    def answer(self, ref: RecordRef, partner: Partner | None) -> NativeRecord | Gone:
        if partner is None:
            return Gone(ref, "deleted")
        if not is_customer(partner):
            return Gone(ref, "left_view")
        return self.record(partner) if is_active(partner) else Gone(ref, "inactive")

    def record(self, partner: Partner) -> NativeRecord:
        return record(self.system, partner, self.group)

    async def people_group(self) -> int | None:
        """Id of the group of people; None when nobody made it. Its search matches parts of names."""
        if self._group_id is None:
            told = await self.api.read(GROUPS, {"name": self.group, "type": CUSTOMER, "size": MOST_IDS})
            rows = told.get("results")
            found: list[Mapping[str, Any]] = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            ids = [row["id"] for row in found if row.get("name") == self.group and isinstance(row.get("id"), int)]
            self._group_id = ids[0] if ids else None
        return self._group_id

    def _change(self, partner: Partner) -> Change:
        answer = self.answer(ref_of(self.system, partner["id"]), partner)
        return answer if isinstance(answer, Gone) else Upserted(answer)


def earlier(system: str, version: str, overlap_s: int) -> str:
    """So long before a version, in the form the search takes. A version has no zone (Procountor's pages name none)."""
    try:
        at = datetime.fromisoformat(version)
    except ValueError:
        raise ContractBroken(f"{system}: Procountor gave a version that is no time.") from None
    return (at - timedelta(seconds=overlap_s)).strftime("%Y-%m-%dT%H:%M:%S")
