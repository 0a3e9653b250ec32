"""The default mapping, over cards of every dialect: the laws of lenses, also through the text of the card."""

from __future__ import annotations

from typing import Any

import pytest
from carddav_cards import APPLE, COMPANY, DAVX5, DIALECTS, GOOGLE, THUNDERBIRD
from carddav_support import semantic

import hub_carddav
from hub.testing.lens_laws import check_laws
from hub.testing.lenses import Lens, lens_of
from hub_carddav.contentline import Card
from hub_carddav.vcard import parse, render


@pytest.fixture(scope="module")
def lens() -> Lens:
    (kind,) = hub_carddav.register_connectors()
    return lens_of(kind.mapping)


def test_the_laws(lens: Lens) -> None:
    natives = [parse(text) for text in DIALECTS.values()]
    report = check_laws(lens, natives, wanted=[lens.get(native) for native in natives])
    assert (report.records, report.refused) == (len(natives), 0)


def test_what_a_person_looks_like(lens: Lens) -> None:
    shown = lens.read(parse(APPLE))
    assert shown.problems == ()
    seen = shown.projection
    assert (seen["kind"], seen["name.given"], seen["name.middle"], seen["name.family"]) == (
        "individual", "Anna", "Maria", "Virtanen"
    )  # fmt: skip
    assert "name.full" not in seen
    assert seen["birthday"] == "--04-12"
    assert (seen["company"], seen["department"]) == ("Näyttelijäliitto ry", "Hallitus")
    assert seen["phones"]["+358401234567"]["a"] == {"label": "cell"}
    assert seen["emails"]["anna.virtanen@liitto.test"] == {
        "v": "anna.virtanen@liitto.test", "at": "item1", "a": {"label": "work"}
    }  # fmt: skip
    assert seen["emails"]["anna@example.test"]["at"] is None
    assert seen["emails.primary"] == "anna@example.test"
    assert seen["addresses"]["home"]["v"]["country"] == "FI"
    assert set(seen["groups"]) == {"jäsenet", "kuoro, sopraanot"}


def test_what_an_organisation_looks_like(lens: Lens) -> None:
    seen = lens.get(parse(COMPANY))
    assert (seen["kind"], seen["name.full"]) == ("org", "Kirjakauppa Oy")
    assert "company" not in seen
    patch = lens.put(parse(COMPANY), {"name.full": "Uusi Oy"})
    assert lens.get(parse(render({**parse(COMPANY), **patch})))["name.full"] == "Uusi Oy"


@pytest.mark.parametrize("other", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_put_is_there_in_the_text(lens: Lens, dialect: str, other: str) -> None:
    """A card is made to show what another one shows; then it shows that, and nothing else of it was lost."""
    native, wanted = parse(DIALECTS[dialect]), lens.get(parse(DIALECTS[other]))
    if "kind" in wanted and wanted["kind"] != native["kind"]:
        wanted = {"notes": wanted["notes"]}
    shape = lens.shape(wanted, lens.get(native), {})
    text = render({**native, **lens.put(native, shape)})
    after = lens.get(parse(text))
    assert {unit: plain(after[unit]) for unit in shape} == {unit: plain(value) for unit, value in shape.items()}
    assert lens.put(parse(text), lens.get(parse(text))) == {}
    kept = ("PHOTO", "IMPP", "X-CUSTOM1", "X-SOCIALPROFILE", "X-ABRELATEDNAMES", "UID", "PRODID", "RELATED")
    assert [line.text for line in Card.read(text).lines if line.name in kept] == [
        line.text for line in Card.read(DIALECTS[dialect]).lines if line.name in kept
    ]


def plain(value: Any) -> Any:
    """A projected value without the names of rows."""
    if isinstance(value, dict):
        return {key: {"v": member["v"], "a": {k: v for k, v in member["a"].items() if v}}
                for key, member in value.items()}
    return value


def test_a_create_from_nothing(lens: Lens) -> None:
    wanted = lens.get(parse(GOOGLE))
    shape = lens.shape(wanted, {}, {})
    after = parse(render({"uid": "k", **lens.put(None, shape)}))
    assert {unit: plain(lens.get(after)[unit]) for unit in shape} == {unit: plain(v) for unit, v in shape.items()}


def test_a_broken_card_says_nothing(lens: Lens) -> None:
    assert lens.read({"broken": "it has no VERSION"}).projection == {}


def test_an_unknown_country_is_told_and_nothing_is_written_over_it(lens: Lens) -> None:
    native = parse(DAVX5.replace("Finland", "Atlantis"))
    shown = lens.read(native)
    assert [(p.unit, p.at) for p in shown.problems] == [("addresses", "adr[].country")]
    assert "addresses" not in shown.projection
    assert lens.put(native, {"name.given": "Pekka"}) == {"n": {**native["n"], "given": "Pekka"}}


def test_a_row_that_keeps_its_name_is_replaced_in_place(lens: Lens) -> None:
    native = parse(APPLE)
    seen = lens.get(native)
    emails = {key: member for key, member in seen["emails"].items() if key != "anna.virtanen@liitto.test"}
    emails["anna@uusi.test"] = {"v": "anna@uusi.test", "at": "item1", "a": {"label": "work"}}
    text = render({**native, **lens.put(native, {"emails": emails})})
    assert "item1.EMAIL;type=INTERNET:anna@uusi.test" in text or "item1.EMAIL;TYPE=INTERNET:anna@uusi.test" in text
    assert semantic(parse(text), "email") == semantic(native, "email")


def test_the_same_country_is_not_written_again(lens: Lens) -> None:
    native = parse(THUNDERBIRD)
    assert lens.get(native)["addresses"]["home"]["v"]["country"] == "SE"
    assert lens.put(native, lens.get(native)) == {}
