"""The rules of sets (merge.md 8): what an edit of a member means, and what a new value of a member carries along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.model.state import NEVER, RULE, Contender, Edit
from hub.model.units import Value, attr, member, primary, replaced_by, set_of, split
from hub.rules.ledger import Ledger


def is_member(unit: str) -> bool:
    """Is the unit a member itself, not an attribute or a primary?"""
    _, key, name = split(unit)
    return key is not None and name is None


# ---- what an edit means

def meant(ledger: Ledger, edit: Edit) -> Edit | None:
    """The edit of the unit it means, or None where that decides it.

    A late edit of a replaced member follows the chain to its end. What a link shows while it contends for another
    member is that member, for that link, under another name.
    """
    base, key, _ = split(edit.unit)
    if key is None:
        return _primary_meant(ledger, edit)
    home = _contended(ledger, edit.link, base, key)
    if home is not None:
        edit = _of_candidate(ledger, edit, home)
        base, key, _ = split(edit.unit)
    return _along_the_chain(ledger, edit, base, key or "")


def of_replaced(ledger: Ledger, replaced: Iterable[tuple[Edit, Edit | None]], attrs: Iterable[Edit]) -> list[Edit]:
    """Edits of attributes of what a link shows in the place of a member, as edits of that member's attributes.

    ``replaced``: edits of members, and what each means.
    """
    homes: dict[tuple[str, str], str] = {}
    for edit, meaning in replaced:
        new = replaced_by(edit.value)
        if new is not None and meaning is not None and meaning.kind in ("replace", "set"):
            homes[edit.link, member(split(edit.unit)[0], new)] = split(meaning.unit)[1] or ""
    out = []
    for edit in attrs:
        base, key, _ = split(edit.unit)
        home = homes.get((edit.link, member(base, key or "")))
        out.append(edit if home is None else _of_candidate(ledger, edit, home))
    return out


def _primary_meant(ledger: Ledger, edit: Edit) -> Edit:
    owner = set_of(edit.unit)
    if owner is None or edit.kind == "join" or edit.value is None:
        return edit
    key = _contended(ledger, edit.link, owner, edit.value) or edit.value
    return replace(edit, value=ledger.end(owner, key))


def _contended(ledger: Ledger, link: str, set_name: str, key: str) -> str | None:
    """The member for which this link contends with ``key``."""
    if ledger.is_present(set_name, key):
        return None
    for unit, conflict in ledger.conflicts.items():
        base, home, name = split(unit)
        if base == set_name and name is None and home is not None and any(
            c.link == link and c.rev is None and replaced_by(c.value) == key for c in conflict.contenders
        ):
            return home
    return None


def _of_candidate(ledger: Ledger, edit: Edit, home: str) -> Edit:
    base, key, name = split(edit.unit)
    unit = member(base, home)
    if name is not None:
        unit = attr(base, home, name)
        return replace(edit, unit=unit, seen=ledger.seen(edit.link, unit))
    if edit.kind == "replace" and edit.value["replaced_by"] == home:
        return replace(edit, unit=unit, kind="set", value=edit.value["v"])
    if edit.kind == "set":
        return replace(edit, unit=unit, kind="replace", value={"replaced_by": key, "v": edit.value})
    return replace(edit, unit=unit)


def _along_the_chain(ledger: Ledger, edit: Edit, base: str, key: str) -> Edit | None:
    name = split(edit.unit)[2]
    cell = ledger.cell(member(base, key))
    if edit.kind == "replace" and cell.rev == NEVER:  # the contact never knew what was replaced
        return Edit(member(base, edit.value["replaced_by"]), edit.link, "add", None, edit.value["v"], None)
    chain = ledger.chain(base, key)
    if len(chain) == 1 or (edit.kind in ("add", "join") and name is None):
        return edit
    if name is not None:
        payload = ledger.cell(member(base, chain[-2])).value.get("v", edit.payload)
        unit = attr(base, chain[-1], name)
        return replace(edit, unit=unit, payload=payload, seen=ledger.seen(edit.link, unit))
    contends = edit.link in {c.link for c in _contenders(ledger, edit.unit) if c.rev is None}
    if edit.kind == "remove" and not contends:
        ledger.say(edit.unit, edit.link, "overruled", None, "removed what was replaced", cell.value)
        return None
    if edit.kind == "replace" and not contends and edit.value["replaced_by"] in chain:
        ledger.say(edit.unit, edit.link, "agreed", edit.value, "same replacement")
        ledger.up_to_date(edit.link, edit.unit)
        return None
    return edit


def _contenders(ledger: Ledger, unit: str) -> Sequence[Contender]:
    conflict = ledger.conflicts.get(unit)
    return conflict.contenders if conflict else ()


# ---- a removal counts only where nobody else spoke for the member

def removals(ledger: Ledger, members: Sequence[Edit], attrs: Sequence[Edit]) -> list[Edit]:
    """``members`` without the removals that are overruled: stale ones, and those that meet another edit of the member
    or of an attribute of it."""
    spoken = {e.unit for e in members if e.kind in ("add", "set", "replace") and ledger.may_edit(e.link, e.unit)}
    spoken |= {member(split(e.unit)[0], split(e.unit)[1] or "") for e in attrs
               if e.kind != "join" and ledger.may_edit(e.link, e.unit)}
    out = []
    for edit in members:
        if edit.kind != "remove" or not _removal_decided(ledger, edit, edit.unit in spoken):
            out.append(edit)
    return out


def _removal_decided(ledger: Ledger, edit: Edit, spoken: bool) -> bool:
    unit, cell = edit.unit, ledger.cell(edit.unit)
    base, key, _ = split(unit)
    contenders = _contenders(ledger, unit)
    if any(c.link == edit.link and c.rev is None for c in contenders):
        return False
    if cell.value is None:
        ledger.say(unit, edit.link, "agreed", None, "removed already")
        ledger.up_to_date(edit.link, unit)
        return True
    if not ledger.may_edit(edit.link, unit):
        return False
    stale = edit.seen != cell.rev or is_behind(ledger, edit.link, unit)
    asked = any(c.link != edit.link for name in ledger.entity.sets[base].attrs
                for c in _contenders(ledger, attr(base, key or "", name)))
    if not (stale or spoken or contenders or asked):
        return False
    ledger.say(unit, edit.link, "overruled", None, "edited elsewhere: kept", cell.value)
    ledger.fall_behind(edit.link, unit, edit.seen)
    for name in ledger.entity.sets[base].attrs:
        each = attr(base, key or "", name)
        if ledger.cell(each).rev != NEVER:
            ledger.fall_behind(edit.link, each, ledger.seen(edit.link, each))
    return True


def is_behind(ledger: Ledger, link: str, unit: str) -> bool:
    """Is the link behind on the member or on an attribute of it, or did it leave one it has not seen?"""
    behind = {*ledger.behind[link], *(u for u, left in ledger.left[link].items() if left.seen != ledger.cell(u).rev)}
    return any(split(u)[:2] == split(unit)[:2] for u in behind)


def revivals(ledger: Ledger, attrs: Iterable[Edit], members: Iterable[Edit]) -> list[Edit]:
    """A late edit of a removed member's attribute: the member stays. ``members``: edits that may bring it back anyway."""
    spoken = {e.unit for e in members if e.kind != "remove" and ledger.may_edit(e.link, e.unit)}
    out = {}
    for edit in attrs:
        base, key, _ = split(edit.unit)
        unit = member(base, key or "")
        cell = ledger.cell(unit)
        late = edit.kind == "set" and edit.payload is not None and edit.value is not None
        if late and cell.rev != NEVER and cell.value is None and unit not in spoken and ledger.may_edit(edit.link, unit):
            out[unit, edit.link] = Edit(unit, edit.link, "add", None, edit.payload, None)
    return [out[k] for k in sorted(out)]


