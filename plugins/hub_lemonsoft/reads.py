"""Reading customers: all of them, those that changed, and single ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from hub.sdk import Change, ContractBroken, Gone, NativeRecord, RecordRef, Upserted
from hub_lemonsoft.api import Api
from hub_lemonsoft.native import Customer, is_active, is_customer, record, ref_of


class Reader:
    """All that reads. ``size``: customers a page; ``group``: the number of the group of people."""

    def __init__(self, api: Api, system: str, size: int, group: int | None) -> None:
        self.api, self.system, self.size, self.group = api, system, size, group

    async def pages(self, **filters: str) -> AsyncIterator[tuple[list[Change], str]]:
        """Customers page by page until one is empty, as Lemonsoft's examples do, and the newest time among those of the page."""
        asked: dict[str, str | int] = {"filter.is_customer": 1, "filter.page_size": self.size,
                                       **{f"filter.{name}": told for name, told in filters.items()}}
        page = 1
        while rows := await self.api.customers({**asked, "filter.page": page}):
            page += 1
            times = [str(row.get(name) or "") for row in rows for name in ("created", "modified")]
            yield [self._change(row) for row in rows], max(times)

    async def fetch(self, refs: Sequence[RecordRef]) -> list[NativeRecord | Gone]:
        """One request each: Lemonsoft's text names no way to ask for several by id."""
        found: dict[RecordRef, NativeRecord | Gone] = {}
        for ref in dict.fromkeys(refs):
            there = await self.api.customer(ref.native_id) if ref.native_id.isdecimal() else None
            found[ref] = self.answer(ref, there)
        return [found[ref] for ref in refs]

    def answer(self, ref: RecordRef, customer: Customer | None) -> NativeRecord | Gone:
        if customer is None:
            return Gone(ref, "deleted")
        if not is_customer(customer):
            return Gone(ref, "left_view")
        return self.record(customer) if is_active(customer) else Gone(ref, "inactive")

    def record(self, customer: Customer) -> NativeRecord:
        return record(self.system, customer, self.group)

    def _change(self, customer: Customer) -> Change:
        answer = self.answer(ref_of(self.system, customer["id"]), customer)
        return answer if isinstance(answer, Gone) else Upserted(answer)


def earlier(system: str, time: str, overlap_s: int) -> str:
    """So long before a time of Lemonsoft's, in the form its filters take. It has no zone (no page names one)."""
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        raise ContractBroken(f"{system}: Lemonsoft gave a time of change that is none.") from None
    return (at - timedelta(seconds=overlap_s)).strftime("%Y-%m-%dT%H:%M:%S")
