"""The first evening with a Dynamics: each way it refuses is told with its cure, asked again, and in the end only read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from terminal import PTY, Script, Terminal, everything, holding

from hub.cli.serving import serving
from hub.config import read_config
from hub.sealed import sealed_secret
from hub_dynamics.sandbox import CLIENT_ID, TENANT, create_app, role

PEOPLE = ({"firstname": "Aino", "lastname": "Korhonen", "emailaddress1": "aino@example.org"},)
STUCK = "c: correct an answer, k: keep it as it is, s: stop"


@pytest.fixture
def site(canary: str) -> Iterator[tuple[str, Any]]:
    """An environment on a port of this computer: its address, and what is in it."""
    app = create_app(people=PEOPLE)
    app.state.world.secrets = {canary: True, f"old-{canary}": False}
    with serving(app) as url:
        yield url, app.state.world


def connecting(url: str, secret: str) -> Script:
    return (("1 of 6. Address of the environment", url), ("2 of 6. Directory (tenant) ID", TENANT),
            ("3 of 6. Application (client) ID", CLIENT_ID), ("4 of 6. Client secret", secret),
            ("5 of 6. Custom columns of contacts", ""), ("6 of 6. Custom columns of accounts", ""))


def again(told: str, number: str, question: str, answer: str) -> Script:
    """It was refused in these words; one answer is corrected."""
    return ((told, "c"), ("Which one, 1 to 6", number), (f"Again. {question}", answer))


def written(world: Any) -> list[str]:
    """Operations that were no reads, apart from the envelope of a batch."""
    return [operation for operation in world.log.operations if not operation.startswith("GET ")]


def test_from_nothing_to_a_plan(terminal: Terminal, site: tuple[str, Any], canary: str) -> None:
    """A wrong secret and an expired one on the way."""
    url, world = site
    home, workspace = terminal.home, terminal.home / "my-hub"
    assert terminal.in_process("init", "my-hub") == 0
    config = (workspace / "config" / "hub.toml").read_bytes()
    script = [*connecting(url, f"wrong-{canary}"),
              *again("the client secret is wrong", "4", "Client secret", f"old-{canary}"),
              *again("the client secret has expired", "4", "Client secret", canary)]
    assert terminal.run("-C", "my-hub", "connect", "dynamics", script=script) == 0
    assert "It works: the hub is" in terminal.screen
    told = " ".join(terminal.screen.split())
    assert "Copy the secret's Value, not its Secret ID" in told
    assert "Make a new one under 'Certificates & secrets'" in told
    assert "and may read and write" in told
    assert terminal.run("-C", "my-hub", "plan") == 0
    assert "Nothing is written to dynamics: read_only is set." in terminal.screen
    assert terminal.in_process("-C", "my-hub", "find", "korhonen") == 0
    assert "Aino Korhonen" in terminal.screen
    assert written(world) == []

    assert (workspace / "config" / "hub.toml").read_bytes().startswith(config)
    section = read_config(workspace).systems["dynamics"]
    assert section.read_only
    assert section.settings == {"url": url, "tenant": TENANT, "client_id": CLIENT_ID,
                                "client_secret": {"sealed": "dynamics-client_secret"}}
    assert (workspace / "mappings" / "dynamics.toml").is_file()
    assert sealed_secret(workspace, "dynamics-client_secret") == canary
    assert holding(home, canary) == []
    assert holding(home, "dynamics-client_secret") == ["my-hub/config/hub.toml"]  # so the search finds what is there
    assert (workspace / "state" / "hub.log").is_file()
    assert canary not in terminal.screen
    if PTY:
        assert sum(note.startswith("argv: ") for note in terminal.notes) == 2
        assert [note for note in terminal.notes if canary in note] == []


@pytest.mark.parametrize(("trouble", "words"), [
    ({"member": False}, "Add it as an application user in"),
    ({"privileges": role("Local")}, "its Read privilege reaches only Local"),
    ({"on_premises": True}, "Dynamics on-premises"),
    ({"unknown_to_tenant": True}, "on-premises servers are not supported"),
])
def test_what_the_environment_refuses_is_told_with_its_cure_and_asked_again(
    terminal: Terminal, site: tuple[str, Any], canary: str, trouble: dict[str, Any], words: str
) -> None:
    """Stopped there nothing is kept; with the address of an environment where all is well it is."""
    url, world = site
    other = create_app()
    other.state.world.secrets = dict(world.secrets)
    for name, value in trouble.items():
        setattr(world, name, value)
    assert terminal.in_process("init", "hub") == 0
    before = everything(terminal.home)
    assert terminal.run("-C", "hub", "connect", "dynamics", script=[*connecting(url, canary), (STUCK, "s")]) == 1
    assert words in " ".join(terminal.screen.split())
    assert everything(terminal.home) == before
    with serving(other) as good:
        script = [*connecting(url, canary), *again("It does not work yet", "1", "Address of the environment", good)]
        assert terminal.run("-C", "hub", "connect", "dynamics", script=script) == 0
    assert read_config(terminal.home / "hub").systems["dynamics"].settings["url"] == good
    assert holding(terminal.home, canary) == []
    assert canary not in terminal.screen


def test_missing_permissions_are_named_and_it_is_connected_to_be_read(
    terminal: Terminal, site: tuple[str, Any], canary: str
) -> None:
    url, world = site
    world.privileges = role(acts=("Read",))
    assert terminal.in_process("init", "hub") == 0
    assert terminal.run("-C", "hub", "connect", "dynamics", script=connecting(url, canary)) == 0
    told = " ".join(terminal.screen.split())
    assert "and may only read." in told
    assert "The application user lacks prvCreateContact, prvCreateAccount, prvWriteContact" in told
    assert "Add them to its security role" in told
    assert terminal.in_process("-C", "hub", "plan") == 0
    assert written(world) == []
