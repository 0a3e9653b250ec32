"""CSV as spreadsheet programs open it: UTF-8 with a mark, commas, CRLF (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from hub.exporting.columns import HEADINGS, cells, could_be_a_formula
from hub.model.listed import Listed


def write(people: Sequence[Listed], path: Path) -> None:
    """A cell that a spreadsheet program would calculate gets an apostrophe in front, also a phone number with a plus."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADINGS)
        rows.writerows([f"'{cell}" if could_be_a_formula(cell) else cell for cell in cells(one)] for one in people)
