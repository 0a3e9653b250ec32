"""Is the database older than what was seen in this workspace? A file copied back by hand says nothing of that, nor does a dump of
a server, but it brings back what was approved then, and knows nothing of what was written since.

Beside the database stands the number of the newest run that held it (its epoch). It only ever grows; lower in the database than
beside it, the database was exchanged. A workspace copied to another computer, database and number together, is no older one.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from hub.backup.restoring import mark
from hub.store import systems
from hub.store.store import Store
from hub.workspace import STATE, write_whole

SEEN = "seen.json"


def notice(workspace: Path, store: Store) -> bool:
    """Is it an older one? Then it only reads and compares until a person confirms it, as after `hub restore`."""
    seen = _seen(workspace, store)  # first: a run that begins now raises the other one before it
    with store.reading() as tx:
        epoch = systems.epoch(tx)
    if epoch >= seen:
        return False
    mark(workspace, {})
    with store.writing() as tx:
        systems.forget_approvals(tx)
    _write(workspace, store, epoch)
    return True


def note(workspace: Path, store: Store) -> None:
    """A run holds the database."""
    _write(workspace, store, store.epoch)


def _write(workspace: Path, store: Store, epoch: int) -> None:
    told = json.dumps({"installation": store.installation, "epoch": epoch})
    with suppress(OSError):  # no run fails for a sign that it may do without
        write_whole(workspace / STATE / SEEN, told.encode("utf-8"))


def _seen(workspace: Path, store: Store) -> int:
    """-1 where nothing was seen, or another installation was: an emptied database begins anew."""
    try:
        found = json.loads((workspace / STATE / SEEN).read_text(encoding="utf-8"))
        return int(found["epoch"]) if found["installation"] == store.installation else -1
    except (OSError, ValueError, KeyError, TypeError):
        return -1
