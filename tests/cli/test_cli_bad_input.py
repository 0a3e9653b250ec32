"""Everything that can be wrong ends in one clear message and its exit code, and the store stays as it was."""

from __future__ import annotations

import asyncio
import errno
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import cli_memory
import pytest
from cli_support import CONFIG, Place, person
from sqlalchemy import event

from hub.app import Hub
from hub.errors import AuthFailed, ContractBroken, Misconfigured
from hub.model.record import Page
from hub.sdk.connector import Health
from hub.store import store


def filled(place: Place) -> dict[str, Any]:
    """Somebody in the store; gives what a person sees of it."""
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.json("sync", "--approve")
    return seen(place)


def seen(place: Place) -> dict[str, Any]:
    stands = place.json("status")
    return {name: stands[name] for name in ("contacts", "conflicts", "matches", "writes_waiting")}


def refused(place: Place, *args: str, code: int, says: tuple[str, ...]) -> None:
    """One message that says all this, in both forms of output, and no traceback."""
    for extra in ((), ("--json",)):
        ran = place.run(*args, *extra)
        assert ran.code == code, ran.err
        assert "Traceback" not in ran.err + ran.out
        for words in says:
            assert words in ran.err
        if extra:
            assert "error" in ran.data
        else:
            assert ran.out == ""


BAD_CONFIGS: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "no TOML": (lambda t: t + "[[[", ("hub.toml:11", "not valid TOML")),
    "no number": (lambda t: t.replace("quiet_s = 0", 'quiet_s = "soon"'), ("hub.toml:2", "hub.quiet_s", "must be a number")),
    "no number anybody waits for": (lambda t: t.replace("quiet_s = 0", "quiet_s = inf"), (
        "hub.toml:2", "hub.quiet_s", "must be a number that is written out")),
    "no country": (lambda t: t.replace("[hub]", '[hub]\nregion = "XX"'), ("hub.toml:2", "hub.region", "a country code")),
    "too much": (lambda t: t + "[limits]\nshare = 7\n", ("hub.toml:12", "limits.share", "at most 1")),
    "no kind": (lambda t: t + "[systems.more]\n", ("hub.toml:11", "systems.more.kind", "is missing")),
    "no table": (lambda t: t + "[systems]\nmore = 3\n", ("hub.toml:12", "systems.more", "must be a table")),
    "no list": (lambda t: t + '[authority.emails]\nprefer = "crm"\n', (
        "hub.toml:12", "authority.emails.prefer", "must be a list")),
    "no choice": (lambda t: t + '[authority.emails]\nothers = "leve"\n', ("hub.toml:12", "'correct', 'leave' or 'ask'")),
    "no unit": (lambda t: t + '[authority.emial]\n', ("hub.toml:11", "emial", 'did you mean "emails"')),
    "no member to have rules for": (lambda t: t + '[authority."emails[anna@x.example]"]\n', (
        "hub.toml:11", "addresses[…]", "the whole set `emails`")),
    "no days": (lambda t: t + '[retention.old]\nunchanged = "24 months"\nwhy = "statute"\n', (
        "hub.toml:12", "retention.old.unchanged", '"730d"')),
    "no reason": (lambda t: t + '[retention.old]\nunchanged = "30d"\n', ("hub.toml:11", "retention.old.why", "is missing")),
    "no rule's name": (lambda t: t + '[retention."Old ones"]\nunchanged = "30d"\nwhy = "x"\n', ("hub.toml:11", "small letters")),
    "no filter of a rule": (lambda t: t + '[retention.old]\nunchanged = "30d"\nwhy = "x"\nwhere = { unit = "groups" }\n', (
        "hub.toml:14", "retention.old.where", "any")),
    "no unit of a rule": (
        lambda t: t + '[retention.old]\nunchanged = "30d"\nwhy = "x"\nwhere = { any = [ { unit = "grups", set = true } ] }\n',
        ("hub.toml:14", "retention.old.where.any", "grups", "groups")),
    "no database": (lambda t: t.replace("[hub]", '[hub]\ndatabase = "my-database"'), ("`database` in hub.toml", "Leave it out")),
    "no database of that kind": (lambda t: t.replace("[hub]", '[hub]\ndatabase = "oracl://x"'), ("`database` in hub.toml",)),
    "mapping not there": (lambda t: t.replace("[systems.crm]", '[systems.crm]\nmapping = "no.toml"'), (
        "no.toml", "cannot be read")),
    "unknown name": (lambda t: t.replace("quiet_s", "quite_s"), ("hub.toml:2", "quite_s", 'did you mean "quiet_s"')),
    "unknown kind": (lambda t: t.replace('kind = "shelf"', 'kind = "shelve"', 1), ("hub.toml:4", '"shelve"', "shelf")),
    "bad name": (lambda t: t.replace("systems.crm", 'systems."C R M"'), ("hub.toml", "small letters")),
    "secret in plain": (lambda t: t + '\nkey = "hunter2"\n', ("hub.toml:12", "systems.mail.settings.key", "in plain", "file =")),
    "secret not there": (lambda t: t + '\nkey = { env = "NOT_SET_ANYWHERE" }\n', ("NOT_SET_ANYWHERE", "is not set")),
    "unknown setting": (lambda t: t + 'worlds = "x"\n', ("hub.toml:11", "systems.mail.settings.worlds", 'did you mean "world"')),
    "unknown system in a rule": (lambda t: t + '\n[authority."emails"]\nprefer = ["crn"]\n', ("crn", "crm, mail")),
}


