"""Who was erased, beside the backups: an older one, brought back, forgets them again before anything else.

One line of JSON an erasure: ids that mean nothing elsewhere, and keyed hashes. No line says who it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub.errors import StoreError
from hub.files import whole_file
from hub.store import erasures
from hub.store.erasures import Erasure
from hub.store.store import Store

NAME = "erased.jsonl"
_CURE = "It keeps erased people erased when a backup is restored. Bring it back from another copy, or remove it to go on without."


def forget(store: Store, folder: Path, back_up: Callable[[], object]) -> None:
    """Who was erased and is not noted in ``folder`` yet: nothing of them stays in the database file, a backup is made without
    them, and it is noted beside. Where one of these does not come about, the next call begins again. Raises StoreError."""
    noted = _read(folder / NAME)
    with store.reading() as tx:
        new = [e for e in erasures.every(tx, state="done") if e.id not in noted]
        marks = erasures.suppressions(tx, [e.id for e in new])
        lines = {**noted, **{e.id: {**asdict(e), "marks": marks.get(e.id, [])} for e in new}}
    if not new:
        return
    store.compact()
    back_up()
    _write(folder, lines)


def copy_erased(source: Path, target: Path) -> None:
    """Put what stands in one folder beside what stands in another."""
    lines = {**_read(target / NAME), **_read(source / NAME)}
    if lines:
        _write(target, lines)


def replay_erased(store: Store, folder: Path) -> int:
    """Erase again whom this database does not know as erased: it is an older one. Returns how many."""
    lines = _read(folder / NAME)
    if not lines:
        return 0
    with store.reading() as tx:
        known = {e.id for e in erasures.every(tx, state="done")}
    new = [line for id_, line in lines.items() if id_ not in known]
    if not new:
        return 0
    with store.writing() as tx:
        marks = {line["id"]: [(kind, hashed) for kind, hashed in line.pop("marks")] for line in new}
        again = [Erasure(**line) for line in new]
        erasures.shred_again(tx, {owner for e in again for owner in e.owners})
        erasures.save(tx, again)
        erasures.add_suppressions(tx, marks)
    store.compact()
    return len(new)


def _write(folder: Path, lines: Mapping[str, Mapping[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / NAME, replacing=True) as part:
        part.write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines.values()), encoding="utf-8")


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as e:
        raise StoreError(f"{file} cannot be read ({e.strerror}). {_CURE}") from None
    out = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found = json.loads(line)
            out[str(found["id"])] = found
            Erasure(**{k: v for k, v in found.items() if k != "marks"})
            list(found["marks"])
        except (ValueError, KeyError, TypeError):
            raise StoreError(f"{file}, line {number} is not what the hub wrote there. {_CURE}") from None
    return out
