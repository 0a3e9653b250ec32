"""The contract every connector keeps: on the sandbox, and on a real Radicale."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import pytest
from carddav_support import BOOK, PASSWORD, USER, Server, sandbox
from pydantic import SecretStr

from hub.sdk import Native
from hub.testing.contract import ContractSuite, Harness, Wrap
from hub_carddav.connector import CardDav
from hub_carddav.settings import CardDavSettings
from hub_carddav.vcard import parse, render

WRONG = "wr0ng-passw0rd"


class CardHarness(Harness):
    """What users of an address book do, by whatever program."""

    collection = BOOK
    text = "note"
    moving = frozenset({"rev", "raw"})
    secrets = (PASSWORD, WRONG)
    cannot: ClassVar[Mapping[str, str]] = {
        "user_restore": "CardDAV knows no trash",
        "user_merge": "CardDAV knows no merging; programs delete one card and edit the other",
    }

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server

    def connector(self, wrap: Wrap, **settings: Any) -> CardDav:
        filled = {"url": self.server.url, "username": USER, "password": SecretStr(PASSWORD), **settings}
        inner: httpx.AsyncBaseTransport = (
            httpx.ASGITransport(app=self.server.app) if self.server.app else httpx.AsyncHTTPTransport(trust_env=False)
        )
        return CardDav(CardDavSettings(**filled), system=self.system, transport=wrap(inner), clock=self.clock)

    def make(self, wrap: Wrap) -> CardDav:
        return self.connector(wrap)

    def credentials_wrong(self, wrap: Wrap) -> CardDav:
        return self.connector(wrap, password=SecretStr(WRONG))

    def sample(self, number: int) -> Native:
        return {
            "n": {"family": f"Virtanen{number}", "given": "Anna", "additional": None, "prefix": None, "suffix": None},
            "email": [{"value": f"anna{number}@example.test", "type": "home", "pref": True}],
            "note": f"Sample {number}",
        }

    async def user_create(self, native: Native) -> str:
        name = f"{uuid4()}.vcf"
        await self.server.put(name, render({"uid": name.removesuffix(".vcf"), **native}))
        return name

    async def user_edit(self, native_id: str, patch: Native) -> None:
        await self.server.put(native_id, render({**parse(await self.server.text(native_id)), **patch}))

    async def user_delete(self, native_id: str) -> None:
        await self.server.delete(native_id)

    async def user_erase(self, native_id: str) -> None:
        await self.server.delete(native_id)

    async def user_hide(self, native_id: str) -> None:
        """It becomes a group: still a card there, no contact any more."""
        text = await self.server.text(native_id)
        await self.server.put(native_id, text.replace("END:VCARD", "X-ADDRESSBOOKSERVER-KIND:group\r\nEND:VCARD"))


class SandboxHarness(CardHarness):
    many = 12

    def __init__(self, **options: Any) -> None:
        super().__init__(sandbox(**options))

    def read_only(self, wrap: Wrap) -> CardDav:
        self.server.world.read_only(BOOK)
        return self.connector(wrap)

    def expire_checkpoint(self) -> None:
        self.server.world.expire_tokens()

    def user_records(self) -> Mapping[str, Native]:
        return {name: parse(text) for name, text in self.server.world.list(BOOK).items()}


class RadicaleHarness(CardHarness):
    many = 12

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(Server(url))
        self.books = folder / "data" / "collection-root"
        shutil.rmtree(self.books, ignore_errors=True)
        book = self.books / USER / "contacts"
        book.mkdir(parents=True)
        (book / ".Radicale.props").write_text('{"tag": "VADDRESSBOOK", "D:displayname": "Contacts"}', encoding="utf-8")

    def read_only(self, wrap: Wrap) -> CardDav:
        return self.connector(wrap, username="reader", url=self.server.url + BOOK[1:])

    async def expire_checkpoint(self) -> None:
        """Radicale forgets, and something changes: a token that still describes what is there needs no memory."""
        tokens = [path for path in self.books.rglob("sync-token") if path.is_dir()]
        assert tokens
        for folder in tokens:
            shutil.rmtree(folder)
        await self.user_create(self.sample(99))

    async def user_records(self) -> Mapping[str, Native]:
        names = [path.name for path in (self.books / USER / "contacts").glob("*.vcf")]
        return {name: parse(await self.server.text(name)) for name in names}


class TestSandbox(ContractSuite):
    def harness(self) -> Harness:
        return SandboxHarness()


class TestSandboxThatCutsItsAnswers(ContractSuite):
    def harness(self) -> Harness:
        return SandboxHarness(page_limit=5)


class TestSandboxThatRewritesAndSendsNoCards(ContractSuite):
    def harness(self) -> Harness:
        return SandboxHarness(rewrites=True, no_body_in_sync=True)


class TestRadicale(ContractSuite):
    @pytest.fixture(autouse=True)
    def served(self, radicale_url: str, radicale_folder: Path) -> None:
        self.url, self.folder = radicale_url, radicale_folder

    def harness(self) -> Harness:
        return RadicaleHarness(self.url, self.folder)
