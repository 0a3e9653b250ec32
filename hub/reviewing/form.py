"""What the workbook and its reader agree on. A row of keys above the headings says in no language which column is which;
the key of a line names conflict and number, proves them, and has a sum of what the line says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

FORMAT = "contact-hub conflicts 1"
"""Begins the cell at the head of the column of keys; the installation's id follows."""
CHOICE, VALUE, SHOWN = "choice", "value", "shown"
"""Keys of the columns for answers, and how those begin whose cells the sum is of."""
GROUP = f"{SHOWN} group"
"""Key of the hidden column that names the group of a pair."""
_ESCAPED = re.compile("_(?:x005F_)+")
_KEY = re.compile(r"(.+)/(\d+)/([0-9a-f]{12})/([0-9a-f]{16})")


def head(workspace: str) -> str:
    return f"{FORMAT} {workspace}"


def key_of(id_: str, number: int, mark: str, cells: Iterable[str]) -> str:
    return f"{id_}/{number}/{mark}/{_sum(cells)}"


def read_key(text: str, cells: Iterable[str]) -> tuple[str, int, str, bool]:
    """(id, number, mark, is the line altered); an empty mark for what is no key."""
    found = _KEY.fullmatch(text.strip())
    if found is None:
        return "", 0, "", True
    return found[1], int(found[2]), found[3], _sum(cells) != found[4]


def _sum(cells: Iterable[str]) -> str:
    """Of the texts without their blanks: programs break lines in their own ways, and not every reader takes an escape off."""
    folded = ("".join(_ESCAPED.sub("_", text.replace("_x000D_", "")).split()) for text in cells)
    return hashlib.sha256("\x1f".join(folded).encode("utf-8", "replace")).hexdigest()[:16]