@pytest.mark.in_a_file  # lines are counted
@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_a_bad_config_names_file_and_cure(place: Place, name: str) -> None:
    before = filled(place)
    change, says = BAD_CONFIGS[name]
    place.write(change(CONFIG))
    refused(place, "sync", code=2, says=says)
    assert "hunter2" not in place.run("sync").err
    place.write(CONFIG)
    assert seen(place) == before


def test_a_config_that_is_no_text(place: Place) -> None:
    place.config.write_bytes("[hub]\n# Köli\n".encode("latin-1"))
    refused(place, "status", code=2, says=("hub.toml", "not UTF-8"))
    place.config.unlink()
    place.config.mkdir()
    refused(place, "status", code=2, says=("hub.toml", "cannot be read"))


def test_no_config_is_told_how_to_make_one(place: Place) -> None:
    place.config.unlink()
    refused(place, "status", code=2, says=("config/hub.toml", "hub init"))
    assert not (place.folder / "state").exists()


BAD_MAPPINGS = {
    "not TOML": ("[contact\n", ("crm.toml:1", "TOML")),
    "unknown codec": ('extends = "shelf"\n[contact.fields."notes"]\ncodec = "rot13"\n', ("crm.toml:3", "rot13")),
    "unknown unit": ('extends = "shelf"\n[contact.fields."name.givne"]\nat = "x"\n', ("crm.toml:2", "name.givne", "name.given")),
    "extends nothing": ('extends = "shelve"\n', ("crm.toml:1", "shelve")),
    "extends itself": ('extends = "crm.toml"\n', ("crm.toml:1", "extends itself")),
    "maps nothing": ("# later\n", ("crm.toml", "[contact]")),
    "unknown set": ('extends = "shelf"\n[contact.sets.emials]\nlist = "x"\n', ("crm.toml:2", "emials", "emails")),
    "unknown option": ('extends = "shelf"\n[contact.fields.notes]\nfrom = "x"\n', ("crm.toml:3", "from")),
    "a filter by nothing": ('extends = "shelf"\n[contact]\nfilter = { any = [ { unit = "role", has = "x" } ] }\n', (
        "crm.toml:3", "role", "roles")),
    "allows nothing known": ('extends = "shelf"\n[contact]\nallow = ["e-mails"]\n', ("crm.toml:3", "e-mails", "emails")),
}


@pytest.mark.parametrize("name", BAD_MAPPINGS)
def test_a_bad_mapping_names_file_line_and_cure(place: Place, name: str) -> None:
    before = filled(place)
    text, says = BAD_MAPPINGS[name]
    file = place.folder / "mappings" / "crm.toml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    for command in (("sync",), ("mapping", "check"), ("mapping", "show", "crm")):
        refused(place, *command, code=2, says=says)
    file.unlink()
    assert seen(place) == before


def test_names_nobody_has(place: Place) -> None:
    filled(place)
    refused(place, "explain", "Nobody", code=2, says=("Nobody",))
    refused(place, "explain", "Bo Ek", "shoe size", code=2, says=("shoe size", "emails"))
    refused(place, "conflicts", "show", "zz", code=2, says=("zz", "hub conflicts list"))
    refused(place, "conflicts", "resolve", "zz", "hub", code=2, says=("zz",))
    refused(place, "matches", "accept", "zz", code=2, says=("zz", "hub matches list"))
    refused(place, "check", "zz", code=2, says=("zz", "crm, mail"))
    refused(place, "mapping", "show", "zz", code=2, says=("zz", "crm"))
    refused(place, "plan", "--only", "Nobody", code=2, says=("Nobody",))
    refused(place, "sync", "--accept", "zz", code=2, says=("zz", "crm, mail"))
    refused(place, "undo", "zz", code=2, says=("zz", "hub runs"))
    refused(place, "mapping", "check", "zz.toml", code=2, says=("zz.toml", "cannot be read"))
    refused(place, "sandbox", "zz", code=2, says=("zz", "shelf"))
    refused(place, "contract", "zz", "--live", code=2, says=("zz", "crm, mail"))


