"""Runs undone at the end of a history, one after the other: every unit nobody touched since is as before, or was said to stay,
and no other unit moves. Any number more: ``python -m hub.testing.simulation --undo 5``."""

from __future__ import annotations

import pytest

from hub.testing.simulation import run_history
from hub.testing.simulation.__main__ import main


@pytest.mark.parametrize("world", ["usual", "site", "meetings", "mistakes"])
def test_what_nobody_touched_is_restored(world: str) -> None:
    result = run_history(1, undo=3, site=world == "site", meetings=world == "meetings", mistakes=world == "mistakes")
    flag = "" if world == "usual" else f" --{world}"
    assert not result.violations, (
        f"replay: python -m hub.testing.simulation --seed 1 --histories 1 --undo 3{flag}\n" + "\n".join(result.violations))
    assert len({one.run for one in result.undone}) == 3
    assert sum(one.restored for one in result.undone) > 0 and all(one.failed == 0 for one in result.undone)


def test_the_command_tells_what_became_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "3", "--histories", "1", "--cycles", "4", "--undo", "2"]) == 0
    assert "runs undone 2; untouched units restored" in capsys.readouterr().out
