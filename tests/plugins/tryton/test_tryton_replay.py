"""The sandbox answers what was asked of real servers as they did."""

from __future__ import annotations

from pathlib import Path

import pytest
from tryton_replay import DIFFERENT, Replay, recordings


@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
def test_recorded_requests_are_answered_as_recorded(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = {recording.name: how for recording, how in Replay(server).run() if how}
    total = len(recordings(server))
    with capsys.disabled():
        print(f"\nTryton 8.2.1 on {server}: {total - len(found)} of {total} recorded calls answered alike")
    assert {name: how for name, how in found.items() if name not in DIFFERENT[server]} == {}
    assert found.keys() == DIFFERENT[server].keys()


def test_the_committed_table_names_each_difference() -> None:
    table = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    for server, differences in DIFFERENT.items():
        for name, reason in differences.items():
            assert f"| {server} | {name} | {reason} |" in table
