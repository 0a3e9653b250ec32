"""What a new value of a set member carries along (merge.md 8): attributes, the primary, open questions, candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.model.state import NEVER, RULE, Contender, Edit
from hub.model.units import Value, attr, member, primary, replaced_by, split
from hub.rules.ledger import Ledger, is_member


def win(ledger: Ledger, unit: str, value: Value, origin: str, holders: Sequence[str]) -> list[Edit]:
    """The unit gets its value; of a member with all that goes with it. Returns edits that follow from it."""
    base, key, _ = split(unit)
    if not is_member(unit):
        ledger.set(unit, value, origin, holders)
        return []
    assert key is not None
    stood = _stands_for(ledger, base, key)
    ledger.set(unit, value, origin, holders)
    new = replaced_by(value)
    if new is not None:
        return _replace(ledger, base, (key, stood), new, value.get("v"), origin, holders)
    for name in ledger.entity.sets[base].attrs:
        if value is None:
            _forget(ledger, attr(base, key, name))
        else:
            _may_not_show(ledger, attr(base, key, name), holders)
    return []


def added(ledger: Ledger, edits: Iterable[Edit]) -> None:
    """Who adds a member that has attributes already may show others; his own are edits of their own."""
    for edit in edits:
        base, key, _ = split(edit.unit)
        if edit.kind == "add":
            for name in ledger.entity.sets[base].attrs:
                _may_not_show(ledger, attr(base, key or "", name), [edit.link])


def _may_not_show(ledger: Ledger, unit: str, links: Iterable[str]) -> None:
    if ledger.cell(unit).rev != NEVER:
        for i in links:
            ledger.fall_behind(i, unit, ledger.behind[i].get(unit))


def _forget(ledger: Ledger, unit: str) -> None:
    """Nobody is asked about an attribute of a member that is gone."""
    for contender in ledger.contenders(unit):
        ledger.say(unit, contender.link, "overruled", contender.value, "its member is gone")
    ledger.close(unit)


def _ask_about(ledger: Ledger, base: str, old: str, new: str) -> None:
    """Open questions about attributes of a replaced member are now about those of its replacement."""
    for name in ledger.entity.sets[base].attrs:
        question, unit = ledger.conflicts.get(attr(base, old, name)), attr(base, new, name)
        if question is None:
            continue
        ledger.close(question.unit)
        there = ledger.contenders(unit)
        taken = {(c.link, c.rev) for c in there}
        more = (c for c in question.contenders if (c.link, c.rev) not in taken)
        ordered = tuple(sorted((*there, *more), key=lambda c: (c.link, c.rev or 0)))
        ledger.conflicts[unit] = replace(question, unit=unit, number=ledger.rev, contenders=ordered)


def _replace(
    ledger: Ledger, base: str, old: tuple[str, str], new: str, payload: Value, origin: str, holders: Sequence[str]
) -> list[Edit]:
    """``new`` takes the attributes of the member with their revisions, and its being primary. ``old``: the member, and
    who stood for it until now."""
    key, stood = old
    if stood not in (key, new):
        before = ledger.cell(member(base, stood))
        ledger.set(member(base, stood), {"replaced_by": new, "v": payload}, origin, ())
        ledger.say(member(base, stood), before.origin, "overruled", before.value, "another replacement was chosen", new)
    unit = member(base, new)
    follows: list[Edit] = []
    if not ledger.is_present(base, new):
        ledger.set(unit, payload, origin, holders)
        for name in ledger.entity.sets[base].attrs:
            source, target = attr(base, stood, name), attr(base, new, name)
            if ledger.cell(source).rev != NEVER:
                ledger.move(source, target, holders)
                ledger.set(source, None, origin, ledger.links)
            elif ledger.cell(target).rev != NEVER:
                ledger.set(target, None, origin, holders)
    else:
        for name in ledger.entity.sets[base].attrs:
            _may_not_show(ledger, attr(base, new, name), holders)
        if not ledger.entity.same(unit, payload, ledger.cell(unit).value):
            follows = [Edit(unit, i, "add", None, payload, None) for i in holders]
    _ask_about(ledger, base, stood, new)
    lead = primary(base)
    if ledger.cell(lead).value in (key, stood):
        ledger.rename(lead, new, holders)  # the same choice under another name: who saw it has seen this
    return follows


def _stands_for(ledger: Ledger, base: str, key: str) -> str:
    """Who stands for a member: itself, or the end of its chain, unless somebody added that one for itself. Of a
    discarded candidate it is what was chosen over it."""
    chain = ledger.chain(base, key)
    if len(chain) == 1:
        return key
    before, end = (ledger.cell(member(base, k)) for k in chain[-2:])
    came_by = before.origin == RULE or before.rev == end.rev
    return chain[-1] if came_by and ledger.is_present(base, chain[-1]) else key


def discard(ledger: Ledger, unit: str, value: Value, losers: Iterable[Contender]) -> list[tuple[str, str]]:
    """Candidates of a settled replacement are replaced by the chosen one; links showing them are behind on them.
    Returns (link, member) for each."""
    out: list[tuple[str, str]] = []
    if not is_member(unit):
        return out
    base, key, _ = split(unit)
    chosen = replaced_by(value) or (key if value is not None else None)
    for loser in losers:
        other = replaced_by(loser.value)
        if other is None or other == chosen:
            continue
        end = _stands_for(ledger, base, other)
        candidate = member(base, end)
        if end == other and ledger.is_present(base, other) and ledger.cell(candidate).rev != loser.rev:
            continue  # somebody added it for itself
        if end == chosen:  # typed back: it was replaced by the chosen one before, and is again
            candidate = member(base, other)
        if end != other:
            ledger.say(candidate, ledger.cell(candidate).origin, "overruled", ledger.cell(candidate).value,
                       "what it replaced was discarded", chosen)
        gone = None if chosen is None else {"replaced_by": chosen, "v": ledger.cell(member(base, chosen)).value}
        ledger.set(candidate, gone, RULE, ())
        if loser.rev is None and loser.link in ledger.links:
            out.append((loser.link, candidate))
    return out


def end_left(ledger: Ledger, link: str, unit: str) -> None:
    """Who edits a unit has not left it any more; nor, of a member kept in the place of another, that other one."""
    base, key, _ = split(unit)
    also = [member(base, k) for k in ledger.chain(base, key or "")[1:]] if is_member(unit) else []
    for each in (unit, *also):
        left = ledger.left[link].get(each)
        if left is not None and left.seen == ledger.cell(each).rev:
            ledger.up_to_date(link, each)
        elif left is not None:
            ledger.fall_behind(link, each, left.seen)


def renumber(ledger: Ledger) -> None:
    """A question about a member changes with every member of its chain and of its candidates' chains: what was answered
    to the old one is asked again."""
    for unit, conflict in ledger.conflicts.items():
        base, key, _ = split(unit)
        if is_member(unit):
            asked = {key or "", *(replaced_by(c.value) or "" for c in conflict.contenders)} - {""}
            if any(member(base, k) in ledger.changed for each in asked for k in ledger.chain(base, each)):
                ledger.conflicts[unit] = replace(conflict, number=ledger.rev)


def primaries(ledger: Ledger) -> None:
    """A primary whose member is gone passes to who replaced it, else to the oldest (lowest revision, then key).
    Where nobody ever chose one, none is invented."""
    for name, schema in ledger.entity.sets.items():
        unit = primary(name)
        cell = ledger.cell(unit)
        if not schema.has_primary or unit in ledger.conflicts or cell.value is None or ledger.is_present(name, cell.value):
            continue
        following: str | None = ledger.end(name, cell.value)
        if following is None or not ledger.is_present(name, following):
            present = sorted((c.rev, key) for u, c in ledger.units.items()
                             if is_member(u) and split(u)[0] == name and (key := split(u)[1]) is not None
                             and ledger.is_present(name, key))
            following = present[0][1] if present else None
        ledger.set(unit, following, RULE, ())
        ledger.say(unit, cell.origin, "overruled", cell.value, "its member is gone", following)
