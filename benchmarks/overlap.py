"""What looking for overlaps costs beside reading the lists alone: nine lists of 1,500 invented people each.

    python overlap.py --hub hub --runs 3

The lists are those of ``tests/overlap/nine_lists.py``. The floor is a program that opens each list with Python's csv, openpyxl
or a plain read and counts the cells: whoever looks for overlaps must do that much. Both run as processes of their own, in turns.
What is told is CPU, user and system, start-up included; POSIX (Windows does not count it for children).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "overlap"))
from nine_lists import LISTS, write_lists

FLOOR = """
import csv, sys
from openpyxl import load_workbook
cells = 0
for name in sys.argv[1:]:
    if name.endswith(".xlsx"):
        cells += sum(len(row) for row in load_workbook(name, read_only=True).active.iter_rows(values_only=True))
    elif name.endswith(".vcf"):
        cells += open(name, encoding="utf-8").read().count("\\n")
    else:
        cells += sum(len(row) for row in csv.reader(open(name, encoding="latin-1", newline="")))
print(cells)
"""


def cpu(folder: Path, command: Sequence[str]) -> float:
    """Seconds of CPU of a command that must end well."""
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    said.add_argument("--hub", default="hub", help="the installed command")
    said.add_argument("--runs", type=int, default=3)
    said.add_argument("--seed", type=int, default=7)
    asked = said.parse_args()
    found, floor = [], []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_lists(folder, seed=asked.seed)
        for _ in range(asked.runs):
            found.append(cpu(folder, [asked.hub, "overlap", *LISTS, "--share", "share.json"]))
            floor.append(cpu(folder, [sys.executable, "-c", FLOOR, *LISTS]))
    ratio = statistics.median(a / b for a, b in zip(found, floor, strict=True))
    print(f"hub overlap {statistics.median(found):.2f} s of CPU, floor {statistics.median(floor):.2f} s, ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
