"""A workspace between a CRM and an address book, each served over HTTP, with much to write; frozen, so that a run over it
can be killed again and again from the same start."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import re
import shutil
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kill_child import UNCHECKED, Place, live

from hub.app import Hub
from hub.cli.serving import serving
from hub.store import journal, plans
from hub_civicrm.sandbox import API_KEY, create_app

WAYS: Any = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
if os.name == "posix":  # a process is there at once: what it imports was imported before
    WAYS.set_forkserver_preload(["hub.app", "hub.engine.cycle", "hub_carddav.connector", "hub_civicrm.connector"])
WAIT_S = 60
CONFIG = """\
[hub]
quiet_s = 0
database = "{database}"
[systems.crm]
kind = "civicrm"
accept_unverified = true
settings = {{ url = "{crm}", api_key = {{ file = "secrets/crm" }}, site_time_zone = "UTC" }}
[systems.book]
kind = "carddav"
settings = {{ url = "{book}hub/people/", username = "hub", password = {{ file = "secrets/book" }} }}
"""
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{given} {family}\r\nN:{family};{given};;;\r\nEND:VCARD\r\n"
FREE = ("UID:", "REV:", "X-HUB-MARKER:")
"""Lines of a card that every run fills in anew."""
PEOPLE = 6
PASSWORD = "password of the book"
CANARY = re.compile("|".join([
    "Given[0-9]", "Family[0-9]", "Edited", "Eddie", "Reader", "Newcomer", "Person", "example.org", "5550003", re.escape(API_KEY),
    PASSWORD, b64encode(f"hub:{PASSWORD}".encode()).decode()[:-4]]).encode())
"""Every value of a person, typed here or there, holds one of these; and the secrets."""


@dataclass
class Ran:
    """What a run came to. ``bytes``: the servers' own state after it; ``places``: after the last run of a process."""

    state: str
    stopped: Mapping[str, str]
    writes: int
    bytes: list[Any]
    places: Mapping[str, int] = field(default_factory=dict)


