"""``python -m hub.testing.crashes``: play scenarios again and again, and let the hub's process die at one point after another."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.testing.crashes import killed
from hub.testing.crashes.ground import Files, Ground, Served
from hub.testing.crashes.sweep import Choice, Report, Sweep, each_nth, each_state, every, sweep
from hub.testing.scenario import Scenario


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.testing.crashes", description=__doc__)
    parser.add_argument("folder", type=Path, help="of scenario files (*.toml)")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="files whose name holds this (repeatable)")
    parser.add_argument("--database", metavar="URL",
                        help="where (default: SQLite, in a folder that is deleted); each performance has a workspace of its own "
                             "there, whose rows are deleted after it, unless it was killed")
    parser.add_argument("--points", choices=("all", "states"), default="all",
                        help="all (default), or one for each state that differs in the database or the systems")
    parser.add_argument("--every", type=int, default=0, metavar="N",
                        help="instead: every N-th point, from another one on in each file")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--killed", action="store_true", help="the hub runs in a process of its own, which ends at the point")
    way.add_argument("--second", action="store_true", help="at each point two processes die: the second on the way back")
    given = parser.parse_args(argv)
    files = [f for f in sorted(given.folder.glob("*.toml")) if not given.only or any(text in f.stem for text in given.only)]
    if not files:
        parser.error(f"{given.folder}: no scenario is there (files *.toml) that --only allows")
    started, total = time.monotonic(), Counter[str]()
    with TemporaryDirectory() as folder:
        ground: Ground = Served(given.database) if given.database else Files(Path(folder))
        for place, file in enumerate(files):
            choice: Choice = each_nth(given.every, place) if given.every else each_state if given.points == "states" else every
            if given.killed:
                found = killed.sweep(file, Sweep(Scenario.read(file), ground), choice, Path(folder), given.database)
            else:
                found = sweep(Scenario.read(file), ground, choice, second=given.second)
            total.update(counted(found))
            for line in found.violations:
                print(f"{file.stem}: {line}", flush=True)
            print(f"{file.stem}: {told(counted(found))}", flush=True)
    print(f"all: scenarios {len(files)}, {told(total)}, {time.monotonic() - started:.0f} s", flush=True)
    return 1 if total["violations"] or total["approvals given again"] else 0


def counted(report: Report) -> Counter[str]:
    """``covered``: points of the scenario that leave behind what one does at which a process died."""
    tried = (*report.once, *report.twice)
    return Counter({
        "points": len(report.points), "states": report.states, "died at": len(report.died_at), "covered": report.covered,
        "died twice": len(report.twice), "performances": len(tried), "violations": len(report.violations),
        "approvals given again": sum(one.renewed for one in tried), "writes sent again": sum(one.more for one in tried)})


def told(total: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in total.items())


if __name__ == "__main__":
    sys.exit(main())
