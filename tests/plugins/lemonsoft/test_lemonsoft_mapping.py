"""The default mapping on customers as Lemonsoft has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lemonsoft_site import Site

import hub_lemonsoft
from hub.testing.lens_laws import check_laws
from hub.testing.lenses import Refs, lens_of

LENS = lens_of(Path(hub_lemonsoft.__file__).parent / "mapping.toml")


def projected(site: Site, number: int) -> dict[str, Any]:
    return dict(LENS.get(site.read(number).data, Refs({}, {})))


def test_an_organisation() -> None:
    site = Site()
    seen = projected(site, site.organisation(invoicing_address="PL 1", invoicing_postal_code="00101", invoicing_city="Helsinki"))
    assert (seen["kind"], seen["name.full"], seen["preferredLanguage"]) == ("org", "Example Oy", "fi")
    assert set(seen["emails"]) == {"laskut@example.org"}
    assert seen["identifiers"]["business-id"]["v"] == "1234567-8"
    assert set(seen["addresses"]) == {"work", "billing"}
    assert [seen["addresses"][place]["v"]["country"] for place in ("work", "billing")] == ["FI", "FI"]


def test_a_person() -> None:
    site = Site()
    seen = projected(site, site.person(street="Katu 1", city="Turku", country="FI"))
    assert (seen["kind"], seen["name.given"], seen["name.family"]) == ("individual", "Anna", "Aho")
    assert set(seen["addresses"]) == {"home"}


def test_an_e_invoice_address_is_in_the_record_and_in_no_unit() -> None:
    site = Site()
    number = site.organisation()
    assert site.read(number).data["finvoice_address"] == "003712345678"
    assert "003712345678" not in str(projected(site, number))


def test_the_laws_hold_on_records() -> None:
    site = Site()
    numbers = [site.organisation(), site.person(), site.organisation(vat="SE556000167001"), site.person("Anna Maria Aho"),
               site.organisation(country="Suomi", language_code="xx")]
    assert check_laws(LENS, [dict(site.read(number).data) for number in numbers]).records == 5
