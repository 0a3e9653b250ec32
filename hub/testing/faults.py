"""What can go wrong between the hub and a system, drawn from one seed: same seed and same calls, same faults."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

When = Literal["before", "after"]


def _nobody(when: When, op: str) -> None:
    """Nothing happens between the calls."""


@dataclass
class Faults:
    """Rates are chances from 0 to 1, each asked once a call (``partial_batch`` once a write). All are off.

    ``lost_before``    the request never arrived: a read is Transient, a write Refused("transient")
    ``lost_after``     it arrived, the answer did not: a read is Transient, a write is done, and Unknown
    ``throttled``      asked to wait ``retry_after_s`` seconds (None: not said for how long); nothing is done
    ``server_error``   a 5xx: a read is Transient, a write Unknown; it was not done
    ``garbled``        the answer is cut off, or a web page: a read is ContractBroken, a write is done, and Unknown
    ``stale_read``     a record that is read by its id is shown as it was one change ago
    ``partial_batch``  this write of a batch is refused, for now
    ``break_off``      a listing breaks off after a page
    ``replayed``       a page carries the changes of the page before once more
    ``resync``         the checkpoint is not accepted
    ``auth_failed``    the credentials are not accepted
    ``down``           nothing answers until it is False again
    ``between``        called with ("before" or "after", name of the call) around each request: here users type, and a
                       test crashes the hub by raising a BaseException that is no Exception
    ``counts``         how often each of them happened
    """

    rng: random.Random = field(default_factory=lambda: random.Random(0))
    lost_before: float = 0
    lost_after: float = 0
    throttled: float = 0
    server_error: float = 0
    garbled: float = 0
    stale_read: float = 0
    partial_batch: float = 0
    break_off: float = 0
    replayed: float = 0
    resync: float = 0
    auth_failed: float = 0
    retry_after_s: float | None = 30
    down: bool = False
    between: Callable[[When, str], None] = _nobody
    counts: Counter[str] = field(default_factory=Counter)

    def strikes(self, name: str) -> bool:
        """Does the fault of that name happen now? A rate of 0 takes nothing from the seed."""
        rate: float = getattr(self, name)
        if not rate or self.rng.random() >= rate:
            return False
        self.counts[name] += 1
        return True

    def calm(self) -> None:
        """From now on nothing goes wrong; ``between`` stays."""
        self.lost_before = self.lost_after = self.throttled = self.server_error = self.stale_read = 0
        self.garbled = self.partial_batch = self.break_off = self.replayed = self.resync = self.auth_failed = 0
        self.down = False
