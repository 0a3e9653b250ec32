"""``python -m hub.testing.simulation``: run histories, replay a seed."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from hub.testing.simulation.history import run_history
from hub.testing.simulation.planted import PLANTED, caught, clean
from hub.testing.simulation.undoing import Undone, told


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.testing.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--histories", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--cycles", type=int, default=10, help="cycles with faults in each (default 10)")
    parser.add_argument("--stop", action="store_true", help="stop at the first violation")
    parser.add_argument("--replay", action="store_true", help="run every seed twice and compare the traces")
    parser.add_argument("--mistakes", action="store_true", help="people also join two contacts by mistake, and part them")
    parser.add_argument("--site", action="store_true", help="the site has filters, limits and a reviewer who is away at times")
    parser.add_argument("--meetings", action="store_true", help="two people often work at one person in two systems")
    parser.add_argument("--undo", type=int, default=0, metavar="N", help="undo N runs at the end of each, one after the other")
    parser.add_argument("--database", default="sqlite://", metavar="URL",
                        help="where (default: in memory); each history has a workspace of its own there, which stays")
    parser.add_argument("--planted", nargs="?", const="", metavar="TEXT",
                        help="plant each bug (whose rule holds this text) and look for the first history that catches it, "
                             "among so many histories")
    given = parser.parse_args(argv)
    if given.planted is not None:
        return _plant(given.planted, range(given.seed, given.seed + given.histories))
    total: Counter[str] = Counter()
    undone: list[Undone] = []
    bad = 0
    started = time.monotonic()
    for seed in range(given.seed, given.seed + given.histories):
        result, *again = (run_history(seed, cycles=given.cycles, mistakes=given.mistakes, site=given.site,
                              meetings=given.meetings, undo=given.undo, url=given.database)
                          for _ in range(2 if given.replay else 1))
        if any(other.trace != result.trace for other in again):
            result.violations.append("replay: another trace")
        total.update(histories=1, calls=result.calls, writes=result.writes, crashes=result.crashes, cycles=result.cycles,
                     typed=result.typed, violations=len(result.violations))
        undone += result.undone
        if result.violations:
            bad += 1
            for line in result.violations:
                print(f"seed {seed}: {line}")
            if given.stop:
                break
    took = time.monotonic() - started
    print(", ".join(f"{name} {count}" for name, count in total.items()) + f", {took:.1f} s, {bad} bad histories")
    if given.undo:
        print(told(undone))
    return 1 if bad else 0


def _plant(text: str, seeds: range) -> int:
    survived = 0
    for rule, bug in sorted(PLANTED.items()):
        if text not in rule:
            continue
        order = [bug.first, *seeds] if bug.first in seeds else list(seeds)
        for seed in order:
            why = caught(bug, seed)
            if why and not clean(bug, seed):
                print(f"without any bug seed {seed} is not clean either", flush=True)
            elif why:
                print(f"caught by seed {seed}: {rule} ({why})", flush=True)
                break
        else:
            survived += 1
            print(f"SURVIVED {len(seeds)} histories: {rule}", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
