"""A real Radicale on loopback, started and ended by the tests."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bcrypt

RIGHTS = """\
[own]
user = .+
collection = {user}
permissions = RW
[own books]
user = .+
collection = {user}/[^/]+
permissions = rw
[root]
user = .+
collection =
permissions = R
[others, to read]
user = reader
collection = [^/]+/[^/]+
permissions = r
"""
"""Everybody has what is theirs, as by default; ``reader`` may also read the books of others."""


@contextmanager
def radicale(folder: Path, users: dict[str, str]) -> Iterator[str]:
    """Serves from ``folder`` until the block ends; gives the base URL."""
    logins, rights, log = folder / "users", folder / "rights", folder / "log"
    rights.write_text(RIGHTS, encoding="utf-8")
    lines = (f"{n}:{bcrypt.hashpw(p.encode(), bcrypt.gensalt(4)).decode()}\n" for n, p in users.items())
    logins.write_text("".join(lines), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}", "--auth-type",
        "htpasswd", "--auth-htpasswd-filename", str(logins), "--auth-htpasswd-encryption", "bcrypt", "--auth-delay",
        "0", "--rights-type", "from_file", "--rights-file", str(rights), "--storage-filesystem-folder",
        str(folder / "data"), "--web-type", "none",
    ]  # fmt: skip
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=out, stdin=subprocess.DEVNULL)
        try:
            _wait(server, port, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(20)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it accepts connections; it gets 30 seconds."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
    raise RuntimeError(f"Radicale did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