# ---- what a new value of a member carries along

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
    if value is None:
        for name in ledger.entity.sets[base].attrs:
            _forget(ledger, attr(base, key, name))
    return []


def _forget(ledger: Ledger, unit: str) -> None:
    """Nobody is asked about an attribute of a member that is gone."""
    for contender in _contenders(ledger, unit):
        ledger.say(unit, contender.link, "overruled", contender.value, "its member is gone")
    ledger.close(unit)


def _ask_about(ledger: Ledger, base: str, old: str, new: str) -> None:
    """Open questions about attributes of a replaced member are now about those of its replacement."""
    for name in ledger.entity.sets[base].attrs:
        question, unit = ledger.conflicts.get(attr(base, old, name)), attr(base, new, name)
        if question is None:
            continue
        ledger.close(question.unit)
        there = _contenders(ledger, unit)
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
            elif ledger.cell(target).rev != NEVER:
                ledger.set(target, None, origin, holders)
    elif not ledger.entity.same(unit, payload, ledger.cell(unit).value):
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
        if end == chosen or (end == other and ledger.is_present(base, other) and ledger.cell(candidate).rev != loser.rev):
            continue  # it is the chosen one, or somebody added it for itself
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
    """A question about a member changes with every member of its chain: what was answered to the old one is asked again."""
    for unit, conflict in ledger.conflicts.items():
        base, key, _ = split(unit)
        if is_member(unit) and any(member(base, k) in ledger.changed for k in ledger.chain(base, key or "")):
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
