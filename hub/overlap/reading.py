"""Which reader a file needs, told by its content; its name only says what the list is called."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hub.errors import UsageError
from hub.overlap.csvs import read_csv
from hub.overlap.sheets import read_sheets
from hub.overlap.tables import NotAList, People, Table
from hub.overlap.vcards import begins_card, read_cards

ENDINGS = (".csv", ".tsv", ".txt", ".vcf", ".xlsx", ".xlsm")
"""What is taken from a folder."""
LARGEST = 200_000_000
"""Bytes of one file: more is no list of an association."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: old .xls, and .xlsx behind a password
_ODF = b"application/vnd.oasis.opendocument"  # OpenDocument 1.2 part 3, 3.3: the first thing in the archive, not compressed
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4
_OTHERS = {b"%PDF": "a PDF", b"{\\rtf": "a text document", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture",
           b"\x1f\x8b": "a compressed file"}  # fmt: skip


def files_of(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files meant: a folder stands for the lists directly in it. Each file once, in the order given.

    Raises UsageError when a folder holds no list.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = [path]
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in ENDINGS and not p.name.startswith((".", "~$")))
            if not inside:
                raise UsageError(f"{path}: the folder holds no list ({', '.join(ENDINGS)}). Name the files themselves.")
        for one in inside:
            found.setdefault(one.resolve(), one)
    return tuple(found.values())


def read_file(path: Path) -> list[Table | People | NotAList]:
    """The lists of a file: a table each for its sheets, or an address book; a sheet that is no list is an error in its
    place. Raises NotAList when the file as a whole cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise NotAList(f"{path}: larger than {LARGEST // 1_000_000} MB; split it, or leave out what is no list.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotAList(f"{path}: there is no such file. Look at the spelling and the folder; a system "
                       "of the workspace is named with --system.") from None
    except OSError as error:
        raise NotAList(f"{path}: cannot be opened ({error.strerror}). Close it in other programs and look at who may read "
                       "it.") from None
    if not content.strip():
        raise NotAList(f"{path}: the file is empty. Export the list again.")
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise NotAList(f"{path}: protected by a password. Open it, save it without one, and name that file.")
        raise NotAList(f"{path}: an old workbook (.xls). Open it, save it as .xlsx or .csv, and name that file.")
    if content.startswith(b"PK") and _ODF in content[:200]:
        raise NotAList(f"{path}: an OpenDocument file (.ods). Open it, save it as .xlsx or .csv, and name that file.")
    if content.startswith(b"PK"):
        return read_sheets(path, content)
    for beginning, what in _OTHERS.items():
        if content.startswith(beginning):
            raise NotAList(f"{path}: {what}, not a list. Export the list as .csv, .xlsx or .vcf.")
    if content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise NotAList(f"{path}: a web page or XML, not a list. Export the list as .csv, .xlsx or .vcf.")
    if begins_card(content):
        return [read_cards(path, content)]
    return [read_csv(path, content)]
