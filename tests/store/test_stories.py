"""Every scenario once more on a database in a file, and on PostgreSQL where there is one: one Core code path serves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing.scenario import Scenario

FILES = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_story_goes_as_told(path: Path, url: str) -> None:
    Scenario.read(path).play(url=url)
