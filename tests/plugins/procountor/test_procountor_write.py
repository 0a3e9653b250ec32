"""How customers are changed: what is sent, what is kept, what is refused, and what is never touched."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import httpx
import pytest
from procountor_site import ADDRESS, INVOICING, ORGANISATION, PAYMENT, Site

from hub.sdk import Done, Gone, Refused, Unknown
from hub_procountor.api import ALLOWED, PARTNER, PARTNERS


def stored(site: Site, number: int) -> dict[str, Any]:
    return {name: value for name, value in site.world.partners[number].items() if name not in ("id", "version", "type")}


def test_name_address_and_e_mail_go_by_patch_with_the_version() -> None:
    site = Site()
    number = site.organisation()
    version = site.world.partners[number]["version"]
    data = site.read(number).data
    result = site.write(site.update(number, name="Example Ab", email="faktura@example.org",
                                    address={**data["address"], "street": "Esplanadi 2"}))[0]
    assert isinstance(result, Done)
    assert site.methods() == ["PATCH"]
    body = json.loads(next(each for each in site.wire.sent if each.method == "PATCH").content)
    assert body == {"version": version, "name": "Example Ab", "address": {**ADDRESS, "street": "Esplanadi 2"},
                    "invoicingInfo": {**INVOICING, "email": "faktura@example.org"}}
    assert stored(site, number)["registryInfo"] == {**ORGANISATION["registryInfo"], "active": True}  # type: ignore[dict-item]


@pytest.mark.parametrize("patch", [{"phone": "+358 50 1234567"}, {"billingAddress": {"street": "PL 1", "country": "SE"}},
                                   {"email": None}, {"identifiers": []}, {"address": {**ADDRESS, "country": "FI", "zip": None}}])
def test_what_patch_cannot_goes_by_put_and_all_else_stays(patch: dict[str, Any]) -> None:
    site = Site()
    number = site.organisation()
    before = deepcopy(stored(site, number))
    assert isinstance(site.write(site.update(number, **patch))[0], Done)
    assert site.methods() == ["PUT"]
    after = stored(site, number)
    for kept in ("contactPersons", "paymentInfo", "name"):
        assert after[kept] == before[kept]
    assert after["invoicingInfo"]["einvoiceAddress"] == INVOICING["einvoiceAddress"]
    assert after["invoicingInfo"]["orderReference"] == INVOICING["orderReference"]
    assert after["registryInfo"]["section"] == "Wholesale"
    assert after != before


@pytest.mark.parametrize("name", ["einvoiceAddress", "einvoiceOperator"])
def test_an_e_invoice_address_is_never_emptied(name: str) -> None:
    site = Site()
    number = site.organisation()
    result = site.write(site.update(number, **{name: None}, phone="1"))[0]
    assert isinstance(result, Refused)
    assert result.why.startswith(f"{name} would be emptied")
    assert site.methods() == []
    assert isinstance(site.write(site.update(number, **{name: "003799999999"}))[0], Done)
    assert stored(site, number)["invoicingInfo"][name] == "003799999999"


def test_a_delete_makes_inactive_and_nothing_is_ever_deleted() -> None:
    site = Site()
    number = site.organisation()
    assert isinstance(site.write(site.delete(number))[0], Done)
    assert site.methods() == ["PUT"]
    assert site.world.partners[number]["registryInfo"]["active"] is False
    assert stored(site, number)["paymentInfo"] == PAYMENT
    assert site.fetch(number) == Gone(site.ref(number), "inactive")
    assert not [method for method, _ in ALLOWED if method == "DELETE"]


def test_only_business_partners_are_ever_written() -> None:
    assert {pair for pair in ALLOWED if pair[0] != "GET"} == {("POST", PARTNERS), ("PATCH", PARTNER), ("PUT", PARTNER)}
    assert {what.partition("/")[0] for _, what in ALLOWED} == {"businesspartners", "sessioninfo", "users"}
    site = Site()
    for method, what in (("POST", "invoices"), ("PUT", "invoices/1"), ("DELETE", PARTNER), ("GET", "ledgerreceipts"),
                         ("PUT", "company"), ("POST", "payments")):
        with pytest.raises(ValueError, match="not on the list"):
            site.call(lambda connector, method=method, what=what: connector.api.write(method, what, {}))  # type: ignore[misc]
    assert not site.wire.sent


def test_everything_a_sync_asks_for_is_on_the_list() -> None:
    site = Site()
    number, other = site.organisation(), site.person()
    site.pull(site.pull()[1])
    site.call(lambda connector: connector.check())
    site.write(site.create(kind="person", name="Bo Ek"), site.update(number, phone="1"), site.update(other, name="Eva Ek"),
               site.delete(number))
    heads = {line.partition(" ")[2].partition("/")[0] for line in site.world.log}
    assert heads == {"businesspartners", "sessioninfo", "users"}


def test_who_changed_before_the_reading_is_stale() -> None:
    site = Site()
    number = site.organisation()
    write = site.update(number, phone="1")
    site.users.edit(number, name="Example Ab")
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert result.reaction == "stale"


def test_who_changes_between_reading_and_patch_is_stale_by_the_version() -> None:
    site = Site()
    number = site.organisation()
    write = site.update(number, name="Ours Oy")

    def somebody() -> None:
        site.clock.turn(5)
        site.users.edit(number, name="Theirs Oy")

    site.wire.before["PATCH"] = somebody
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert result.reaction == "stale"
    assert stored(site, number)["name"] == "Theirs Oy"


@pytest.mark.parametrize("seconds", [0, 5])
def test_a_put_is_decided_on_a_reading_of_its_own(seconds: int) -> None:
    """While others of the batch were written somebody changed the bank account: stale; in the same second, which no version
    shows, the new account is sent back with the rest. In both cases it stays."""
    site = Site()
    first, second = site.organisation(), site.organisation(name="Second Oy")
    writes = [site.update(first, name="Ours Oy"), site.update(second, phone="1")]

    def somebody() -> None:
        site.clock.turn(seconds)
        site.users.edit(second, paymentInfo={"bankAccount": "FI9999999999999999"})

    site.wire.before["PATCH"] = somebody
    results = site.write(*writes)
    assert isinstance(results[0], Done)
    assert isinstance(results[1], Refused if seconds else Done)
    assert stored(site, second)["paymentInfo"]["bankAccount"] == "FI9999999999999999"


def test_a_new_person_is_in_the_group_and_has_an_address() -> None:
    site = Site()
    result = site.write(site.create(kind="person", name="Anna Aho", email="anna@example.org"))[0]
    assert isinstance(result, Done)
    assert result.record is not None
    assert result.record.data["kind"] == "person"
    there = site.world.partners[int(result.ref.native_id)]
    assert there["address"] == {"name": "Anna Aho"}
    assert there["paymentInfo"] == {"paymentMethod": "BANK_TRANSFER"}
    assert there["type"] == "CUSTOMER"


def test_a_person_without_the_group_is_refused_and_nothing_is_made() -> None:
    site = Site(people_group=None)
    result = site.write(site.create(kind="person", name="Anna Aho"), site.create(kind="organisation", name="Example Oy"))
    assert isinstance(result[0], Refused)
    assert "people_group" in result[0].why
    assert isinstance(result[1], Done)
    assert len(site.world.partners) == 1


def test_a_business_id_never_takes_the_place_of_an_identity_code_or_of_another() -> None:
    site = Site()
    person = site.person(invoicingInfo={"identifier": "131052-308T", "identifierType": "HETU"})
    club = site.organisation(invoicingInfo={"identifier": "123.456", "identifierType": "YHD"})
    new = [{"type": "FI", "code": "1234567-8"}]
    results = site.write(site.update(person, identifiers=new),
                         site.update(club, identifiers=[{"type": "YHD", "code": "123.456"}, *new]))
    assert [isinstance(result, Refused) and result.why.startswith("identifiers: ") for result in results] == [True, True]
    assert site.world.partners[person]["invoicingInfo"]["identifier"] == "131052-308T"
    assert isinstance(site.write(site.update(person, name="Anna Ek"))[0], Done)
    assert site.world.partners[person]["invoicingInfo"]["identifier"] == "131052-308T"


def test_a_lost_answer_is_unknown_where_the_write_does_not_fit_any_more() -> None:
    """Somebody enters a personal identity code meanwhile; the other writes of the batch go on."""
    site = Site()
    number, other = site.organisation(), site.organisation(name="Other Oy")

    def meanwhile() -> None:
        site.users.edit(number, invoicingInfo={"identifier": "131052-308T", "identifierType": "HETU"})
        raise httpx.ReadTimeout("lost")

    writes = site.update(number, identifiers=[{"type": "FI", "code": "7654321-0"}]), site.update(other, name="Another Oy")
    site.wire.before["PATCH"] = meanwhile
    result = site.write(*writes)
    assert isinstance(result[0], Unknown)
    assert isinstance(result[1], Done)


def test_a_kind_is_not_changed() -> None:
    site = Site()
    result = site.write(site.update(site.organisation(), kind="person"))[0]
    assert isinstance(result, Refused)
    assert result.why.startswith("kind: ")


@pytest.mark.parametrize(("patch", "words"), [
    ({"name": "Władysław Żółć"}, "name has a letter that Procountor cannot store"),
    ({"name": "x" * 81}, "name is too long, Procountor keeps 80"),
    ({"address": {"zip": "1" * 21}}, "address.zip is too long"),
    ({"name": "a\nb"}, "name has a line break"),
    ({"name": None}, "name would be emptied"),
])
def test_what_cannot_be_stored_is_named_before_anything_is_sent(patch: dict[str, Any], words: str) -> None:
    site = Site()
    result = site.write(site.update(site.organisation(), **patch))[0]
    assert isinstance(result, Refused)
    assert result.why.startswith(words)
    assert not site.methods()


def test_letters_of_two_signs_are_sent_as_one() -> None:
    site = Site()
    number = site.organisation()
    assert isinstance(site.write(site.update(number, name="A\u030angstro\u0308m Oy"))[0], Done)
    assert stored(site, number)["name"] == "Ångström Oy"


def test_a_refusal_names_the_field_and_never_the_value() -> None:
    site = Site()
    result = site.write(site.update(site.organisation(), language="KLINGON"))[0]
    assert isinstance(result, Refused)
    assert "invoicingInfo.language" in result.why
    assert "KLINGON" not in result.why


def test_nothing_that_is_already_so_is_sent() -> None:
    site = Site()
    number = site.organisation()
    result = site.write(site.update(number, name="Example Oy", email="laskut@example.org"))[0]
    assert isinstance(result, Done)
    assert not site.methods()


def test_requests_of_a_batch() -> None:
    """1 to read, 1 a PATCH, 2 a PUT, 1 to read back."""
    site = Site()
    numbers = [site.organisation(name=f"Example {at} Oy") for at in range(4)]
    writes = [site.update(number, name=f"Other {number} Oy") for number in numbers[:3]] + [site.update(numbers[3], phone="1")]
    assert all(isinstance(result, Done) and result.record for result in site.write(*writes))
    assert len(site.wire.sent) == 1 + 3 + 2 + 1
