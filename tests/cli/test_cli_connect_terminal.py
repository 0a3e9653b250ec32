"""The first evening at a terminal: a workspace, a CiviCRM connected, lists compared, a plan. No editor, no keyring, and the key
is nowhere but in the sealed store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from terminal import CTRL_C, CTRL_D, PTY, Script, Terminal, everything, holding

from hub.cli.serving import serving
from hub.config import read_config
from hub.sealed import sealed_file, sealed_secret
from hub_civicrm.sandbox import WRITER, create_app

PEOPLE = ({"contact_type": "Individual", "first_name": "Aino", "last_name": "Korhonen",
           "emails": [{"email": "aino@example.org", "location_type": "Home", "is_primary": True}]},)
LIST = "etunimi;sukunimi;sähköposti\nAino;Korhonen;aino@example.org\nBo;Ek;bo@example.org\n"


@pytest.fixture
def site(canary: str) -> Iterator[tuple[str, Any]]:
    """A CiviCRM on a port of this computer: its address and its application."""
    app = create_app(people=PEOPLE, api_key=canary)
    with serving(app) as url:
        yield url, app


def connecting(url: str, key: str) -> Script:
    return (("1 of 6. Address of the site", url), ("2 of 6. API key", key), ("3 of 6. Site key", ""),
            ("4 of 6. Time zone", "Europe/Helsinki"), ("5 of 6. Which contacts", ""), ("6 of 6. Custom fields", ""))


def test_from_nothing_to_a_plan(terminal: Terminal, site: tuple[str, Any], canary: str) -> None:
    url, app = site
    home, workspace = terminal.home, terminal.home / "my-hub"
    (home / "jasenet.csv").write_text(LIST, encoding="utf-8")

    assert terminal.run("init", "my-hub") == 0
    config = (workspace / "config" / "hub.toml").read_bytes()
    assert terminal.run("-C", "my-hub", "connect", "civicrm", script=connecting(url, canary)) == 0
    assert "It works: the hub is hub@example.org there (CiviCRM 6.17.2)" in terminal.screen
    assert terminal.run("overlap", "jasenet.csv") == 0
    assert (home / "overlap.html").is_file()
    assert terminal.run("-C", "my-hub", "plan") == 0
    assert "Nothing is written to civicrm: read_only is set." in terminal.screen
    assert terminal.run("-C", "my-hub", "overlap", "jasenet.csv", "--system", "civicrm", "-o", "both.html") == 0
    both = (home / "both.html").read_text(encoding="utf-8")
    assert "jasenet.csv" in both
    assert "civicrm" in both
    assert terminal.in_process("-C", "my-hub", "find", "korhonen") == 0
    assert "Aino Korhonen" in terminal.screen
    assert app.state.world.log.mutations == 0

    assert (workspace / "config" / "hub.toml").read_bytes().startswith(config)
    assert read_config(workspace).systems["civicrm"].settings == {
        "url": url, "api_key": {"sealed": "civicrm-api_key"}, "site_time_zone": "Europe/Helsinki"}
    assert (workspace / "mappings" / "civicrm.toml").is_file()

    assert sealed_secret(workspace, "civicrm-api_key") == canary
    assert holding(home, canary) == []
    assert holding(home, "civicrm-api_key") == ["my-hub/config/hub.toml"]  # so the search finds what is there
    assert (workspace / "state" / "hub.log").is_file()
    assert canary not in terminal.screen
    if PTY:
        assert sum(note.startswith("argv: ") for note in terminal.notes) == 5
        assert [note for note in terminal.notes if canary in note] == []


def test_backup_and_restore_bring_the_sealed_key_along(terminal: Terminal, site: tuple[str, Any], canary: str) -> None:
    """The master key stays apart: without it the key does not open, with it the restored workspace connects."""
    url, _ = site
    home, workspace, again = terminal.home, terminal.home / "hub", terminal.home / "again"
    assert terminal.in_process("init", "hub") == 0
    assert terminal.run("-C", "hub", "connect", "civicrm", script=connecting(url, canary)) == 0
    assert terminal.in_process("-C", "hub", "backup", "--to", "copies") == 0
    backup, = (home / "copies").iterdir()
    key = (workspace / "secrets" / "master.key").read_bytes()
    assert key not in backup.read_bytes()
    assert terminal.in_process("restore", str(backup), "again") == 0
    assert sealed_file(again, "civicrm-api_key").read_bytes() == sealed_file(workspace, "civicrm-api_key").read_bytes()
    assert terminal.in_process("-C", "again", "check") == 1
    assert "master.key is missing" in terminal.screen
    assert not (again / "secrets" / "master.key").exists()
    (again / "secrets" / "master.key").write_bytes(key)
    assert terminal.in_process("-C", "again", "check") == 0
    assert holding(home, canary) == []


@pytest.mark.parametrize(("answered", "key"), [(0, CTRL_D), (1, CTRL_C), (1, CTRL_D), (5, CTRL_C)])
def test_stopped_half_way_nothing_is_kept(
    terminal: Terminal, site: tuple[str, Any], canary: str, answered: int, key: str
) -> None:
    """At the first question, at the one for the secret, and at the last."""
    url, app = site
    assert terminal.in_process("init", "hub") == 0
    before = everything(terminal.home)
    script = [*connecting(url, canary)[:answered], (connecting(url, canary)[answered][0], key)]
    assert terminal.run("-C", "hub", "connect", "civicrm", script=script) in (1, 2)
    assert "Nothing was kept." in terminal.screen
    assert everything(terminal.home) == before
    assert canary not in terminal.screen
    assert app.state.world.log.requests == 0


def test_what_the_account_may_not_is_told_in_the_vendors_words_and_mended_on_the_spot(
    terminal: Terminal, canary: str
) -> None:
    app = create_app(people=PEOPLE, api_key=canary, permissions=WRITER - {"authenticate with api key"}, site_key="site-" + canary)
    with serving(app) as url:
        assert terminal.in_process("init", "hub") == 0
        before = everything(terminal.home)
        stopping = [*connecting(url, canary), ("c: correct an answer, k: keep it as it is, s: stop", "s")]
        assert terminal.run("-C", "hub", "connect", "civicrm", script=stopping) == 1
        assert "authenticate with api key" in terminal.screen
        assert everything(terminal.home) == before
        mending = [*stopping[:-1], (stopping[-1][0], "c"), ("Which one, 1 to 6", "3"), ("Again. Site key", "site-" + canary)]
        assert terminal.run("-C", "hub", "connect", "civicrm", script=mending) == 0
    workspace = terminal.home / "hub"
    assert sealed_secret(workspace, "civicrm-site_key") == "site-" + canary
    assert holding(terminal.home, canary) == []
    assert canary not in terminal.screen
