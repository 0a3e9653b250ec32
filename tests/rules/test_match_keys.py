"""Keys of records, and the pairs they make."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from hub.rules.matching.match import Key, crowded, keys, pairs_by_key, profile

KEYS = st.tuples(st.sampled_from(["email", "phone", "name"]), st.sampled_from("abc"))
RECORDS = st.dictionaries(st.sampled_from([f"r{n}" for n in range(12)]), st.lists(KEYS, max_size=5))


def test_keys_of_a_person() -> None:
    p = profile({
        "kind": "individual", "name.given": "Zoë", "name.family": "Aho-Mäki", "birthday": "1990-02-28",
        "emails": {"b@example.org": {"v": "B@example.org"}, "a@example.org": {"v": "a@example.org"}},
        "phones": {"+358401234567": {"v": "040 123 4567"}}, "identifiers": {"member-number": {"v": "A-12 34"}},
        "addresses": {"home": {"v": {"street": "Koivukatu 10 A 5", "postcode": "00 100", "locality": "Helsinki"}}},
    })  # fmt: skip
    assert keys(p) == (
        ("id:member-number", "a1234"), ("email", "a@example.org"), ("email", "b@example.org"), ("phone", "+358401234567"),
        ("name", "aho maki zoe"), ("birth", "1990-02-28"), ("house", "10 00100"), ("initials+town", "za helsinki"),
        ("street", "koivukatu"),
    )  # fmt: skip


def test_keys_of_an_organisation() -> None:
    p = profile({"kind": "org", "name.full": "Nord Wind Oy", "legal_name": "NordWind Oyj",
                 "emails": {"info@nordwind.example.org": {"v": "x"}, "nord@gmail.com": {"v": "x"}}})  # fmt: skip
    assert keys(p) == (("email", "info@nordwind.example.org"), ("email", "nord@gmail.com"), ("org", "nordwind"),
                       ("domain", "nordwind.example.org"))  # fmt: skip


def test_half_a_name_and_half_a_date_are_no_keys() -> None:
    assert keys(profile({"name.given": "Anna", "birthday": "1990"})) == ()
    assert keys(profile({})) == ()


def test_a_name_is_one_key_however_it_is_written() -> None:
    parts = {("name", "anna nowak")}
    for record in ({"name.given": "ANNA", "name.family": "Nowak"}, {"name.given": "Nowak", "name.family": "Anna"},
                   {"name.full": "Nowak, Anna"}, {"name.full": "Anna Nowak"}):  # fmt: skip
        assert set(keys(profile(record))) == parts


@given(RECORDS)
def test_pairs_are_the_records_that_share_a_key(records: dict[str, list[Key]]) -> None:
    assert pairs_by_key(records, limit=12) == {
        (a, b) for a, b in combinations(sorted(records), 2) if set(records[a]) & set(records[b])
    }


@given(RECORDS, st.integers(2, 6))
def test_a_crowded_key_pairs_those_that_share_another(records: dict[str, list[Key]], limit: int) -> None:
    many = crowded(records, limit)
    pairs = pairs_by_key(records, limit)
    for a, b in combinations(sorted(records), 2):
        shared = set(records[a]) & set(records[b])
        alike = sum(shared <= set(records[r]) for r in records)
        assert ((a, b) in pairs) == bool(shared and (shared - many.keys() or alike <= limit))


def test_an_office_address_makes_no_crowd_of_pairs() -> None:
    office = {f"r{n}": [("email", "info@example.org"), ("name", f"n{n // 2}")] for n in range(100)}
    assert pairs_by_key(office, limit=50) == {
        tuple(sorted((f"r{n}", f"r{n + 1}"))) for n in range(0, 100, 2)
    }
    assert crowded(office, limit=50) == {("email", "info@example.org"): 100}


def test_copies_without_end_make_no_pairs_and_are_told() -> None:
    copies = {f"r{n}": [("email", "a"), ("name", "b")] for n in range(200)}
    assert pairs_by_key(copies, limit=50) == frozenset()
    assert crowded(copies, limit=50) == {("email", "a"): 200, ("name", "b"): 200}
