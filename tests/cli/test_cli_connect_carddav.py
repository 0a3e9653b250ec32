"""The first evening with address books: found from the server's address, a wrong password and a wrong name corrected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from terminal import PTY, Script, Terminal, everything, holding

from hub.cli.serving import serving
from hub.config import read_config
from hub.sealed import sealed_secret
from hub_carddav.sandbox import create_app

CARD = ("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a1\r\nFN:Aino Korhonen\r\nN:Korhonen;Aino;;;\r\n"
        "EMAIL;TYPE=HOME:aino@example.org\r\nEND:VCARD\r\n")
BOOK = "/ada/contacts/"
READS = {"OPTIONS", "PROPFIND", "REPORT", "GET"}


@pytest.fixture
def site(canary: str) -> Iterator[tuple[str, Any]]:
    """A server on a port of this computer: its address, and what is on it."""
    app = create_app(users={"ada": canary}, books={BOOK: "Contacts", "/ada/club/": "Club"})
    app.state.world.put(f"{BOOK}a1.vcf", CARD)
    with serving(app) as url:
        yield url, app.state.world


def connecting(url: str, password: str, books: str = "") -> Script:
    return (("1 of 4. Address of the server", url), ("2 of 4. User name", "ada"), ("3 of 4. Password", password),
            ("4 of 4. Which address books", books))


def again(told: str, number: str, question: str, answer: str) -> Script:
    """It was refused in these words; one answer is corrected."""
    return ((told, "c"), ("Which one, 1 to 4", number), (f"Again. {question}", answer))


def methods(world: Any) -> set[str]:
    return {call.method for call in world.log}


def test_from_nothing_to_a_plan(terminal: Terminal, site: tuple[str, Any], canary: str) -> None:
    """A wrong password and an address book that is not there on the way."""
    url, world = site
    home, workspace = terminal.home, terminal.home / "my-hub"
    assert terminal.in_process("init", "my-hub") == 0
    config = (workspace / "config" / "hub.toml").read_bytes()
    script = [*connecting(url, f"wrong-{canary}", "Kontacts"),
              *again("It does not work yet", "3", "Password", canary),
              *again("There is no address book 'Kontacts'", "4", "Which address books", "Contacts")]
    assert terminal.run("-C", "my-hub", "connect", "carddav", script=script) == 0
    told = " ".join(terminal.screen.split())
    assert "the credentials are wrong or expired. Enter them again." in told
    assert f"The account sees: Contacts ({BOOK}), Club (/ada/club/)" in told
    assert "and may read and write" in told
    assert terminal.run("-C", "my-hub", "plan") == 0
    assert "Nothing is written to carddav: read_only is set." in terminal.screen
    assert terminal.in_process("-C", "my-hub", "find", "korhonen") == 0
    assert "Aino Korhonen" in terminal.screen
    assert methods(world) <= READS

    assert (workspace / "config" / "hub.toml").read_bytes().startswith(config)
    section = read_config(workspace).systems["carddav"]
    assert section.read_only
    assert section.settings == {"url": url, "username": "ada", "password": {"sealed": "carddav-password"},
                                "address_books": ["Contacts"]}
    assert (workspace / "mappings" / "carddav.toml").is_file()
    assert sealed_secret(workspace, "carddav-password") == canary
    assert holding(home, canary) == []
    assert holding(home, "carddav-password") == ["my-hub/config/hub.toml"]  # so the search finds what is there
    assert (workspace / "state" / "hub.log").is_file()
    assert canary not in terminal.screen
    if PTY:
        assert sum(note.startswith("argv: ") for note in terminal.notes) == 2
        assert [note for note in terminal.notes if canary in note] == []


def test_what_the_account_may_not_is_named_and_it_is_connected_to_be_read(
    terminal: Terminal, site: tuple[str, Any], canary: str
) -> None:
    url, world = site
    for book in world.books.values():
        book.read_only = True
    assert terminal.in_process("init", "hub") == 0
    assert terminal.run("-C", "hub", "connect", "carddav", script=connecting(url, canary)) == 0
    told = " ".join(terminal.screen.split())
    assert "and may only read." in told
    assert f"The account may only read the address book {BOOK}. Grant it the right to write there" in told
    assert terminal.in_process("-C", "hub", "plan") == 0
    assert methods(world) <= READS


def test_an_address_without_address_books_is_told_and_nothing_kept(
    terminal: Terminal, site: tuple[str, Any], canary: str
) -> None:
    """A web page is no CardDAV server; nor is what nobody answers at."""
    from starlette.applications import Starlette

    good, _ = site
    assert terminal.in_process("init", "hub") == 0
    before = everything(terminal.home)
    with serving(Starlette()) as url:
        stopping = [*connecting(url, canary), ("there is no CardDAV server at this url", "s")]
        assert terminal.run("-C", "hub", "connect", "carddav", script=stopping) == 1
        assert everything(terminal.home) == before
        mending = [*connecting(url, canary), *again("It does not work yet", "1", "Address of the server", good)]
        assert terminal.run("-C", "hub", "connect", "carddav", script=mending) == 0
    assert holding(terminal.home, canary) == []
    assert canary not in terminal.screen