@dataclass
class World:
    """The workspace ``folder`` with its servers. ``state``: everything that moves, as it was when it was frozen."""

    folder: Path
    books: Path
    crm: Any
    frozen: Mapping[str, Any] = field(default_factory=dict)

    # ---- what users type

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        return [r for r in self.crm.tables["Contact"] if r["contact_type"] == "Individual" and r["last_name"] != "Account"]

    def card(self, given: str) -> Path:
        return next(p for p in self._cards() if f";{given};" in p.read_text(encoding="utf-8"))

    def add_card(self, given: str, family: str) -> None:
        card = CARD.format(uid=given.lower(), given=given, family=family)
        (self.books / "hub" / "people" / f"{given.lower()}.vcf").write_bytes(card.encode())

    def edit(self, given: str, was: str, now: str) -> None:
        """A text in a card, put right by who reads it."""
        path = self.card(given)
        text = path.read_bytes().decode()
        assert was in text
        path.write_bytes(text.replace(was, now).encode())

    def _cards(self) -> list[Path]:
        return sorted((self.books / "hub" / "people").glob("*.vcf"))

    # ---- the same start again

    def freeze(self) -> None:
        shutil.copytree(self.folder / "state", self.folder / "frozen-state")
        shutil.copytree(self.books, self.folder / "frozen-books")
        self.frozen = copy.deepcopy({name: value for name, value in vars(self.crm).items() if name != "clock"})

    def thaw(self) -> None:
        for there, was in ((self.folder / "state", "frozen-state"), (self.books, "frozen-books")):
            shutil.rmtree(there)
            shutil.copytree(self.folder / was, there)
        vars(self.crm).update(copy.deepcopy(self.frozen))

    # ---- runs

    def run(self, runs: int = 1, ahead_s: float = 0.0) -> list[Ran]:
        """So many runs, one after another, in a process of its own, whose clock is ahead by so many seconds."""
        with self.process(None, runs, ahead_s) as (child, pipe):
            out = []
            for _ in range(runs):
                pipe.send("go on")
                state, counts = pipe.recv()
                out.append(Ran(state, counts["stopped"], counts["writes"], self.bytes()))
            out[-1].places = pipe.recv()
            child.join(WAIT_S)
            assert child.exitcode == 0
        return out

    def killed(self, at: Place) -> None:
        """A run that is killed there. Raises AssertionError when it does not come by."""
        with self.process(at, 1) as (child, pipe):
            pipe.send("go on")
            assert pipe.recv() == "kill me", f"it did not come by {at}"
            child.kill()
            child.join(WAIT_S)
            assert child.exitcode != 0

    def hub(self, *args: str) -> subprocess.Popen[str]:
        """The command itself."""
        return subprocess.Popen(
            [sys.executable, "-c", "from hub.cli import main; main()", "-C", str(self.folder), *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"})

    @contextmanager
    def process(self, at: Place | None, runs: int, ahead_s: float = 0.0) -> Iterator[tuple[Any, Any]]:
        """A process that lives as ``live`` says, until the block ends; with the pipe to it."""
        ours, theirs = WAYS.Pipe()
        child = WAYS.Process(target=live, args=(str(self.folder), theirs, at, runs, ahead_s))
        child.start()
        theirs.close()
        try:
            yield child, ours
        finally:
            if child.is_alive():
                child.kill()
                child.join(WAIT_S)
            child.close()
            ours.close()

    # ---- what there is at the end

    def seen(self) -> dict[str, Any]:
        """What users see, and what the hub has open: nothing that differs from run to run."""
        return {**asyncio.run(self._hub()), "crm": sorted(self._person(row) for row in self.rows), "book": sorted(
            "\n".join(line for line in sorted(path.read_text(encoding="utf-8").splitlines()) if not line.startswith(FREE))
            for path in self._cards())}

    def _person(self, row: Mapping[str, Any]) -> list[Any]:
        tables = self.crm.tables
        return [row["first_name"], row["last_name"], row["nick_name"] or "", bool(row["is_deleted"]),
                sorted(r["email"] for r in tables["Email"].where("contact_id", row["id"])),
                sorted(r["phone"] for r in tables["Phone"].where("contact_id", row["id"]))]

    async def _hub(self) -> dict[str, Any]:
        with UNCHECKED:
            opened = Hub.open(self.folder, connecting=False)
        async with opened as hub:
            with hub.store.reading() as tx:
                assert journal.verify(tx) is None
                assert plans.open_intents(tx) == []
                assert [w for w in plans.writes(tx) if w.state in ("planned", "ready", "claimed")] == []
            conflicts = sorted((c["unit"], sorted(str(x["value"]) for x in c["contenders"])) for c in hub.conflicts())
            return {"contacts": sorted(len(refs) for refs in hub.records().values()), "conflicts": conflicts}

    def readable(self) -> dict[str, set[bytes]]:
        """What stands in the clear in the hub's own files, by file: database, what was not yet checkpointed, logs."""
        return {path.name: set(CANARY.findall(path.read_bytes())) for path in (self.folder / "state").iterdir()}

    def bytes(self) -> list[Any]:
        """The servers' own state, to the byte: equal when nothing was written."""
        return [[list(map(dict, self.crm.tables[name])) for name in ("Contact", "Email", "Phone")],
                [(p.name, p.read_bytes(), p.stat().st_mtime_ns) for p in self._cards()]]


@contextmanager
def world(folder: Path, database: str = "") -> Iterator[World]:
    """Six people in both systems; then users type: edits on both sides, two that contend, an address put right, a delete, and a
    new person on either side. ``database``: as in the config."""
    (folder / "config").mkdir()
    (folder / "secrets").mkdir()
    books = folder / "radicale" / "collection-root"
    (books / "hub" / "people").mkdir(parents=True)
    (books / "hub" / "people" / ".Radicale.props").write_text('{"tag": "VADDRESSBOOK"}', encoding="utf-8")
    at = [1_795_312_168.0]  # the site's clock stands still while a run is under way
    app = create_app(clock=lambda: at[0])
    users = app.state.users
    for name, secret in {"crm": API_KEY, "book": PASSWORD}.items():
        path = folder / "secrets" / name
        path.touch(mode=0o600)
        path.write_text(secret, encoding="utf-8")
    with serving(app) as crm, radicale(folder) as book:
        (folder / "config" / "hub.toml").write_text(CONFIG.format(crm=crm, book=book, database=database), encoding="utf-8")
        made = World(folder, books, app.state.world)
        people = [_add(users, f"Given{n}", f"Family{n}") for n in range(PEOPLE - 1)]
        made.add_card("First", "Reader")
        for _ in range(3):
            at[0] += 600
            asyncio.run(_approve(folder))
        at[0] += 600
        users.edit(people[0], first_name="Edited", nick_name="Eddie")
        users.edit(people[1], last_name="One")
        made.edit("Given1", "Family1", "Other")
        made.edit("Given2", "p-family2@example.org", "right@example.org")
        # the number leads, as the site would have it: what a vendor adds of its own to a write whose answer was lost looks
        # like an edit of a user there
        made.edit("Given3", "END:VCARD", "NICKNAME:Three\r\nTEL;TYPE=cell,pref:+358405550003\r\nEND:VCARD")
        users.trash(people[4])
        _add(users, "New", "Person")
        made.add_card("Another", "Newcomer")
        at[0] += 600
        made.freeze()
        yield made


def _add(users: Any, given: str, family: str) -> int:
    email = {"email": f"p-{family.lower()}@example.org", "location_type": "Home", "is_primary": True}
    added: int = users.add({"contact_type": "Individual", "first_name": given, "last_name": family, "emails": [email]})
    return added


async def _approve(folder: Path) -> None:
    async with Hub.open(folder) as hub:
        cycle = await hub.sync(approve="reviewer")
        assert (cycle.state, cycle.tally.stopped) == ("done", {})


@contextmanager
def radicale(folder: Path) -> Iterator[str]:
    """A real Radicale over ``folder``/radicale until the block ends; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {"server-hosts": f"127.0.0.1:{port}", "auth-type": "none", "storage-filesystem-folder": str(folder / "radicale"),
               "web-type": "none", "logging-level": "warning"}
    command: Sequence[str] = [sys.executable, "-m", "radicale", "--config", "",
                              *(word for name, value in options.items() for word in (f"--{name}", value))]
    with (folder / "radicale.log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _until_served(server, port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(WAIT_S)


def _until_served(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(WAIT_S * 20):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
    raise RuntimeError("Radicale did not start")
