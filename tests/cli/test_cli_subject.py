"""hub subject and hub audit: a person is shown all, forgotten everywhere, and stays forgotten when a backup is restored."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_support import Place, person
from click.testing import CliRunner
from postgres_server import dumped
from sqlalchemy import create_engine, text

from hub.cli import cli
from hub.errors import StoreBusy
from hub.store.store import sqlite_url

CANARIES = {
    "given": "Kanarialinnunen", "family": "Żółtodziób", "notes": "keltasirkku 7f3a", "company": "Kanarkowa Spółka 91",
    "birthday": "1931-07-23", "emails": ["tirppa.k@lintu.example", "vanha@lintu.example"], "phones": "+358409871236",
    "street": "Pajulinnuntie 77 Q", "locality": "Sirkkula", "postcode": "ZX9 8KQ", "groups": "Lintukerho 4711"}
EVERY = [v for each in CANARIES.values() for v in (each if isinstance(each, list) else [each])]


def record() -> dict[str, object]:
    c = CANARIES
    return person(c["given"], c["family"], *c["emails"], notes=c["notes"], company=c["company"], birthday=c["birthday"],
                  groups=[c["groups"]], phones=[{"id": "1", "value": c["phones"], "label": None, "primary": True}],
                  addresses=[{"id": "1", "context": "home", "street": c["street"], "locality": c["locality"],
                              "postcode": c["postcode"], "country": "FI"}])


@pytest.fixture
def known(place: Place) -> Place:
    """A workspace that knows the canary, with a history, beside somebody else."""
    bird = place.crm.user_create(record()).ref.native_id
    place.crm.user_create(person("Ville", "Vakaa", "ville@example.org"))
    assert place.run("sync", "--approve").code == 0
    place.crm.user_edit(bird, {"notes": "edited"})
    place.crm.user_edit(bird, {"notes": CANARIES["notes"]})
    place.run("sync")
    return place


def everything(folder: Path, database: str = "") -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, the newest backup unpacked; the older ones are told by the receipt. And what stands in the
    tables of a database elsewhere."""
    if database:
        yield database, dumped(database)
    newest = max(folder.glob("backups/*.zip"), default=None)
    for path in (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".zip"):
        yield str(path), path.read_bytes()
    if newest is not None:
        with zipfile.ZipFile(newest) as whole:
            for name in whole.namelist():
                yield f"{newest}:{name}", whole.read(name)


def keys_of(folder: Path, contact: str, database: str = "") -> list[bytes]:
    """The wrapped keys of a contact and of its records."""
    engine = create_engine(database or sqlite_url(folder / "state" / "hub.db"))
    wanted = "SELECT wrapped FROM vault WHERE owner = :c OR owner IN (SELECT id FROM link WHERE contact = :c)"
    try:
        with engine.connect() as sql:
            return [bytes(r[0]) for r in sql.execute(text(wanted), {"c": contact})]
    finally:
        engine.dispose()


def found(folder: Path, needles: list[bytes], database: str = "") -> list[tuple[str, bytes]]:
    return [(name, needle) for name, data in everything(folder, database) for needle in needles if needle in data]


def forms(texts: list[str]) -> list[bytes]:
    return [t.encode(code) for t in texts for code in ("utf-8", "utf-16-le")] + [json.dumps(t)[1:-1].encode() for t in texts]


