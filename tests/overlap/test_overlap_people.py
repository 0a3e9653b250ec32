"""From cells to people: values, families, doubles, what differs."""

from __future__ import annotations

from datetime import date

from hub.overlap.people import tell_apart
from hub.overlap.picture import Picture, draw
from hub.overlap.records import Record, records
from hub.overlap.tables import People, Row
from hub.overlap.telling import counts, rows

TODAY = date(2026, 6, 1)
FIELDS = ("given", "family", "email", "phone", "birthday")


def people(name: str, *lines: str, region: str = "", fields: tuple[str, ...] = FIELDS) -> People:
    """Cells are divided by ";"."""
    read = tuple(Row(n, tuple((field, cell) for field, cell in zip(fields, line.split(";"), strict=False) if cell))
                 for n, line in enumerate(lines, 2))  # fmt: skip
    return People(name, "CSV", (), read, region)


def picture(*lists: People) -> Picture:
    found = records(lists, "FI", TODAY)
    return draw(lists, found, tell_apart(found))


def one(line: str, *fields: str, region: str = "") -> Record:
    return records([people("a", line, region=region, fields=fields)], "FI", TODAY)[0]


def test_several_addresses_in_one_cell() -> None:
    found = one("Bo@Example.org; bo@work.example.org ::: Bo Ek <ek@example.net>;x", "email")
    assert list(found.projection["emails"]) == ["bo@example.org"]
    found = records([People("a", "CSV", (), (Row(2, (("email", "Bo@Example.org; bo@work.example.org ::: ek@example.net"),)),))],
                    "FI", TODAY)[0]  # fmt: skip
    assert list(found.projection["emails"]) == ["bo@example.org", "bo@work.example.org", "ek@example.net"]
    assert list(one("Bo Ek <ek@example.net>", "email").projection["emails"]) == ["ek@example.net"]


def test_what_is_no_value_is_counted_and_not_compared() -> None:
    found = one("bo@;call me;31.2.1980", "email", "phone", "birthday")
    assert found.invalid == ("birthday", "email", "phone")
    assert (found.projection["emails"], found.projection["phones"], found.projection["birthday"]) == ({}, {}, None)
    assert one("-;n/a;0/0/00", "email", "phone", "birthday").invalid == ()
    assert one("1.1.2031", "birthday").invalid == ("birthday",)


def test_dates_as_they_are_written() -> None:
    for text in ("28.2.1980", "1980-02-28", "28/02/1980", "28.02.1980 0:00", "1980-02-28T00:00:00", "19800228"):
        assert one(text, "birthday").projection["birthday"] == "1980-02-28", text
    assert one("1980", "birthday").projection["birthday"] == "1980"
    american = records([people("a", "2/3/1980", "2/28/1980", fields=("birthday",))], "FI", TODAY)
    assert [r.projection["birthday"] for r in american] == ["1980-02-03", "1980-02-28"]


def test_numbers_are_read_where_they_can_be_from() -> None:
    assert list(one("040 123 4567", "phone", region="PL").projection["phones"]) == ["+358401234567"]
    assert list(one("501 234 567", "phone", region="PL").projection["phones"]) == ["+48501234567"]
    assert list(one("501 234 567;Polska", "phone", "country").projection["phones"]) == ["+48501234567"]
    assert list(one("00358 40 1234567", "phone", region="PL").projection["phones"]) == ["+358401234567"]


def test_a_lost_nought_and_stale_rows() -> None:
    assert one("100", "postcode").projection["addresses"]["home"]["v"]["postcode"] == "00100"
    assert [one(day, "changed").stale for day in ("1.1.2020", "2026-05-01", "soon")] == [True, False, None]


def test_organisations_are_told_from_people() -> None:
    assert one("Kuoro ry", "full").projection["kind"] == "org"
    assert one("Kuoro", "company").projection["kind"] == "org"
    assert one("Bo Ek;Kuoro ry", "full", "company").projection["kind"] == "individual"


A = people("a", "Bo;Ek;bo@example.org;;1980-02-28", "Eva;Ek;bo@example.org", "Ann;Lind;ann@example.org")
B = people("b", "BO;EK;Bo@Example.org;040 1234567", "Eva;Ek;bo@example.org", "Ann;Berg;;040 7654321")


def test_a_family_with_one_address_is_never_one() -> None:
    found = picture(A, B)
    assert (found.rows, found.people, found.shared, found.probable) == (6, 4, 2, 0)
    assert [(each.email, each.kind, len(each.people)) for each in found.emails] == [("bo@example.org", "family", 2)]
    assert [each.only_here for each in found.lists] == [1, 1]
    assert [dict(each.adds) for each in found.lists] == [{"birthday": 1}, {"phone": 1}]
    assert found.pairs == ((3, 2), (2, 3))
    assert [(each.lists, each.people) for each in found.combinations] == [((0, 1), 2), ((0,), 1), ((1,), 1)]


