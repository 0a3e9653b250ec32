"""A real Tryton server on loopback, from an environment of its own (tests/servers/tryton/requirements.lock), started and ended by
the tests. Its database is made once, kept in that environment, and copied for each run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from tryton_rpc import Rpc

DATABASE, ADMIN_PASSWORD = "hub", "admin-of-the-tests"
PASSWORD = "a-password-of-the-tests"
MODULES = ("party", "company", "account_invoice")


@dataclass(frozen=True)
class Server:
    """A running server. ``url``: its address; ``admin``: its administrator; ``category``: of people; ``hub``: id of the hub's
    user."""

    url: str
    admin: Rpc
    category: int
    hub: int


@contextmanager
def tryton(environment: Path, *, load: bool = True) -> Iterator[str]:
    """Serves a fresh copy of the database until the block ends; gives the base URL. ``load``: with the option -d."""
    template = _template(environment)
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        base = Path(folder)
        port = free.getsockname()[1]
        shutil.copy(template, base / f"{DATABASE}.sqlite")
        settings = _settings(base, base, port)
        free.close()
        command = [_script(environment, "trytond"), "-c", str(settings), *(["-d", DATABASE] if load else [])]
        with (base / "log").open("wb") as out:
            server = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
            try:
                _wait(server, f"http://127.0.0.1:{port}/rpc/", base / "log")
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait(20)


@contextmanager
def provisioned(environment: Path) -> Iterator[Server]:
    """The same with what a site has: a hub's user without a group, one who may only read, the category of people, countries."""
    with tryton(environment) as url:
        admin = Rpc(url, DATABASE, "admin", ADMIN_PASSWORD)
        writers, hidden = admin.create("res.group", {"name": "Writers of parties"}), admin.create("res.group", {"name": "Hub"})
        hub = admin.create("res.user", {"name": "Hub", "login": "hub", "password": PASSWORD,
                                        "groups": [["add", [writers, hidden]]]})
        admin.create("res.user", {"name": "Looker", "login": "looker", "password": PASSWORD, "groups": [["add", [hidden]]]})
        everybody = {"perm_read": True, "perm_write": False, "perm_create": False, "perm_delete": False}
        admin.create("ir.model.access", {"model": "party.party", **everybody})
        admin.create("ir.model.access", {"model": "party.party", "group": writers, **dict.fromkeys(everybody, True)})
        admin.create("ir.rule.group", {
            "name": "Hidden from the hub", "model": "party.party", "global_p": False, "default_p": False,
            "groups": [["add", [hidden]]],
            "rules": [["create", [{"domain": '["OR", ["name", "not like", "Hidden %"], ["name", "=", null]]'}]]]})
        everything = admin.create("res.group", {"name": "Everything"})
        admin.create("ir.rule.group", {"name": "All parties", "model": "party.party", "global_p": False, "default_p": False,
                                       "groups": [["add", [everything]]]})  # without a test it lets the administrator pass
        category = admin.create("party.category", {"name": "Person"})
        for name, code in (("Finland", "FI"), ("Sweden", "SE")):
            admin.create("country.country", {"name": name, "code": code})
        yield Server(url, admin, category, hub)
        admin.close()


def _template(environment: Path) -> Path:
    """The database with its modules, made on the first call: about a minute."""
    folder = environment / "contact-hub"
    made = folder / f"{DATABASE}.sqlite"
    if not made.exists():
        with TemporaryDirectory() as working:
            base = Path(working)
            (base / f"{DATABASE}.sqlite").touch()
            (base / "password").write_text(ADMIN_PASSWORD, encoding="utf-8")
            command = [_script(environment, "trytond-admin"), "-c", str(_settings(base, base, 0)), "-d", DATABASE, "-u", *MODULES,
                       "--activate-dependencies", "--email", "admin@example.test"]
            subprocess.run(command, check=True, env={**os.environ, "TRYTONPASSFILE": str(base / "password")})
            folder.mkdir(exist_ok=True)
            shutil.copy(base / f"{DATABASE}.sqlite", folder / "unfinished")
            (folder / "unfinished").replace(made)
    return made


def _settings(folder: Path, databases: Path, port: int) -> Path:
    path = folder / "trytond.conf"
    path.write_text(f"[web]\nlisten = 127.0.0.1:{port}\n[database]\nuri = sqlite://\npath = {databases}\n"
                    "[session]\nmax_attempt = 1000\n",  # the suite tries wrong passwords more than five times
                    encoding="utf-8")
    return path


def _script(environment: Path, name: str) -> str:
    return str(environment / ("Scripts" if os.name == "nt" else "bin") / name)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Until it answers; it gets a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.post(url, json={"id": 0, "method": "common.server.version", "params": []}, trust_env=False)
        except httpx.TransportError:
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    raise RuntimeError(f"Tryton did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