@pytest.mark.both_databases
def test_nothing_of_the_person_is_left(known: Place) -> None:
    assert len(EVERY) == 12
    contact = known.json("find", "Kanarialinnunen")[0]["id"]
    keys = keys_of(known.folder, contact, known.database)
    assert len(keys) == 3 and len(found(known.folder, keys, known.database)) >= 3  # what is looked for can be found
    seen = known.json("subject", "erase", "vanha@lintu.example")
    assert {r["system"]: r["outcome"] for r in seen["records"]} == {"crm": "deleted", "mail": "deleted"}
    assert "Nothing was done" in known.run("subject", "erase", "vanha@lintu.example").out
    known.json("subject", "erase", "vanha@lintu.example", "--yes", "--by", "Officer")
    done = known.run("sync")
    assert done.code == 0, done.err
    assert set(known.given(known.crm)) == set(known.given(known.mail)) == {"Ville"}
    assert found(known.folder, forms(EVERY), known.database) == []
    assert found(known.folder, keys, known.database) == []
    assert known.json("audit", "verify")["broken_at"] is None
    known.run("export", str(known.folder / "all.csv"))
    assert found(known.folder, forms(EVERY), known.database) == []


@pytest.mark.fault("G4", guard="hub.engine.asking.subjects:ask")
def test_who_was_joined_from_two_of_different_names_is_not_erased_unasked(known: Place) -> None:
    assert known.run("merge", "vanha@lintu.example", "ville@example.org").code == 0
    known.run("sync")
    (contact,) = (c["id"] for c in known.json("list"))
    seen = known.json("subject", "erase", contact)
    assert [sorted(side["name"] for side in each["contacts"]) for each in seen["joined"]] == [
        ["Kanarialinnunen Żółtodziób", "Ville Vakaa"]]
    assert "hub unmerge" in known.run("subject", "erase", contact).out
    refused = known.run("subject", "erase", contact, "--yes")
    assert refused.code == 2 and "--both" in refused.err and known.json("subject", "list")["erasures"] == []
    known.json("subject", "erase", contact, "--yes", "--both")
    assert known.run("sync").code == 0
    assert known.crm.records() == known.mail.records() == {}


def test_the_receipt_says_what_was_done_and_not_to_whom(known: Place, tmp_path: Path) -> None:
    known.json("subject", "erase", "Kanarialinnunen Żółtodziób", "--keep", "mail=contract until 2030", "--yes", "--by", "Officer")
    assert known.run("sync").code == 0
    (erasure,) = known.json("subject", "list")["erasures"]
    told = known.json("subject", "receipt", erasure["id"], "-o", str(tmp_path / "receipt.json"))
    assert {r["system"]: (r["outcome"], r["why"]) for r in told["records"]} == {
        "crm": ("deleted", ""), "mail": ("kept", "contract until 2030")}
    assert told["by"] == "Officer" and told["done_at"]
    text_ = (tmp_path / "receipt.json").read_text(encoding="utf-8")
    assert not [c for c in EVERY if c in text_]
    assert "contract until 2030" in known.run("subject", "receipt", erasure["id"]).out
    assert "No erasure is called" in known.run("subject", "receipt", "00000000").err


