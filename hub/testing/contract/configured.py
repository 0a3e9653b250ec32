"""Twin harnesses for a sandbox and for a configured system, from what a plugin registers: what ``hub contract`` runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
from pydantic import BaseModel, SecretStr

from hub.model.record import Gone
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite
from hub.rules.lenses.lens import Lens
from hub.sdk.auth import trusted
from hub.sdk.connector import Connector
from hub.sdk.hookspecs import ConnectorKind
from hub.sdk.http import Clock
from hub.sdk.signing_in import SecretStore, SupportsSignIn
from hub.testing.contract.lab import ENTITY
from hub.testing.contract.trouble import Wrap
from hub.testing.contract.twin import Make, TwinHarness

Roads = Callable[[], httpx.AsyncBaseTransport]
NOWHERE = "http://127.0.0.1:9/"
"""The url of a sandbox in this process: nothing listens there, and nothing is sent there."""


class InSandbox(TwinHarness):
    """Over a sandbox nobody waits for real, and nothing needs to be tidied up."""

    live = False


def in_sandbox(kind: ConnectorKind, lens: Lens) -> Callable[[], TwinHarness]:
    """A new sandbox for each check. Raises LookupError for a kind without one."""
    if kind.sandbox is None:
        raise LookupError(kind.kind)
    make_app = kind.sandbox

    def harness(collection: str = "") -> TwinHarness:
        app = make_app()
        given = {"url": NOWHERE, **getattr(app.state, "settings", {})}
        settings = kind.settings.model_validate(given)
        return twin(kind, settings, lens, lambda: httpx.ASGITransport(app=app), "sandbox", collection, InSandbox)

    collection = asyncio.run(collection_of(harness()))
    return lambda: harness(collection)


def on_server(kind: ConnectorKind, settings: BaseModel, lens: Lens, *, system: str, collection: str = "",
              kept: SecretStore | None = None) -> Callable[[], TwinHarness]:
    """The system itself. ``kept``: where the sign-in of a person is, for a system that asks for one. Raises ConnectorError when
    it cannot be reached."""
    def road() -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(verify=trusted())

    place = collection or asyncio.run(collection_of(twin(kind, settings, lens, road, system, kept=kept)))
    return lambda: twin(kind, settings, lens, road, system, place, kept=kept)


def twin(
    kind: ConnectorKind, settings: BaseModel, lens: Lens, road: Roads, system: str, collection: str = "",
    harness: type[TwinHarness] = TwinHarness, kept: SecretStore | None = None,
) -> TwinHarness:
    """A harness over ``road``; wrong credentials are the right ones with other secrets."""
    def make(with_settings: BaseModel) -> Make:
        def made(wrap: Wrap, clock: Clock) -> Connector:
            connector = kind.connector(with_settings, system=system, transport=wrap(road()), clock=clock)
            if kept is not None and isinstance(connector, SupportsSignIn):
                connector.keep_in(kept)
            return connector

        return made

    secrets = {name: value for name, value in dict(settings).items() if isinstance(value, SecretStr)}
    wrong: dict[str, Any] = {name: SecretStr(f"wrong-{name}-of-the-suite") for name in secrets}
    texts = tuple(value.get_secret_value() for value in (*secrets.values(), *wrong.values()))
    return harness(make(settings), lens, system=system, collection=collection, secrets=texts,
                   wrong=make(settings.model_copy(update=wrong)) if secrets else None)


async def collection_of(harness: TwinHarness) -> str:
    """Where a new record of this system stands: where one that is there does, else one made for it and deleted."""
    connector = harness.make(lambda transport: transport)
    try:
        async for page in connector.pull(ENTITY, None):
            for change in page.changes:
                if not isinstance(change, Gone):
                    return change.ref.collection
        key, own = "contract-suite-where-records-go", connector.capabilities.own_key_field
        new = NativeWrite("create", RecordRef(harness.system, "", ENTITY, ""),
                          {**harness.sample(0), **({own: key} if own else {})}, key=key)
        made = (await connector.write(ENTITY, [new]))[0]
        if not isinstance(made, Done):
            return ""
        before = (await connector.fetch([made.ref]))[0]
        if not isinstance(before, Gone):
            await connector.write(ENTITY, [NativeWrite("delete", made.ref, {}, before.data, before.version)])
        return made.ref.collection
    finally:
        await connector.close()
