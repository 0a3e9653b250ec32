"""The trouble run, small and rougher: lost answers, 429s, people who type into what is being written, a system that is down."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.cli.output import Output
from hub.model.refs import RecordRef
from hub.store.contacts import LinkRow
from hub.testing.clock import VirtualClock
from hub.testing.simulation.planted import PLANTED
from hub_demo import workspace
from hub_demo.association import CRM, gather
from hub_demo.further import EVERY
from hub_demo.in_process import lay_out
from hub_demo.trouble import judging, typists, wire
from hub_demo.trouble import run as running
from hub_demo.trouble.judging import Judgement, judge
from hub_demo.trouble.run import Trouble
from hub_demo.trouble.telling import as_data
from hub_demo.trouble.wire import Wire

PEOPLE = 60


@pytest.fixture(autouse=True)
def rough(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few people and few cycles meet enough of everything."""
    monkeypatch.setattr(wire, "LOST", 0.06)
    monkeypatch.setattr(wire, "THROTTLED", 0.06)
    monkeypatch.setattr(typists, "STALE", 0.15)
    monkeypatch.setattr(running, "EDITED", 0.5)
    monkeypatch.setattr(running, "CYCLES", 4)
    monkeypatch.setattr(running, "DOWN", range(1, 2))
    yield


def had(home: Path, seed: int, patch: AbstractContextManager[Any] | None = None) -> tuple[Trouble, Judgement]:
    home = workspace.clear(home)
    trouble = Trouble(Output(as_json=True), lay_out(home, seed, gather(seed, PEOPLE, EVERY)), seed)
    with patch or nullcontext():
        return trouble, asyncio.run(trouble.run(PEOPLE))


def test_after_all_the_trouble_everything_is_accounted_for(tmp_path: Path) -> None:
    trouble, found = had(tmp_path / "demo", 3)
    told = as_data(trouble, found)
    assert told["problems"] == []
    met = {kind: sum(counts[kind] for counts in told["wire"].values()) for kind in ("lost", "throttled", "down", "sent again")}
    assert min(met.values()) > 0
    assert min(trouble.typists.raced, sum(line.stale for line in trouble.lines)) > 0
    assert [line.down for line in trouble.lines if line.down] == [trouble.down]
    assert told["edits"]["typed"] == sum(found.fates.values()) >= 90
    assert found.fates["stands"] > 30
    assert found.compared > 500

    # and what is not so is seen
    typed = tuple(trouble.typists.typed)
    crm = trouble.typists.desks[CRM]
    one, two = [i for i in crm.people() if not any((CRM, i) == (e.system, e.record) for e in typed)][:2]
    trouble.typists.edit(CRM, one)
    trouble.house.crm.users.edit(int(two), first_name="Other")
    trouble.house.crm.users.add({"contact_type": "Individual", "first_name": "New", "last_name": "There"})

    async def again() -> Judgement:
        async with trouble.house.open() as hub:
            return await judge(hub, trouble.typists.typed, trouble.house.ids())

    later = asyncio.run(again())
    assert (len(later.lost), len(later.orphans)) == (1, 1)
    assert any("'Other'" in what for what in later.differs)


def test_a_planted_bug_is_found(tmp_path: Path) -> None:
    """What somebody typed while the hub wrote is overwritten."""
    _, found = had(tmp_path / "demo", 4, PLANTED["writing: the version is not asked for"].plant())
    assert found.lost != []


def test_two_records_made_for_one_contact_are_found() -> None:
    links = {n: LinkRow(n, "c1", RecordRef("crm", "", "contact", n)) for n in ("1", "2", "3")}
    truth: Any = SimpleNamespace(links=links, aliases={})
    there: Any = {"crm": dict.fromkeys(links)}
    for before, doubled in (({"1", "2", "3"}, 0), ({"1", "2"}, 1), ({"1"}, 1), (set[str](), 1)):
        found = Judgement()
        judging.doubles(truth, there, {"crm": before}, found)
        assert len(found.doubled) == doubled


def test_a_wire_loses_an_answer_after_the_request_was_done() -> None:
    done: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        done.append(request.url.path)
        return httpx.Response(200)

    way = Wire(httpx.MockTransport(answer), VirtualClock(), random.Random(0))

    async def ask(drawn: float) -> int:
        way.rng.random = lambda: drawn  # type: ignore[method-assign]
        async with httpx.AsyncClient(transport=way.transport()) as client:
            return (await client.get("http://x/a")).status_code

    assert asyncio.run(ask(0.04)) == 429 and done == []
    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(ask(0.09))
    assert done == ["/a"]
    assert asyncio.run(ask(0.5)) == 200
    way.down = True
    with pytest.raises(httpx.ConnectError):
        asyncio.run(ask(0.5))
    assert way.counts == {"requests": 4, "throttled": 1, "lost": 1, "down": 1, "sent again": 2}
    assert len(done) == 2


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CYCLES", 1)
    asked = ["demo", "--all", "--trouble", "--people", "100", "--dir", str(tmp_path / "demo")]
    ran = CliRunner().invoke(cli, [*asked, "--json"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.stderr
    assert json.loads(ran.stdout)["problems"] == []
    for args in (["--trouble"], ["--all", "--trouble", "--keep"]):
        ran = CliRunner().invoke(cli, ["demo", *args, "--dir", str(tmp_path / "none")], catch_exceptions=False)
        assert ran.exit_code == 2
        assert "hub demo --all --trouble" in ran.stderr
