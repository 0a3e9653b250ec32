"""The default mapping: the laws of lenses on real records, and a round trip through Dynamics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dynamics_site import Site
from hypothesis import HealthCheck, given, settings

import hub_dynamics
from hub.sdk import Done, NativeWrite
from hub.testing.lens_laws import Case, check_case, check_laws, lens_cases
from hub.testing.lenses import Refs, lens_of

LENS = lens_of(Path(hub_dynamics.__file__).parent / "mapping.toml")


def environment() -> tuple[Site, dict[str, str]]:
    site = Site()
    org = site.users.add("account", {"name": "Oy Ab", "emailaddress1": "info@oyab.example", "websiteurl": "https://oyab.example",
                                     "telephone1": "+358 9 1234567", "address1_line1": "Katu 1", "address1_city": "Helsinki",
                                     "address1_country": "Finland", "address2_line1": "PL 5"})
    anna = site.person(middlename="Maria", salutation="Dr.", suffix="Jr.", nickname="Anni", jobtitle="Chair",
                       department="Board", birthdate="1990-02-28", emailaddress1="Anna@X.fi", emailaddress2="anna@home.fi",
                       telephone1="09 1234567", mobilephone="040 1234567", fax="09 7654321", address1_line1="Tie 2",
                       address1_postalcode="00100", address1_country="Suomi", description="Knows everybody", donotphone=True,
                       donotbulkemail=True, parentcustomerid=org)
    berta = site.users.add("contact", {"firstname": "Berta", "lastname": "Lind", "statecode": 1, "statuscode": 2})
    return site, {"org": org, "anna": anna, "berta": berta}


def natives() -> list[dict[str, Any]]:
    return [dict(change.record.data) for change in environment()[0].pull().changes]  # type: ignore[union-attr]


def test_a_record_is_read_as_a_contact() -> None:
    site, ids = environment()
    seen = LENS.read(site.read(ids["anna"]).data, Refs({ids["org"]: "c-org"}))
    got = seen.projection
    assert not seen.problems
    assert (got["kind"], got["name.given"], got["name.middle"], got["name.family"]) == ("individual", "Anna", "Maria", "Virtanen")
    assert (got["employer"], got["title"], got["department"], got["birthday"]) == ("c-org", "Chair", "Board", "1990-02-28")
    assert (got["name.prefix"], got["name.suffix"], got["nickname"], got["notes"]) == ("Dr.", "Jr.", "Anni", "Knows everybody")
    assert got["emails"].keys() == {"anna@x.fi", "anna@home.fi"}
    assert got["emails.primary"] == "anna@x.fi"
    assert {key: member["a"]["label"] for key, member in got["phones"].items()} == {
        "+358401234567": "cell", "+35891234567": "work", "+35897654321": "fax"}
    assert got["addresses"]["home"]["v"]["country"] == "FI"
    assert {key for key, member in got["consents"].items() if member["v"]["state"] == "withdrawn"} == {
        "marketing:phone", "newsletter:email"}
    org = LENS.read(site.read(ids["org"]).data, Refs({})).projection
    assert (org["kind"], org["name.full"]) == ("org", "Oy Ab")
    assert org["addresses"].keys() == {"work", "billing"}
    assert org["urls"].keys() == {"oyab.example"}


def test_no_flag_is_raised_that_says_more_than_was_withdrawn() -> None:
    for members, raised in ((["newsletter:email"], {"donotbulkemail"}), (["marketing:phone"], {"donotphone"}),
                            (["newsletter:email", "marketing:email"], {"donotbulkemail", "donotemail"})):
        consents = {key: {"v": {"state": "withdrawn"}, "at": None, "a": {}} for key in members}
        wanted = {"kind": "individual", "name.family": "Lind", "consents": consents}
        patch = LENS.put(None, LENS.shape(wanted, {}, {}), Refs({}))
        assert {name for name, value in patch.items() if name.startswith("donot") and value} == raised


def test_deactivation_changes_nothing_of_the_contact() -> None:
    site, ids = environment()
    before = LENS.get(site.read(ids["anna"]).data, Refs({ids["org"]: "c-org"}))
    site.users.deactivate(ids["anna"])
    assert LENS.get(site.read(ids["anna"]).data, Refs({ids["org"]: "c-org"})) == before


def test_the_laws_of_lenses_hold_on_records_of_dynamics() -> None:
    assert check_laws(LENS, natives()).records >= 3


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lens_cases(LENS))
def test_the_laws_of_lenses_hold_on_made_up_records(case: Case) -> None:
    check_case(LENS, case)


def test_what_the_lens_puts_dynamics_shows() -> None:
    site, ids = environment()
    refs = Refs({guid: f"c-{guid}" for guid in ids.values()}, {f"c-{guid}": guid for guid in ids.values()})
    before = site.read(ids["berta"])
    held = LENS.get(before.data, refs)
    cell = {"v": "+358 50 1234567", "at": None, "a": {"label": "cell"}}
    wanted = {**held, "name.family": "Lindqvist", "employer": f"c-{ids['org']}", "birthday": "1980-01-02", "title": "Member",
              "emails": {"b@x.fi": {"v": "b@x.fi", "at": None, "a": {}}}, "emails.primary": "b@x.fi",
              "phones": {"+358501234567": cell},
              "addresses": {"home": {"v": {"street": "Gata 2", "locality": "Åbo", "country": "FI"}, "at": None, "a": {}}}}
    shape = LENS.shape(wanted, held, {})
    patch = LENS.put(before.data, shape, refs)
    result = site.write(NativeWrite("update", before.ref, patch, before=before.data, expect=before.version))[0]
    assert isinstance(result, Done), result
    assert result.record is not None
    assert site.users.row(ids["berta"])["mobilephone"] == "+358 50 1234567"
    assert site.users.row(ids["berta"])["address1_country"] == "Finland"
    shown = LENS.get(result.record.data, refs)
    for unit in ("name.family", "employer", "birthday", "title", "emails.primary"):
        assert shown[unit] == wanted[unit], unit
    assert LENS.put(result.record.data, LENS.shape(wanted, shown, {}), refs) == {}


def test_a_new_contact_is_made_whole() -> None:
    site, ids = environment()
    refs = Refs({ids["org"]: "c-org"}, {"c-org": ids["org"]})
    wanted = {"kind": "individual", "name.given": "Cecilia", "name.family": "Berg", "employer": "c-org"}
    key = "0195c9a0-0000-7000-8000-000000000001"
    patch = {**LENS.put(None, LENS.shape(wanted, {}, {}), refs), "id": key}
    result = site.write(NativeWrite("create", site.ref(), patch, key=key))[0]
    assert isinstance(result, Done), result
    assert site.users.row(key)["parentcustomerid"] == ids["org"]
