"""connect: answers read line by line, tried at once, kept whole; and what is said when they cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cli_memory
import pytest
from cli_support import Place, Ran
from click.testing import CliRunner

from hub.cli import cli
from hub.cli.person import Person
from hub.config import read_config
from hub.errors import UsageError
from hub.sealed import sealed_secret

CANARY = "kanarie" + "-7f3a"


def run(place: Place, lines: list[str], *args: str) -> Ran:
    done = CliRunner().invoke(cli, ["-C", str(place.folder), "connect", *args], input="".join(f"{line}\n" for line in lines),
                              catch_exceptions=False)
    assert CANARY not in done.output
    return Ran(done.exit_code, done.stdout, done.stderr)


def kept(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "hub.log"}


@pytest.fixture
def asking(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind "locked" is asked for its world and a key it needs."""
    monkeypatch.setattr("hub.plugins.registry", lambda *_: cli_memory.WITH_LOCKED)


@pytest.mark.usefixtures("asking")
def test_a_system_is_connected_and_says_so_in_json(place: Place) -> None:
    ran = run(place, ["crm", CANARY], "locked", "--name", "third", "--json")
    assert ran.code == 0, ran.err
    assert ran.data == {
        "system": "third", "kind": "locked", "again": False, "sealed": ["third-key"], "mapping": "mappings/third.toml",
        "mapping_is_new": True, "error": "", "left": [], "config": str(place.config.resolve()), "health": ran.data["health"]}
    assert ran.data["health"]["can_write"] is True
    assert read_config(place.folder).systems["third"].settings == {"world": "crm", "key": {"sealed": "third-key"}}
    assert sealed_secret(place.folder, "third-key") == CANARY
    assert [(name, s.read_only) for name, s in read_config(place.folder).systems.items()] == [
        ("crm", False), ("mail", False), ("third", True)]


@pytest.mark.usefixtures("asking")
def test_the_kinds_are_told_to_who_names_none(place: Place) -> None:
    ran = run(place, [])
    assert ran.code == 2
    assert "`hub connect locked` (Needs a key)" in ran.err
    assert "There are: green, locked, shelf" in run(place, [], "nonsense").err


@pytest.mark.usefixtures("asking")
def test_answers_that_cannot_be_used_are_asked_for_again(place: Place) -> None:
    ran = run(place, ["", "nowhere", "crm", "", CANARY], "locked")
    assert ran.code == 0, ran.err
    assert ran.err.count("Not taken: it is needed.") == 2
    assert "Not taken: it must be 'crm' or 'mail'." in ran.err


@pytest.mark.usefixtures("asking")
@pytest.mark.parametrize("answered", range(3))
def test_an_input_that_ends_leaves_no_trace(place: Place, answered: int) -> None:
    before = kept(place.folder)
    ran = run(place, ["crm", "wrong", "x"][:answered], "locked")
    assert ran.code == 2
    assert "The input ended before all questions were answered. Nothing was kept." in ran.err
    assert kept(place.folder) == before


@pytest.mark.usefixtures("asking")
def test_ctrl_c_leaves_no_trace(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept(place.folder)
    ask: Callable[..., str] = Person.ask

    def pressed(self: Person, prompt: str, *, secret: bool = False) -> str:
        if secret:
            raise KeyboardInterrupt
        return ask(self, prompt, secret=secret)

    monkeypatch.setattr(Person, "ask", pressed)
    ran = run(place, ["crm"], "locked")
    assert ran.code == 1
    assert "Stopped. Nothing was kept." in ran.err
    assert kept(place.folder) == before


@pytest.mark.usefixtures("asking")
def test_a_wrong_answer_is_corrected_on_the_spot(place: Place) -> None:
    ran = run(place, ["crm", "wrong", "what?", "c", "9", "2", CANARY], "locked")
    assert ran.code == 0, ran.err
    assert "It does not work yet." in ran.err
    assert sealed_secret(place.folder, "locked-key") == CANARY


@pytest.mark.usefixtures("asking")
def test_what_does_not_work_yet_may_be_kept_or_left(place: Place) -> None:
    before = kept(place.folder)
    ran = run(place, ["crm", "wrong", "s"], "locked")
    assert ran.code == 1
    assert "Stopped. Nothing was kept." in ran.err
    assert kept(place.folder) == before
    ran = run(place, ["crm", "wrong", "k"], "locked", "--json")
    assert ran.code == 0
    assert ran.data["health"] is None
    assert "not known" in ran.data["error"]
    assert read_config(place.folder).systems["locked"].read_only
    assert "`hub check other`" in run(place, ["crm", "wrong", "k"], "locked", "--name", "other").out


@pytest.mark.usefixtures("asking")
def test_a_changed_key_is_asked_for_alone(place: Place) -> None:
    run(place, ["crm", CANARY], "locked")
    config = place.config.read_bytes()
    ran = run(place, ["wrong", "k"], "locked", "--again")
    assert ran.code == 0, ran.err
    assert "1 question." in ran.err
    assert sealed_secret(place.folder, "locked-key") == "wrong"
    ran = run(place, ["wronger", "c", CANARY], "locked", "--again")
    assert ran.code == 0, ran.err
    assert "The secrets of locked were replaced." in ran.out
    assert sealed_secret(place.folder, "locked-key") == CANARY
    assert place.config.read_bytes() == config
    ran = run(place, ["x"], "shelf", "--name", "crm", "--again")
    assert ran.code == 2
    assert 'No secret of "crm" is sealed here' in ran.err


@pytest.mark.usefixtures("asking")
def test_after_the_key_was_lost_for_good_the_secrets_are_given_again(place: Place) -> None:
    """As `hub doctor` says."""
    run(place, ["crm", CANARY], "locked")
    (place.folder / "secrets" / "master.key").unlink()
    before = kept(place.folder)
    ran = run(place, [CANARY], "locked", "--again")
    assert ran.code == 1
    assert "master.key is missing" in ran.err
    assert kept(place.folder) == before
    for sealed in (place.folder / "secrets").glob("*.sealed"):
        sealed.unlink()
    assert run(place, [CANARY], "locked", "--again").code == 0
    assert sealed_secret(place.folder, "locked-key") == CANARY


@pytest.mark.usefixtures("asking")
def test_without_a_workspace_nothing_is_asked(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["-C", str(tmp_path / "none"), "connect", "locked"], catch_exceptions=False)
    assert done.exit_code == 2
    assert "Make one with `hub init`" in done.stderr
    assert "question" not in done.stderr


def test_a_mark_some_shells_put_before_what_they_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("\ufeffone\r\n\ufefftwo\n"))
    person = Person()
    assert [person.ask("first"), person.ask("second")] == ["one", "\ufefftwo"]
    with pytest.raises(UsageError, match="input ended"):
        person.ask("third")


def test_a_terminal_that_would_show_the_secret_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import getpass
    import warnings

    class Tty:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise AssertionError("it was read in plain")

    def shows(prompt: str, stream: Any = None) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        raise AssertionError("it was read in plain")

    monkeypatch.setattr("sys.stdin", Tty())
    monkeypatch.setattr(getpass, "getpass", shows)
    with pytest.raises(UsageError, match="would show the secret"):
        Person().ask("key", secret=True)


def test_status_and_check_tell_the_way_to_the_first_system(place: Place) -> None:
    place.write("")
    assert "connect one with `hub connect`" in place.run("check").out
    assert json.loads(place.run("check", "--json").out) == []
