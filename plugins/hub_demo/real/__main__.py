"""``python -m hub_demo.real``: run histories over real connectors and their sandboxes, replay a seed, undo runs, measure the
windows of writing."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from hub.testing.simulation.undoing import told
from hub_demo.real.history import Result, run_history
from hub_demo.real.offices import OFFICES
from hub_demo.real.windows import OTHER, WRITTEN, measure

FAULTS = ("lost", "unanswered", "throttled", "unavailable", "cut", "lapsed")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub_demo.real", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--histories", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--cycles", type=int, default=8, help="cycles with faults in each (default 8)")
    parser.add_argument("--systems", default="", metavar="KIND,KIND", help=f"of {', '.join(OFFICES)} (default: 2 to 6, drawn)")
    parser.add_argument("--undo", type=int, metavar="N", help="undo N runs at the end of each (default: one in half of them)")
    parser.add_argument("--replay", action="store_true", help="run every seed twice and compare all requests and answers")
    parser.add_argument("--windows", type=int, metavar="N",
                        help="instead: how many of N values typed while the hub writes get lost, per connector and field")
    given = parser.parse_args(argv)
    kinds = [kind for kind in given.systems.split(",") if kind]
    if unknown := set(kinds) - set(OFFICES):
        parser.error(f"no such system: {', '.join(sorted(unknown))}. There are: {', '.join(OFFICES)}.")
    if len(kinds) == 1 and not given.windows:
        parser.error("a history has two systems or more.")
    if given.windows:
        return _windows(kinds or list(OFFICES), given.windows, given.seed)
    began, results = time.monotonic(), list[Result]()
    for seed in range(given.seed, given.seed + given.histories):
        result, *again = (run_history(seed, kinds=kinds, cycles=given.cycles, undo=given.undo)
                          for _ in range(2 if given.replay else 1))
        if any(other.trace != result.trace for other in again):
            result.violations.append("replay: other requests")
        for line in result.violations:
            print(f"seed {seed} ({', '.join(result.kinds)}): {line}", flush=True)
        result.trace.clear()
        results.append(result)
    _tell(results, time.monotonic() - began)
    return 1 if any(result.violations for result in results) else 0


def _tell(results: list[Result], took: float) -> None:
    counts = sum((result.counts for result in results), Counter[str]())
    kinds = Counter(kind for result in results for kind in result.kinds)
    unseen = sum((result.unseen for result in results), Counter[str]())
    undone = [undone for result in results for undone in result.undone]
    print(f"histories {len(results)}, cycles {sum(r.cycles for r in results)}, crashes {sum(r.crashes for r in results)}, "
          f"requests {counts['requests']}, writes {counts['writes']}, values typed {sum(r.typed for r in results)}, "
          f"violations {sum(len(r.violations) for r in results)}, {took:.0f} s")
    print("systems: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    print("faults: " + ", ".join(f"{name} {counts[name]}" for name in FAULTS))
    print("typed in a window and overwritten: " + (", ".join(f"{k} {n}" for k, n in sorted(unseen.items())) or "nothing"))
    print(told(undone))


def _windows(kinds: list[str], people: int, seed: int) -> int:
    print("| Connector | Writes conditionally | Lost, same field | Lost, another field |\n|---|---|---|---|")
    for kind in kinds:
        found = measure(kind, people, seed)
        shares = (f"{found.lost[at]} of {found.typed[at]}" for at in (WRITTEN, OTHER))
        print(f"| {kind} | {'yes' if found.conditional else 'no'} | {' | '.join(shares)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