@pytest.mark.both_databases
@pytest.mark.fault("G8", guard="hub.backup.forgotten:replay_erased")
def test_a_restored_backup_forgets_again(known: Place, tmp_path: Path, new_postgres: Callable[[], str]) -> None:
    contact = known.json("find", "Kanarialinnunen")[0]["id"]
    keys = keys_of(known.folder, contact, known.database)
    before = known.json("backup", "--to", str(known.folder / "backups"))["file"]
    known.json("subject", "erase", contact, "--yes")
    assert known.run("sync").code == 0
    again = tmp_path / "again"
    master = known.folder / "secrets" / "master.key"
    ran = CliRunner().invoke(cli, ["-C", str(again), "restore", before, str(again), "--key", str(master)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    place = Place(again, known.crm, known.mail)
    if known.database:  # it moves out of the backup into an empty one
        place.database = new_postgres()
        place.write(place.config.read_text(encoding="utf-8").replace(known.database, place.database))
    assert keys_of(again, contact)  # as it came out of the backup; the first command forgets
    assert place.json("find", "Kanarialinnunen") == []
    assert found(again, keys, place.database) == []
    assert len(place.json("subject", "list")["erasures"]) == 1
    assert place.json("audit", "verify")["broken_at"] is None
    known.mail.user_create(record())
    assert place.run("plan").code == 0
    assert [r["system"] for r in place.json("subject", "list")["returned"]] == ["mail"]


def test_who_comes_back_is_asked_about(known: Place) -> None:
    known.json("subject", "erase", "Kanarialinnunen Żółtodziób", "--yes")
    known.run("sync")
    known.mail.user_create({**record(), "given": "K."})
    assert known.run("sync").code == 0
    assert set(known.given(known.crm)) == {"Ville"}
    listed = known.run("subject", "list")
    assert "Held back" in listed.out and "mail" in listed.out and "e-mail address" in listed.out
    assert found(known.folder, forms(EVERY), known.database) == []
    assert known.json("subject", "let-in", "mail")["records"] == 1
    known.run("sync", "--approve")
    assert set(known.given(known.crm)) == {"Ville", "K."}
    assert "Nothing that was held back" in known.run("subject", "keep-out", "mail").err


def test_an_export_holds_all_of_a_person(known: Place, tmp_path: Path) -> None:
    file = tmp_path / "subject.json"
    known.json("subject", "export", "Kanarialinnunen Żółtodziób", "-o", str(file))
    text_ = file.read_text(encoding="utf-8")
    assert [c for c in EVERY if c not in text_] == []
    assert "is there already" in known.run("subject", "export", "Kanarialinnunen Żółtodziób", "-o", str(file)).err


def test_a_reason_is_asked_for(known: Place) -> None:
    ran = known.run("subject", "erase", "Kanarialinnunen Żółtodziób", "--keep", "mail", "--yes")
    assert ran.code == 2 and "--keep needs a system and a reason" in ran.err


def test_a_changed_journal_is_told(known: Place) -> None:
    assert "The journal holds" in known.run("audit", "verify").out
    engine = create_engine(known.database or sqlite_url(known.folder / "state" / "hub.db"))
    with engine.begin() as sql:
        sql.execute(text("UPDATE journal SET actor = 'somebody else' WHERE seq = 3"))
    engine.dispose()
    ran = known.run("audit", "verify")
    assert ran.code == 1 and "row 3" in ran.err


def test_a_spoilt_list_of_the_erased_is_told(known: Place) -> None:
    known.json("subject", "erase", "Kanarialinnunen Żółtodziób", "--yes")
    known.run("sync")
    (known.folder / "backups" / "erased.jsonl").write_text("{}\n", encoding="utf-8")
    ran = known.run("status")
    assert ran.code == 1 and "erased.jsonl, line 1" in ran.err


def test_an_open_one_says_how_to_end_it(known: Place) -> None:
    known.crm.accepts = False
    known.json("subject", "erase", "Kanarialinnunen Żółtodziób", "--yes")
    known.run("sync")
    listed = known.run("subject", "list").out
    (erasure,) = known.json("subject", "list")["erasures"]
    assert "not done yet" in listed and f"hub subject erase {erasure['contact']} --keep" in listed
    known.json("subject", "erase", erasure["contact"], "--keep", "crm=the system is closed", "--yes")
    assert known.run("sync").code in (0, 1)
    assert known.json("subject", "list")["erasures"][0]["contact"] is None
    assert found(known.folder, forms(EVERY), known.database) == []


def test_what_could_not_be_done_after_an_erasure_is_done_by_the_next_run(known: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = keys_of(known.folder, known.json("find", "Kanarialinnunen")[0]["id"], known.database)
    known.json("subject", "erase", "Kanarialinnunen Żółtodziób", "--yes")
    with monkeypatch.context() as patch:
        patch.setattr("hub.store.store.Store.compact", busy)
        assert known.run("sync").code == 0
    assert not list(known.folder.glob("backups/*"))
    assert known.run("sync").code == 0
    assert found(known.folder, keys, known.database) == [] and len(list(known.folder.glob("backups/*"))) == 2


def busy(_store: object) -> None:
    raise StoreBusy("somebody reads it")
