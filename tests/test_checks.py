"""``ruff check .`` and ``mypy`` find nothing, by the settings of pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]


def content(*command: str) -> None:
    """Fails with what the tool says when it is not."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=600)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def test_ruff_is_content() -> None:
    content("ruff", "check", "--no-cache", "--output-format", "concise", ".")


def test_mypy_is_content(tmp_path: Path) -> None:
    content("mypy", "--cache-dir", str(tmp_path))


def test_every_package_is_checked_strictly() -> None:
    plugins = sorted(p.parent.name for p in (ROOT / "plugins").glob("*/__init__.py"))
    assert SETTINGS["mypy"]["strict"] is True
    assert SETTINGS["mypy"]["packages"] == ["hub", *plugins]
