"""hub plan --config DIR: what a changed configuration would do, before it is live, and nothing of it done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_support import Place, person

pytestmark = pytest.mark.both_databases
CHOIR = 'filter = { all = [{ unit = "company", is = "Choir" }] }\n'
MAPPING = Path(__file__).with_name("memory.toml").read_text(encoding="utf-8")


@pytest.fixture
def calm(place: Place) -> Place:
    """Two systems in step; of three people one is of the choir."""
    place.crm.user_create(person("Anna", "Virtanen", "anna@example.org", company="Choir", notes="first"))
    place.crm.user_create(person("Matti", "Virta", "matti@example.org", company="Band"))
    place.crm.user_create(person("Liisa", "Salo", "liisa@example.org"))
    assert place.run("sync", "--approve").code == 0
    assert place.json("sync")["state"] == "done"
    return place


def changed(place: Place, mapping: str, *, system: str = "mail") -> Path:
    """A folder with the configuration, in which one system's mapping is another."""
    folder = place.folder.parent / "changed"
    shutil.copytree(place.folder / "config", folder / "config")
    (folder / "mappings").mkdir()
    (folder / "mappings" / f"{system}.toml").write_text(mapping, encoding="utf-8")
    return folder


def quiet(place: Place) -> None:
    """Nothing became live: a sync writes nothing, and no system was asked for more than a sync asks."""
    before = (place.crm.records(), place.mail.records(), place.json("status")["contacts"])
    assert place.json("sync")["state"] == "done"
    assert (place.crm.records(), place.mail.records(), place.json("status")["contacts"]) == before


def test_a_filter_says_who_would_leave(calm: Place) -> None:
    where = MAPPING.replace("[contact]\n", f'[contact]\non_leave = "delete"\n{CHOIR}')
    asked = (calm.crm.requests, calm.mail.requests)
    found = calm.json("plan", "--config", str(changed(calm, where)))
    assert sorted((w["system"], w["op"], w["reason"], w["name"]) for w in found["writes"]) == [
        ("mail", "delete", "on_leave", "Liisa Salo"), ("mail", "delete", "on_leave", "Matti Virta")]
    assert found["people"] == 2 and (calm.crm.requests, calm.mail.requests) == asked
    assert "2 contacts would be written to" in calm.run("plan", "--config", str(calm.folder.parent / "changed")).out
    quiet(calm)


def test_a_filter_that_keeps_says_who_would_stand_outside(calm: Place) -> None:
    where = MAPPING.replace("[contact]\n", f"[contact]\n{CHOIR}")
    found = calm.json("plan", "--config", str(changed(calm, where)))
    assert found["writes"] == [] and found["records"] == {"mail": {"out": 2, "present": -2}}
    assert "+2 outside of its filter" in calm.run("plan", "--config", str(calm.folder.parent / "changed")).out
    quiet(calm)


def test_a_field_less_makes_no_edit(calm: Place) -> None:
    less = MAPPING.replace('[contact.fields."notes"]\nat = "notes"\n', "")
    assert less != MAPPING
    found = calm.json("plan", "--config", str(changed(calm, less)))
    assert (found["writes"], found["values"]) == ([], {})  # it sleeps there
    quiet(calm)


def test_another_spelling_is_written_and_is_no_edit(calm: Place) -> None:
    there = MAPPING.replace('individual = "individual", org = "org"', 'individual = "Person", org = "org"')
    assert there != MAPPING
    found = calm.json("plan", "--config", str(changed(calm, there)))
    assert {w["op"] for w in found["writes"]} <= {"update"} and "name.given" not in found["values"]
    quiet(calm)


def test_only_what_the_change_adds_is_shown(calm: Place) -> None:
    anna = next(i for i, r in calm.crm.records().items() if r["given"] == "Anna")
    calm.crm.user_edit(anna, {"notes": "second"})
    assert len(calm.json("plan")["document"]["writes"]) == 1  # waits, and is not of the change
    where = MAPPING.replace("[contact]\n", f'[contact]\non_leave = "delete"\n{CHOIR}')
    found = calm.json("plan", "--config", str(changed(calm, where)))
    assert {w["op"] for w in found["writes"]} == {"delete"} and found["dropped"] == 0


def test_the_same_configuration_does_nothing(calm: Place) -> None:
    ran = calm.run("plan", "--config", str(changed(calm, MAPPING)))
    assert ran.code == 0 and "It would change nothing" in ran.out
    assert not list((calm.folder / "state").glob(".rehearsal-*"))


def test_a_mistake_in_it_names_file_and_line(calm: Place) -> None:
    folder = changed(calm, MAPPING + "\n[contact.fields.shoe]\nat = \"shoe\"\n")
    ran = calm.run("plan", "--config", str(folder))
    assert ran.code == 2 and "changed" in ran.err and "mail.toml" in ran.err and "shoe" in ran.err
    quiet(calm)


def test_it_makes_no_plan_to_apply(calm: Place) -> None:
    ran = calm.run("plan", "--config", str(changed(calm, MAPPING)), "-o", "plan.json")
    assert ran.code == 2 and "cannot be applied" in ran.err
