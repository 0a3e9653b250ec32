"""The demo as it is seen: it makes the systems, tells the story, and judges what came out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.output import number
from hub.cli.sandbox import flush, wait
from hub_demo import crm, everywhere, truth, workspace
from hub_demo.association import STAFF
from hub_demo.decisions import Decision
from hub_demo.further import FURTHER
from hub_demo.setting import lay_out
from hub_demo.steps import STEPS
from hub_demo.story import Story

if TYPE_CHECKING:
    from hub.cli.output import Output


def tell(show: Output, *, seed: int, folder: Path, people: int, keep: bool, everything: bool = False) -> int:
    """Make the systems, tell the story, judge it. ``everything``: with those of ``FURTHER``. 0: every step came out as it
    should."""
    began = time.monotonic()
    home = workspace.clear(folder)
    further, steps = (FURTHER, everywhere.STEPS) if everything else ((), STEPS)
    show.heading(f"{'Nine' if everything else 'Four'} systems that know the same people differently")
    with ExitStack() as servers:
        setting = lay_out(servers, home, seed, people, further)
        show.line(setting.told(further))
        story = Story(show, setting, metered=not everything)
        problem = asyncio.run(story.tell(steps))
        truth.write(home, setting.who(), setting.native)
        links = truth.judge(home, story.contacts)
        decided = [_judged(home, each) for each in story.decided]
        if not problem and links["wrong"]:
            problem = f"{number(links['wrong'], 'pair')} of different people were joined"
        seconds = time.monotonic() - began
        show.result({"seed": seed, "steps": [asdict(step) for step in story.steps], "decisions": decided, "links": links,
                     "seconds": round(seconds, 2), "workspace": str(home), "problem": problem})
        report(show, story, decided, links)
        show.line(f"{seconds:.1f} s in all.")
        look(show, folder)
        if problem:
            show.warn(f"Error: the demo did not come out as it should: {problem}.")
        if keep:
            show.line(f"Until Ctrl-C the CRM is at {setting.crm.url}, its key is {crm.API_KEY}; the partners' system at "
                      f"{setting.partners.url}. The Excel list is {setting.volunteers.path}. The address book, for any program "
                      "that speaks CardDAV:")
            show.line(f"  {setting.books.book_url(STAFF)}   name {STAFF}, password {setting.books.passwords[STAFF]}")
            for each in further:
                show.line(f"{each.called[0].upper()}{each.called[1:]} is at {setting.urls[each.name]}.")
            flush()
            wait()
    return 1 if problem else 0


def _judged(home: Path, decision: Decision) -> dict[str, Any]:
    found = truth.judge(home, decision.contacts)
    return {"group": decision.group, "pairs": decision.pairs, "right": found["right"], "wrong": found["wrong"]}


def report(show: Output, story: Story, decided: Sequence[Mapping[str, Any]], links: Mapping[str, int]) -> None:
    """The end: the steps as a table, the decisions and the links judged."""
    show.line()
    show.heading("What it took")
    columns = ("name", "read", "linked", "created", "updated", "deleted", "held", "writes", "requests",
               *(("least_requests",) if story.metered else ()), "seconds")
    show.table([c.replace("_", " ") for c in columns], [[getattr(step, c) for c in columns] for step in story.steps])
    show.line()
    show.heading("Who is the same")
    show.table(["decision", "pairs", "right then", "wrong then"],
               [[each["group"], *(f"{each[count]:,}" for count in ("pairs", "right", "wrong"))] for each in decided])
    show.line(f"After {number(len(decided), 'decision')}, judged by a file the hub never read: of {links['true_pairs']:,} pairs "
              f"{links['right']:,} right, {links['wrong']:,} wrong, {links['waiting']:,} waiting for a person.")


def look(show: Output, folder: Path) -> None:
    """How to look further."""
    show.line()
    show.line("Look at it:")
    show.line(f"  hub overlap {folder / 'lists'}")
    for command in ("status", "conflicts list", "matches list", "runs", "explain NAME"):
        show.line(f"  hub -C {folder} {command}")
