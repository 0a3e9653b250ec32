"""The first evening: the lists are joined, a plan is looked at, approved and written, and then nothing more is."""

from __future__ import annotations

from typing import Any

from hub.cli.output import number
from hub_demo import decisions, living
from hub_demo.story import BY, Steps, Story, Unexpected

SAMPLE = 2


async def plan(story: Story) -> None:
    """Read everything; a person decides who is the same, group by group, then looks at the plan."""
    show = story.show
    cycle = await story.plan()
    show.line(f"Read {number(cycle.tally.read, 'record')}: "
              + ", ".join(f"{name} {p.read:,}" for name, p in sorted(cycle.pulls.items())) + ".")
    matches = story.hub.matches()
    sure = sum(m["tier"] == decisions.SURE for m in matches)
    show.line(f"{number(sure, 'pair')} surely the same, {len(matches) - sure:,} that only may be. A person decides by group, "
              "after a look at some of each: the sure ones at once, then causes that no family makes; at most "
              f"{decisions.MOST} times.")
    while len(story.decided) < decisions.MOST and (taken := _decide(story)):
        show.table(["group", "pairs", "one", "the other", "why"], taken)
        cycle = await story.plan()
    story.explain_writes(cycle)
    show.line(f"{number(story.held, 'value')} on which they disagree and no rule decides wait for a person; they are written "
              "nowhere.")


def _decide(story: Story) -> list[list[Any]]:
    """Accept what can be accepted now; gives what was looked at."""
    rows: list[list[Any]] = []
    room = decisions.MOST - len(story.decided)
    contacts: decisions.Contacts = list(story.hub.records().values())
    for group in list(decisions.groups(story.hub.matches()))[:room]:
        for m in group.pairs[:SAMPLE]:
            one, other = (f"{r['name']} ({r['system']})" for r in m["records"])
            rows.append([group.name, f"{len(group.pairs):,}", one, other, m["reasons"]])
        story.hub.judge([group.name], "same", by=BY)
        contacts = decisions.joined(contacts, group)
        story.decided.append(decisions.Decision(group.name, len(group.pairs), contacts))
    return rows


async def first_sync(story: Story) -> None:
    """The plan that was shown is applied, exactly. Who works where can be said once both records are there."""
    before = story.setting.volunteers.own()
    cycle = story.last_plan
    document = story.hub.plan_document(cycle.plan.id) if cycle is not None and cycle.plan is not None else {}
    done = [await story.apply(document), await story.sync()]
    created, updated, refused = (sum(getattr(d.tally, what) for d in done) for what in ("created", "updated", "refused"))
    show, odd = story.show, _odd_refusals(story)
    show.line(f"Approved by {BY}, and applied exactly: {done[0].tally.created:,} created, {done[0].tally.updated:,} updated, "
              f"{refused:,} refused. Then {number(done[1].tally.updated, 'employer')} whose own record had to be made first.")
    if odd or any(d.tally.unknown or d.tally.stale for d in done):
        raise Unexpected(f"of {created + updated} writes {refused} were refused, {odd} of them for no known reason, and some "
                         "are stale or without an answer")
    story.setting.note_rows()
    if story.setting.volunteers.own() != before:
        raise Unexpected("the list's own columns or its other sheet are not as they were")
    show.line("The Excel list got the column hub-id, rows for volunteers it did not have, and nothing else: its own columns "
              "and its other sheet are as they were.")


def _odd_refusals(story: Story) -> int:
    """Writes refused for a reason nobody expected. What a system cannot store waits, and holds up nobody else."""
    cannot = {name: running.cannot for name, running in story.setting.further.items() if running.cannot}
    refusals = story.hub.failures()
    waiting = [each for each in refusals if each["system"] in cannot and cannot[each["system"]] in each["reason"]]
    if waiting:
        names = ", ".join(sorted({each["system"] for each in waiting}))
        story.show.line(f"{number(len(waiting), 'record')} of {names} cannot be as the others have them, and wait for a person "
                        f"(`hub failures list`): {waiting[0]['reason']}.")
    return len(refusals) - len(waiting)


async def second_sync(story: Story) -> None:
    """Nothing changed, so nothing is written."""
    done = await story.sync()
    story.contacts = list(story.hub.records().values())
    story.show.line("Nothing changed anywhere, and nothing is written.")
    if done.tally.writes:
        raise Unexpected(f"the second sync made {done.tally.writes} writes")


STEPS: Steps = (
    ("plan", plan), ("first sync", first_sync), ("second sync", second_sync), ("edits", living.edits),
    ("deactivated", living.deactivated), ("leaving", living.leaving), ("conflict", living.conflict),
    ("resolution", living.resolution), ("delete held", living.delete_held))
