"""The default mapping: what it covers, the laws of lenses on real records, and a round trip through the CRM."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from civicrm_site import Site, person
from hypothesis import HealthCheck, given, settings

import hub_civicrm
from hub.sdk import Done, NativeWrite
from hub.testing.lens_laws import Case, check_case, check_laws, lens_cases
from hub.testing.lenses import Refs, lens_of

MAPPING = Path(hub_civicrm.__file__).parent / "mapping.toml"
LENS = lens_of(MAPPING)

PEOPLE = [
    {"contact_type": "Organization", "organization_name": "Oy Ab", "legal_name": "Osakeyhtiö Ab", "external_identifier": "o",
     "websites": [{"url": "https://oyab.example", "website_type": "Work"}]},
    person("Anna", "Virtanen", prefix="Ms.", birth_date="1990-02-28", job_title="Chair", employer="o", do_not_phone=True,
           is_opt_out=True, preferred_language="fi_FI", nick_name="Anni",
           emails=[{"email": "Anna@X.fi", "location_type": "Work", "is_primary": True},
                   {"email": "anna@home.fi", "location_type": "Home"}],
           phones=[{"phone": "040 1234567", "phone_type": "Mobile"}, {"phone": "09 1234567", "phone_type": "Phone"}],
           addresses=[{"street_address": "Katu 1", "city": "Helsinki", "postal_code": "00100", "country": "FI"}],
           groups=["Newsletter"], tags=["Volunteer"]),
    person("Berta", "Lind", is_deceased=True, deceased_date="2020-01-01"),
]


def records() -> tuple[Site, list[dict[str, Any]]]:
    site = Site(*PEOPLE)
    site.users.relate(site.id_of("Berta"), "Child of", site.id_of("Anna"), start_date="2001-01-01")
    return site, [dict(change.record.data) for change in site.pull().changes]  # type: ignore[union-attr]


def test_a_record_is_read_as_a_contact() -> None:
    site, natives = records()
    anna, berta, org = (str(site.id_of(name)) for name in ("Anna", "Berta", "Oy Ab"))
    refs = Refs({anna: "c-anna", berta: "c-berta", org: "c-org"})
    seen = LENS.read(next(n for n in natives if n.get("first_name") == "Anna"), refs)
    got = seen.projection
    assert not seen.problems
    assert (got["kind"], got["name.given"], got["name.prefix"], got["birthday"]) == ("individual", "Anna", "Ms.", "1990-02-28")
    assert (got["employer"], got["title"], got["preferredLanguage"]) == ("c-org", "Chair", "fi-FI")
    assert got["emails"].keys() == {"anna@x.fi", "anna@home.fi"}
    assert got["emails.primary"] == "anna@x.fi"
    assert {key: member["a"]["label"] for key, member in got["phones"].items()} == {"+358401234567": "cell",
                                                                                    "+35891234567": None}
    assert got["addresses"]["home"]["v"]["country"] == "FI"
    assert got["relations"]["parent:c-berta"]["a"]["from"] == "2001-01-01"
    assert got["groups"].keys() == {"newsletter"}
    assert got["roles"].keys() == {"volunteer"}
    assert {key for key, member in got["consents"].items() if member["v"]["state"] == "withdrawn"} == {
        "marketing:phone", "newsletter:email"}
    org_seen = LENS.read(next(n for n in natives if n.get("organization_name") == "Oy Ab"), refs).projection
    assert (org_seen["kind"], org_seen["name.full"], org_seen["legal_name"]) == ("org", "Oy Ab", "Osakeyhtiö Ab")
    assert org_seen["urls"].keys() == {"oyab.example"}


def test_the_hubs_key_and_source_are_left_alone() -> None:
    used = str(tomllib.loads(MAPPING.read_text(encoding="utf-8")))
    assert "external_identifier" not in used
    assert "'source'" not in used


def test_the_laws_of_lenses_hold_on_records_of_the_crm() -> None:
    assert check_laws(LENS, records()[1]).records >= 4


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lens_cases(LENS))
def test_the_laws_of_lenses_hold_on_made_up_records(case: Case) -> None:
    check_case(LENS, case)


def test_what_the_lens_puts_the_crm_shows() -> None:
    site = Site(*PEOPLE)
    berta, anna, org = (site.id_of(name) for name in ("Berta", "Anna", "Oy Ab"))
    refs = Refs({str(i): f"c-{i}" for i in (berta, anna, org)}, {f"c-{i}": str(i) for i in (berta, anna, org)})
    before = site.read(berta)
    held = LENS.get(before.data, refs)
    member = {"v": "+358 50 1234567", "at": None, "a": {"label": "cell"}}
    wanted = {**held, "name.family": "Lindqvist", "employer": f"c-{org}", "preferredLanguage": "sv-FI",
              "emails": {"b@x.fi": {"v": "b@x.fi", "at": None, "a": {"label": "work"}}}, "emails.primary": "b@x.fi",
              "phones": {"+358501234567": member}, "phones.primary": "+358501234567",
              "addresses": {"home": {"v": {"street": "Gata 2", "locality": "Åbo", "country": "FI"}, "at": None, "a": {}}},
              "addresses.primary": "home",
              "relations": {f"spouse:c-{anna}": {"v": f"c-{anna}", "at": None, "a": {}}}}
    shape = LENS.shape(wanted, held, {})
    patch = LENS.put(before.data, shape, refs)
    result = site.write(NativeWrite("update", before.ref, patch, before=before.data, expect=before.version))[0]
    assert isinstance(result, Done), result
    assert result.record is not None
    shown = LENS.get(result.record.data, refs)
    for unit in ("name.family", "employer", "preferredLanguage", "emails.primary", "phones.primary"):
        assert shown[unit] == wanted[unit], unit
    for unit in ("emails", "phones", "addresses", "relations"):
        assert {k: (m["v"], m["a"].get("label")) for k, m in shown[unit].items()} == {
            k: (m["v"], m["a"].get("label")) for k, m in shape[unit].items()}, unit
    assert LENS.put(result.record.data, LENS.shape(wanted, shown, {}), refs) == {}
