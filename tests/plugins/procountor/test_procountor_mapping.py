"""The default mapping on customers as Procountor has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from procountor_site import Site

import hub_procountor
from hub.testing.lens_laws import check_laws
from hub.testing.lenses import Refs, lens_of

LENS = lens_of(Path(hub_procountor.__file__).parent / "mapping.toml")


def projected(site: Site, number: int) -> dict[str, Any]:
    return dict(LENS.get(site.read(number).data, Refs({}, {})))


def test_an_organisation() -> None:
    site = Site()
    seen = projected(site, site.organisation(billingAddress={"street": "PL 1", "zip": "00101", "city": "Helsinki",
                                                             "country": "FINLAND"}))
    assert (seen["kind"], seen["name.full"], seen["preferredLanguage"]) == ("org", "Example Oy", "fi")
    assert set(seen["emails"]) == {"laskut@example.org"}
    assert seen["identifiers"]["business-id"]["v"] == "1234567-8"
    assert set(seen["addresses"]) == {"work", "billing"}
    assert seen["addresses"]["billing"]["v"] == {"street": "PL 1", "locality": "Helsinki", "postcode": "00101", "country": "FI"}


def test_a_person() -> None:
    site = Site()
    seen = projected(site, site.person(address={"street": "Katu 1", "city": "Turku", "country": "FINLAND"}))
    assert (seen["kind"], seen["name.given"], seen["name.family"]) == ("individual", "Anna", "Aho")
    assert set(seen["addresses"]) == {"home"}


def test_an_e_invoice_address_is_in_the_record_and_in_no_unit() -> None:
    """Every identifier is a key people are matched by, and firms share operators: it must not be one."""
    site = Site()
    number = site.organisation()
    assert site.read(number).data["einvoiceAddress"] == "003712345678"
    assert "003712345678" not in str(projected(site, number))
    assert "003723327487" not in str(projected(site, number))


def test_the_laws_hold_on_records() -> None:
    site = Site()
    club = site.organisation(invoicingInfo={"identifier": "1.2", "identifierType": "YHD"})
    numbers = [site.organisation(), site.person(), club, site.users.add({"name": "Bare Oy"}), site.person("Anna Maria Aho")]
    assert check_laws(LENS, [dict(site.read(number).data) for number in numbers]).records == 5
