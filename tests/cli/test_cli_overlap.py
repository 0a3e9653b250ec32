"""overlap with systems of the workspace beside lists."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli_people import EWA, put
from cli_support import Place, person
from postgres_server import dumped

from hub.cli.output import moment
from hub.model.refs import RecordRef
from hub.store.contacts import LinkRow, save_links
from hub.workspace import open_store


@pytest.fixture
def read(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Anna and Bo in crm, Anna in mail, and all read once; a list with Anna and Cy."""
    place.crm.user_create(person("Anna", "Virtanen", "anna@example.org", birthday="1990-02-28"))
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.mail.user_create(person("Anna", "Virtanen", "anna@example.org"))
    place.json("plan")
    monkeypatch.chdir(place.folder)
    Path("list.csv").write_text("Name,Mail\nAnna Virtanen,anna@example.org\nCy Dahl,cy@example.org\n", encoding="utf-8")
    return place


def content(place: Place) -> object:
    if place.database:
        return dumped(place.database)
    with closing(sqlite3.connect(place.folder / "state" / "hub.db")) as database:
        return list(database.iterdump())


def test_systems_stand_beside_lists(read: Place) -> None:
    told = read.json("overlap", "list.csv", "--system", "crm", "--system", "mail", "--share", "counts.json")
    assert [(each["name"], each["rows"], each["only_here"]) for each in told["lists"]] == [
        ("list.csv", 2, 1), ("crm", 2, 1), ("mail", 1, 0)]
    anna = next(k for k, r in read.crm.records().items() if r["given"] == "Anna")
    (same,) = told["same"]
    assert [same["rows"][0], same["rows"][1]] == [[1, 2], [2, anna]]
    assert told["lists"][1]["adds"] == {"birthday": 1}
    assert [(c["header"], c["meaning"], c["how"], c["filled"]) for c in told["columns"][1]["columns"]] == [
        ("birthday", "birthday", "mapping", 1), ("emails", "email", "mapping", 2), ("name.family", "family", "mapping", 2),
        ("name.given", "given", "mapping", 2)]
    shared = Path("counts.json").read_text(encoding="utf-8")
    assert json.loads(shared)["pairs"] == [[2, 1, 1], [1, 2, 1], [1, 1, 1]]
    assert not any(word in shared for word in ("crm", '"mail"', "Anna", "Virtanen", "example.org", anna))


@pytest.mark.parametrize(("language", "says"), [
    ("en", "crm: as the hub last read it, {}."), ("fi", "crm: sellaisena kuin hub luki sen viimeksi, {}."),
    ("pl", "crm: w stanie z ostatniego odczytu przez hub, {}."),
])  # fmt: skip
def test_the_page_says_when_a_system_was_read(read: Place, language: str, says: str) -> None:
    pulled = next(s["pulled_at"] for s in read.json("systems")["systems"] if s["name"] == "crm")
    ran = read.run("overlap", "list.csv", "--system", "crm", "--lang", language)
    assert ran.code == 0
    assert f"As it was read on {moment(pulled)}" in ran.out
    assert says.format(moment(pulled)) in Path("overlap.html").read_text(encoding="utf-8")


def test_no_system_is_asked_and_nothing_is_noted(read: Place) -> None:
    before, files = content(read), {p for p in read.folder.rglob("*") if p.is_file()}
    read.crm.user_create(person("Dan", "Berg", "dan@example.org"))
    asked = read.crm.requests
    assert read.json("overlap", "--system", "crm")["lists"][0]["rows"] == 2
    assert read.crm.requests == asked
    assert content(read) == before
    assert {p for p in read.folder.rglob("*") if p.is_file()} - files == {read.folder / "overlap.html"}
    read.json("plan")
    assert read.json("overlap", "--system", "crm")["lists"][0]["rows"] == 3


def test_what_is_gone_there_is_not_shown(read: Place) -> None:
    bo = next(k for k, r in read.crm.records().items() if r["given"] == "Bo")
    read.crm.user_delete(bo)
    read.json("plan")
    assert read.json("overlap", "list.csv", "--system", "crm")["lists"][1]["rows"] == 1


def test_an_empty_system_is_a_list_without_rows(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.json("plan")
    monkeypatch.chdir(place.folder)
    told = place.json("overlap", "--system", "crm", "--system", "mail")
    assert [each["rows"] for each in told["lists"]] == [1, 0]
    assert place.json("overlap", "--system", "mail")["people"] == 0


def test_protected_people_show_no_phone_and_no_home(read: Place) -> None:
    put(read, [EWA])
    store = open_store(read.folder, read.database)
    try:
        with store.writing() as tx:
            save_links(tx, [LinkRow(tx.new_id(), EWA.id, RecordRef("crm", "", "contact", "ewa"), lens_hash="x", shadow={
                "kind": "individual", "name.given": "Ewa", "name.family": "Żołnowska",
                "emails": {"ewa@example.org": {"v": "ewa@example.org", "at": None, "a": {}}},
                "phones": {"+48221234567": {"v": "+48 22 123 45 67", "at": None, "a": {}}},
                "addresses": {"home": {"v": {"street": "Cicha 7", "locality": "Łódź"}, "at": None, "a": {}}}})], ())
    finally:
        store.close()
    (columns,) = read.json("overlap", "--system", "crm")["columns"]
    assert columns["rows"] == 3
    assert {c["meaning"] for c in columns["columns"]} == {"given", "family", "email", "birthday"}


@pytest.mark.parametrize(("args", "says"), [
    (("--system", "crmm"), 'No system is called "crmm". There are: crm, mail.'),
    ((), "or a system of the workspace with --system"),
    (("crm",), "a system of the workspace is named with --system"),
])  # fmt: skip
def test_what_cannot_be_named_is_said(read: Place, args: tuple[str, ...], says: str) -> None:
    ran = read.run("overlap", *args)
    assert ran.code == 2
    assert says in ran.err


def test_a_system_that_was_never_read(place: Place) -> None:
    ran = place.run("overlap", "--system", "crm")
    assert ran.code == 2
    assert "crm was never read here to the end. Run `hub plan` first" in ran.err


def test_without_a_workspace_there_is_no_system(tmp_path: Path, place: Place) -> None:
    place.folder = tmp_path / "nowhere"
    ran = place.run("overlap", "--system", "crm")
    assert ran.code != 0
    assert "hub init" in ran.err


def test_the_columns_to_correct_are_those_of_lists(read: Place) -> None:
    ran = read.run("overlap", "list.csv", "--system", "crm", "--show-columns")
    assert ran.code == 0
    assert '["list.csv"]' in ran.out
    assert "crm" not in ran.out
