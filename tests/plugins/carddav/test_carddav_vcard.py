"""vCard text ↔ native JSON: dialects, and that a write changes only what was asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from carddav_cards import APPLE, BARE, COMPANY, DAVX5, DIALECTS, FOLDED, GOOGLE, NEXTCLOUD, OUTLOOK, THUNDERBIRD, card
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_carddav.contentline import Card, NotACard, decode, fold, parts
from hub_carddav.names import full_name
from hub_carddav.vcard import parse, render


def rows(native: dict[str, Any], key: str) -> list[tuple[Any, ...]]:
    return [(row["value"], row["type"], row["pref"]) for row in native[key]]


def logical(text: str) -> list[str]:
    return [line.text for line in Card.read(text).lines]


def test_apple() -> None:
    native = parse(APPLE)
    assert native["n"] == {"family": "Virtanen", "given": "Anna", "additional": "Maria", "prefix": "tri", "suffix": None}
    assert rows(native, "email") == [
        ("anna@example.test", "home", True), ("anna.virtanen@liitto.test", "work", False)
    ]  # fmt: skip
    assert rows(native, "tel") == [
        ("+358 40 123 4567", "cell", True), ("040 765 4321", "cell", False), ("09 111 222", "fax", False),
        ("019 333 444", "other", False),
    ]  # fmt: skip
    assert native["email"][1]["id"] == native["email"][1]["group"] == "item1"
    assert native["email"][0]["group"] is None
    assert native["adr"][0] | {"id": "", "group": ""} == {
        "id": "", "group": "", "type": "home", "pref": True, "pobox": None, "extended": None,
        "street": "Pitkä katu 1 A 2\nPorras B", "locality": "Helsinki", "region": None, "postcode": "00100",
        "country": "Suomi",
    }  # fmt: skip
    assert rows(native, "url") == [("https://annavirtanen.test/näyttelijä", None, True)]
    assert native["bday"] == "--04-12"
    assert native["note"] == "Tavattu kesäpäivillä; puhuu myös ruotsia, saksaa."
    assert native["categories"] == ["Jäsenet", "Kuoro, sopraanot"]
    assert native["org"] == {"name": "Näyttelijäliitto ry", "unit": "Hallitus"}


def test_google() -> None:
    native = parse(GOOGLE)
    assert rows(native, "email") == [
        ("mikko@yritys.test", "work", False), ("mikko.korhonen@example.test", None, False),
        ("mk@kerho.test", "other", False),
    ]  # fmt: skip
    assert rows(native, "tel") == [("+358-50-1112223", "cell", False), ("09 8765 4321", "fax", False)]
    assert rows(native, "url") == [("https://yritys.test/mikko?a=1,2;b=3", "other", False)]
    assert native["note"] is None
    assert native["bday"] == "1975-12-06"


def test_thunderbird() -> None:
    native = parse(THUNDERBIRD)
    assert rows(native, "email") == [("bjorn@example.test", None, True), ("bjorn.andersson@förbund.test", "work", False)]
    assert rows(native, "tel") == [("+46 70 123 45 67", "cell", False), ("+46-8-12-34-56", "home", True)]
    assert native["bday"] == "--02-29"
    assert native["note"] == "Rad ett\nRad två"
    assert native["org"] == {"name": "Förbundet", "unit": "Kansli"}


def test_outlook_with_quoted_printable() -> None:
    native = parse(OUTLOOK)
    assert (native["n"]["family"], native["n"]["given"]) == ("Mäkelä", "Päivi")
    assert native["note"] == "Ensimmäinen rivi\nToinen rivi, joka on niin pitkä että se jatkuu"
    assert rows(native, "tel") == [
        ("+358 9 555 666", "work", False), ("+358 44 555 666", "cell", False), ("+358 9 555 667", "fax", False)
    ]  # fmt: skip
    assert rows(native, "email") == [("paivi.makela@saatio.test", None, True)]
    assert native["org"] == {"name": "Säätiö", "unit": "Hallinto"}
    assert native["bday"] == "1980-12-24"


def test_nextcloud() -> None:
    native = parse(NEXTCLOUD)
    assert rows(native, "email") == [("liisa@example.test", "home", False)]
    assert native["categories"] == ["Vapaaehtoiset", "Kuoro"]
    assert native["bday"] == "1985-04-12"
    assert (native["n"]["given"], native["n"]["family"]) == ("Liisa", "Nieminen")


def test_davx5() -> None:
    native = parse(DAVX5)
    assert rows(native, "tel") == [("+358405556666", "cell", True), ("+35895556666", "work", False)]
    assert native["adr"][0]["type"] == "other"
    assert native["n"]["prefix"] == "Prof."


def test_company() -> None:
    assert parse(COMPANY)["kind"] == "org"
    assert parse(COMPANY.replace("X-ABSHOWAS:COMPANY\r\n", ""))["kind"] == "org"
    assert parse(COMPANY.replace("ORG:Kirjakauppa Oy\r\nX-ABSHOWAS:COMPANY\r\n", ""))["kind"] == "individual"


def test_lower_case_bare_words_and_lf() -> None:
    native = parse(BARE)
    assert rows(native, "tel") == [("09 1", "home", False), ("09 2", "work", True)]
    assert native["n"] == {"family": "Laine", "given": "Sanna", "additional": None, "prefix": None, "suffix": None}


def test_a_fold_inside_a_letter() -> None:
    assert parse(decode(FOLDED))["note"] == "Ääni ja ö jatkuuja jatkuu"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("BDAY:1985-04-12", "1985-04-12"), ("BDAY:19850412", "1985-04-12"), ("BDAY:--0412", "--04-12"),
        ("BDAY:--04-12", "--04-12"), ("BDAY:1985-04", "1985-04"), ("BDAY:1985", "1985"),
        ("BDAY:1985-04-12T00:00:00Z", "1985-04-12"), ("BDAY;VALUE=date:1985-04-12", "1985-04-12"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "--04-12"), ("BDAY;X-APPLE-OMIT-YEAR=1604:1985-04-12", "1985-04-12"),
        ("BDAY;VALUE=text:circa 1800", "circa 1800"), ("BDAY:", None),
    ],
)  # fmt: skip
def test_birthdays(written: str, read: str | None) -> None:
    assert parse(card("u", "Anna", "Virtanen", written))["bday"] == read


@pytest.mark.parametrize("day", ["1985-04-12", "--04-12", "1985-04", "1985", "circa 1800", None])
@pytest.mark.parametrize("text", [NEXTCLOUD, THUNDERBIRD, APPLE, BARE])
def test_a_written_birthday_reads_the_same(text: str, day: str | None) -> None:
    assert parse(render({**parse(text), "bday": day}))["bday"] == day


def test_forms_of_written_birthdays() -> None:
    assert "BDAY:19850412\r\n" in render({**parse(THUNDERBIRD), "bday": "1985-04-12"})
    assert "BDAY:--0412\r\n" in render({**parse(THUNDERBIRD), "bday": "--04-12"})
    assert "BDAY:1985-04-12\r\n" in render({**parse(APPLE), "bday": "1985-04-12"})
    assert "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-24\r\n" in render({**parse(NEXTCLOUD), "bday": "--12-24"})


PATCHES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "nickname": ("Masa; \"M\", \\o/", ("NICKNAME",)),
    "title": ("Puheenjohtaja, ma.", ("TITLE",)),
    "note": ("Uusi\nrivi; ja\\toinen, näin", ("NOTE",)),
    "bday": ("1990-02-28", ("BDAY",)),
    "org": ({"name": "Uusi; Oy", "unit": None}, ("ORG", "X-ABSHOWAS")),
    "n": ({"family": "Aho", "given": "Žofie", "additional": None, "prefix": None, "suffix": None}, ("N", "FN")),
    "categories": (["Kuoro, altot", "Hallitus"], ("CATEGORIES",)),
    "x-hub-marker": ("0192-marker", ("X-HUB-MARKER",)),
}
"""Native key → new value, and the names of the properties that may change for it."""


@pytest.mark.parametrize("key", PATCHES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_changed_field_leaves_everything_else(dialect: str, key: str) -> None:
    text = DIALECTS[dialect]
    value, names = PATCHES[key]
    before = parse(text)
    written = render({**before, key: value})
    after = parse(written)
    assert after[key] == value
    unmoved = set(before) - {key, "raw", "fn"} - ({"n"} if "n" not in after else set())
    assert {k: after[k] for k in unmoved} == {k: before[k] for k in unmoved}
    if not re.search("^N[;:]", text, re.IGNORECASE | re.MULTILINE):
        names = (*names, "N")  # a written 3.0 card must have it
    left = re.compile(rf"(?:[\w-]+\.)?(?:{'|'.join(names)})[;:]", re.IGNORECASE)
    kept = [line for line in logical(text) if not left.match(line)]
    assert [line for line in logical(written) if not left.match(line)] == kept
    assert all(len(line.encode()) <= 75 or "QUOTED-PRINTABLE" in text for line in written.split("\r\n"))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("key", ["email", "tel", "url", "adr"])
def test_one_changed_row_leaves_every_other_property(dialect: str, key: str) -> None:
    before = parse(DIALECTS[dialect])
    value = {"street": "Uusi katu; 2", "postcode": "00200"} if key == "adr" else {"value": "040 999"}
    for i, row in enumerate(before[key]):
        wanted = [*before[key][:i], {**row, **value}, *before[key][i + 1:]]
        after = parse(render({**before, key: wanted}))
        assert [without_id(r) for r in after[key]] == [without_id(r) for r in wanted]
        assert {k: v for k, v in after.items() if k not in (key, "raw")} == {
            k: v for k, v in before.items() if k not in (key, "raw")
        }


def without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != "id"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_asked_is_nothing_changed(dialect: str) -> None:
    text = DIALECTS[dialect]
    assert logical(render(parse(text))) == logical(text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rows_are_taken_out_with_what_described_them(dialect: str) -> None:
    before = parse(DIALECTS[dialect])
    written = render({**before, **{key: [] for key in ("email", "tel", "url", "adr")}})
    assert not [line for line in logical(written) if re.match(r"(item1|item2|group1|group2)\.", line)]
    after = parse(written)
    assert (after["email"], after["tel"], after["url"], after["adr"]) == ([], [], [], [])


def test_groups_that_describe_something_else_stay() -> None:
    written = render({**parse(APPLE), "email": []})
    assert "item5.X-ABRELATEDNAMES;type=pref:Eero Virtanen\r\nitem5.X-ABLabel:_$!<Spouse>!$_\r\n" in written


def test_a_new_type_replaces_the_words_and_the_label() -> None:
    native = parse(APPLE)
    cottage = [*native["tel"][:3], {**native["tel"][3], "type": "work"}]
    written = render({**native, "tel": cottage})
    assert "item2.TEL;TYPE=WORK:019 333 444\r\n" in written
    assert "Mökki" not in written
    fax = [*native["tel"][:2], {**native["tel"][2], "type": "home"}, native["tel"][3]]
    assert "TEL;TYPE=HOME:09 111 222\r\n" in render({**native, "tel": fax})
    assert "TEL;TYPE=IPHONE;TYPE=VOICE;TYPE=WORK" not in written


def test_who_is_preferred_moves_whole() -> None:
    native = parse(THUNDERBIRD)
    first, second = native["email"]
    written = render({**native, "email": [{**first, "pref": False}, {**second, "pref": True}]})
    assert [row["pref"] for row in parse(written)["email"]] == [False, True]
    assert "EMAIL:bjorn@example.test\r\n" in written
    three = card("u", "A", "B", *(f"EMAIL;TYPE={t}PREF:{n}@x.test" for n, t in (("a", "HOME,"), ("b", ""), ("c", ""))))
    native = parse(three)
    wanted = [{**row, "pref": row["value"] == "c@x.test"} for row in native["email"]]
    assert [row["pref"] for row in parse(render({**native, "email": wanted}))["email"]] == [False, False, True]


def test_an_address_loses_what_described_the_old_one() -> None:
    native = parse(THUNDERBIRD)
    written = render({**native, "adr": [{**native["adr"][0], "street": "Nygatan 2"}]})
    assert "ADR;TYPE=home:;;Nygatan 2;Stockholm;Stockholms län;111 22;Sverige\r\n" in written.replace("\r\n ", "")
    native = parse(APPLE)
    moved = render({**native, "adr": [{**native["adr"][0], "country": "Sverige"}]})
    assert "X-ABADR" not in moved
    assert "X-ABADR:fi" in render({**native, "adr": [{**native["adr"][0], "postcode": "00200"}]})


def test_components_the_hub_does_not_know_stay() -> None:
    text = card("u").replace("N:Virtanen;Anna;;;", "N:Virtanen;Anna,Maria;;;;Silva;II")
    written = render({**parse(text), "n": {**parse(text)["n"], "family": "Aho"}})
    assert "N:Aho;Anna,Maria;;;;Silva;II\r\n" in written
    assert "ORG:Uusi;Kansli;Ekonomi" in render({**parse(THUNDERBIRD), "org": {"name": "Uusi", "unit": "Kansli"}})


def test_rows_the_engine_laid_over_a_stale_text_are_written() -> None:
    """After a write whose answer was only a version, the stored native is newer than its raw text."""
    native = parse(card("u", "Anna", "Virtanen", "EMAIL:a@x.test", "TITLE:Old"))
    stored = {**native, "title": "New", "email": [{"value": "b@x.test", "type": "work", "pref": False}]}
    after = parse(render({**stored, "note": "Hello"}))
    assert (after["title"], after["note"], rows(after, "email")) == ("New", "Hello", [("b@x.test", "work", False)])


@pytest.mark.parametrize(
    ("shown", "becomes"),
    [
        ("Anna Virtanen", "Anna Aho"), ("Virtanen Anna", "Aho Anna"), ("Virtanen, Anna", "Aho, Anna"),
        ("tri Anna Maria Virtanen", "tri Anna Maria Aho"), ("Annukka the Great", "tri Anna Maria Aho"),
    ],
)  # fmt: skip
def test_the_display_name_follows_the_parts_in_its_own_style(shown: str, becomes: str) -> None:
    n = {"family": "Virtanen", "given": "Anna", "additional": "Maria", "prefix": "tri", "suffix": None}
    assert full_name({**n, "family": "Aho"}, like=shown, of=n) == becomes


def test_a_person_without_n() -> None:
    three = card("u").replace("N:Virtanen;Anna;;;\r\n", "").replace("FN:Anna Virtanen", "FN:Anna Maria Virtanen")
    assert "n" not in parse(three)
    named = render({**parse(three), "n": {"given": "Anna", "family": "Aho"}})
    assert "N:Aho;Anna;;;\r\n" in named
    assert "FN:Anna Aho\r\n" in named


def test_an_organisation_keeps_its_two_names_together() -> None:
    written = render({**parse(COMPANY), "fn": "Uusi Kirjakauppa Oy"})
    assert "FN:Uusi Kirjakauppa Oy\r\n" in written
    assert "ORG:Uusi Kirjakauppa Oy\r\n" in written
    unmarked = COMPANY.replace("X-ABSHOWAS:COMPANY\r\n", "").replace("ORG:Kirjakauppa Oy", "ORG:Kirjakauppa Oy;Turku")
    assert parse(render({**parse(unmarked), "org": {"name": "Kauppa", "unit": None}}))["kind"] == "org"


def test_a_new_card() -> None:
    text = render(
        {
            "uid": "key-1", "n": {"family": "Aho", "given": "Eero"}, "x-hub-marker": "m",
            "email": [{"value": "eero@x.test", "type": "work", "pref": True}],
            "adr": [{"type": "home", "street": "Katu 1, ovi; 2", "postcode": "00100", "locality": "Helsinki"}],
        },
        rev="20261122T012928Z",
    )  # fmt: skip
    assert text == (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:key-1\r\nFN:Eero Aho\r\nN:Aho;Eero;;;\r\nX-HUB-MARKER:m\r\n"
        "EMAIL;TYPE=WORK,PREF:eero@x.test\r\nADR;TYPE=HOME:;;Katu 1\\, ovi\\; 2;Helsinki;;00100;\r\n"
        "REV:20261122T012928Z\r\nEND:VCARD\r\n"
    )
    assert "FN:key-3\r\nN:;;;;\r\n" in render({"uid": "key-3"})
    four = render({"uid": "key-1", "version": "4.0", "tel": [{"value": "1", "type": "cell", "pref": True}]})
    assert "VERSION:4.0\r\nUID:key-1\r\nFN:1\r\nTEL;TYPE=cell;PREF=1:1\r\n" in four
    company = render({"uid": "key-2", "kind": "org", "fn": "Oy Ab"})
    assert "FN:Oy Ab\r\nN:;;;;\r\nORG:Oy Ab\r\nX-ABSHOWAS:COMPANY\r\n" in company
    assert "FN:Oy Ab\r\nORG:Oy Ab\r\nKIND:org\r\n" in render({"uid": "k", "version": "4.0", "kind": "org", "fn": "Oy Ab"})


def test_rev_is_written_where_there_is_one() -> None:
    assert "REV:20270101T000000Z" in render({**parse(APPLE), "title": "X"}, rev="20270101T000000Z")
    assert "REV" not in render({**parse(THUNDERBIRD), "title": "X"}, rev="20270101T000000Z")
    assert "REV:2026-10-01T08:00:00Z" in render(parse(APPLE), rev="20270101T000000Z")


@pytest.mark.parametrize(
    "text",
    ["", "this is not a vcard", "BEGIN:VCALENDAR\nEND:VCALENDAR", "BEGIN:VCARD\nVERSION:3.0\nFN:A",
     "BEGIN:VCARD\nFN:A\nEND:VCARD", card("a") + card("b"), "BEGIN:VCARD\nVERSION:2.1\nBEGIN:VCARD\nEND:VCARD"],
)  # fmt: skip
def test_what_is_no_card(text: str) -> None:
    with pytest.raises(NotACard):
        parse(text)


def test_a_card_inside_a_card_is_left_alone() -> None:
    text = card("u", "A", "B", "AGENT:", "BEGIN:VCARD", "VERSION:2.1", "FN:Agent", "END:VCARD").replace("3.0", "2.1")
    assert parse(text)["fn"] == "A B"
    assert logical(render(parse(text))) == logical(text)


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=90).map(
    lambda s: "\n".join(piece.strip() for piece in s.strip().split("\n")) or None
)
ONE_LINE = TEXT.map(lambda s: " ".join(s.split()) or None if s else None)


@settings(max_examples=200, deadline=None)
@given(
    text=st.sampled_from(sorted(DIALECTS)),
    patch=st.fixed_dictionaries(
        {},
        optional={
            "note": TEXT, "title": TEXT, "x-hub-marker": ONE_LINE,
            "n": st.fixed_dictionaries(dict.fromkeys(("family", "given", "additional", "prefix", "suffix"), ONE_LINE)),
            "email": st.lists(st.fixed_dictionaries(
                {"value": ONE_LINE.filter(bool), "type": st.sampled_from(["home", "work", None]), "pref": st.just(False)}
            ), max_size=3),
        },
    ),
)  # fmt: skip
def test_what_is_written_is_read(text: str, patch: dict[str, Any]) -> None:
    before = parse(DIALECTS[text])
    after = parse(render({**before, **patch}))
    for key, value in patch.items():
        if key == "email":
            assert sorted(map(repr, rows(after, key))) == sorted(repr((r["value"], r["type"], False)) for r in value)
        elif key == "n" and not any(value.values()):
            assert not any(after.get("n", {}).values()) or len((after["fn"] or "").split()) == 2
        else:
            assert after[key] == value
    for key in set(before) - set(patch) - {"raw", "fn", "kind", "n"}:
        assert after[key] == before[key]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(
    ["BEGIN:VCARD", "END:VCARD", "VERSION:3.0", "N:", 'TEL;TYPE="a:1', "A;B=\"x\"y:z", "item.:x", ";:", " fold", "=",
     "X;ENCODING=QUOTED-PRINTABLE:=4=", "PHOTO;BASE64:", "\\", "BDAY:--99", "EMAIL;TYPE=,:a", "ORG:;;\\;"]
), max_size=12).map(lambda lines: "BEGIN:VCARD\nVERSION:3.0\n" + "\n".join(lines) + "\nEND:VCARD"))
def test_any_text_is_a_card_or_is_not(text: str) -> None:
    try:
        native = parse(text)
    except NotACard:
        return
    assert parse(render(native)) | {"raw": ""} == native | {"raw": ""}


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_folding_keeps_letters_whole(text: str) -> None:
    folded = fold(text)
    assert folded.replace("\r\n ", "") == text
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))


def test_separators_that_are_escaped_do_not_separate() -> None:
    assert parts(r"a\;b;c\\;d", ";") == [r"a\;b", r"c\\", "d"]
