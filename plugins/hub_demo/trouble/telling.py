"""The trouble run as it is seen: what went wrong, and what it came to."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.output import number
from hub_demo import workspace
from hub_demo.association import gather
from hub_demo.further import EVERY
from hub_demo.in_process import lay_out
from hub_demo.trouble.judging import Judgement
from hub_demo.trouble.run import CYCLES, DOWN, Trouble
from hub_demo.trouble.typists import STALE
from hub_demo.trouble.wire import LOST, THROTTLED

if TYPE_CHECKING:
    from hub.cli.output import Output

SHOWN = 12
KINDS = ("requests", "lost", "throttled", "down", "sent again")


def tell(show: Output, *, seed: int, folder: Path, people: int) -> int:
    """Make the systems, have the trouble, judge it. 0: all as it must be."""
    began = time.monotonic()
    home = workspace.clear(folder)
    show.heading("Nine systems, and trouble")
    known = gather(seed, people, EVERY)
    trouble = Trouble(show, lay_out(home, seed, known), seed)
    records = sum(map(len, known.values()))
    show.line(f"{number(people, 'person', 'people')}, {records:,} records in {len(EVERY)} systems, {len(trouble.house.apps)} of "
              f"them asked over a wire on which {LOST:.0%} of the answers get lost and {THROTTLED:.0%} are a 429. {STALE:.0%} of "
              f"the records that are written were changed by somebody just before. {trouble.down} does not answer in cycles "
              f"{DOWN.start + 1} to {DOWN.stop} of {CYCLES}.")
    found = asyncio.run(trouble.run(people))
    told = as_data(trouble, found)
    seconds = round(time.monotonic() - began, 1)
    show.result({"seed": seed, "people": people, "records": records, **told, "seconds": seconds, "workspace": str(home)})
    report(show, trouble, found, told["edits"])
    show.line(f"{seconds} s in all.")
    problems = told["problems"]
    for problem in problems[:SHOWN]:
        show.warn(f"Error: {problem}.")
    if len(problems) > SHOWN:
        show.warn(f"Error: and {len(problems) - SHOWN} more.")
    return 1 if problems else 0


def as_data(trouble: Trouble, found: Judgement) -> dict[str, Any]:
    """``problems``: what must be empty, in words."""
    deleted = sum(line.deleted for line in trouble.lines)
    return {
        "down": trouble.down, "cycles": [asdict(line) for line in trouble.lines],
        "wire": {name: {kind: wire.counts[kind] for kind in KINDS} for name, wire in sorted(trouble.wires.items())},
        "edits": {"typed": len(trouble.typists.typed), "while it was written": trouble.typists.raced, **found.fates},
        "compared": found.compared, "held": found.held, "parked": found.parked,
        "problems": [*found.problems, *([f"{number(deleted, 'record')} deleted"] if deleted else []),
                     *([] if trouble.silent else ["the last cycle still had something to write"])],
    }


def report(show: Output, trouble: Trouble, found: Judgement, edits: dict[str, int]) -> None:
    """The cycles, the wires, the edits and the judgement as tables."""
    show.line()
    columns = ("name", "created", "updated", "stale", "unknown", "refused", "requests", "down", "seconds")
    show.table(columns, [[getattr(line, c) for c in columns] for line in trouble.lines])
    show.line()
    show.heading("On the wire")
    total = sum((wire.counts for wire in trouble.wires.values()), Counter[str]())
    rows = [*sorted((name, wire.counts) for name, wire in trouble.wires.items()), ("all", total)]
    show.table(["system", *KINDS], [[name, *(f"{counts[kind]:,}" for kind in KINDS)] for name, counts in rows])
    show.line()
    show.heading("What became of the edits")
    show.table(["edits", "how many"], [[what, f"{count:,}"] for what, count in edits.items()])
    show.line()
    show.line(f"{found.compared:,} values in records were held against their contacts: {len(found.differs):,} differ. "
              f"{number(found.held, 'question')} wait for a person, {number(found.parked, 'refused write')} for a change. "
              f"Doubled: {len(found.doubled):,}; records without a contact: {len(found.orphans):,}; edits lost: "
              f"{len(found.lost):,}.")
