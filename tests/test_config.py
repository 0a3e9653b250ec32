"""The rules a configuration makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import mapping
from hub.config import read_config, rulebook
from hub.plugins import registry
from hub.rules.lenses.lens import Lens

TWO_BOOKS = """
[hub]
region = "PL"
[systems.staff]
kind = "carddav"
settings = { url = "https://dav.example.org/", username = "hub", password = { env = "PASSWORD" } }
[systems.board]
kind = "carddav"
settings = { url = "https://dav.example.com/", username = "hub", password = { env = "PASSWORD" } }
"""


def test_a_mapping_file_is_checked_once_and_as_the_lens_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two address books share a mapping. Its laws are checked with the region in which their phone numbers are read."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hub.toml").write_text(TWO_BOOKS, encoding="utf-8")
    checked: list[str] = []

    def check(lens: Lens) -> list[str]:
        checked.append(lens.fingerprint)
        return []

    monkeypatch.setattr(mapping, "check_samples", check)
    book = rulebook(tmp_path, read_config(tmp_path), registry())
    assert checked == [book.systems["staff"].lens.fingerprint] == [book.systems["board"].lens.fingerprint]
