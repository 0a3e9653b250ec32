"""What is read, what is not, and how changes are found."""

from __future__ import annotations

import json

from procountor_site import ADDRESS, INVOICING, Site

from hub.sdk import Gone, Upserted


def test_customers_are_read_and_nobody_else() -> None:
    site = Site()
    customer = site.organisation()
    site.organisation(type="SUPPLIER")
    site.users.inactivate(site.organisation())
    changes, _ = site.pull()
    assert [change.ref.native_id for change in changes] == [str(customer)]


def test_an_identity_code_and_what_is_accounting_alone_never_come_in() -> None:
    site = Site()
    number = site.person(invoicingInfo={"identifier": "131052-308T", "identifierType": "HETU"},
                         paymentInfo={"paymentMethod": "BANK_TRANSFER", "bankAccount": "FI2112345600000785"})
    record = site.read(number)
    assert record.data["identifiers"] == []
    assert record.data["kind"] == "person"
    text = json.dumps(record.data)
    assert not any(secret in text for secret in ("131052", "FI2112345600000785", "BANK_TRANSFER"))


def test_who_has_an_identity_code_is_a_person_without_the_group_too() -> None:
    site = Site()
    code = {"identifier": "131052-308T", "identifierType": "HETU"}
    assert site.read(site.organisation(invoicingInfo=code)).data["kind"] == "person"
    assert site.read(site.organisation()).data["kind"] == "organisation"


def test_business_id_and_e_invoice_address_are_read() -> None:
    site = Site()
    data = site.read(site.organisation()).data
    assert data["identifiers"] == [{"type": "FI", "code": "1234567-8"}]
    assert (data["einvoiceAddress"], data["einvoiceOperator"]) == ("003712345678", "003723327487")
    assert data["address"] == {**ADDRESS, "subdivision": None, "country": "FI"}


def test_a_customer_made_inactive_is_told_and_comes_back() -> None:
    site = Site()
    number = site.organisation()
    _, mark = site.pull()
    site.clock.turn(60)
    site.users.inactivate(number)
    changes, mark = site.pull(mark)
    assert changes == [Gone(site.ref(number), "inactive")]
    site.clock.turn(60)
    site.users.activate(number)
    assert isinstance(site.pull(mark)[0][-1], Upserted)


def test_a_supplier_has_left_the_view_and_an_unknown_id_is_deleted() -> None:
    site = Site()
    number = site.organisation()
    site.users.becomes_supplier(number)
    assert site.fetch(number) == Gone(site.ref(number), "left_view")
    assert site.fetch(999999) == Gone(site.ref(999999), "deleted")


def test_an_hour_that_comes_twice_hides_nothing() -> None:
    """In the night when clocks go back, a later change has an earlier time."""
    site = Site()
    first, second = site.organisation(name="First Oy"), site.organisation(name="Second Oy")
    site.clock.turn(1000)
    site.users.edit(first, name="First Ab")
    _, mark = site.pull()
    site.clock.turn(-1000)  # the wall clock, an hour back
    site.users.edit(second, name="Second Ab")
    names = {change.record.data["name"] for change in site.pull(mark)[0] if isinstance(change, Upserted)}
    assert "Second Ab" in names


def test_requests_are_two_a_page() -> None:
    site = Site()
    for at in range(5):
        site.organisation(name=f"Example {at} Oy")
    _, mark = site.pull(page_size=5)
    assert [request.url.params.get("page") for request in site.wire.sent] == ["0", None, "1"]
    site.pull(mark)
    assert len(site.wire.sent) == 3  # active: list and details; inactive: list
    assert site.wire.sent[0].url.params["versionStartDate"] == "2025-12-31T22:00:00"  # two hours before the newest change


def test_one_customer_is_answered_as_an_object_and_is_one() -> None:
    site = Site()
    number = site.organisation(invoicingInfo={**INVOICING, "email": "yksi@example.org"})
    assert site.pull()[0][0].ref.native_id == str(number)
