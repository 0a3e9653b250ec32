"""The last line of a run, and what turns it red."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
HERE = Path(__file__).parent
SUITE = """
import pytest
def test_one(): pass
def test_two(): pass
@pytest.mark.skip(reason="no such thing here")
def test_three(): pass
@pytest.mark.parametrize("n", [1, 2])
def test_four(n): pytest.skip("nor this")
"""
LISTED = '[everywhere]\n"test_suite.py::test_three" = "no such thing here"\n"test_suite.py::test_four*" = "nor this"\n'


@pytest.fixture(autouse=True)
def without_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # loading them takes longer than the tests


def run(pytester: pytest.Pytester, skips: str, *options: str, suite: str = SUITE) -> pytest.RunResult:
    shutil.copy(HERE / "conftest.py", pytester.path)
    pytester.path.joinpath("skips.toml").write_text(skips, encoding="utf-8")
    pytester.makepyfile(test_suite=suite)
    pytester.makeini("[pytest]\ntestpaths = .")
    if "-n" in options:
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "xdist", *options)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)


@pytest.mark.parametrize("options", [(), ("-n", "2"), ("-q", "-n", "0")])
def test_the_last_line(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    done = run(pytester, LISTED, *options)
    assert done.outlines[-1] == "ran 2, skipped 3"
    assert done.ret == 0


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_skip_nobody_listed_is_red(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    done = run(pytester, LISTED.replace("nor this", "another reason"), *options)
    assert done.ret == 1
    assert done.outlines[-1] == "ran 2, skipped 3"
    done.stdout.fnmatch_lines([
        "skipped, but not in skips.toml: test_suite.py::test_four[[]1] = nor this",
        "in skips.toml, but there is no such skip: test_suite.py::test_four*",
    ])


def test_a_listed_test_that_runs_is_red(pytester: pytest.Pytester) -> None:
    done = run(pytester, LISTED + '"test_suite.py::test_two" = "once upon a time"\n', "-k", "two")
    assert done.ret == 1
    assert done.outlines[-2:] == ["in skips.toml, but it ran: test_suite.py::test_two", "ran 1, skipped 0"]


def test_part_of_the_tests_needs_part_of_the_list(pytester: pytest.Pytester) -> None:
    assert run(pytester, LISTED, "test_suite.py::test_one").ret == 0


def test_another_platforms_list_does_not_count(pytester: pytest.Pytester) -> None:
    assert run(pytester, LISTED.replace("everywhere", "amiga")).ret == 1


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_file_must_not_skip_itself(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    suite = 'import pytest\npytest.skip("not today", allow_module_level=True)\n'
    done = run(pytester, "", *options, suite=suite)
    assert done.ret != 0
    done.stdout.fnmatch_lines(["*test_suite.py skips all its tests at once; mark them instead*"])


def test_a_failure_stays_a_failure(pytester: pytest.Pytester) -> None:
    done = run(pytester, "", suite="def test_one(): assert 0")
    assert done.ret == 1
    assert done.outlines[-1] == "ran 1, skipped 0"
