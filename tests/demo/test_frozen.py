"""Databases of earlier hubs, each with the systems it was connected to: migrated, and then there is nothing to do."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.app import Hub
from hub.config import kind_of, settings_of
from hub.store import contacts, migrate
from hub.workspace import DATABASE, STATE
from hub_demo.association import STAFF
from hub_demo.frozen import Thawed, thawed

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").glob("demo-*.zip"))


class Moved(httpx.AsyncHTTPTransport):
    """An address at which nobody listens any more, answered by the server that moved."""

    def __init__(self, was: str, now: str) -> None:
        super().__init__()
        self.was, self.now = httpx.URL(was), httpx.URL(now)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert (request.url.host, request.url.port) == (self.was.host, self.was.port)
        request.url = request.url.copy_with(port=self.now.port)
        return await super().handle_async_request(request)


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Thawed]:
    with thawed(request.param, tmp_path / "demo") as there:
        yield there


def opened(demo: Thawed) -> Hub:
    """The hub over it, with today's code."""
    hub = Hub.open(demo.home)
    kind = kind_of(hub.registry, hub.config, STAFF, demo.home)
    settings = settings_of(STAFF, hub.config.systems[STAFF].settings, kind.settings, demo.home)
    hub.connectors[STAFF] = kind.connector(settings, system=STAFF, transport=Moved(*demo.staff))  # type: ignore[call-arg]
    return hub


def held(hub: Hub) -> dict[str, Any]:
    """What the hub knows and asks, in short. Who was joined to somebody since he was named is meant by both names."""
    with hub.store.reading() as tx:
        now = contacts.aliases(tx)
    return {
        "records": {contact: sorted(records) for contact, records in hub.records().items()},
        "asked": sorted((c["contact"], c["unit"]) for c in hub.conflicts()),
        "values": {c: {u: now.get(v["value"], v["value"]) if u == "employer" else v["value"]
                       for u, v in hub.explain(c)["units"].items()} for c in hub.records()},
    }


def there(demo: Thawed) -> dict[str, Any]:
    """What stands in the systems."""
    cards = sorted((demo.home / "servers" / "data").rglob("*.vcf"))
    return {
        "crm": {name: [dict(row) for row in table] for name, table in demo.crm.world.tables.items()},
        "partners": {name: {i: dict(row) for i, row in table.rows.items()} for name, table in demo.partners.world.tables.items()},
        "staff": {path.name: path.read_bytes() for path in cards},
        "volunteers": hashlib.sha256(demo.volunteers.path.read_bytes()).hexdigest(),
    }


def schema(demo: Thawed) -> str:
    with closing(sqlite3.connect(demo.home / STATE / DATABASE)) as sql:
        return str(sql.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_the_first_run_of_a_later_hub_is_silent(demo: Thawed, request: pytest.FixtureRequest) -> None:
    assert schema(demo) == request.node.callspec.id.removeprefix("demo-")
    systems = there(demo)

    async def runs() -> None:
        async with opened(demo) as hub:
            before = held(hub)
            assert len(before["records"]) > 50 and before["asked"]
            for _ in range(2):
                done = await hub.sync()
                assert done.tally.stopped == {}
                assert done.plan is not None and done.plan.writes == done.tally.writes == 0
                assert held(hub) == before
            assert done.tally.read > 0

    asyncio.run(runs())
    assert schema(demo) == migrate.NEWEST
    assert there(demo) == systems


def test_it_goes_on_from_there(demo: Thawed) -> None:
    """What was laid down is alive: an edit in the CRM is planned for the others."""

    async def edit() -> None:
        async with opened(demo) as hub:
            await hub.sync()
            asked = {c["contact"] for c in hub.conflicts()}
            contact, refs = next((c, refs) for c, records in hub.records().items() if c not in asked
                                 and {"crm", STAFF} <= (refs := {r.system: r.native_id for r in records}).keys()
                                 and len(refs) == len(records))
            row = demo.crm.contact(int(refs["crm"]))
            name = "organization_name" if row["contact_type"] == "Organization" else "last_name"
            demo.crm.users.edit(int(refs["crm"]), **{name: "Newname"})
            done = await hub.plan()
            assert done.plan is not None
            writes = hub.plan_document(done.plan.id)["writes"]
            assert {(w["system"], w["contact"], w["op"]) for w in writes} == {(s, contact, "update") for s in refs if s != "crm"}

    asyncio.run(edit())


def test_there_is_a_database_of_the_present_schema() -> None:
    """Whoever adds a migration lays the demo down before it, and again after it: CONTRIBUTING.md says how."""
    assert f"demo-{migrate.NEWEST}" in [path.stem for path in FIXTURES]
    assert all(path.stat().st_size < 1_000_000 for path in FIXTURES)
