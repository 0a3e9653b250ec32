"""Every test of this folder can run on PostgreSQL: ``pytest --database=postgresql tests/engine``."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _opened_there(opened_there: None) -> None:
    """See tests/conftest.py."""
