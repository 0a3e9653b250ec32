"""The seven steps of the story."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

from hub.cli.output import cell, number
from hub_demo.story import BOARD, BY, CRM, STAFF, Steps, Story, Unexpected

SAMPLE = 2
NEW_EMAIL = "new.address@example.org"


async def plan(story: Story) -> None:
    """Read everything; a person approves the sure matches by group, then looks at the plan."""
    show = story.show
    cycle = await story.plan()
    show.line(f"Read {number(cycle.tally.read, 'record')}: "
              + ", ".join(f"{name} {p.read:,}" for name, p in sorted(cycle.pulls.items())) + ".")
    matches = story.hub.matches()
    sure = [m for m in matches if m["tier"] == "sure"]
    show.line(f"{number(len(sure), 'pair')} surely the same, {len(matches) - len(sure):,} that only may be. "
              "The sure ones are approved group by group, after a look at some of each:")
    rows: list[list[Any]] = []
    for cause, group in groupby(sure, key=lambda m: m["cause"]):
        pairs = list(group)
        for m in pairs[:SAMPLE]:
            one, other = (f"{r['name']} ({r['system']})" for r in m["records"])
            rows.append([cause, f"{len(pairs):,}", one, other, m["reasons"]])
    show.table(["cause", "pairs", "one", "the other", "why"], rows)
    if sure:
        story.hub.judge(["sure"], "same", by=BY)
        cycle = await story.plan()
    story.explain_writes(cycle)
    show.line(f"{number(sum(story.hub.status()['conflicts'].values()), 'value')} on which they disagree and no rule decides "
              "wait for a person; they are written nowhere.")


async def first_sync(story: Story) -> None:
    """The plan that was shown is applied, exactly."""
    cycle = story.last_plan
    document = story.hub.plan_document(cycle.plan.id) if cycle is not None and cycle.plan is not None else {}
    done = await story.apply(document)
    tally = done.tally
    story.show.line(f"Approved by {BY}, and applied exactly: {tally.created:,} created, {tally.updated:,} updated, "
                    f"{tally.refused:,} refused.")
    if tally.refused or tally.unknown or tally.stale:
        raise Unexpected(f"{tally.refused} writes were refused, {tally.stale} stale, {tally.unknown} without an answer")


async def second_sync(story: Story) -> None:
    """Nothing changed, so nothing is written."""
    done = await story.sync()
    story.show.line("Nothing changed anywhere, and nothing is written.")
    if done.tally.writes:
        raise Unexpected(f"the second sync made {done.tally.writes} writes")


async def edits(story: Story) -> None:
    """One edit in each system arrives in the others."""
    site, shelf = story.setting.crm, story.setting.books
    one, two, three = story.people_everywhere(3)
    site.users.edit(int(one[CRM]), job_title="Choir leader")
    _edit_card(story, STAFF, two[STAFF], lambda card: _with(card, "TITLE:Caretaker"))
    _edit_card(story, BOARD, three[BOARD], lambda card: _with(card, f"EMAIL;TYPE=home:{NEW_EMAIL}"))
    await story.sync()
    arrived = [
        ("a job title typed into the CRM", [STAFF, BOARD], all("Choir leader" in shelf.read(b, one[b]) for b in (STAFF, BOARD))),
        ("a title typed into the staff's book", [CRM, BOARD],
         site.contact(int(two[CRM]))["job_title"] == "Caretaker" and "Caretaker" in shelf.read(BOARD, two[BOARD])),
        ("an e-mail address added to the board's book", [CRM, STAFF],
         NEW_EMAIL in site.emails(int(three[CRM])) and NEW_EMAIL in shelf.read(STAFF, three[STAFF])),
    ]
    story.show.table(["edit", "arrived in"], [[what, where if there else "NOT ARRIVED"] for what, where, there in arrived])
    for what, where, there in arrived:
        if not there:
            raise Unexpected(f"{what} did not arrive in {cell(where)}")


async def conflict(story: Story) -> None:
    """Two people edit the same field of the same person."""
    who = story.people_everywhere(4)[3]
    _edit_card(story, STAFF, who[STAFF], lambda card: _with(card, "TITLE:Treasurer"))
    _edit_card(story, BOARD, who[BOARD], lambda card: _with(card, "TITLE:Chair"))
    before = {c["id"] for c in story.hub.conflicts()}
    done = await story.sync()
    new = [c for c in story.hub.conflicts() if c["id"] not in before]
    if len(new) != 1 or done.tally.writes:
        raise Unexpected(f"{len(new)} conflicts and {done.tally.writes} writes came of two edits of one field")
    story.conflict = new[0]
    story.show.line(f"{new[0]['name']}, {new[0]['unit']}: "
                    + ", ".join(f"{c['system']} says {c['value']}" for c in new[0]["contenders"])
                    + ". Nobody is overruled; it waits for a person, and is written nowhere.")


async def resolution(story: Story) -> None:
    """A person decides; the answer goes where it is missing."""
    conflict = story.conflict
    story.hub.resolve(conflict["id"], BOARD, by=BY)
    done = await story.sync()
    shelf, refs = story.setting.books, next(r for c, r in story.hub.records().items() if c == conflict["contact"])
    ids = {r.system: r.native_id for r in refs}
    there = "Chair" in shelf.read(STAFF, ids[STAFF]) and story.setting.crm.contact(int(ids[CRM]))["job_title"] == "Chair"
    story.show.line(f"{BY.capitalize()} chose the board's. {number(done.tally.writes, 'write')}: staff and CRM have it too.")
    if not there:
        raise Unexpected("the answer did not arrive in the other systems")


async def delete_held(story: Story) -> None:
    """Somebody deletes a card. Nothing is deleted elsewhere before a person says so."""
    who = story.people_everywhere(6)[5]
    story.setting.books.delete(BOARD, who[BOARD])
    before = {c["id"] for c in story.hub.conflicts()}
    done = await story.sync()
    new = [c for c in story.hub.conflicts() if c["id"] not in before]
    if len(new) != 1 or done.tally.writes:
        raise Unexpected(f"{len(new)} questions and {done.tally.writes} writes came of one deleted card")
    story.show.line(f"{new[0]['name']} was deleted in the board's book. The others keep the record until a person says "
                    f"{', '.join(new[0]['choices'][:-1])} or {new[0]['choices'][-1]}: "
                    f"`hub conflicts resolve {new[0]['id']} CHOICE`.")


def _edit_card(story: Story, account: str, name: str, change: Callable[[str], str]) -> None:
    """A user's program reads a card, changes it, writes it back."""
    shelf = story.setting.books
    shelf.write(account, name, change(shelf.read(account, name)))


def _with(card: str, line: str) -> str:
    """The card with one more property; a title replaces the old one."""
    name = re.split("[;:]", line)[0]
    if name == "TITLE":
        card = re.sub(r"(?m)^TITLE[;:].*\r?\n", "", card)
    return card.replace("END:VCARD", f"{line}\r\nEND:VCARD")


STEPS: Steps = (
    ("plan", plan), ("first sync", first_sync), ("second sync", second_sync), ("edits", edits), ("conflict", conflict),
    ("resolution", resolution), ("delete held", delete_held))
