"""The real server: only with ``--live``, from the environment that TRYTON_ENV names (README.md beside this file)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tryton_server import Server, provisioned

from hub.testing.contract import ContractSuite


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Tests that need the real server are not even collected without it."""
    return True if collection_path.name == "test_tryton_live.py" and not ContractSuite.live else None


@pytest.fixture(scope="session")
def environment() -> Path:
    """Where trytond is installed."""
    told = os.environ.get("TRYTON_ENV", "")
    if not (Path(told) / "pyvenv.cfg").is_file():
        pytest.fail("TRYTON_ENV must name the environment trytond is installed in: see tests/plugins/tryton/README.md")
    return Path(told)


@pytest.fixture(scope="session")
def real_tryton(request: pytest.FixtureRequest) -> Iterator[Server | None]:
    """None without ``--live``."""
    if not ContractSuite.live:
        yield None
        return
    with provisioned(request.getfixturevalue("environment")) as server:
        yield server
