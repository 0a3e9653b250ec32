"""A plan in the order a person should look at it: what cannot be taken back first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hub.model.contact import CONTACT

KINDS = ("delete", "blank", "create", "update")
"""The kinds of writes, irreversible first. blank: an update that takes values away."""
PERSON = "individual"
ORDER = {unit: place for place, unit in enumerate(CONTACT.units)}


class Group(NamedTuple):
    """Writes of one system, kind and reason, in the order of the plan."""

    system: str
    kind: str
    reason: str
    writes: Sequence[Mapping[str, Any]]

    @property
    def is_irreversible(self) -> bool:
        return self.kind == "delete"


class Difference(NamedTuple):
    """One value before and after; None is nothing. ``key``: which member of a set, "" of no set or of its order;
    ``member``: it is one of several, such as an e-mail."""

    unit: str
    before: Any
    after: Any
    key: str = ""
    member: bool = False


def groups(document: Mapping[str, Any]) -> list[Group]:
    """The writes of a plan document by kind, system and reason; kinds in the order of ``KINDS``."""
    found: dict[tuple[int, str, str], list[Mapping[str, Any]]] = {}
    for write in document.get("writes", ()):
        found.setdefault((KINDS.index(kind_of(write)), write["system"], write["reason"]), []).append(write)
    return [Group(system, KINDS[rank], reason, writes) for (rank, system, reason), writes in sorted(found.items())]


def kind_of(write: Mapping[str, Any]) -> str:
    return "blank" if write["op"] == "update" and write.get("removals") else str(write["op"])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What changes, unit by unit in the order of the schema, members of sets one by one."""
    units = [unit for unit in sorted(before.keys() | after.keys(), key=_place) if before.get(unit) != after.get(unit)]
    # who is first in a set is told only where nothing else of it changes
    plain = [unit for unit in units if unit.removesuffix(".primary") not in units or not unit.endswith(".primary")]
    if "kind" in plain and (before.get("kind"), after.get("kind")) in ((None, PERSON), (PERSON, None)):
        plain.remove("kind")  # that somebody new or gone is a person goes without saying
    return [found for unit in plain for found in _of(unit, before.get(unit), after.get(unit))]


def _place(unit: str) -> tuple[int, str]:
    return ORDER.get(unit.removesuffix(".primary"), len(ORDER)), unit


def _of(unit: str, before: Any, after: Any) -> Iterator[Difference]:
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        yield Difference(unit, before, after)
        return
    old, new = _members(before), _members(after)
    changed = [key for key in [*old, *(k for k in new if k not in old)] if old.get(key) != new.get(key)]
    for key in changed:
        yield Difference(unit, old.get(key), new.get(key), key, member=True)
    if not changed:
        yield Difference(unit, None, None, member=True)


def _members(value: Any) -> dict[str, Any]:
    """key → the value, or [the value, its attributes …]"""
    if not isinstance(value, Mapping):
        return {}
    out = {}
    for key, member in value.items():
        if isinstance(member, Mapping):
            attributes = [a for a in (member.get("a") or {}).values() if a]
            out[key] = [member.get("v"), *attributes] if attributes else member.get("v")
        else:
            out[key] = member
    return out
