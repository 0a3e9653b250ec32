"""How customers are changed: all is sent back, nothing is emptied, and what moves besides stops the writing."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from lemonsoft_site import Site

from hub.sdk import Done, Gone, Refused, WriteResult
from hub_lemonsoft.api import ALLOWED, CUSTOMER, CUSTOMERS, LOGIN
from hub_lemonsoft.connector import Lemonsoft
from hub_lemonsoft.sandbox import PEOPLE


def refused(site: Site, number: int, **patch: Any) -> str:
    before = deepcopy(site.world.customers[number])
    result = site.write(site.update(number, **patch))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"
    assert not site.methods()
    assert site.world.customers[number] == before
    return result.why


def test_all_of_the_customer_is_sent_back_with_only_our_change() -> None:
    site = Site()
    number = site.organisation()
    before = deepcopy(site.world.customers[number])
    assert isinstance(site.write(site.update(number, name="Example Ab", phone="+358 50 1234567"))[0], Done)
    assert [request.method for request in site.wire.sent] == ["GET", "PUT", "GET"]
    body = json.loads(site.wire.sent[1].content)
    assert body == {**before, "name": "Example Ab", "phone": "+358 50 1234567"}
    after = site.world.customers[number]
    assert {name for name in after if after[name] != before[name]} == {"name", "phone", "modified"}


@pytest.mark.parametrize("name", ["finvoice_address", "phone", "city", "www"])
def test_nothing_is_emptied_an_e_invoice_address_least_of_all(name: str) -> None:
    site = Site()
    number = site.organisation(www="example.org")
    assert refused(site, number, **{name: None}).startswith(f"{name} would be emptied")
    assert isinstance(site.write(site.update(number, **{name: "003799999999"}))[0], Done)
    assert site.world.customers[number][name] == "003799999999"


def test_a_write_that_moves_more_than_was_asked_stops_all_others() -> None:
    site = Site()
    first, second = site.organisation(), site.organisation(name="Second Oy")
    site.world.meddles = lambda row: row.update(contacts=[], searchname="EXAMPLE")
    writes = [site.update(first, name="Example Ab"), site.update(second, name="Second Ab")]
    results = site.write(*writes)
    assert isinstance(results[0], Done)
    assert isinstance(results[1], Refused)
    assert results[1].reaction == "transient"
    assert f"more of customer {first} changed with our write than was asked: contacts, searchname" in results[1].why
    assert site.world.customers[second]["name"] == "Second Oy"


def test_the_next_run_writes_again() -> None:
    """The hub keeps its connectors from one run to the next."""
    site = Site()
    first, second = site.organisation(), site.organisation(name="Second Oy")
    writes = [site.update(first, name="Example Ab"), site.update(second, name="Second Ab")]

    async def runs(connector: Lemonsoft) -> list[WriteResult]:
        site.world.meddles = lambda row: row.update(searchname="EXAMPLE")
        found = list(await connector.write("contact", writes[:1]))
        site.world.meddles = lambda row: None
        found += await connector.write("contact", writes[1:])
        async for _ in connector.pull("contact", None):
            pass
        return [*found, *await connector.write("contact", writes[1:])]

    assert [type(result) for result in site.call(runs)] == [Done, Refused, Done]


def test_a_delete_makes_inactive_and_nothing_is_ever_deleted() -> None:
    site = Site()
    number = site.organisation()
    before = deepcopy(site.world.customers[number])
    assert isinstance(site.write(site.delete(number))[0], Done)
    assert site.methods() == ["PUT"]
    after = site.world.customers[number]
    assert {name for name in after if after[name] != before[name]} == {"is_nonactive", "modified"}
    assert site.fetch(number) == Gone(site.ref(number), "inactive")
    assert not [method for method, _ in ALLOWED if method == "DELETE"]


def test_only_customers_are_ever_written() -> None:
    assert {pair for pair in ALLOWED if pair[0] != "GET"} == {("POST", LOGIN), ("POST", CUSTOMERS), ("PUT", CUSTOMER)}
    assert {what for _, what in ALLOWED} == {LOGIN, CUSTOMERS, CUSTOMER}
    site = Site()
    for method, what in (("POST", "api/invoices"), ("PUT", "api/invoices"), ("DELETE", CUSTOMER), ("DELETE", "api/invoices/1"),
                         ("POST", "api/customers/{id}/agreements"), ("POST", LOGIN)):
        with pytest.raises(ValueError, match="not on the list"):
            site.call(lambda connector, method=method, what=what: connector.api.write(method, what, {}, "1"))  # type: ignore[misc]
    assert not site.world.log


def test_everything_a_sync_asks_for_is_on_the_list() -> None:
    site = Site()
    number, other = site.organisation(), site.person()
    site.pull(site.pull()[1])
    site.call(lambda connector: connector.check())
    site.write(site.create(kind="person", name="Bo Ek", email="bo@example.org"), site.update(number, phone="1"),
               site.update(other, name="Eva Ek"), site.delete(number))
    assert {line.partition(" ")[2].partition("/")[0] for line in site.world.log} == {"auth", "customers"}


def test_who_changed_before_the_reading_is_stale() -> None:
    site = Site()
    number = site.organisation()
    write = site.update(number, phone="1")
    site.users.edit(number, name="Example Ab")
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert result.reaction == "stale"
    assert site.world.customers[number]["name"] == "Example Ab"


def test_new_customers_need_a_name_and_an_e_mail() -> None:
    site = Site()
    results = site.write(site.create(kind="organisation", name="New Oy"), site.create(kind="organisation", email="x@example.org"),
                         site.create(kind="person", name="Bo Ek", email="bo@example.org", phone=None, identifiers=[]))
    assert [result.why for result in results if isinstance(result, Refused)] == [
        "email is empty: Lemonsoft takes no customer without one", "name is empty: Lemonsoft takes no customer without one"]
    made = results[2]
    assert isinstance(made, Done)
    assert made.record is not None
    row = site.world.customers[int(made.ref.native_id)]
    assert (row["is_customer"], row["group"], made.record.data["kind"]) == (True, PEOPLE, "person")


def test_a_person_without_a_group_is_refused() -> None:
    site = Site()
    result = site.write(site.create(kind="person", name="Bo Ek", email="bo@example.org"), people_group=None)[0]
    assert isinstance(result, Refused)
    assert "people_group is empty" in result.why


def test_a_business_id_keeps_its_spelling_and_takes_no_other_ones_place() -> None:
    site = Site()
    vat, foreign = site.organisation(vat="FI12345678"), site.organisation(vat="SE556000167001")
    person = site.person(vat="131052-308T")
    new = [{"type": "business-id", "code": "7654321-0"}]
    assert isinstance(site.write(site.update(vat, identifiers=new))[0], Done)
    assert site.world.customers[vat]["vat"] == "FI76543210"
    assert "personal identity code" in refused(site, person, identifiers=new)
    assert "another type" in refused(site, foreign, identifiers=[{"type": "vat", "code": "SE556000167001"}, *new])
    assert "does not empty it" in refused(site, vat, identifiers=[])
    assert isinstance(site.write(site.update(person, name="Anna Ek"))[0], Done)
    assert site.world.customers[person]["vat"] == "131052-308T"


def test_an_invoicing_address_that_stands_twice_is_left_to_people() -> None:
    site = Site()
    twice = site.organisation(invoicing_address="PL 1", invoicing_postaladdress="00100 Helsinki")
    once = site.organisation(invoicing_address="PL 1")
    assert "invoicing_postaladdress" in refused(site, twice, invoicing_address="PL 2")
    assert isinstance(site.write(site.update(once, invoicing_address="PL 2", invoicing_city="Turku"))[0], Done)


def test_both_addresses_have_one_country() -> None:
    site = Site()
    number = site.organisation()
    assert "they are in two countries" in refused(site, number, invoicing_address="PL 1", invoicing_country="SE")
    assert isinstance(site.write(site.update(number, invoicing_address="PL 1", invoicing_country=None))[0], Done)
    assert site.read(number).data["invoicing_country"] == "FI"
    assert isinstance(site.write(site.update(number, country="SE", invoicing_country="SE"))[0], Done)
    assert site.world.customers[number]["country"] == "SE"
    assert refused(site, number, country=None, invoicing_country=None).startswith("country would be emptied")


def test_a_customer_with_a_billing_address_alone_has_no_other() -> None:
    site = Site()
    made = site.write(site.create(kind="organisation", name="New Oy", email="x@example.org", invoicing_address="PL 1",
                                  invoicing_country="SE"))[0]
    assert isinstance(made, Done)
    assert made.record is not None
    assert (made.record.data["country"], made.record.data["invoicing_country"]) == (None, "SE")


def test_a_customer_without_an_e_mail_is_completed_by_people() -> None:
    site = Site()
    assert refused(site, site.organisation(email=None), phone="1").startswith("email is empty in Lemonsoft")


def test_a_kind_is_not_changed() -> None:
    site = Site()
    assert refused(site, site.organisation(), kind="person").startswith("kind: ")


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "half \ud800"])
def test_what_cannot_be_stored_is_named_before_anything_is_sent(text: str) -> None:
    site = Site()
    assert refused(site, site.organisation(), name=text).startswith("name has a line break")


def test_nothing_that_is_already_so_is_sent() -> None:
    site = Site()
    number = site.organisation()
    assert isinstance(site.write(site.update(number, name="Example Oy", www=None))[0], Done)
    assert not site.methods()
