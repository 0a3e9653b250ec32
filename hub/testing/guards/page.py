"""``docs/reliability-faults.md``, written from the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hub.testing.guards.catalogue import Fault, Kind

PAGE = Path("docs") / "reliability-faults.md"
HEAD = """# What can go wrong

<!-- Written by `python -m hub.testing.guards --page` from tests/faults/*.toml; a test holds the two equal. -->

{count} faults: {guarded} are met by a guard whose tests fail when the guard is taken away, {reason} this code cannot meet, for
the reason said, {not_yet} are not yet met or not yet proved. How that is measured: [reliability.md](reliability.md), "The
catalogue".
"""


def page(kinds: Sequence[Kind]) -> str:
    every = [fault for kind in kinds for fault in kind.faults]
    head = HEAD.format(count=len(every), guarded=sum(bool(f.guard) for f in every), reason=sum(bool(f.reason) for f in every),
                       not_yet=sum(bool(f.not_yet) for f in every))
    return head + "".join(_section(kind) for kind in kinds)


def _section(kind: Kind) -> str:
    rows = "".join(f"| {f.id} | {f.fault} | {f.holds} | {_proof(f)} |\n" for f in kind.faults)
    head = "| Id | What goes wrong | What holds all the same | Guard and tests |\n|---|---|---|---|\n"
    return f"\n## {kind.letter}. {kind.title}\n\n{head}{rows}"


def _proof(fault: Fault) -> str:
    if fault.reason:
        return fault.reason
    if fault.not_yet:
        return f"**Not yet**: {fault.not_yet}"
    return f"`{fault.guard}`: " + ", ".join(f"`{test}`" for test in fault.tests)
