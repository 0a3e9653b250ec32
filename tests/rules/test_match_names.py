"""Names of people and organisations, compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.matching.names import compare_family, compare_given, fold, generation, split_full, words
from hub.rules.matching.orgs import OrgName, compare_name, distinctive, org_name
from hub.rules.matching.shortforms import SHORT_FORMS

LATIN = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x24F), max_size=20)
NAME = st.lists(st.sampled_from(["anna", "ania", "hanna", "maria", "marian", "m", "a", "jan", "kowalska"]), max_size=3).map(tuple)


@pytest.mark.fault("I12", guard="hub.rules.matching.names:fold")
@pytest.mark.parametrize(("spelled", "folded"), [
    ("STRAẞE", "strasse"), ("Straße", "strasse"), ("Łukasz", "lukasz"), ("İPEK", "ipek"), ("ısık", "isik"),
    ("Mäkelä", "makela"), ("Ma\u0308kela\u0308", "makela"), ("Ørsted", "orsted"), ("Æsop", "aesop"), ("Đorđe", "dorde"),
    ("ＡＮＮＡ", "anna"), ("An\u200bna", "anna"), ("An\u202ena", "anna"), ("Zoë", "zoe"),
])  # fmt: skip
def test_one_fold(spelled: str, folded: str) -> None:
    assert fold(spelled) == folded


@pytest.mark.fault("T2", guard="hub.rules.matching.names:_bare")
def test_look_alikes_of_another_alphabet_stay_apart() -> None:
    assert fold("Аnna") != fold("Anna")  # the first begins with a Cyrillic letter


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(LATIN)
def test_letter_case_never_matters(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


def test_words() -> None:
    assert words("O’Connor-Smith,  Jr.") == ("oconnor", "smith", "jr")
    assert words(None) == words("…") == words(7) == ()


@pytest.mark.parametrize(("full", "parts"), [
    ("Nowak, Anna Maria", (("anna", "maria"), ("nowak",), 0, False)),
    ("Anna Maria Nowak", (("anna", "maria"), ("nowak",), 0, True)),
    ("Dr. Anna Nowak", (("anna",), ("nowak",), 0, True)),
    ("William Shaw Jr.", (("william",), ("shaw",), 2, True)),
    ("Shaw, Jr.", ((), ("shaw",), 2, True)),
    ("Madonna", ((), ("madonna",), 0, True)),
    ("", ((), (), 0, True)),
])  # fmt: skip
def test_a_name_in_one_piece(full: str, parts: object) -> None:
    assert split_full(full) == parts


def test_generations() -> None:
    assert [generation(x) for x in ("Jr.", "senior", "III", "vanhempi", "PhD", None)] == [2, 1, 3, 1, 0, 0]


@pytest.mark.parametrize(("a", "b", "code"), [
    ("Anna", "Anna", "given="), ("Anna-Maria", "Annamaria", "given="), ("Anna", "Anna Maria", "given+"),
    ("Maria", "Anna Maria", "given>"), ("Katarzyna", "Kasia", "given≈"), ("William", "Bill", "given≈"),
    ("Katarzyna", "Katrazyna", "given~"), ("Katarzyna", "K.", "given."), ("Anna M.", "Anna Maria", "given."),
    ("M.", "Milla M.", "given."), ("Anna", "", "given?"), ("", "", "given?"), ("Anna", "Katarzyna", "given≠"),
    ("Jan", "Jon", "given≠"), ("Anna Maria", "Anna Liisa", "given≠"), ("Juhani", "Johannes", "given≠"),
    ("A.", "Katarzyna", "given≠"), ("Hanna", "Sanna", "given~"),
])  # fmt: skip
def test_given_names(a: str, b: str, code: str) -> None:
    assert compare_given(words(a), words(b)) == compare_given(words(b), words(a)) == code


def test_two_common_names_are_no_slip() -> None:
    assert compare_given(("hanna",), ("sanna",), {"hanna", "sanna"}) == "given≠"
    assert compare_given(("hanna",), ("hamna",), {"hanna", "sanna"}) == "given~"


@pytest.mark.parametrize(("a", "b", "code"), [
    ("Mäkelä", "makela", "family="), ("Virtanen", "Virtannen", "family~"), ("Virtanen", "Aho-Virtanen", "family+"),
    ("Kowalska", "Kowalski", "family≈"), ("Virtanen", "Nieminen", "family≠"), ("Virtanen", "", "family?"),
    ("Hämäläinen", "Hamalianne", "family~"), ("Aho", "Ano", "family≠"),
])  # fmt: skip
def test_family_names(a: str, b: str, code: str) -> None:
    assert compare_family(words(a), words(b)) == compare_family(words(b), words(a)) == code


@given(NAME, NAME, st.sets(st.sampled_from(["anna", "hanna", "maria"])))
def test_names_compare_the_same_in_either_order(a: tuple[str, ...], b: tuple[str, ...], common: set[str]) -> None:
    assert compare_given(a, b, common) == compare_given(b, a, common)
    assert compare_family(a, b) == compare_family(b, a)


def test_short_forms_are_folded() -> None:
    assert all(fold(word) == word for word in SHORT_FORMS)


@pytest.mark.parametrize(("spelled", "key", "form"), [
    ("Pohjola Oy", "pohjola", "company"), ("OY POHJOLA AB", "pohjola", "company"), ("Pohjola Oyj", "pohjola", "company"),
    ("Sampolan Kylä r.y.", "sampolan kyla", "association"), ("Wisła Sp. z o. o.", "wisla", "company"),
    ("Wisła Spółka z ograniczoną odpowiedzialnością", "wisla", "company"), ("Tatra S.A.", "tatra", "company"),
    ("Fundacja Lumi", "lumi", "foundation"), ("Stowarzyszenie Zorza", "zorza", "association"),
    ("Lumi säätiö sr", "lumi", "foundation"), ("Aurora, Inc.", "aurora", "company"), ("Vega e.V.", "vega", "association"),
    ("Kuoro rf", "kuoro", "association"), ("Vega GmbH", "vega", "company"), ("Vega LLC", "vega", "company"),
    ("Oy", "oy", ""), ("Ry Cooder", "ry cooder", ""), ("", "", ""),
])  # fmt: skip
def test_legal_forms(spelled: str, key: str, form: str) -> None:
    assert org_name(spelled) == (key, form)


@given(st.text(max_size=30))
def test_taking_the_form_off_twice_takes_nothing_more(text: str) -> None:
    key = org_name(text).key
    assert org_name(key) == OrgName(key, "")


@pytest.mark.parametrize(("a", "b", "code"), [
    ("aurora teatteri", "teatteri aurora", "org="), ("nord wind", "nordwind", "org="), ("nordwind", "nordwnid", "org~"),
    ("nordwind", "nordwind consulting", "org+"), ("auto", "auto sampola", "org≠"), ("lumi", "luma", "org≠"),
])  # fmt: skip
def test_names_of_organisations(a: str, b: str, code: str) -> None:
    assert compare_name(a, b) == compare_name(b, a) == code


def test_distinctive_names() -> None:
    assert [distinctive(x) for x in ("nordwind", "aurora teatteri", "auto", "media group", "")] == [True, True, *[False] * 3]
