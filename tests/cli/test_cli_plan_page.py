"""plan --html: one page, irreversible first, nothing on it from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cli_support import Place, person
from test_cli_story import met

from hub.cli.language import LANGUAGES
from hub.cli.plan_groups import KINDS, differences, groups
from hub.cli.plan_page import plan_page
from hub.cli.plan_words import Words, words
from hub.model.contact import CONTACT


class Text(HTMLParser):
    """The words of a page, and its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.words.append(" ".join(data.split()))


def read(file: Path) -> Text:
    page = Text()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def planned(place: Place) -> Path:
    """A delete, values taken away, a create and a change wait."""
    met(place)
    place.crm.user_create(person("Eva", "Ek", "eva@example.org", notes="likes <b>tea</b>"))
    place.json("sync", "--approve")
    by_name = {r["given"]: k for k, r in place.mail.records().items()}
    place.mail.user_delete(by_name["Bo"])
    place.json("plan")
    (conflict,) = place.json("conflicts", "list")
    place.json("conflicts", "resolve", conflict["id"], "delete")
    place.mail.user_edit(by_name["Anna"], {"family": "Aho"})
    place.mail.user_edit(by_name["Eva"], {"notes": None})
    place.crm.user_create(person("<script>alert(1)</script>", "Dahl", "cy@example.org"))
    file = place.folder / "plan.html"
    assert place.json("plan", "--html", str(file))["page"] == str(file)
    return file


def test_the_page_tells_irreversible_first(place: Place) -> None:
    page = read(planned(place))
    said = "\n".join(page.words)
    places = [said.index(f"{system}: {what}") for system, what in (
        ("crm", "delete 1 record"), ("crm", "take values away from 1 record"), ("mail", "create 1 record"),
        ("crm", "change 1 record"))]
    assert places == sorted(places)
    assert "This cannot be taken back" in said
    assert all(word in said for word in ("Virtanen", "Aho", "family name", "Bo Ek", "likes <b>tea</b>", "(nothing)"))
    assert "Approved by" in said


