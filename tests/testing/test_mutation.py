"""The tool that tests our tests: what it changes, what it leaves alone, and that it tells who noticed."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from hub.testing.mutation.mutants import mutants, mutated
from hub.testing.mutation.running import Known, Tried, report, sample, tried, unchanged

ROOT = Path(__file__).parents[2]
SOURCE = dedent('''
    """A docstring is no code."""
    from typing import Literal

    Kind = Literal["adult", "child"]

    def fee(age: int, member: bool = True) -> int:
        """Nor this one."""
        if age < 18 and not member:
            raise ValueError("no member")
        found = max(age, 18)
        told.append("a sentence for people")
        return found + 2
    ''')


def test_what_is_changed_and_what_is_not() -> None:
    assert [m.name for m in mutants(SOURCE)] == [
        "fee: True → False",
        "fee: age < 18 and (not member) → Or",
        "fee: age < 18 → LtE",
        "fee: 18 → 19",
        "fee: not member → without not",
        "fee: max(age, 18) → first two arguments swapped",
        "fee: 18 → 19 (2)",
        "fee: told.append('a sentence for people') → removed",
        "fee: return found + 2 → None",
        "fee: found + 2 → Sub",
        "fee: 2 → 3",
    ]


def test_each_mutant_is_one_change_that_compiles() -> None:
    texts = []
    for mutant in mutants(SOURCE):
        tree = mutated(SOURCE, mutant.number)
        compile(tree, "fee.py", "exec")
        texts.append(ast.unparse(tree))
    assert len({*texts, ast.unparse(ast.parse(SOURCE))}) == len(texts) + 1


def test_names_stay_when_lines_move() -> None:
    moved = SOURCE.replace("def fee", "MORE = None\n\n\ndef fee")
    assert [m.name for m in mutants(moved)] == [m.name for m in mutants(SOURCE)]
    assert [m.line for m in mutants(moved)] != [m.line for m in mutants(SOURCE)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text("def fee(age):\n    return 10 if age < 18 else 20\n", encoding="utf-8")
    (tmp_path / "test_shop.py").write_text(
        "from shop import fee\n\ndef test_fee():\n    assert fee(3) == 10\n    assert fee(70) == 20\n", encoding="utf-8")
    (tmp_path / "tests.toml").write_text('[[cover]]\nfiles = ["shop.py"]\ntests = ["test_shop.py"]\n', encoding="utf-8")
    (tmp_path / "survivors.toml").write_text(
        '["shop.py"]\n"fee: age < 18 → LtE" = "the birthday is not asked for"\n"fee: gone → 1" = "was there"\n', encoding="utf-8")
    return tmp_path


def test_who_survived_and_why(project: Path) -> None:
    known = Known(project)
    chosen = [one for one in sample(project, ["*.py"], 100, 0) if one[0] == "shop.py"]
    chosen = [one for one in chosen if one[1].name in ("fee: age < 18 → LtE", "fee: 10 → 11", "fee: 18 → 19")]
    found = {t.name: t for t in tried(project, known, chosen, 60)}
    assert {name: t.outcome for name, t in found.items()} == {
        "fee: age < 18 → LtE": "survived", "fee: 10 → 11": "killed", "fee: 18 → 19": "survived"}
    assert "test_shop.py::test_fee" in found["fee: 10 → 11"].by
    result = report(list(found.values()))
    assert (result["killed"], result["survived"], result["explained"], result["new"]) == (1, 2, 1, 1)
    assert result["share_killed"] == 0.3333
    assert known.out_of_date(project) == ["shop.py: fee: gone → 1"]


def test_tests_that_fail_without_a_change_say_nothing(project: Path) -> None:
    (project / "test_shop.py").write_text("def test_red():\n    assert False\n", encoding="utf-8")
    found = unchanged(project, Known(project), [Tried("shop.py", 2, "fee: 10 → 11", "killed", 1.0)], 60)
    assert "test_red" in found["shop.py"]


def test_tests_that_take_longer_than_the_limit_say_nothing_either(project: Path) -> None:
    found = unchanged(project, Known(project), [Tried("shop.py", 2, "fee: 10 → 11", "timed out", 0.01)], 0.01)
    assert "raise --limit" in found["shop.py"]


def test_a_smaller_sample_is_the_beginning_of_a_larger_one() -> None:
    few, more = (sample(ROOT, ["hub/rules/*.py"], size, 7) for size in (3, 30))
    assert few == more[:3] and len(set(more)) == 30


def test_every_rule_has_its_tests_and_no_reason_is_out_of_date() -> None:
    known = Known(ROOT / "tests" / "mutation")
    files = [path.relative_to(ROOT).as_posix() for part in ("rules", "engine") for path in (ROOT / "hub" / part).rglob("*.py")]
    named = {test.partition("::")[0] for file in files for test in known.covering(file)}
    assert [test for test in sorted(named) if not (ROOT / test).exists()] == []
    assert known.out_of_date(ROOT) == []
    names = [m.name for m in mutants((ROOT / "hub" / "rules" / "merge.py").read_text(encoding="utf-8"))]
    assert len(set(names)) == len(names) > 300
