"""The fixtures of the command line's tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import cli_memory
import pytest
from cli_support import CONFIG, Place
from terminal import Terminal


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example at the root of the repository is no workspace of the tests; their log would go there."""
    monkeypatch.setenv("HUB_WORKSPACE", str(tmp_path))


@pytest.fixture
def place(database: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Its database is of the kind that ``--database`` says."""
    for module in ("hub.app", "hub.plugins"):
        monkeypatch.setattr(f"{module}.registry", lambda *_: cli_memory.REGISTRY)
    monkeypatch.delenv("HUB_WORKSPACE", raising=False)
    made = Place(tmp_path / "hub", cli_memory.new_world("crm"), cli_memory.new_world("mail"))
    if database == "postgresql":
        made.database = request.getfixturevalue("new_postgres")()
    made.config.parent.mkdir(parents=True)
    made.write(CONFIG)
    yield made
    cli_memory.WORLDS.clear()


@pytest.fixture
def canary() -> str:
    return "kanarie-" + secrets.token_hex(12)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the person is; logs and temporary files go there too."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("HUB_WORKSPACE")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def terminal(home: Path) -> Terminal:
    return Terminal(home)