@pytest.mark.fault("T6", guard="hub.cli.plan_page:plan_page")
def test_the_page_stands_alone_and_values_are_no_markup(place: Place) -> None:
    file = planned(place)
    page, text = read(file), file.read_text(encoding="utf-8")
    assert not {"script", "img", "link", "iframe", "b"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert re.findall(r"https?://|url\(|@import", text) == []
    assert "default-src 'none'" in text


def test_the_terminal_tells_it_in_the_same_order(place: Place) -> None:
    planned(place)
    said = place.run("plan").out
    assert "The plan has 4 writes" in said
    assert said.index("crm: delete 1 record (deleted elsewhere)") < said.index("mail: create 1 record (not there yet)")
    assert "cannot be taken back" in said
    assert "family name: Virtanen → Aho" in said
    assert "notes: likes <b>tea</b> → (nothing)" in said


def test_a_plan_with_nothing_is_a_page_too(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "none.html"
    assert place.run("plan", "--html", str(file)).code == 0
    assert "Nothing: every system has what it should have" in " ".join(read(file).words)
    ran = place.run("plan", "--html", str(tmp_path / "none" / "x.html"))
    assert ran.code == 2
    assert "--html" in ran.err


def test_groups_and_differences() -> None:
    writes = [{"system": s, "op": o, "reason": r, "removals": n} for s, o, r, n in (
        ("b", "update", "behind", 0), ("a", "create", "create", 0), ("b", "update", "behind", 2), ("b", "delete", "undo", 1))]
    assert [(g.system, g.kind, len(g.writes)) for g in groups({"writes": writes})] == [
        ("b", "delete", 1), ("b", "blank", 1), ("a", "create", 1), ("b", "update", 1)]
    assert groups({}) == []
    words = Words()
    found = differences({"emails": {"a": {"v": "A"}}}, {"emails": {"b": {"v": "B"}}})
    assert [(words.label(d), words.value(d, d.before), words.value(d, d.after)) for d in found] == [
        ("e-mail", "A", ""), ("e-mail", "", "B")]


# ---- three languages

def test_every_language_has_every_word_and_every_unit() -> None:
    wanted = words("en").keys()
    for language in LANGUAGES:
        assert words(language).keys() == wanted
        assert all(text.strip() for text in words(language).values())
    units = [*CONTACT.units, *(f"{name}.primary" for name, schema in CONTACT.sets.items() if schema.has_primary)]
    assert {f"unit_{unit.replace('.', '-')}" for unit in units} <= wanted
    assert {f"group_{kind}_{many}" for kind in KINDS for many in ("one", "many")} <= wanted
    assert {f"reason_{reason}" for reason in ("behind", "create", "delete", "on_leave", "undo")} <= wanted


def test_places_in_sentences_are_the_same_in_every_language() -> None:
    for name, text in words("en").items():
        for language in LANGUAGES:
            if not name.endswith("_one"):  # "1 record" needs no {count}
                assert set(re.findall(r"{\w+}", words(language)[name])) == set(re.findall(r"{\w+}", text)), (language, name)


@pytest.mark.parametrize(("language", "says"), [
    ("fi", ["Mitä kirjoitettaisiin: 4 muutosta", "crm: poista 1 tietue (poistettu muualta)", "Tätä ei voi perua.",
            "crm: poista arvoja 1 tietueesta", "sukunimi", "muistiinpanot", "(tyhjä)", "Hyväksynyt"]),
    ("pl", ["Co zostałoby zapisane (liczba zmian: 4)", "crm: usunięcie 1 rekordu (usunięte gdzie indziej)",
            "Tego nie da się cofnąć.", "nazwisko", "uwagi", "(puste)", "Zatwierdził(a)"]),
    ("en", ["What would be written: 4 changes", "crm: delete 1 record (deleted elsewhere)", "family name", "Approved by"]),
])
def test_the_page_in_words_of_a_treasurer(place: Place, language: str, says: list[str]) -> None:
    planned(place)
    file = place.folder / "page.html"
    place.json("plan", "--html", str(file), "--lang", language)
    text = file.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    said = " ".join(read(file).words)
    for each in says:
        assert each in said


def test_values_are_told_as_people_say_them() -> None:
    """Whom an employer names, addresses as on a letter, whose number it is, consent in words."""
    company = "0192-company"
    say = Words("fi", {company: "Aurinko ry"})

    def told(unit: str, value: object) -> list[tuple[str, str]]:
        return [(say.label(d), say.value(d, d.after)) for d in differences({}, {unit: value})]

    address = {"street": "Katu 1", "postcode": "00100", "locality": "Helsinki", "country": "FI"}
    assert told("employer", company) == [("työnantaja", "Aurinko ry")]
    assert told("relations", {f"member of:{company}": {"v": company, "a": {"from": "2020"}}}) == [("suhde", "Aurinko ry, 2020")]
    assert told("addresses", {"home": {"v": address}}) == [("osoite, koti", "Katu 1, 00100 Helsinki, FI")]
    assert told("identifiers", {"member-number": {"v": "17"}}) == [("tunnus, jäsennumero", "17")]
    assert told("consents", {"newsletter:email": {"v": {"state": "withdrawn", "evidenced_at": "2026-01-02"}}}) == [
        ("suostumus, uutiskirje, sähköposti", "peruttu, 2026-01-02")]
    assert told("emails", {"a@x.fi": {"v": "a@x.fi", "a": {"label": "home"}}}) == [("sähköposti", "a@x.fi, koti")]
    assert told("deceased", True) == [("kuollut", "kyllä")]
    assert told("kind", "individual") == []
    assert told("kind", "org") == [("henkilö vai organisaatio", "organisaatio")]


def test_the_rest_of_an_approved_plan_stands_on_the_page() -> None:
    document = {"approved_rest": [{"system": "crm", "count": 2, "by": "Maija <b>", "at": 1_780_000_000.0}],
                "stirs": {"crm": ["Rules"], "book": ["Rules"]}, "made_at": 1_780_000_000.0, "hash": "abc",
                "writes": [{"system": "crm", "op": "create", "reason": "create", "number": 1, "name": "A", "native_id": "",
                            "before": {}, "after": {"name.given": "A"}}]}
    page = plan_page(document, workspace="w", waits={}, language="en")
    assert "crm: 2 changes that Maija &lt;b&gt; approved on " in page
    assert "crm: creating and changing may start your automations there (Rules)" in page
    assert "book: creating and changing" not in page
