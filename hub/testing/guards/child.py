"""The process that runs the tests of one fault without its guard: ``python -m hub.testing.guards.child ID``."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from hub.testing.guards.catalogue import Fault, catalogue
from hub.testing.guards.removal import without
from hub.testing.mutation.child import changed, tests


def main() -> int:
    fault = catalogue(Path.cwd())[sys.argv[1]]
    if not fault.plant:
        changed(fault.module, lambda source: without(fault, source))
    with _planted(fault) if fault.plant else nullcontext():
        return tests(["-rfE", *fault.tests])


def _planted(fault: Fault) -> AbstractContextManager[Any]:
    from hub.testing.simulation.planted import PLANTED  # imports the engine, which the guards of others are in

    return PLANTED[fault.plant].plant()


if __name__ == "__main__":
    sys.exit(main())
