"""The catalogue of faults: entries, marks on tests and the page say the same; guards are there; a test notices when its guard is
taken away."""

from __future__ import annotations

import ast
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hub.testing.guards.catalogue import FOLDER, Fault, catalogue, guarded, kinds
from hub.testing.guards.page import PAGE, page
from hub.testing.guards.removal import place, without
from hub.testing.guards.running import judged, tried
from hub.testing.simulation.planted import PLANTED

ROOT = Path(__file__).parents[2]
KINDS = kinds(ROOT)
GUARDED = guarded(ROOT)
SAMPLE = 10
"""Guards that are taken away in every run of the tests, evenly spread; all of them: ``python -m hub.testing.guards``."""


def test_faults_are_numbered_without_a_gap() -> None:
    assert len({kind.letter for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert [fault.id for fault in kind.faults] == [f"{kind.letter}{n + 1}" for n in range(len(kind.faults))]


def marks(path: Path) -> dict[str, set[tuple[str, str]]]:
    """Test → the (fault, guard) it is marked with. Raises AssertionError for a mark that says something else."""
    out: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for mark in getattr(node, "decorator_list", ()):
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"), path
                (fault,), (guard,) = [ast.literal_eval(a) for a in mark.args], [ast.literal_eval(k.value) for k in mark.keywords]
                assert [k.arg for k in mark.keywords] == ["guard"], path
                out[f"{path.relative_to(ROOT).as_posix()}::{node.name}"].add((fault, guard))
    return out


def test_marks_of_tests_are_those_of_the_catalogue() -> None:
    there: dict[str, set[tuple[str, str]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        there.update(marks(path))
    wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for fault in GUARDED:
        for test in fault.tests:
            wanted[test.partition("[")[0]].add((fault.id, fault.guard))
    assert there == wanted


def text_of(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None, module
    return Path(spec.origin).read_text(encoding="utf-8")


def test_every_guard_is_there_and_can_be_taken_away() -> None:
    for fault in GUARDED:
        source = text_of(fault.module)
        assert place(source, fault.name) is not None, f"{fault.id}: {fault.guard} is not there"
        if fault.plant:
            assert fault.plant in PLANTED, f"{fault.id}: no bug is called {fault.plant}"
        else:
            left = without(fault, source)
            compile(left, fault.module, "exec")
            assert ast.dump(left) != ast.dump(ast.parse(source)), f"{fault.id}: nothing was taken away"


def test_the_page_is_written_from_the_catalogue() -> None:
    """Write it again: python -m hub.testing.guards --page"""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(KINDS)


@pytest.mark.parametrize("fault", GUARDED[::max(1, len(GUARDED) // SAMPLE)][:SAMPLE], ids=lambda f: f.id)
def test_without_its_guard_a_test_fails(fault: Fault) -> None:
    (found,) = tried(ROOT, [fault], limit_s=300)
    assert found.outcome == "noticed", found.why


# ---- the tool itself

SOURCE = '''
LIMIT = 5


class Gate:
    @property
    def open(self) -> bool:
        """Is it?"""
        return self.count < LIMIT


def passes(name: str) -> str:
    if not name:
        raise ValueError("no name")
    return name
'''


def fault(**said: Any) -> Fault:
    return Fault(**{"id": "N1", "fault": "f", "holds": "h", "tests": ("t.py::test_a",), "guard": "m:passes", **said})


@pytest.mark.parametrize(("said", "left"), [
    ({"cut": "if not name:", "put": "if False:"}, "    if False:\n        raise"),
    ({"cut": 'raise ValueError("no name")'}, "    if not name:\n        pass\n    return name"),
    ({"body": "return ''"}, "def passes(name: str) -> str:\n    return ''"),
    ({"guard": "m:Gate.open", "body": "return True"}, "    @property\n    def open(self) -> bool:\n        return True"),
    ({"guard": "m:LIMIT", "cut": "5", "put": "50"}, "LIMIT = 50"),
])
def test_a_guard_is_taken_out_of_the_text(said: dict[str, str], left: str) -> None:
    assert left in ast.unparse(without(fault(**said), SOURCE))


@pytest.mark.parametrize(("said", "told"), [
    ({"guard": "m:Gate.shut", "body": "pass"}, "m has no Gate.shut"),
    ({"cut": "name", "put": "x"}, "has 4 times, not once: name"),
    ({"guard": "m:LIMIT", "body": "pass"}, "only a function has a body"),
])
def test_what_cannot_be_taken_out_is_told(said: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        without(fault(**said), SOURCE)


@pytest.mark.parametrize(("code", "told", "outcome"), [
    (1, "FAILED t.py::test_a[x] - AssertionError: no\nFAILED t.py::test_b - assert 1 == 2\n", "noticed"),
    (1, "FAILED t.py::test_a - AssertionError: no\n", "survived"),
    (1, "FAILED t.py::test_ab - AssertionError: no\nFAILED t.py::test_b - no\n", "survived"),
    (1, "ERROR    asyncio:base.py:1 t.py::test_a\nFAILED t.py::test_b - no\n", "survived"),
    (0, "2 passed\n", "survived"),
    (1, "FAILED t.py::test_a - NameError: name 'x' is not defined\nFAILED t.py::test_b - no\n", "broken"),
    (1, "FAILED t.py::test_a - no\nERROR t.py::test_b - SealBroken: no\n", "broken"),
    (2, "ERROR t.py - ImportError\n", "broken"),
    (4, "ERROR: not found: t.py::test_a\n", "broken"),
])
def test_each_test_of_a_fault_has_to_fail_and_not_by_our_own_mistake(code: int, told: str, outcome: str) -> None:
    assert judged(fault(tests=("t.py::test_a", "t.py::test_b")), code, told)[0] == outcome


@pytest.mark.parametrize(("said", "told"), [
    ('fault = "f"', "say what goes wrong"),
    ('fault = "f"\nholds = "h"', "one of guard"),
    ('fault = "f"\nholds = "h"\nreason = "r"\nnot_yet = "n"', "one of guard"),
    ('fault = "f"\nholds = "h"\nreason = "r"\ntests = ["t"]', "tests belong to a guard"),
    ('fault = "f"\nholds = "h"\nguard = "m:x"\ntests = ["t"]', "says how it is taken away"),
    ('fault = "f"\nholds = "h"\nwhy = "r"', "unknown"),
])
def test_an_entry_that_says_nothing_is_told_with_its_place(tmp_path: Path, said: str, told: str) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    head = '[class]\nletter = "N"\ntitle = "T"\nplace = 1\n\n[N1]\n'
    (tmp_path / FOLDER / "n.toml").write_text(head + said + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"tests/faults/n.toml, \[N1\]: .*{told}"):
        catalogue(tmp_path)
