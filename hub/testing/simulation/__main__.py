"""``python -m hub.testing.simulation``: run histories, replay a seed."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from hub.testing.simulation.history import run_history


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.testing.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--histories", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--cycles", type=int, default=10, help="cycles with faults in each (default 10)")
    parser.add_argument("--stop", action="store_true", help="stop at the first violation")
    parser.add_argument("--replay", action="store_true", help="run every seed twice and compare the traces")
    parser.add_argument("--mistakes", action="store_true", help="people also join two contacts by mistake, and part them")
    parser.add_argument("--database", default="sqlite://", metavar="URL",
                        help="where (default: in memory); each history has a workspace of its own there, which stays")
    given = parser.parse_args(argv)
    total: Counter[str] = Counter()
    bad = 0
    started = time.monotonic()
    for seed in range(given.seed, given.seed + given.histories):
        result, *again = (run_history(seed, cycles=given.cycles, mistakes=given.mistakes, url=given.database)
                          for _ in range(2 if given.replay else 1))
        if any(other.trace != result.trace for other in again):
            result.violations.append("replay: another trace")
        total.update(histories=1, calls=result.calls, writes=result.writes, crashes=result.crashes, cycles=result.cycles,
                     typed=result.typed, violations=len(result.violations))
        if result.violations:
            bad += 1
            for line in result.violations:
                print(f"seed {seed}: {line}")
            if given.stop:
                break
    took = time.monotonic() - started
    print(", ".join(f"{name} {count}" for name, count in total.items()) + f", {took:.1f} s, {bad} bad histories")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
