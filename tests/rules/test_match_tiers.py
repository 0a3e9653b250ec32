"""Two records, the tier they get, and why (design.md 4, Identity)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.rules.matching.match import REASONS, Profile, Tier, Verdict, compare, crowd, explain, profile


def person(given: str = "Anna", family: str = "Nowak", **more: Any) -> Profile:
    return profile(record(given, family, **more))


def record(given: str, family: str, *, email: str = "", phone: str = "", born: str | None = None, number: str = "",
           street: str = "", town: str = "", **more: Any) -> dict[str, Any]:  # fmt: skip
    return {
        "kind": "individual", "name.given": given, "name.family": family, "birthday": born,
        "emails": {email: {"v": email}} if email else {}, "phones": {phone: {"v": phone}} if phone else {},
        "identifiers": {"member-number": {"v": number}} if number else {},
        "addresses": {"home": {"v": {"street": street, "locality": town}}} if town else {}, **more,
    }  # fmt: skip


def org(name: str, **more: Any) -> Profile:
    town, business = more.pop("town", ""), more.pop("business", "")
    made = record("", "", town=town, **more) | {"kind": "org", "name.full": name}
    return profile(made | {"identifiers": {"business-id": {"v": business}} if business else {}})


def both(a: Profile, b: Profile, *others: Profile) -> Verdict:
    seen = crowd([a, b, *others])
    verdict = compare(a, b, seen)
    assert verdict == compare(b, a, seen)
    return verdict


def judged(a: Profile, b: Profile, *others: Profile) -> tuple[Tier, str]:
    verdict = both(a, b, *others)
    return verdict.tier, verdict.cause


MAIL, PHONE, BORN = {"email": "a@example.org"}, {"phone": "+358401234567"}, {"born": "1990-02-28"}


@pytest.mark.parametrize(("sign", "cause"), [(MAIL, "name+email"), (PHONE, "name+phone"), (BORN, "name+birthday")])
def test_name_and_one_sign_is_sure(sign: dict[str, str], cause: str) -> None:
    assert judged(person("ANNA", "nowak", **sign), person("Anna", "Nowak", **sign)) == (Tier.SURE, cause)


@pytest.mark.fault("I5", guard="hub.rules.matching.people:_of_like_names")
@pytest.mark.parametrize("sign", [MAIL, PHONE, {}, {"town": "Turku"}])
def test_a_sign_or_a_name_alone_is_nothing(sign: dict[str, str]) -> None:
    assert judged(person("Anna", **sign), person("Piotr", **sign))[0] is Tier.NEVER
    assert judged(person("Anna", "Nowak", **sign), person("Anna", "Aho", **sign))[0] is Tier.NEVER
    if not {"email", "phone"} & sign.keys():
        assert judged(person(**sign), person(**sign))[0] is Tier.NEVER


def test_a_family_shares_everything_but_the_given_name() -> None:
    shared = {**MAIL, **PHONE, "street": "Rantatie 1", "town": "Turku"}
    assert judged(person("Anna", **shared, **BORN), person("Ewa", **shared, **BORN))[0] is Tier.NEVER  # twins


@pytest.mark.parametrize(("one", "other"), [
    ({"born": "1960-05-03"}, {"born": "1991-08-17"}),
    ({"born": "1960-05-03"}, {"born": "1991-05-03"}),
    ({"born": "1960"}, {"born": "1991-08-17"}),
    ({"name.suffix": "Sr"}, {"name.suffix": "Jr."}),
    ({"number": "1"}, {"number": "2"}),
    ({"kind": "individual"}, {"kind": "org", "name.full": "Anna Nowak"}),
])  # fmt: skip
def test_what_contradicts_is_never_joined(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert judged(person(**MAIL, **PHONE, **one), person(**MAIL, **PHONE, **other))[0] is Tier.NEVER


@pytest.mark.parametrize(("one", "other", "cause"), [
    ({"born": "1990-03-04"}, {"born": "1990-04-03"}, "name+email+birthday-slip"),
    ({"born": "1990-03-04"}, {"born": "1991-03-04"}, "name+email+birthday-slip"),
    ({"name.suffix": "Jr"}, {}, "name+email+suffix"),
])  # fmt: skip
def test_what_nearly_contradicts_is_for_a_person(one: dict[str, Any], other: dict[str, Any], cause: str) -> None:
    assert judged(person(**MAIL, **one), person(**MAIL, **other)) == (Tier.LIKELY, cause)
    of_phone = cause.replace("email", "phone")
    assert judged(person(**PHONE, **one), person(**PHONE, **other)) == (Tier.LIKELY, of_phone)


def test_a_part_of_a_date_and_new_year_are_no_birth_date() -> None:
    assert judged(person(born="1990"), person(born="1990"))[0] is Tier.NEVER
    assert judged(person(born="1985-01-01"), person(born="1985-01-01"))[0] is Tier.NEVER
    assert judged(person(**MAIL, born="1985-01-01"), person(**MAIL, born="1985-07-12"))[0] is Tier.SURE
    assert judged(person(**MAIL, born="1900-01-01"), person(**MAIL, born="1985-07-12"))[0] is Tier.SURE
    assert judged(person(**MAIL, born="--02-28"), person(**MAIL, born="1990-02-28"))[0] is Tier.SURE


@pytest.mark.fault("I6", guard="hub.rules.matching.people:_of_one_name")
def test_namesakes_of_one_birth_date_in_two_towns_are_for_a_person() -> None:
    verdict = both(person(**BORN, town="Turku"), person(**BORN, town="Łódź"))
    assert (verdict.tier, verdict.cause) == (Tier.LIKELY, "name+birthday+other-town")


def test_what_is_entered_because_something_must_be_says_nothing() -> None:
    for nothing in ({"phone": "0000000"}, {"phone": "123"}, {"number": "000"}, {"number": "n/a"}, {"number": "-"}):
        assert judged(person(**nothing), person(**nothing))[0] is Tier.NEVER
    assert judged(person(email="none@example.org"), person(email="none@example.org"))[0] is Tier.LIKELY


def test_two_initials_are_no_name() -> None:
    assert judged(person("A.", **MAIL), person("A.", **MAIL)) == (Tier.LIKELY, "initial+one")


def test_an_office_address_says_little() -> None:
    info = {"email": "info@example.org"}
    assert judged(person(**info), person(**info)) == (Tier.LIKELY, "name+office")
    desk = {"phone": "+35894212345"}
    assert judged(person(**desk), person(**desk), org("Nordwind Oy", **desk)) == (Tier.LIKELY, "name+office")
    staff = [person(name, f"Family{name}", **PHONE) for name in ("Piotr", "Ewa", "Jan", "Adam", "Eino", "Väinö")]
    assert judged(person(**PHONE), person(**PHONE), *staff) == (Tier.LIKELY, "name+office")
    assert judged(person(**PHONE), person(**PHONE), *staff[:5]) == (Tier.SURE, "name+phone")


@pytest.mark.parametrize(("given", "family", "cause", "fewest"), [
    ("Annna", "Nowak", "like-name", 1), ("Ania", "Nowak", "like-name", 1), ("Nowak", "Anna", "like-name", 1),
    ("Anna Ewa", "Nowak", "like-name", 1), ("Anna", "Novak", "like-name", 1), ("Anna", "Aho-Nowak", "like-name", 1),
    ("A.", "Nowak", "initial", 1), ("Ewa Anna", "Nowak", "later-name", 1),
    ("Ania", "Novak", "like-name", 2), ("Anna", "Virtanen", "other-family", 2), ("", "Nowak", "part-name", 2),
])  # fmt: skip
def test_like_names_need_signs(given: str, family: str, cause: str, fewest: int) -> None:
    signs = [{}, MAIL, {**MAIL, **PHONE}]
    for count, sign in enumerate(signs):
        expected = (Tier.LIKELY, f"{cause}+{('', 'one', 'two')[count]}") if count >= fewest else (Tier.NEVER, "")
        assert judged(person(**sign), person(given, family, **sign)) == expected


def test_a_guardian_and_a_child_of_one_given_name() -> None:
    home = {"street": "Rantatie 1", "town": "Turku"}
    assert judged(person(**PHONE, **home), person("Anna", "Aho", **PHONE, **home))[0] is Tier.NEVER
    assert judged(person(**BORN, **home), person("Anna", "Aho", **BORN, **home)) == (Tier.LIKELY, "other-family+one")


def test_a_name_of_many_families_is_no_slip() -> None:
    one, other = person("Oskar", **MAIL), person("Oscar", **MAIL)
    assert judged(one, other) == (Tier.LIKELY, "like-name+one")
    many = [person(name, family) for name in ("Oskar", "Oscar") for family in ("Aho", "Laine", "Niemi")]
    assert judged(one, other, *many)[0] is Tier.NEVER
    assert judged(one, other, *many[:4])[0] is Tier.LIKELY


def test_hers_and_his_are_two_people() -> None:
    signs = {**MAIL, **PHONE}
    assert judged(person("Maria", "Kamińska", **signs), person("Marian", "Kamiński", **signs))[0] is Tier.NEVER
    assert judged(person("Maria", "Kamińska", **signs), person("Maria", "Kamiński", **signs))[0] is Tier.LIKELY


def test_a_name_and_an_address() -> None:
    home = {"street": "ul. Długa 5 A 3", "town": "Łódź"}
    other = {"street": "Długa 5 a 3", "town": "LODZ"}
    assert judged(person(**home), person(**other)) == (Tier.LIKELY, "name+address")
    assert judged(person("Nowak", "Anna", **home), person(**other)) == (Tier.LIKELY, "like-name+address")
    assert judged(person("Ania", **home), person(**other))[0] is Tier.NEVER


@pytest.mark.fault("T17", guard="hub.rules.matching.people:_phone")
def test_a_number_without_its_country() -> None:
    assert judged(person(phone="+358401234567"), person(phone="0401234567")) == (Tier.LIKELY, "name+phone-end")


def test_one_piece_and_parts_are_one_name() -> None:
    whole = profile({"kind": "individual", "name.full": "Nowak Anna", "emails": {"a@example.org": {"v": "a@example.org"}}})
    assert judged(whole, person(**MAIL)) == (Tier.SURE, "name+email")


def test_a_strong_key_alone() -> None:
    assert judged(person(number="A-12"), person(number="a12")) == (Tier.STRONG, "id:member-number")
    assert judged(person("Ania", "Novak", number="7"), person(number="7"))[0] is Tier.STRONG
    assert judged(person("", "", number="7"), person(number="7"))[0] is Tier.STRONG


@pytest.mark.parametrize(("one", "other"), [
    ({}, {"given": "Piotr", "family": "Aho"}), ({}, {"given": "Piotr"}), ({}, {"family": "Aho"}),
    ({"born": "1960-05-03"}, {"born": "1991-08-17"}),
])  # fmt: skip
def test_a_strong_key_of_somebody_else_is_for_a_person(one: dict[str, Any], other: dict[str, Any]) -> None:
    verdict = both(person(number="7", **one), person(number="7", **other))
    assert (verdict.tier, verdict.cause) == (Tier.LIKELY, "id:member-number+other-name")


def test_a_strong_key_and_a_new_family_name_need_a_second_sign() -> None:
    assert judged(person(number="7", **MAIL), person("Anna", "Aho", number="7", **MAIL))[0] is Tier.STRONG


@pytest.mark.parametrize("sign", [
    {"email": "info@nordwind.example.org"}, {"phone": "+35894212345"}, {"town": "Turku"},
])  # fmt: skip
def test_organisations_by_name_and_a_sign(sign: dict[str, str]) -> None:
    assert judged(org("Nordwind Oy", **sign), org("NORDWIND", **sign)) == (Tier.SURE, "org+sign")
    assert judged(org("Nordwind Oy", **sign), org("Aurora Oy", **sign))[0] is Tier.NEVER


def test_organisations_whose_names_differ_by_a_slip_need_more_than_a_town() -> None:
    mail = {"email": "info@nordwind.example.org"}
    assert judged(org("Nordwind Oy", **mail), org("Nordwnid", **mail)) == (Tier.LIKELY, "like-org+sign")
    assert judged(org("Nordwind Oy", town="Turku"), org("Nordwnid", town="Turku"))[0] is Tier.NEVER


def test_organisations_by_business_id() -> None:
    assert judged(org("Nordwind Oy", business="1234567-8"), org("Nordwind", business="12345678"))[0] is Tier.STRONG
    assert judged(org("Nordwind", business="1"), org("Aurora", business="1")) == (Tier.LIKELY, "id:business-id+other-name")
    same = {"town": "Turku", "phone": "+35894212345"}
    assert judged(org("Nordwind", business="1", **same), org("Nordwind", business="2", **same))[0] is Tier.NEVER


def test_an_organisation_by_name_alone_only_if_it_says_something() -> None:
    assert judged(org("Nordwind Oy"), org("Nordwind")) == (Tier.LIKELY, "org")
    assert judged(org("Auto Oy"), org("Auto"))[0] is Tier.NEVER
    assert judged(org("Auto Oy", town="Turku"), org("Auto", town="Turku")) == (Tier.LIKELY, "org+sign")


def test_forms_and_branches_are_for_a_person() -> None:
    assert judged(org("Nordwind Oy", **PHONE), org("Nordwind ry", **PHONE)) == (Tier.LIKELY, "org+sign+other-form")
    here, there = {"email": "turku@lumi.example.org", "town": "Turku"}, {"email": "lodz@lumi.example.org", "town": "Łódź"}
    assert judged(org("Lumi Kuoro", **here), org("Lumi Kuoro", **there)) == (Tier.LIKELY, "org+sign+other-town")


def test_a_domain_of_many_says_nothing() -> None:
    one, other = org("Nordwind", email="a@example.org"), org("Nordwind", email="b@example.org")
    assert judged(one, other) == (Tier.SURE, "org+sign")
    assert judged(one, other, *(org(f"Firm {n}", email=f"{n}@example.org") for n in "ab")) == (Tier.LIKELY, "org")


VALUES = st.fixed_dictionaries({}, optional={
    "kind": st.sampled_from(["individual", "org", None]), "name.given": st.sampled_from(["Anna", "Ania", "A.", "Nowak", None]),
    "name.family": st.sampled_from(["Nowak", "Novak", "Anna", "Nowakska", 7]),
    "name.full": st.sampled_from(["Nordwind Oy", "Anna"]),
    "name.suffix": st.sampled_from(["Jr", "III"]), "company": st.sampled_from(["Nordwind Oy", "Lumi"]),
    "birthday": st.sampled_from(["1990-02-03", "1990-03-02", "1990", "--02-03", "1991-02", "yesterday", "19-", "-", 5]),
    "emails": st.dictionaries(st.sampled_from(["a@example.org", "info@example.org", "a"]), st.just({"v": "x"}), max_size=2),
    "phones": st.dictionaries(st.sampled_from(["+358401234567", "0401234567", "1"]), st.just({"v": "x"}), max_size=2),
    "identifiers": st.dictionaries(st.sampled_from("ab"), st.sampled_from([{"v": "1"}, {"v": "2"}, None, {}]), max_size=2),
    "addresses": st.dictionaries(st.sampled_from(["home", "work"]), st.sampled_from([
        {"v": {"street": "Tie 1", "locality": "Turku"}}, {"v": {"locality": "Turku", "postcode": "20100"}}, {"v": None},
    ]), max_size=2),
})  # fmt: skip


@example({"name.family": "Anna"}, {"name.given": "Anna"})
@given(VALUES, VALUES)
def test_any_two_records_compare_the_same_in_either_order_and_are_explained(a: dict[str, Any], b: dict[str, Any]) -> None:
    verdict = both(profile(a), profile(b))
    assert 0 <= verdict.score <= 1
    assert set(verdict.reasons) <= REASONS.keys()
    assert all(explain(reason) for reason in verdict.reasons)
    assert (verdict.cause == "") == (verdict.tier is Tier.NEVER)
    against = any(REASONS[reason].against for reason in verdict.reasons)
    assert not (against and verdict.tier in (Tier.SURE, Tier.STRONG))


def test_causes_are_explained() -> None:
    assert explain("name+email") == "the same name; the same e-mail address"
    assert explain("id:member-number+other-name") == "the same member-number; but the names or other values do not fit"
    assert explain("duplicate:name+phone") == "both are in the same system: the same name; the same phone number"
    assert explain("of another version") == "of another version"
