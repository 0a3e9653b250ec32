"""``python -m hub.testing.guards [ID …]``: take the guard of each fault away; its tests must fail.

Run it in a checkout. Without ids all are tried. Ends with 1 when the tests of a fault pass without its guard or cannot be run.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from hub.testing.guards.catalogue import FOLDER, catalogue, guarded, kinds
from hub.testing.guards.page import PAGE, page
from hub.testing.guards.running import tried


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.testing.guards", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="faults, or classes by their letter (default: all)")
    parser.add_argument("--limit", type=float, default=300.0, metavar="SECONDS", help="for the tests of one fault (default 300)")
    parser.add_argument("--page", action="store_true", help=f"write {PAGE.as_posix()} and try nothing")
    given = parser.parse_args(argv)
    root = Path.cwd()
    if not (root / FOLDER).is_dir():
        parser.error(f"{FOLDER.as_posix()} is not here: run it in a checkout of the project")
    if given.page:
        (root / PAGE).write_text(page(kinds(root)), encoding="utf-8", newline="\n")
        return 0
    known = catalogue(root)
    if strangers := [i for i in given.ids if i not in known and not any(k.rstrip("0123456789") == i for k in known)]:
        parser.error(f"no fault is called {', '.join(strangers)}")
    chosen = [f for f in guarded(root) if not given.ids or f.id in given.ids or f.id.rstrip("0123456789") in given.ids]
    counted: Counter[str] = Counter()
    for one in tried(root, chosen, given.limit):
        counted[one.outcome] += 1
        print(f"{one.fault.id:4} {one.outcome:9} {one.seconds:6.1f} s  {one.fault.guard}  {one.why}", flush=True)
    print(f"tried {len(chosen)}, " + ", ".join(f"{name} {counted[name]}" for name in ("noticed", "survived", "broken")))
    return 1 if counted["survived"] or counted["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
