"""What stands readable in a workspace of the demo that should not: values of its people, and secrets."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile, is_zipfile

from openpyxl import load_workbook

VALUE = re.compile(r"[\w.+-]+@[\w.-]+\w|\+358[\d ]{7,14}\d")
"""E-mail addresses and phone numbers: no two people share most of them, and nothing else looks like one."""


def canaries(folder: Path) -> set[bytes]:
    """Every address and number in the lists, as typed and in small letters, and every secret but the master key."""
    texts = [path.read_text(encoding="utf-8") for path in (folder / "lists").iterdir() if path.suffix in (".csv", ".vcf")]
    texts += [str(cell) for path in (folder / "lists").glob("*.xlsx")
              for row in load_workbook(path).worksheets[0].iter_rows(values_only=True) for cell in row]
    found = {value for text in texts for value in VALUE.findall(text)}
    found |= {path.read_text(encoding="utf-8").strip() for path in (folder / "secrets").iterdir() if path.name != "master.key"}
    return {form.encode() for value in found for form in (value, value.casefold(), value.replace(" ", ""))}


def kept(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of all that the hub keeps: database, what is not yet checkpointed of it, log, and inside its backups."""
    for path in sorted(p for place in ("state", "backups") for p in (folder / place).rglob("*") if p.is_file()):
        content = path.read_bytes()
        if is_zipfile(io.BytesIO(content)):
            with ZipFile(io.BytesIO(content)) as packed:
                yield from ((f"{path.name}/{name}", packed.read(name)) for name in packed.namelist())
        else:
            yield path.name, content


def in_plain(folder: Path, *told: str) -> dict[str, int]:
    """Where → how many of the canaries stand there; only where there are any. ``told``: also what was said on a terminal."""
    wanted = canaries(folder)
    places = [*kept(folder), *(("what was told", text.encode()) for text in told)]
    return {name: count for name, content in places if (count := sum(each in content for each in wanted))}
