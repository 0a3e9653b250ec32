"""Address books on a real Radicale: served on loopback, filled through its folder, used by people over HTTP."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from hub.errors import HubError

HOST = "127.0.0.1"
BOOK = "people"
WAIT_S = 30


class BooksFailed(HubError):
    """Radicale did not start."""


class Books:
    """Address books of a running server: one account for each, one book in each."""

    def __init__(self, url: str, passwords: Mapping[str, str]) -> None:
        self.url, self.passwords = url, dict(passwords)

    def book_url(self, account: str) -> str:
        return f"{self.url}/{account}/{BOOK}/"

    def read(self, account: str, name: str) -> str:
        """A card, as its user's program gets it."""
        return self._ask(account, "GET", name).text

    def write(self, account: str, name: str, card: str) -> None:
        """A user saves a card."""
        self._ask(account, "PUT", name, content=card.encode(), headers={"Content-Type": "text/vcard; charset=utf-8"})

    def delete(self, account: str, name: str) -> None:
        """A user deletes a card."""
        self._ask(account, "DELETE", name)

    def _ask(self, account: str, method: str, name: str, **given: object) -> httpx.Response:
        with httpx.Client(auth=(account, self.passwords[account]), trust_env=False, timeout=30) as client:
            answer = client.request(method, self.book_url(account) + name, **given)  # type: ignore[arg-type]
            answer.raise_for_status()
            return answer


def lay_out(folder: Path, books: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Make the server's folder: per account its cards, (file name, vCard)."""
    for account, cards in books.items():
        home = folder / "data" / "collection-root" / account / BOOK
        home.mkdir(parents=True)
        props = {"tag": "VADDRESSBOOK", "D:displayname": account.capitalize()}
        (home / ".Radicale.props").write_text(json.dumps(props), encoding="utf-8")
        for name, card in cards:
            (home / name).write_text(card, encoding="utf-8", newline="")


@contextmanager
def serving(folder: Path, passwords: Mapping[str, str], port: int = 0) -> Iterator[Books]:
    """Radicale over ``folder`` until the block ends. Raises BooksFailed."""
    import bcrypt

    logins, settings, log = folder / "logins", folder / "radicale.conf", folder / "log"
    lines = (f"{name}:{bcrypt.hashpw(word.encode(), bcrypt.gensalt(4)).decode()}\n" for name, word in passwords.items())
    logins.write_text("".join(lines), encoding="utf-8")
    with socket.create_server((HOST, port)) as free:
        port = free.getsockname()[1]
    settings.write_text(_SETTINGS.format(host=HOST, port=port, logins=logins.resolve(), data=(folder / "data").resolve()),
                        encoding="utf-8")
    with log.open("wb") as out:
        server = subprocess.Popen(  # noqa: S603  (our own interpreter and our own file)
            [sys.executable, "-m", "hub_demo.radicale_server", "--config", str(settings.resolve())],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=out)
        try:
            _wait(server, port, log)
            yield Books(f"http://{HOST}:{port}", passwords)
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(20)
            if server.stdin is not None:
                server.stdin.close()


_SETTINGS = """\
[server]
hosts = {host}:{port}
max_connections = 20
[auth]
type = htpasswd
htpasswd_filename = {logins}
htpasswd_encryption = bcrypt
delay = 0
cache_logins = True
[storage]
type = hub_demo.radicale_storage
filesystem_folder = {data}
use_mtime_and_size_for_item_cache = True
[web]
type = none
[logging]
level = warning
"""


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(WAIT_S * 20):
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except OSError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise BooksFailed(f"Radicale did not start: {said[-1] if said else 'it said nothing'}")
