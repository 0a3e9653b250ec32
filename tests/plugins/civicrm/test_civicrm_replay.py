"""The sandbox answers what was asked of real servers as they did."""

from __future__ import annotations

from pathlib import Path

import pytest
from civicrm_replay import DIFFERENT, Replay, recordings


@pytest.mark.parametrize("edition", ["6.17.2", "5.77"])
def test_recorded_requests_are_answered_as_recorded(edition: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = {recording.name: how for recording, _, how in Replay(edition).run() if how}
    total = len(recordings(edition))
    with capsys.disabled():
        print(f"\nCiviCRM {edition}: {total - len(found)} of {total} recorded calls answered alike")
    unexpected = {name: how for name, how in found.items() if name not in DIFFERENT[edition]}
    assert not unexpected
    assert found.keys() == DIFFERENT[edition].keys()


def test_the_committed_table_names_each_difference() -> None:
    table = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    for edition, differences in DIFFERENT.items():
        for name, reason in differences.items():
            assert f"| {edition} | {name} | {reason} |" in table
