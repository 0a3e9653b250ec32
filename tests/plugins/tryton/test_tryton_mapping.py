"""The default mapping: what it reads, what it writes, the laws of lenses on real records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from tryton_site import Site

import hub_tryton
from hub.sdk import Done, NativeWrite
from hub.testing.lens_laws import Case, check_case, check_laws, lens_cases
from hub.testing.lenses import Refs, lens_of

LENS = lens_of(Path(hub_tryton.__file__).parent / "mapping.toml")
PARTIES: list[dict[str, Any]] = [
    {"name": "Anna Aho", "person": True, "categories": ["Member"], "emails": ["Anna@X.fi", "anna@home.fi"],
     "phones": [("mobile", "040 1234567"), ("phone", "09 1234567"), ("fax", "09 7654321")], "websites": ["https://aho.example"],
     "addresses": [{"street": "Katu 1\nB 2", "city": "Turku", "postal_code": "20100", "country": "FI"},
                   {"street": "Laskutie 3", "city": "Helsinki", "invoice": True}]},
    {"name": "Berta Maria Lind", "person": True},
    {"name": "Oy Ab", "identifiers": [("fi_ytunnus", "2077474-0"), ("eu_vat", "FI20774740"), (None, "old number 7")],
     "addresses": [{"city": "Turku"}]},
]


def natives(**options: Any) -> list[dict[str, Any]]:
    flagged = options.get("invoicing", True)
    parties = [{**each, "addresses": [row for row in each.get("addresses", ()) if flagged or "invoice" not in row]}
               for each in PARTIES]
    site = Site(parties=parties, **options)
    return [dict(change.record.data) for change in site.pull().changes]  # type: ignore[union-attr]


def test_a_person_is_read() -> None:
    seen = LENS.read(natives()[0], Refs({}))
    got = seen.projection
    assert not seen.problems
    assert (got["kind"], got["name.given"], got["name.family"]) == ("individual", "Anna", "Aho")
    assert got["emails"].keys() == {"anna@x.fi", "anna@home.fi"}
    assert {key: member["a"]["label"] for key, member in got["phones"].items()} == {
        "+358401234567": "cell", "+35891234567": None, "+35897654321": "fax"}
    assert got["groups"].keys() == {"member"}
    assert got["urls"].keys() == {"aho.example"}


def test_the_billing_address_is_the_one_tryton_takes_for_invoices() -> None:
    anna, _, org = (LENS.read(each, Refs({})).projection for each in natives())
    assert {key: member["v"]["locality"] for key, member in anna["addresses"].items()} == {"billing": "Helsinki"}
    assert {key: member["v"]["locality"] for key, member in org["addresses"].items()} == {"billing": "Turku"}


def test_an_organisation_is_read() -> None:
    got = LENS.read(natives()[2], Refs({})).projection
    assert (got["kind"], got["name.full"]) == ("org", "Oy Ab")
    assert {key: member["v"] for key, member in got["identifiers"].items()} == {"business-id": "2077474-0", "vat": "FI20774740"}


def test_a_name_that_cannot_be_taken_apart_is_absent_not_empty() -> None:
    got = LENS.read(natives()[1], Refs({})).projection
    assert "name.given" not in got


def test_a_server_without_accounting_reads_the_first_address() -> None:
    got = LENS.read(natives(invoicing=False)[2], Refs({})).projection
    assert got["addresses"]["billing"]["v"]["locality"] == "Turku"


def test_what_a_contact_says_is_stored_and_the_rest_stays() -> None:
    site = Site(parties=PARTIES)
    before = site.read(1)
    wanted = {**LENS.get(before.data, Refs({})), "name.family": "Koski"}
    wanted["addresses"] = {"billing": {"v": {"street": "Uusikatu 5", "locality": "Espoo", "postcode": "02100", "region": None,
                                             "country": "SE"}, "at": None, "a": {}}}
    patch = LENS.put(before.data, LENS.shape(wanted, {}, {}), Refs({}))
    result = site.write(NativeWrite("update", before.ref, patch, before.data, before.version))[0]
    assert isinstance(result, Done)
    after = site.read(1).data
    assert after["name"] == "Anna Koski"
    changed, other = after["addresses"]
    assert (changed["city"], changed["country"], changed["invoice"]) == ("Espoo", "SE", True)
    assert other == before.data["addresses"][1]
    assert after["emails"] == before.data["emails"]


def test_the_laws_hold_on_records_of_both_servers() -> None:
    told = natives() + natives(postgresql=True, invoicing=False)
    assert check_laws(LENS, told).records == len(told)


@given(lens_cases(LENS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_laws_hold_on_made_up_records(case: Case) -> None:
    check_case(LENS, case)
