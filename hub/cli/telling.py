"""A cycle, a plan and the systems in words, and the exit code they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.command import DONE, FAILED, STOPPED
from hub.cli.output import Output, moment, number, told
from hub.cli.plan_groups import Difference, differences, groups
from hub.cli.plan_words import Words
from hub.errors import about

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.engine.cycle import Cycle

SAMPLE = 10
"""Writes a plan shows of each kind; --all shows every one."""
RESTORED = ("This workspace was restored from a backup, or has an older database than before, and only reads and compares. When "
            "`hub plan` shows nothing that surprises you, run `hub restore --confirm`.")


def told_cycle(cycle: Cycle) -> dict[str, Any]:
    """A cycle as data."""
    plan = cycle.plan
    return {
        "run": cycle.run, "state": cycle.state,
        "systems": {n: {"read": p.read, "changed": p.arrived, "read_whole": p.listed is not None, "error": str(p.error or ""),
                        "warnings": list(p.warnings)}
                    for n, p in sorted(cycle.pulls.items())},
        "stopped": dict(cycle.tally.stopped),
        "plan": {"id": plan.id, "hash": plan.hash, "writes": plan.writes, "waits": dict(plan.waits)} if plan else None,
        "approved_by": cycle.tally.approved_by, "waiting": dict(cycle.waiting), "not_finished": dict(cycle.left),
        "counts": cycle.tally.as_json(),
    }


def tell_cycle(show: Output, hub: Hub, cycle: Cycle) -> None:
    """A cycle in words."""
    tally = cycle.tally
    if not cycle.pulls and not tally.stopped:
        show.line("No system is configured yet: connect one with `hub connect`, or fill in "
                  f"{hub.workspace / 'config' / 'hub.toml'}.")
    show.table(["system", "read", "changed", "requests", "result"], [
        [n, p.read, p.arrived, tally.requests.get(n, 0), "problem" if n in tally.stopped else "fine"]
        for n, p in sorted(cycle.pulls.items())])
    for name, pull in sorted(cycle.pulls.items()):
        for warning in pull.warnings:
            show.warn(f"Warning: {name}: {warning}")
    show.line(f"{number(tally.linked, 'record')} linked, {number(tally.joined, 'contact')} joined, "
              f"{number(tally.merged, 'contact')} merged.")
    if tally.approved_by:
        show.line(f"Approved by {tally.approved_by}.")
    if tally.writes or tally.refused or tally.unknown:
        show.line(f"Written: {tally.created:,} created, {tally.updated:,} updated, {tally.deleted:,} deleted; "
                  f"{tally.refused:,} refused, {tally.stale:,} moved meanwhile, {tally.unknown:,} with unknown outcome.")
    if tally.refused:
        show.line("Why something was refused, and what to do: `hub failures list`.")
    if tally.not_erased:
        show.line(f"{number(tally.not_erased, 'contact')} not erased though the time is over: something changed since that was "
                  "approved. `hub subject due` shows who is due now.")
    if tally.not_erased_yet:
        show.line(f"{number(tally.not_erased_yet, 'contact')} whose time is over: erased as soon as every system with a record "
                  "of theirs was read.")
    stands = hub.status()
    for s in stands["systems"]:
        if s["no_writes"]:
            show.line(f"Nothing is written to {s['name']}: {s['no_writes']}.")
    if stands["restored"] is not None:
        show.line(RESTORED)
    waiting = sum(stands["conflicts"].values())
    if waiting:
        show.line(f"{number(waiting, 'conflict')} for a person: `hub conflicts list`.")
    if stands["matches"]:
        show.line(f"{number(stands['matches'], 'pair')} may be the same: `hub matches list`.")


def tell_writes(show: Output, document: Mapping[str, Any], whole: bool, sample: int = SAMPLE) -> None:
    """What a plan would write, irreversible first: in short, then group by group."""
    words = Words(names=document.get("names"))
    for rest in document.get("approved_rest", ()):
        show.line(words.fill("rest", system=rest["system"], by=rest["by"], at=words.moment(rest["at"]), count=rest["count"]))
    writes = document.get("writes", ())
    if not writes:
        show.line("Nothing to write.")
        return
    found = groups(document)
    show.heading(f"The plan has {number(len(writes), 'write')}:")
    for group in found:
        show.line(f"  {words.title(group)}{'; this cannot be taken back' if group.is_irreversible else ''}")
    for system, what in sorted(document.get("stirs", {}).items()):
        if any(group.system == system for group in found):
            show.line(words.stirs(system, what))
    shown = 0
    for group in found:
        some = group.writes if whole else group.writes[:sample]
        shown += len(some)
        show.heading(words.title(group))
        show.table(["nr", "who", "changes"], [[w["number"], w["name"], changes(w["before"], w["after"], words)] for w in some])
    if shown < len(writes):
        show.line(f"… and {len(writes) - shown:,} more: --all shows them.")


def changes(before: Mapping[str, Any], after: Mapping[str, Any], words: Words | None = None) -> str:
    """``family name: Virtanen → Aho; e-mail: + anna@x.fi``"""
    words = words or Words()
    found: dict[str, list[str]] = {}
    for each in differences(before, after):
        found.setdefault(words.label(each), []).append(_change(each, words))
    return "; ".join(f"{label}: {', '.join(said)}" for label, said in found.items())


def _change(of: Difference, words: Words) -> str:
    before, after = words.value(of, of.before), words.value(of, of.after)
    if of.member and not (before and after):
        return f"+ {after}" if after else f"- {before}" if before else "order"
    return f"{before} → {after or '(nothing)'}" if before else after


def exit_code(hub: Hub, cycle: Cycle, *, planning: bool = False) -> int:
    """1 when a system failed, 3 when a guard or a missing approval stopped something, else 0."""
    aside = {s["name"] for s in hub.systems() if s["state"] == "aside"}
    for name, why in sorted(cycle.tally.stopped.items()):
        told(f"{'Stopped' if name in aside else 'Error'}: {about(name, why)}")
        if name in aside:
            told(f"Look there. Put right, it goes on by itself; if it is right as it is: `hub sync --accept {name}`.")
    waits = "" if planning else _waits(cycle)
    if waits:
        told(f"Stopped: {waits}")
    left = {} if planning else {name: count for name, count in cycle.left.items() if name not in aside}
    for name, count in sorted(left.items()):
        told(_not_finished(hub, cycle, name, count))
    if left or cycle.tally.stopped.keys() - aside:
        return FAILED
    return STOPPED if waits or aside & cycle.tally.stopped.keys() else DONE


def _not_finished(hub: Hub, cycle: Cycle, name: str, count: int) -> str:
    """What was permitted and could not be made, and what becomes of it."""
    by, it = cycle.tally.approved_by, "it" if count == 1 else "them"
    why = cycle.why.get(name, "").rstrip(".")
    said = (f"Not finished: {name}: {number(count, 'write')}{f', which {by} approved,' if by else ''} could not be made"
            f"{f' ({why})' if why else ''}. ")
    if any(s["name"] == name and s["approved"] for s in hub.systems()):
        return (f"{said}The next `hub sync` makes {it} as soon as {name} can be written to; nobody need approve that again, "
                "unless something changes there meanwhile.")
    return f"{said}A pilot opens no system for later: approve {it} again with --only when {name} can be written to."


def _waits(cycle: Cycle) -> str:
    """What a run left for approval, "" when nothing."""
    if not cycle.waiting or cycle.plan is None:
        return ""
    why = "; ".join(f"{system}: {reason}" for system, reason in sorted(cycle.plan.waits.items()) if system in cycle.waiting)
    count = sum(cycle.waiting.values())
    waits = "1 write waits" if count == 1 else f"{count:,} writes wait"
    return (f"{waits} for approval{' (' + why + ')' if why else ''}. "
            "Look at them with `hub plan`, then run `hub sync --approve`.")


def tell_systems(show: Output, systems: Sequence[Mapping[str, Any]]) -> None:
    """Systems as a table."""
    show.table(
        ["system", "kind", "level", "state", "approved", "writes", "read", "records"],
        [[s["name"], s["kind"], s["level"], s["state"] + (f": {s['reason']}" if s["reason"] else ""), s["approved"],
          s["writes"], moment(s["pulled_at"]), s["links"]] for s in systems])
    for s in systems:
        if s["no_writes"]:
            show.line(f"Nothing is written to {s['name']}: {s['no_writes']}.")
