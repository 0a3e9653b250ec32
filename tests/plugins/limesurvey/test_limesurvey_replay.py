"""The sandbox answers what was asked of a real server as it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from limesurvey_replay import DIFFERENT, Replay, recordings


def test_recorded_requests_are_answered_as_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    found = {recording.name: how for recording, how in Replay().run() if how}
    total = len(recordings())
    with capsys.disabled():
        print(f"\nLimeSurvey 6.16.11: {total - len(found)} of {total} recorded calls answered alike")
    assert {name: how for name, how in found.items() if name not in DIFFERENT} == {}
    assert found.keys() == DIFFERENT.keys()


def test_the_committed_table_names_each_difference() -> None:
    table = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    for name, reason in DIFFERENT.items():
        assert f"| {name} | {reason} |" in table
