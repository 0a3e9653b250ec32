"""A plan in the order a person should look at it: what cannot be taken back first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hub.cli.output import cell, number
from hub.model.contact import CONTACT

KINDS = ("delete", "blank", "create", "update")
"""The kinds of writes, irreversible first. blank: an update that takes values away."""
VERBS = {"delete": "delete", "blank": "take values away from", "create": "create", "update": "change"}
REASONS = {
    "behind": "newer values are known", "create": "not there yet", "delete": "deleted elsewhere",
    "on_leave": "outside of what this system is to have", "undo": "made by a run that is taken back",
}
LABELS = {
    "name.full": "name", "name.given": "given name", "name.middle": "middle name", "name.family": "family name",
    "name.prefix": "prefix", "name.suffix": "suffix", "legal_name": "legal name", "preferredLanguage": "language",
    "emails": "e-mail", "phones": "phone", "addresses": "address", "urls": "web page", "identifiers": "identifier",
    "roles": "role", "relations": "relation", "groups": "group", "consents": "consent", "emails.primary": "main e-mail",
    "phones.primary": "main phone", "addresses.primary": "main address",
}
ORDER = {unit: place for place, unit in enumerate(CONTACT.units)}


class Group(NamedTuple):
    """Writes of one system, kind and reason, in the order of the plan."""

    system: str
    kind: str
    reason: str
    writes: Sequence[Mapping[str, Any]]

    @property
    def title(self) -> str:
        """``crm: delete 3 records (deleted elsewhere)``"""
        why = REASONS.get(self.reason, self.reason)
        return f"{self.system}: {VERBS[self.kind]} {number(len(self.writes), 'record')} ({why})"

    @property
    def is_irreversible(self) -> bool:
        return self.kind == "delete"


class Difference(NamedTuple):
    """One value before and after, as people read it; "" is nothing. ``member``: one of several, such as an e-mail."""

    label: str
    before: str
    after: str
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
    return [found for unit in plain for found in _of(unit, before.get(unit), after.get(unit))]


def _place(unit: str) -> tuple[int, str]:
    return ORDER.get(unit.removesuffix(".primary"), len(ORDER)), unit


def _of(unit: str, before: Any, after: Any) -> Iterator[Difference]:
    label = LABELS.get(unit, unit)
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        yield Difference(label, cell(before), cell(after))
        return
    old, new = _members(before), _members(after)
    changed = [key for key in [*old, *(k for k in new if k not in old)] if old.get(key) != new.get(key)]
    for key in changed:
        yield Difference(label, cell(old.get(key)), cell(new.get(key)), member=True)
    if not changed:
        yield Difference(label, "", "", member=True)


def _members(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    return {key: [m.get("v"), *(a for a in (m.get("a") or {}).values() if a)] if isinstance(m, Mapping) else m
            for key, m in value.items()}