def test_a_file_that_is_no_plan(place: Place) -> None:
    before = filled(place)
    file = place.folder / "plan.json"
    for text, words in (("not json", "cannot be read as a plan"), ("[1]", "is not a plan"), ('{"hash": "x"}', "not a plan")):
        file.write_text(text, encoding="utf-8")
        refused(place, "apply", str(file), code=2, says=(words,))
    refused(place, "apply", str(file.with_name("none.json")), code=2, says=("cannot be read as a plan",))
    for nowhere in (file.with_name("no") / "such" / "folder.json", file / "beneath-a-file.json"):
        refused(place, "plan", "-o", str(nowhere), code=2, says=("cannot be written",))
    assert seen(place) == before


def test_a_plan_file_is_whole_or_not_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(place)
    file = place.folder / "plan.json"

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hub.cli.plan_file.os.fsync", full)
    refused(place, "plan", "-o", str(file), code=2, says=("plan.json cannot be written (No space left on device)",))
    assert list(place.folder.glob("plan*")) == []


@pytest.mark.parametrize("error", [
    AuthFailed("mail: the password is wrong."), Misconfigured("mail: there is no such server at this url."),
    ContractBroken("mail: answered a web page instead of data."),
])  # fmt: skip
def test_a_system_in_trouble_is_named_and_the_others_go_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception,
) -> None:
    filled(place)
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    place.mail.user_create(person("Di", "Ek", "di@example.org"))
    pull = cli_memory.Shelf.pull

    def broken(self: Any, entity: str, since: Any) -> Any:
        if self.system == "mail":
            raise error
        return pull(self, entity, since)

    monkeypatch.setattr(cli_memory.Shelf, "pull", broken)
    ran = place.run("sync")
    assert ran.code == 1
    assert f"Error: {error}" in ran.err
    assert place.json("status")["contacts"]["live"] == 2
    assert len(place.mail.records()) == 2  # nothing was written to it either
    monkeypatch.setattr(cli_memory.Shelf, "pull", pull)
    assert place.run("sync", "--approve").code == 0
    assert {"Bo", "Cy", "Di"} == set(place.given(place.mail)) == set(place.given(place.crm))


