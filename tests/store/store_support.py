"""What the tests of the store share."""

from __future__ import annotations

from collections.abc import Callable

from hub.store.store import Store

MASTER = bytes(range(32))

Open = Callable[..., Store]
"""Opens the test's database, as often as asked: ``open_store(clock=…, hook=…)``."""
