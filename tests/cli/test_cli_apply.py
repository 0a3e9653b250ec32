"""apply and a pilot where a system cannot be reached: what was written, what waits and how it goes on is said in words."""

from __future__ import annotations

from pathlib import Path

from cli_support import Place, person


def planned(place: Place) -> Path:
    """Anna is to be made in mail, Matti in crm; then mail takes our credentials no more."""
    place.crm.user_create(person("Anna", "Virtanen", "anna@example.org"))
    place.mail.user_create(person("Matti", "Ek", "matti@example.org"))
    file = place.folder / "friday.json"
    place.json("plan", "-o", str(file))
    place.mail.accepts = False
    return file


def test_an_approved_plan_is_written_where_it_can_be_and_the_rest_waits(place: Place) -> None:
    file = planned(place)
    ran = place.run("apply", str(file), "--by", "Maija")
    assert ran.code == 1
    assert "Approved by Maija." in ran.out
    assert "Written: 1 created" in ran.out
    assert "Error: mail: the credentials are wrong" in ran.err
    assert "Not finished: mail: 1 write, which Maija approved, could not be made." in ran.err
    assert "nobody need approve that again" in ran.err
    assert place.given(place.crm).keys() == {"Anna", "Matti"}
    said = place.run("plan").out
    assert "mail: 1 change that Maija approved on " in said
    assert "Nothing to write." in said
    place.mail.accepts = True
    assert place.json("sync")["not_finished"] == {}
    assert place.given(place.mail).keys() == {"Anna", "Matti"}


def test_a_plan_that_no_longer_fits_is_refused_before_anything_is_written(place: Place) -> None:
    file = planned(place)
    place.crm.user_create(person("Eva", "Ek"))
    ran = place.run("apply", str(file), "--by", "Maija")
    assert ran.code == 3
    assert "nothing was written" in ran.err
    assert place.given(place.crm).keys() == {"Anna", "Eva"}


def test_the_rest_of_a_pilot_is_not_promised_for_later(place: Place) -> None:
    planned(place)
    ran = place.run("sync", "--approve", "--by", "Maija", "--only", "Anna Virtanen")
    assert ran.code == 1
    assert "A pilot opens no system for later: approve it again with --only when mail can be written to." in ran.err
    place.mail.accepts = True
    ran = place.run("sync")
    assert ran.code == 3
    assert place.given(place.mail).keys() == {"Matti"}