def test_check_names_wrong_credentials(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def wrong(self: Any) -> Health:
        raise AuthFailed(f"{self.system}: the password is wrong.")

    monkeypatch.setattr(cli_memory.Shelf, "check", wrong)
    ran = place.run("check")
    assert ran.code == 1
    assert "Error: crm: the password is wrong." in ran.err


def test_an_emptied_system_is_set_aside_until_somebody_looked(place: Place) -> None:
    for number in range(12):
        place.crm.user_create(person(f"P{number}", "Ek", f"p{number}@example.org"))
    place.json("sync", "--approve")
    for record in list(place.mail.records()):
        place.mail.user_delete(record)
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    ran = place.run("sync")
    assert ran.code == 3
    assert "Stopped: mail: 12 of 12 records are gone" in ran.err
    assert len(place.crm.records()) == 13
    assert place.mail.records() == {}
    stands = place.json("status")
    assert (stands["contacts"], stands["conflicts"]) == ({"live": 13}, {})
    assert {s["name"]: s["state"] for s in stands["systems"]} == {"crm": "active", "mail": "aside"}
    assert place.run("plan").code == 3
    place.run("sync", "--accept", "mail")
    assert place.json("status")["conflicts"] == {"@exists": 12}
    assert len(place.crm.records()) == 13


@pytest.mark.fault("V26", guard="hub.organisations:another")
def test_another_organisation_at_the_same_name_is_kept_out(place: Place) -> None:
    filled(place)
    stranger = cli_memory.new_world("stranger")
    stranger.user_create(person("Zed", "Stranger", "zed@example.org"))
    place.write(CONFIG.replace('world = "mail"', 'world = "stranger"'))
    ran = place.run("sync", "--approve")
    assert ran.code == 1
    assert "another organisation" in ran.err
    assert place.json("status")["contacts"] == {"live": 1}
    assert set(place.given(stranger)) == {"Zed"}
    ran = place.run("check")
    assert ran.code == 1
    assert "another organisation" in ran.err
    place.write(CONFIG)
    assert place.run("sync", "--approve").code == 0
    assert place.json("status")["contacts"] == {"live": 1}


@pytest.mark.in_a_file
def test_a_database_of_a_newer_version_is_left_untouched(place: Place) -> None:
    filled(place)
    database = place.folder / "state" / "hub.db"
    with sqlite3.connect(database) as sql:
        sql.execute("UPDATE alembic_version SET version_num = '9999'")
    sql.close()
    before = database.read_bytes()
    refused(place, "status", code=1, says=("newer", "nothing was changed"))
    refused(place, "sync", code=1, says=("newer",))
    assert database.read_bytes() == before


@pytest.mark.in_a_file
def test_a_file_that_is_no_database(place: Place) -> None:
    filled(place)
    (place.folder / "state" / "hub.db").write_bytes(b"this is not a database at all" * 100)
    for name in ("hub.db-wal", "hub.db-shm"):
        (place.folder / "state" / name).unlink(missing_ok=True)
    refused(place, "status", code=1, says=("damaged", "backup"))


def test_a_lost_key_is_not_made_anew(place: Place) -> None:
    filled(place)
    key = place.folder / "secrets" / "master.key"
    right = key.read_bytes()
    key.unlink()
    refused(place, "status", code=1, says=("master.key", "put the file back"))
    key.write_bytes(b"short")
    refused(place, "status", code=1, says=("damaged",))
    key.write_bytes(right)
    assert place.json("status")["contacts"] == {"live": 1}


def test_two_runs_on_one_workspace(place: Place) -> None:
    before = filled(place)
    other = Hub.open(place.folder)
    other._lease()
    try:
        refused(place, "sync", code=1, says=("Another run holds this workspace",))
        assert seen(place) == before
    finally:
        other.store.give_back()
        other.store.close()
    assert place.run("sync").code == 0


@pytest.mark.in_a_file
def test_a_full_disk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may have no page more, in the middle of a run."""
    before = filled(place)
    for number in range(200):
        place.crm.user_create(person(f"P{number}", "Ek", f"p{number}@example.org", notes="x" * 2000))
    engine = store.engine_of

    def small(*args: Any) -> Any:
        made = engine(*args)

        @event.listens_for(made, "connect")
        def _no_room(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA max_page_count = 100")

        return made

    monkeypatch.setattr(store, "engine_of", small)
    refused(place, "sync", code=1, says=("disk is full", "Nothing was lost"))
    monkeypatch.setattr(store, "engine_of", engine)
    assert seen(place)["contacts"] == before["contacts"]
    assert place.run("sync", "--approve").code == 0
    assert len(place.mail.records()) == 201


def test_a_log_that_cannot_be_written_stops_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    opens = Path.open

    def full(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.name == "hub.log":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opens(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    assert place.run("status").code == 0


def test_a_bug_of_ours_is_one_line_and_a_log(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(self: Hub) -> Any:
        raise ZeroDivisionError("anna@example.org")

    monkeypatch.setattr(Hub, "status", bug)
    ran = place.run("status")
    assert ran.code == 1
    assert "ZeroDivisionError" in ran.err
    assert str(place.folder / "state" / "hub.log") in ran.err
    assert ran.err.count("\n") == 1
    log = (place.folder / "state" / "hub.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in log
    assert "anna@example.org" not in log + ran.err
    assert place.run("status", "--json").data["error"]["kind"] == "ZeroDivisionError"


def test_ctrl_c_gives_the_workspace_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = filled(place)
    pull = cli_memory.Shelf.pull

    async def interrupted(self: Any, entity: str, since: Any) -> AsyncIterator[Page]:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()
        yield Page(())

    monkeypatch.setattr(cli_memory.Shelf, "pull", interrupted)
    ran = place.run("sync")
    assert ran.code == 1
    assert "the next run goes on" in ran.err
    monkeypatch.setattr(cli_memory.Shelf, "pull", pull)
    assert place.run("sync").code == 0
    assert seen(place) == before


@pytest.mark.parametrize(("args", "says"), [
    (("synk",), "Did you mean `hub sync`"), (("sync", "--nope"), "--nope"), (("apply",), "FILE"), (("runs", "-n", "0"), "0"),
    (("conflicts", "resolve"), "CONFLICT"), (("demo", "--people", "3"), "3"),
])  # fmt: skip
def test_usage_errors_exit_2(place: Place, args: tuple[str, ...], says: str) -> None:
    ran = place.run(*args)
    assert ran.code == 2
    assert says in ran.err
    assert ran.out == ""
