"""What a changed configuration would do, told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.command import DONE, Place
from hub.cli.output import Output, number
from hub.cli.telling import tell_writes

if TYPE_CHECKING:
    from hub.app import Hub

LIVES = {"out": "outside of its filter", "present": "in it", "dormant": "asleep, as the system is not configured"}


def rehearsed(place: Place, folder: Path, whole: bool) -> int:
    """Show it. The exit code is 0: nothing waits for an answer."""
    async def work(hub: Hub) -> dict[str, Any]:
        return await hub.rehearse(folder)

    found = place.with_hub(work, connecting=False)
    place.show.result(found)
    _tell(place.show, found, whole)
    return DONE


def _tell(show: Output, found: dict[str, Any], whole: bool) -> None:
    for system, lives in found["records"].items():
        said = ", ".join(f"{n:+,} {LIVES.get(life, life)}" for life, n in lives.items())
        show.line(f"Records of {system}: {said}.")
    for unit, count in found["values"].items():
        show.line(f"{unit}: another value for {number(count, 'contact')}.")
    if not found["writes"] and not found["records"] and not found["values"]:
        show.line("It would change nothing of what is known. Rules about edits count from the next edit on.")
        return
    tell_writes(show, found, whole)
    if found["dropped"]:
        show.line(f"{number(found['dropped'], 'write')} that wait now would not be made any more.")
    show.line(f"{number(found['people'], 'contact')} would be written to. Nothing of this is live, and every write would wait "
              "for approval.")
