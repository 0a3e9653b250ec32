"""What an edit of a set means (merge.md 8): of which member it is, and whether a removal counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.model.state import NEVER, Edit
from hub.model.units import attr, member, replaced_by, set_of, split
from hub.rules.ledger import Ledger

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


def kept_beside(ledger: Ledger, edits: Iterable[tuple[Edit, Edit | None]]) -> list[Edit]:
    """Who adds the member he contends for, and leaves what he contended with, has two members now.

    ``edits``: edits of members, and what each means.
    """
    edits = list(edits)
    touched = {(e.link, e.unit) for e, _ in edits}
    out = []
    for _, edit in edits:
        if edit is None or edit.kind != "add":
            continue
        for contender in ledger.contenders(edit.unit):
            other = replaced_by(contender.value)
            unit = member(split(edit.unit)[0], other or "")
            if contender.link == edit.link and contender.rev is None and other and (edit.link, unit) not in touched:
                out.append(Edit(unit, edit.link, "add", None, contender.value.get("v"), None))
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
    if len(chain) == 1 or edit.kind in ("add", "join"):
        return edit
    if name is not None:
        payload = ledger.cell(member(base, chain[-2])).value.get("v", edit.payload)
        unit = attr(base, chain[-1], name)
        return replace(edit, unit=unit, payload=payload, seen=ledger.seen(edit.link, unit))
    contends = edit.link in {c.link for c in ledger.contenders(edit.unit) if c.rev is None}
    if edit.kind == "remove" and not contends:
        ledger.say(edit.unit, edit.link, "overruled", None, "removed what was replaced", cell.value)
        return None
    if edit.kind == "replace" and not contends and edit.value["replaced_by"] in chain:
        ledger.say(edit.unit, edit.link, "agreed", edit.value, "same replacement")
        ledger.up_to_date(edit.link, edit.unit)
        return None
    return edit


# ---- a removal counts only where nobody else spoke for the member

def removals(ledger: Ledger, members: Sequence[Edit], attrs: Sequence[Edit]) -> list[Edit]:
    """``members`` without the removals that are overruled: stale ones, and those that meet another edit of the member
    or of an attribute of it."""
    spoken = {e.unit for e in members if e.kind in ("add", "set", "replace") and ledger.may_edit(e.link, e.unit)}
    spoken |= {member(split(e.unit)[0], split(e.unit)[1] or "") for e in attrs
               if e.kind != "join" and ledger.may_edit(e.link, e.unit)}
    back = {(e.unit, e.link) for e in members if e.kind != "remove"}  # it took another place there
    out = []
    for edit in members:
        moved = edit.kind == "remove" and (edit.unit, edit.link) in back
        if not (moved or (edit.kind == "remove" and _removal_decided(ledger, edit, edit.unit in spoken))):
            out.append(edit)
    return out


def _removal_decided(ledger: Ledger, edit: Edit, spoken: bool) -> bool:
    unit, cell = edit.unit, ledger.cell(edit.unit)
    base, key, _ = split(unit)
    contenders = ledger.contenders(unit)
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
                for c in ledger.contenders(attr(base, key or "", name)))
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
