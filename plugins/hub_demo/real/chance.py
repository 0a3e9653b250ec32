"""All chance from one seed: ids and tokens that sandboxes and connectors make, and how long somebody waits."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Until it ends, what comes from the operating system's chance (``uuid4``, ``secrets``) and from ``random`` itself comes from
    the seed."""
    chance, before = random.Random(f"{seed}/chance"), random.getstate()  # noqa: S311  (a simulation, no secret)
    random.seed(f"{seed}/waiting")
    try:
        with patch.object(os, "urandom", chance.randbytes), patch.object(random, "_urandom", chance.randbytes):
            yield
    finally:
        random.setstate(before)
