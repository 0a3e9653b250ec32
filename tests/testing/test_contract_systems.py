"""Every registered kind of connector keeps the contract on its own sandbox, with nothing but its mapping."""

from __future__ import annotations

import asyncio
import socket
import tomllib
from importlib.metadata import entry_points
from typing import Any

import httpx
import pytest

from hub.model.contact import CONTACT
from hub.rules.lenses.lens import Lens, build_lens
from hub.sdk.hookspecs import GROUP, ConnectorKind
from hub.sdk.http import HubClient
from hub.testing.contract import run_contract
from hub.testing.contract.systems import live_harness, sandbox_harness
from hub.testing.contract.trouble import as_told

KINDS: dict[str, ConnectorKind] = {
    kind.kind: kind for entry in entry_points(group=GROUP) for kind in entry.load().register_connectors()
    if kind.sandbox is not None}  # a file is its own server


def lens_of(kind: ConnectorKind) -> Lens:
    mapping: dict[str, Any] = tomllib.loads(kind.mapping.read_text(encoding="utf-8"))
    return build_lens(mapping["contact"], CONTACT)


def client_tells_what_only_reads() -> bool:
    """Whether HubClient marks its requests; without it a POST that reads cannot be told from one that writes."""
    seen: list[httpx.Request] = []

    async def work() -> None:
        async def serve(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.Response(200)

        client = HubClient("https://crm.example.org/", system="crm", transport=httpx.MockTransport(serve))
        await client.request("POST", "x", safe=True)
        await client.aclose()

    asyncio.run(work())
    return not as_told(seen[0])


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_on_its_sandbox(kind: ConnectorKind) -> None:
    if kind.kind == "civicrm" and not client_tells_what_only_reads():
        pytest.skip("HubClient does not set the extension `safe` on its requests, and this vendor reads by POST")
    results = run_contract(sandbox_harness(kind, lens_of(kind)))
    assert [(r.name, r.reason) for r in results if r.outcome == "failed"] == []
    skipped = {r.name for r in results if r.outcome == "skipped"}
    assert not skipped & {"wrong_credentials_list_nothing", "no_secret_is_shown", "full_listing_has_every_record"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_live_asks_the_configured_server(kind: ConnectorKind, unused_tcp_port: int) -> None:
    assert kind.sandbox is not None
    filled = {"url": f"http://127.0.0.1:{unused_tcp_port}/", **kind.sandbox().state.settings}
    settings = kind.settings.model_validate(filled)
    made = live_harness(kind, settings, lens_of(kind), system="real")
    result = run_contract(made, only=["close_twice"])[0]
    assert result.outcome == "failed"
    assert "nobody listens there" in result.reason


@pytest.fixture
def unused_tcp_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
