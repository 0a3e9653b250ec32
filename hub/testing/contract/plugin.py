"""The flag ``--live`` for pytest: ``pytest -p hub.testing.contract.plugin --live tests/plugins/example``."""

from __future__ import annotations

import pytest

from hub.testing.contract.suite import ContractSuite


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run contract suites against the real servers of their live harness")


def pytest_configure(config: pytest.Config) -> None:
    ContractSuite.live = bool(config.getoption("--live"))
