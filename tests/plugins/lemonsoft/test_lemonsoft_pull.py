"""What is read, what is not, and how changes are found."""

from __future__ import annotations

import json

import pytest
from lemonsoft_site import Site

from hub.sdk import ContractBroken, Gone, Upserted


def test_customers_are_read_and_suppliers_are_not() -> None:
    site = Site()
    customer = site.organisation()
    site.organisation(is_customer=False, is_supplier=True)
    assert [change.ref.native_id for change in site.pull()[0]] == [str(customer)]


def test_an_identity_code_and_what_is_accounting_alone_never_come_in() -> None:
    site = Site()
    data = site.read(site.person(vat="131052-308T", accounts=[{"iban": "FI2112345600000785"}])).data
    assert data["identifiers"] == []
    assert data["kind"] == "person"
    assert not any(secret in json.dumps(data) for secret in ("131052", "FI2112345600000785"))


@pytest.mark.parametrize(("vat", "seen"), [
    ("1234567-8", [{"type": "business-id", "code": "1234567-8"}]),
    ("FI12345678", [{"type": "business-id", "code": "1234567-8"}]),
    ("123456-7", [{"type": "business-id", "code": "0123456-7"}]),
    ("SE556000167001", [{"type": "vat", "code": "SE556000167001"}]),
    (" ", []),
    (None, []),
])
def test_the_business_id_is_read_in_both_spellings(vat: str | None, seen: list[dict[str, str]]) -> None:
    site = Site()
    assert site.read(site.organisation(vat=vat)).data["identifiers"] == seen


def test_a_new_customer_without_a_time_of_change_is_found() -> None:
    site = Site()
    site.organisation()
    _, mark = site.pull()
    site.clock.turn(60)
    new = site.organisation(name="New Oy")
    assert site.world.customers[new]["modified"] is None
    assert str(new) in {change.ref.native_id for change in site.pull(mark)[0]}


def test_a_customer_made_inactive_is_told_and_comes_back() -> None:
    site = Site()
    number = site.organisation()
    _, mark = site.pull()
    site.clock.turn(60)
    site.users.inactivate(number)
    changes, mark = site.pull(mark)
    assert changes[0] == Gone(site.ref(number), "inactive")
    site.clock.turn(60)
    site.users.activate(number)
    assert isinstance(site.pull(mark)[0][0], Upserted)


def test_a_supplier_has_left_the_view_and_an_unknown_id_is_deleted() -> None:
    site = Site()
    number = site.organisation()
    site.users.becomes_supplier(number)
    assert site.fetch(number) == Gone(site.ref(number), "left_view")
    assert site.fetch(999999) == Gone(site.ref(999999), "deleted")


def test_an_hour_that_comes_twice_hides_nothing() -> None:
    site = Site()
    first, second = site.organisation(name="First Oy"), site.organisation(name="Second Oy")
    site.clock.turn(1000)
    site.users.edit(first, name="First Ab")
    _, mark = site.pull()
    site.clock.turn(-1000)
    site.users.edit(second, name="Second Ab")
    assert "Second Ab" in {change.record.data["name"] for change in site.pull(mark)[0] if isinstance(change, Upserted)}


def test_fields_that_are_not_there_are_not_empty() -> None:
    site = Site()
    del site.world.customers[site.organisation()]["finvoice_address"]
    with pytest.raises(ContractBroken, match="without the fields finvoice_address"):
        site.pull()


def test_requests_are_one_a_page_and_one_more() -> None:
    site = Site()
    for at in range(5):
        site.organisation(name=f"Example {at} Oy")
    _, mark = site.pull(page_size=5)
    assert [request.url.params["filter.page"] for request in site.wire.sent] == ["1", "2"]
    site.pull(mark)
    assert ["filter.modified_after" in request.url.params for request in site.wire.sent] == [True, False, False]
    assert site.wire.sent[-1].url.params["filter.created_after"] == "2025-12-31T22:00:00"  # two hours before the newest