def test_father_and_son_of_one_name_are_left_to_a_person() -> None:
    found = picture(people("a", "Bo;Ek;bo@example.org", "Bo;Ek;bo@example.org"), people("b", "Bo;Ek;bo@example.org"))
    assert (found.people, found.shared) == (3, 0)
    assert len(found.crowded.look) == 3
    assert found.lists[0].perhaps == 1
    assert found.emails[0].kind == "look"


def test_a_double_needs_a_birth_date() -> None:
    found = picture(people("a", "Bo;Ek;bo@example.org;;1980-02-28", "Bo;Ek;bo@example.org;;28.2.1980"))
    assert (found.people, found.lists[0].doubled, found.lists[0].perhaps) == (1, 1, 0)
    assert len(found.doubles) == 1
    assert found.email_doubles == 1


def test_a_slip_in_a_name_makes_it_probable() -> None:
    found = picture(people("a", "Katarina;Lindqvist;kl@example.org;040 1234567"),
                    people("b", "Katarina;Lindqist;kl@example.org;040 1234567"))  # fmt: skip
    assert (found.people, found.shared, found.probable) == (1, 1, 1)
    assert [(each.field, each.differing) for each in found.disagreements if each.differing] == [("family", 1)]


def test_a_guardian_and_a_child_of_one_given_name_stay_two() -> None:
    found = picture(people("a", "Anna;Lind;home@example.org;040 1234567;1980-02-28"),
                    people("b", "Anna;Berg;home@example.org;040 1234567"))  # fmt: skip
    assert found.people == 2


def test_the_birth_date_tells_which_of_two_rows_of_a_name() -> None:
    found = picture(people("a", "Bo;Ek;bo@example.org;;1980-02-28", "Bo;Ek;bo@example.org"),
                    people("b", "Bo;Ek;bo@example.org;;28.2.1980"))  # fmt: skip
    assert (found.people, found.shared, found.probable, len(found.crowded.look)) == (2, 1, 1, 2)
    assert found.crowded.people[0].records == ("000:000000", "001:000000")


def test_an_initial_is_probably_the_only_one_it_fits() -> None:
    anna, initial = "Anna;Lind;home@example.org;040 1234567", "A.;Lind;home@example.org;040 1234567"
    found = picture(people("a", anna), people("b", initial))
    assert (found.people, found.shared, found.probable) == (1, 1, 1)
    assert picture(people("a", anna), people("b", "A.;Lind;home@example.org")).people == 2
    assert picture(people("a", anna), people("b", initial), people("c", "Antti;Lind;home@example.org")).people == 3


def test_a_mailing_list_without_names_is_probably_whoever_has_the_address() -> None:
    found = picture(A, people("b", "ann@example.org", "bo@example.org", "new@example.org", "ann@example.org", fields=("email",)),
                    people("c", "new@example.org", fields=("email",)))  # fmt: skip
    assert (found.shared, found.probable) == (2, 2)  # Ann; the new one; bo@ is of two
    assert found.people == 5
    assert [each.doubled for each in found.lists] == [0, 1, 0]


def test_an_address_at_home_and_one_at_work_are_two() -> None:
    found = one("Street 1;Turku;20100;Road 2;Espoo", "street", "town", "postcode", "street", "town")
    assert [a["v"] for a in found.projection["addresses"].values()] == [
        {"street": "Street 1", "locality": "Turku", "postcode": "20100"}, {"street": "Road 2", "locality": "Espoo"}]


def test_rows_with_invalid_values_are_told() -> None:
    found = picture(people("a", "Bo;Ek;bo@", "Eva;Ek;eva@example.org;call me"), B)
    assert found.lists[0].invalid == {"email": (2,), "phone": (3,)}
    assert rows(found)["invalid_rows"] == {"birthday": [], "email": [[1, 2]], "phone": [[1, 3]]}
    assert counts(found, named=False)["lists"][0]["invalid"] == {"email": 1, "phone": 1}


def test_a_whole_name_differs_in_nothing_from_its_parts() -> None:
    found = picture(A, people("b", "Ek Bo;bo@example.org", fields=("full", "email")))
    assert (found.people, found.shared) == (3, 1)
    assert [each.field for each in found.disagreements if each.differing] == []
    assert not found.lists[0].adds.keys() & {"given", "family"}


def test_the_counts_hold_nobody() -> None:
    found = picture(A, B)
    told = counts(found, named=False)
    assert (told["people"], told["in_several_lists"], told["shared_emails"]) == (4, 2, {"one_person": 0, "family": 1})
    assert not any("name" in each for each in told["lists"])
    assert [each["rows"] for each in rows(found)["same"]] == [[[1, 2], [2, 2]], [[1, 3], [2, 3]]]
    assert rows(found)["shared_email_rows"] == [{"kind": "family", "rows": [[1, 2], [2, 2], [1, 3], [2, 3]]}]
