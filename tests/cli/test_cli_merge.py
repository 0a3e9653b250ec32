"""merge and unmerge: what no rule saw, a person says; and takes back."""

from __future__ import annotations

from cli_support import Place, person


def apart(place: Place) -> None:
    """The same woman under two names, and nothing in common."""
    place.crm.user_create(person("Anna", "Virtanen", "anna@example.org"))
    place.mail.user_create(person("Annikki", "Aho", "aho@example.net"))
    place.json("sync", "--approve")


def test_two_are_one_and_two_again(place: Place) -> None:
    apart(place)
    assert len(place.crm.records()) == len(place.mail.records()) == 2
    done = place.json("merge", "Anna Virtanen", "aho@example.net", "--by", "Eva")
    assert [c["name"] for c in done["contacts"]] == ["Anna Virtanen", "Annikki Aho"]
    place.json("sync", "--approve")
    assert place.json("status")["contacts"].get("live") == 1
    assert {c["unit"] for c in place.json("conflicts", "list")} == {"name.given", "name.family"}
    seen = place.run("unmerge", "anna@example.org")
    assert seen.code == 0
    assert "--yes" in seen.out
    assert "Annikki Aho" in seen.out
    place.json("unmerge", "anna@example.org", "--yes", "--by", "Eva")
    place.json("sync", "--approve")
    assert place.json("status")["contacts"].get("live") == 2
    for system in (place.crm, place.mail):
        assert {(r["given"], r["emails"][0]["value"]) for r in system.records().values()} == {
            ("Anna", "anna@example.org"), ("Annikki", "aho@example.net")}
    place.json("sync", "--approve")
    assert place.json("status")["contacts"].get("live") == 2  # never joined again by a rule


def test_one_contact_is_not_merged_with_itself(place: Place) -> None:
    apart(place)
    ran = place.run("merge", "Anna Virtanen", "anna@example.org")
    assert ran.code == 2
    assert "one contact already" in ran.err


def test_what_was_never_merged_is_not_taken_apart(place: Place) -> None:
    apart(place)
    ran = place.run("unmerge", "Anna Virtanen")
    assert ran.code == 2
    assert "nothing to take apart" in ran.err


def test_nobody_of_that_name(place: Place) -> None:
    apart(place)
    assert place.run("merge", "Anna Virtanen", "Nobody Here").code == 2
