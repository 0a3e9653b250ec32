"""The hub's process over one database, that can be killed and started again: its ids and secrets come from the seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

from hub.store.store import Store

MASTER = b"simulation master key, 32 bytes."


class Crash(BaseException):
    """kill -9: nothing after it runs, nothing catches it."""


class Process:
    """``store``: of the process that runs now, in a workspace of its own in the database at ``url``. ``now``: seconds since 1970;
    ``hook``: see ``Store.open``."""

    def __init__(self, seed: int, now: Callable[[], float], hook: Callable[[str], None], url: str = "sqlite://") -> None:
        self._now, self._hook = now, hook
        self._ids, self._chance = random.Random(seed ^ 0x1D5), random.Random(seed ^ 0xC0FFEE)
        workspace = uuid.uuid4().hex
        self.store = Store.open(url, MASTER, workspace=workspace, clock=now, new_id=self._new_id, random=self._chance.randbytes,
                                threaded=False, hook=hook)

    def restart(self) -> Store:
        """A new process over the same file: everything in memory is forgotten."""
        old = self.store
        self.store = Store(old.engine, MASTER, workspace=old.workspace, clock=self._now, new_id=self._new_id,
                           random=self._chance.randbytes, executor=None, hook=self._hook)
        self.store._install()
        return self.store

    def _new_id(self) -> str:
        millis, chance = int(self._now() * 1000) & (1 << 48) - 1, self._ids.getrandbits(74) & ~(0b11 << 62)
        value = millis << 80 | 0x7 << 76 | chance | 0b10 << 62
        return str(uuid.UUID(int=value & (1 << 128) - 1))
