"""A small stage for examples of the merge: contacts of two or three links, said in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.model.contact import CONTACT
from hub.model.state import Cell, Conflict, ContactState, Contender, Edit, EditKind, LinkState, MergeOutcome
from hub.rules.authority import Authority, UnitAuthority
from hub.rules.merge import merge

ANNA, BERIT, CAROL = "a@x.fi", "b@x.fi", "c@x.fi"
MAIL, OTHER, THIRD = f"emails[{ANNA}]", f"emails[{BERIT}]", f"emails[{CAROL}]"
GIVEN = "name.given"
CRM_RULES = Authority({GIVEN: UnitAuthority(owners=("crm",)), "emails": UnitAuthority(owners=("crm",))})
"""Only the crm may edit given names and e-mail addresses; what others edit is corrected."""


def owned(mode: Any) -> Authority:
    return Authority({GIVEN: UnitAuthority(owners=("crm",), others=mode)})


def link(system: str, **more: Any) -> LinkState:
    """``crm`` → the link crm/1; covers everything unless ``covers`` says otherwise."""
    return LinkState(f"{system}/1", system, more.pop("covers", lambda unit: True), **more)


def cell(value: Any, rev: int = 5, origin: str = "crm/1") -> Cell:
    return Cell(value, rev, origin)


def contact(units: Mapping[str, Any], *links: LinkState, conflicts: Mapping[str, Conflict] | None = None) -> ContactState:
    """Values become cells of revision 5 from crm/1; without links: crm and web."""
    standing = links or (link("crm"), link("web"))
    return ContactState({u: v if isinstance(v, Cell) else cell(v) for u, v in units.items()},
                        {k.id: k for k in standing}, conflicts or {})


def edit(system: str, unit: str, value: Any, seen: int | None = 5, kind: EditKind = "set", **more: Any) -> Edit:
    return Edit(unit, f"{system}/1", kind, more.pop("base", None), value, seen, **more)


def replaced(key: str) -> dict[str, Any]:
    return {"replaced_by": key, "v": key}


def replace_(system: str, key: str, new: str, seen: int | None = 5) -> Edit:
    return edit(system, f"emails[{key}]", replaced(new), seen, "replace", base=key)


def merged(state: ContactState, *edits: Edit, rev: int = 9, **more: Any) -> MergeOutcome:
    return merge(CONTACT, state, edits, rev=rev, **more)


def asked(unit: str, *contenders: Contender, number: int = 7) -> dict[str, Conflict]:
    return {unit: Conflict(unit, number, "contending", contenders)}


def contends(system: str, value: Any, seen: int | None = 4, base: Any = None, rev: int | None = None) -> Contender:
    return Contender(f"{system}/1", value, base, seen, rev)


def fates(outcome: MergeOutcome) -> list[tuple[str, str, str]]:
    return [(d.link, d.fate, d.rule) for d in outcome.decisions]


def values(outcome: MergeOutcome) -> dict[str, Any]:
    return {u: c.value for u, c in outcome.units.items()}
