"""A sample of mutants, each under the tests that cover its file, in a process of its own, one after another."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from hub.testing.mutation.child import UNCHANGED
from hub.testing.mutation.mutants import Mutant, mutants

Outcome = Literal["killed", "timed out", "survived"]
NOTICED = ("killed", "timed out")


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one mutant. ``by``: the test that noticed it; ``why``: the reason we know for a survivor, else ""."""

    file: str
    line: int
    name: str
    outcome: Outcome
    seconds: float
    by: str = ""
    why: str = ""


class Known:
    """Which tests cover which file, and why some mutants survive: ``tests.toml`` and ``survivors.toml`` of one folder.

    Raises ValueError, naming the file and the line's subject, for what they cannot say.
    """

    def __init__(self, folder: Path) -> None:
        self.tests = tomllib.loads((folder / "tests.toml").read_text(encoding="utf-8"))
        self.survivors: Mapping[str, Mapping[str, str]] = tomllib.loads((folder / "survivors.toml").read_text(encoding="utf-8"))
        for table in self.tests["cover"]:
            if not table.get("files") or not table.get("tests"):
                raise ValueError(f"tests.toml: a [[cover]] names files and tests, this one does not: {table}")

    def covering(self, file: str) -> list[str]:
        """The tests to run over a file, quickest first. Raises ValueError where none are named."""
        for table in self.tests["cover"]:
            if any(fnmatchcase(file, pattern) for pattern in table["files"]):
                return [str(test) for test in table["tests"]]
        raise ValueError(f"tests.toml names no tests for {file}")

    def why(self, file: str, mutant: str) -> str:
        return self.survivors.get(file, {}).get(mutant, "")

    def out_of_date(self, root: Path) -> list[str]:
        """Explained survivors that are no mutants any more."""
        out = []
        for file, reasons in sorted(self.survivors.items()):
            path = root / file
            there = {m.name for m in mutants(path.read_text(encoding="utf-8"))} if path.is_file() else set()
            out += [f"{file}: {name}" for name in reasons if name not in there]
        return out


def sample(root: Path, patterns: Sequence[str], size: int, seed: int) -> list[tuple[str, Mutant]]:
    """So many of all mutants of the files, drawn by the seed; the first of a larger sample are those of a smaller one."""
    files = sorted({path for pattern in patterns for path in root.glob(pattern) if path.suffix == ".py"})
    every = [(path.relative_to(root).as_posix(), m) for path in files for m in mutants(path.read_text(encoding="utf-8"))]
    random.Random(seed).shuffle(every)
    return every[:size]


def tried(root: Path, known: Known, chosen: Sequence[tuple[str, Mutant]], limit_s: float) -> Iterator[Tried]:
    """Run them one by one. ``limit_s``: after so many seconds a mutant counts as one that does not end."""
    for file, mutant in chosen:
        began = time.monotonic()
        try:
            ran = _run(root, known, file, mutant.number, limit_s)
        except subprocess.TimeoutExpired:
            yield Tried(file, mutant.line, mutant.name, "timed out", round(time.monotonic() - began, 1))
            continue
        took = round(time.monotonic() - began, 1)
        if ran.returncode == 0:
            yield Tried(file, mutant.line, mutant.name, "survived", took, why=known.why(file, mutant.name))
        else:
            yield Tried(file, mutant.line, mutant.name, "killed", took, by=_first_failure(ran.stdout))


def unchanged(root: Path, known: Known, found: Sequence[Tried], limit_s: float) -> dict[str, str]:
    """Files whose tests fail without any change, with the first failure, or take longer than ``limit_s`` then: what they say of a
    mutant means nothing. Tests that a mutant survived passed already, in that time."""
    passed = {tuple(known.covering(t.file)) for t in found if t.outcome == "survived"}
    one_each = {tests: t.file for t in found if (tests := tuple(known.covering(t.file))) not in passed}
    out = {}
    for file in sorted(one_each.values()):
        began = time.monotonic()
        ran = _run(root, known, file, UNCHANGED, None)
        took = time.monotonic() - began
        if ran.returncode:
            out[file] = _first_failure(ran.stdout)
        elif took > limit_s and any(t.outcome == "timed out" for t in found):
            out[file] = f"they take {took:.0f} s, so that a mutant was taken for one that does not end: raise --limit"
    return out


def _run(root: Path, known: Known, file: str, number: int, limit_s: float | None) -> subprocess.CompletedProcess[str]:
    module = ".".join(Path(file).with_suffix("").parts).removesuffix(".__init__")
    return in_a_child(root, ["hub.testing.mutation.child", module, str(number), "--", *known.covering(file)], limit_s)


def in_a_child(root: Path, words: Sequence[str], limit_s: float | None) -> subprocess.CompletedProcess[str]:
    """``python -m`` these words in the folder ``root``; what it writes is one text. Raises subprocess.TimeoutExpired."""
    return subprocess.run([sys.executable, "-m", *words], cwd=root, stdin=subprocess.DEVNULL,  # noqa: S603  our own words
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
                          timeout=limit_s, check=False)


def failures(told: str) -> list[str]:
    """The lines in which pytest says what failed; lines of a log begin with ERROR, too."""
    return [line for line in told.splitlines() if line.startswith(("FAILED ", "ERROR ")) and ".py" in line.split(" ")[1]]


def _first_failure(told: str) -> str:
    """The line pytest says it with; the last line where it did not come so far (the module cannot be imported)."""
    lines = [line for line in told.splitlines() if line.strip()]
    return (failures(told)[:1] or lines[-1:] or [""])[0][:200]


def report(found: Sequence[Tried], **about: Any) -> dict[str, Any]:
    """The result as it is written. ``share_killed``: of all that were tried; ``new``: survivors nobody explained yet."""
    counts = {outcome: sum(t.outcome == outcome for t in found) for outcome in (*NOTICED, "survived")}
    explained = sum(t.outcome == "survived" and bool(t.why) for t in found)
    noticed = sum(counts[o] for o in NOTICED)
    return {**about, "tried": len(found), **counts, "explained": explained, "new": counts["survived"] - explained,
            "share_killed": round(noticed / len(found), 4) if found else None, "mutants": [asdict(t) for t in found]}


def keep(path: Path, result: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
