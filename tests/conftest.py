"""The last line of every run: ``ran N, skipped M``. What is skipped must be what ``tests/skips.toml`` says, or the run is red."""

from __future__ import annotations

import os
import signal
import sys
import tomllib
from collections.abc import Callable, Generator, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("hub", deadline=None, derandomize=True)  # the same in every run; a busy machine is no bug
settings.register_profile("explore", deadline=None, max_examples=2000)  # --hypothesis-profile=explore: always others
settings.load_profile("hub")

SKIPS = Path(__file__).with_name("skips.toml")


DATABASES = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=DATABASES, default="", help="run every test that can on this database; without it "
                     "they run on SQLite, and those marked both_databases on both")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker
    both = marked("both_databases") is not None and marked("in_a_file") is None
    if "database" in metafunc.fixturenames and both and not metafunc.config.getoption("--database"):
        metafunc.parametrize("database", DATABASES, indirect=True)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "in_a_file: about a database in a file, whatever --database says")
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL where no --database is said")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a shell; tests press Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist: its reports come to the main process
        config.pluginmanager.register(Count(allowed(tomllib.loads(SKIPS.read_text(encoding="utf-8")))), "count")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL database to make schemas in: HUB_TEST_POSTGRES_URL (``postgresql+psycopg://…``), else a
    server of the tests' own."""
    told = os.environ.get("HUB_TEST_POSTGRES_URL", "")
    if told:
        yield told
        return
    from postgres_server import postgres  # not there for the copy of this file in test_counting

    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def _databases(postgres_url: str) -> Iterator[Any]:
    from postgres_server import Databases

    made = Databases(postgres_url)
    yield made
    if os.environ.get("HUB_TEST_POSTGRES_URL"):  # the tests' own server goes as a whole
        made.drop()


@pytest.fixture
def new_postgres(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes an empty PostgreSQL database at the newest schema, as often as asked; gives its address."""
    made: list[str] = []

    def new() -> str:
        made.append(request.getfixturevalue("_databases").take())
        return made[-1]

    yield new
    for address in made:
        request.getfixturevalue("_databases").give_back(address)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """On which one this test runs: "sqlite" or "postgresql"."""
    if request.node.get_closest_marker("in_a_file") is not None:
        return DATABASES[0]
    return str(getattr(request, "param", "") or request.config.getoption("--database") or DATABASES[0])


@pytest.fixture
def opened_there(database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where PostgreSQL is asked for, every database of SQLite that the test would open is one there."""
    if database == "sqlite":
        yield
        return
    from opened_elsewhere import opened_elsewhere

    with opened_elsewhere(request.getfixturevalue("new_postgres"), monkeypatch):
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that skips itself would be counted by nobody: pytest-xdist does not tell of it."""
    if report.skipped:
        report.outcome, report.longrepr = "failed", f"{report.nodeid} skips all its tests at once; mark them instead"


def allowed(tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Pattern of test ids → reason, of the tables that count on this platform."""
    names = ("everywhere", sys.platform, "posix" if sys.platform != "win32" else "")
    return {pattern: reason for name in names for pattern, reason in tables.get(name, {}).items()}


class Count:
    """Counts what ran and what was skipped, and compares."""

    def __init__(self, skips: Mapping[str, str]) -> None:
        self.skips = skips
        self.ran: set[str] = set()
        self.skipped: dict[str, str] = {}
        self.deselected = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[report.nodeid] = _reason(report)
        elif report.when == "call" or report.failed:
            self.ran.add(report.nodeid)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.deselected += len(items)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        yield
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        if session.config.option.collectonly or terminal is None:
            return
        whole = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS and not self.deselected
        wrong = self.wrong(whole and session.exitstatus in (0, 1) and not session.shouldstop and not session.shouldfail)
        for line in wrong:
            terminal.write_line(line, red=True)
        if wrong and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        terminal.write_line(f"ran {len(self.ran)}, skipped {len(self.skipped)}")

    def wrong(self, whole: bool) -> list[str]:
        """What differs from the list. ``whole``: every test was to run, so every line of the list must have been met."""
        out = []
        met: set[str] = set()
        for test, reason in sorted(self.skipped.items()):
            fitting = {pattern for pattern, why in self.skips.items() if fnmatchcase(test, pattern) and why == reason}
            met |= fitting
            if not fitting:
                out.append(f"skipped, but not in {SKIPS.name}: {test} = {reason}")
        out += [f"in {SKIPS.name}, but it ran: {test}" for test in sorted(self.ran)
                if any(fnmatchcase(test, pattern) for pattern in self.skips)]
        if whole:
            out += [f"in {SKIPS.name}, but there is no such skip: {pattern}" for pattern in self.skips if pattern not in met]
        return out


def _reason(report: pytest.TestReport) -> str:
    """As given, without pytest's "Skipped: "."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")
