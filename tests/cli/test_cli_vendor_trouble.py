"""Systems that answer wrongly over a real connection: one clear message, exit code 1, and the store as it was."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.cli.serving import serving
from hub.plugins import registry

BOOK = "/demo/contacts/"
KINDS = ("carddav", "civicrm")


class Spoiled:
    """An ASGI application before another one. ``mode``: "", or what becomes of every answer."""

    def __init__(self, app: Any) -> None:
        self.app, self.mode = app, ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self.mode:
            await self.app(scope, receive, send)
            return
        told: list[Any] = []

        async def keep(message: Any) -> None:
            told.append(message)

        await self.app(scope, receive, keep)
        body = b"".join(m.get("body", b"") for m in told)
        headers = [(k, v) for k, v in told[0]["headers"] if k != b"content-length"]
        status = told[0]["status"]
        if self.mode == "html":
            status, headers, body = 200, [(b"content-type", b"text/html")], b"<html><body>Please log in</body></html>"
        elif self.mode == "cut":
            body = body[: len(body) // 2]
        elif self.mode == "nothing":
            status, body = 200, b""
        elif self.mode in ("403", "500"):
            status, headers, body = int(self.mode), [(b"content-type", b"text/plain")], b"oops"
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Site:
    """A workspace with one system: a sandbox behind ``front``."""

    folder: Path
    kind: str
    app: Any
    front: Spoiled
    url: str

    def configure(self, **changes: str) -> None:
        """Write the config, with other settings where given."""
        settings = {"url": self.url, **self.app.state.settings, **changes}
        lines = ["[hub]", "quiet_s = 0", "[systems.sys]", f'kind = "{self.kind}"', "accept_unverified = true",
                 "[systems.sys.settings]"]
        for name, value in settings.items():
            if name in ("password", "api_key"):
                secret = self.folder / "secrets" / "sys"
                secret.parent.mkdir(parents=True, exist_ok=True)
                secret.write_text(value, encoding="utf-8")
                if os.name == "posix":
                    secret.chmod(0o600)
                lines.append(f'{name} = {{ file = "secrets/sys" }}')
            else:
                lines.append(f'{name} = "{value}"')
        config = self.folder / "config" / "hub.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text("\n".join(lines), encoding="utf-8")

    def run(self, *args: str) -> Any:
        return CliRunner().invoke(cli, ["-C", str(self.folder), *args], catch_exceptions=False)

    def contacts(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.run("status", "--json").stdout)["contacts"]
        return found

    def failed(self, command: str, *says: str) -> None:
        ran = self.run(command)
        assert ran.exit_code == 1, ran.stderr
        assert "Traceback" not in ran.stderr
        assert "Error: sys: " in ran.stderr
        for words in says:
            assert words in ran.stderr


@contextmanager
def site(kind: str, folder: Path) -> Iterator[Site]:
    """A filled sandbox, read once."""
    make = registry().kinds[kind].sandbox
    assert make is not None
    app = make()
    for number in range(3):
        if kind == "carddav":
            app.state.world.put(f"{BOOK}{number}.vcf", card(number))
        else:
            app.state.users.add({"first_name": f"P{number}", "last_name": "Ek", "emails": [{"email": f"p{number}@example.org"}]})
    front = Spoiled(app)
    with serving(front) as url:
        made = Site(folder, kind, app, front, url)
        made.configure()
        assert made.run("plan").exit_code == 0
        yield made


def card(number: int) -> str:
    return (f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u{number}\r\nFN:P{number} Ek\r\nN:Ek;P{number};;;\r\n"
            f"EMAIL:p{number}@example.org\r\nEND:VCARD\r\n")


@pytest.mark.parametrize("mode", ["html", "cut", "nothing", "403", "500"])
@pytest.mark.parametrize("kind", KINDS)
def test_answers_that_make_no_sense(kind: str, mode: str, tmp_path: Path) -> None:
    with site(kind, tmp_path) as made:
        before = made.contacts()
        made.front.mode = mode
        made.failed("sync")
        made.failed("check")
        assert made.contacts() == before
        made.front.mode = ""
        assert made.run("sync").exit_code == 0
        assert made.contacts() == before


@pytest.mark.parametrize(("kind", "secret", "says"), [("carddav", "password", "401"), ("civicrm", "api_key", "API key")])
def test_wrong_credentials(kind: str, secret: str, says: str, tmp_path: Path) -> None:
    with site(kind, tmp_path) as made:
        before = made.contacts()
        made.configure(**{secret: "hunter2-is-wrong"})
        made.failed("check", says)
        made.failed("sync", says)
        assert "hunter2" not in made.run("check").stderr
        assert made.contacts() == before
        stands = json.loads(made.run("systems", "--json").stdout)["systems"]
        assert [s["state"] for s in stands] == ["stopped"]
        made.configure()
        assert made.run("sync").exit_code == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_url(kind: str, tmp_path: Path) -> None:
    with site(kind, tmp_path) as made:
        before = made.contacts()
        made.configure(url="http://127.0.0.1:9")
        made.failed("check", "did not connect")
        if kind == "civicrm":  # CardDAV finds its way from any path of the server (RFC 6764)
            made.configure(url=made.url + "/nothing/here")
            made.failed("check", "nothing at this path", "url")
        made.configure(url="ftp://example.org")
        ran = made.run("check")
        assert ran.exit_code in (1, 2)
        assert "http" in ran.stderr
        assert made.contacts() == before


@pytest.mark.parametrize("kind", KINDS)
def test_another_organisation_under_the_same_name(kind: str, tmp_path: Path) -> None:
    """The url of the sister association, copied: nothing of hers comes in, nothing of ours goes out."""
    with site(kind, tmp_path / "ours") as made:
        before = made.contacts()
        other = registry().kinds[kind].sandbox()  # type: ignore[misc]
        if kind == "carddav":
            other.state.world.put(f"{BOOK}7.vcf", card(7))
        else:
            other.state.world.tables["Domain"].change(1, {"name": "Sister association"})
            other.state.users.add({"first_name": "P7", "last_name": "Ek"})
        with serving(other) as url:
            made.configure(url=url)
            made.failed("sync", "another organisation")
            made.failed("check", "another organisation", "give it a new name")
        assert made.contacts() == before
        made.configure()
        assert made.run("sync").exit_code == 0
        assert made.contacts() == before


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_that_may_only_read(kind: str, tmp_path: Path) -> None:
    with site(kind, tmp_path) as made:
        if kind == "carddav":
            made.app.state.world.read_only(BOOK)
        else:
            from hub_civicrm.sandbox import READER, Account

            world = made.app.state.world
            world.accounts.update({key: Account(a.contact_id, key, READER) for key, a in world.accounts.items()})
        ran = made.run("check", "--json")
        assert ran.exit_code == 0
        assert [c["health"]["can_write"] for c in json.loads(ran.stdout)] == [False]
        assert "only read" in ran.stderr


def test_a_vcard_that_is_none_hides_nobody(tmp_path: Path) -> None:
    with site("carddav", tmp_path) as made:
        made.app.state.world.put(f"{BOOK}1.vcf", "this is not a vcard")
        made.app.state.world.put(f"{BOOK}3.vcf", card(3))
        ran = made.run("sync")
        assert ran.exit_code == 0
        assert "Warning: sys: The card 1.vcf in /demo/contacts/ is no vCard" in ran.stderr
        assert made.contacts() == {"live": 4}
        assert made.app.state.world.get(f"{BOOK}1.vcf") == "this is not a vcard"


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_list_deletes_nobody(kind: str, tmp_path: Path) -> None:
    """All records gone at once, as with a wrong filter or a lost permission."""
    with site(kind, tmp_path) as made:
        before = made.contacts()
        world = made.app.state.world
        if kind == "carddav":
            for name in list(world.list(BOOK)):
                world.delete(f"{BOOK}{name}")
        else:
            for row in list(world.tables["Contact"]):
                if row["id"] > 2:
                    made.app.state.users.destroy(row["id"])
        ran = made.run("sync")
        assert ran.exit_code in (0, 3)
        assert made.contacts() == before
