"""From a patch to calls: one call a record, whose chain carries the rows.

``Contact.update`` (or ``create``) writes the contact's own fields; its *chain* runs once per contact it found and saves
or removes rows, in order, and stops at the first that is refused. The ``where`` names the modified_date just read, so
an edit in the CRM between reading and writing leaves the whole record untouched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub_civicrm.api import Call, Row, Where
from hub_civicrm.native import FIXED, LISTS, ROW_KINDS, RowKind

Native = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """Names the site knows. ``types``: name of a relationship as seen from one end → id of its type, and "a_b" or "b_a".

    An unknown one would be refused in the middle of a chain, with the rest already stored.
    """

    types: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    groups: Collection[str] = ()
    tags: Collection[str] = ()


class Conflict(Exception):
    """What is to be changed is not there any more."""


class Unsuited(Exception):
    """CiviCRM cannot store it so. The text says why, without values."""


@dataclass(slots=True)
class Steps:
    """What to write for one contact. ``fields``: of the contact itself. ``chain``: what follows, by name."""

    fields: Row = field(default_factory=dict)
    chain: dict[str, list[Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.chain)


def steps(patch: Native, now: Native | None, before: Native | None, owner: int | str, words: Words) -> Steps:
    """What makes ``now`` show ``patch``. ``now``: the contact as just read, None for a new one. ``before``: as the patch's
    author knew it: rows added since stay. ``owner``: its id, "$id" in a create's chain.

    Raises Conflict for a row to change that is gone, Unsuited for what has no place there.
    """
    out = Steps()
    for name, value in patch.items():
        if name in FIXED:
            if now is not None and value != now.get(name):
                raise Unsuited(f"{name} cannot be changed")
            if now is None and name == "contact_type":
                out.fields[name] = value
        elif name not in LISTS and _blank(value) != _blank((now or {}).get(name)):
            out.fields[name] = int(value) if name == "employer_id" and value is not None else value
    for kind in ROW_KINDS:
        if kind.key in patch:
            out.chain.update(_rows(kind, patch[kind.key], _list(now, kind.key), _list(before, kind.key), owner))
    if "relationships" in patch:
        out.chain.update(_relationships(patch["relationships"], _list(now, "relationships"),
                                        _list(before, "relationships"), owner, words.types))
    if "groups" in patch:
        _known("groups", patch["groups"], _list(now, "groups"), words.groups)
        out.chain.update(_groups(patch["groups"], _list(now, "groups"), _list(before, "groups"), owner))
    if "tags" in patch:
        _known("tags", patch["tags"], _list(now, "tags"), words.tags)
        out.chain.update(_tags(patch["tags"], _list(now, "tags"), _list(before, "tags"), owner))
    return out


def update_call(found: Steps, guard: Where) -> Call:
    """One call that changes a contact, its chain included; nothing when the guard finds none."""
    if found.fields:
        return Call("Contact", "update", {"where": guard, "values": found.fields, "chain": found.chain})
    return Call("Contact", "get", {"select": ["id"], "where": guard, "chain": found.chain})


def create_call(found: Steps) -> Call:
    return Call("Contact", "create", {"values": found.fields, "chain": found.chain})


def missing(patch: Native, now: Native) -> Row:
    """What of a create's patch its half-made record lacks. What is there stays, whoever wrote it."""
    out: Row = {}
    kinds = {kind.key: kind for kind in ROW_KINDS}
    for name, value in patch.items():
        if name in kinds:
            new = [row for row in value if not any(_twins(kinds[name], there, row) for there in now[name])]
            out[name] = [*now[name], *new]
        elif name in LISTS:
            out[name] = [*now[name], *(each for each in value if each not in now[name])]
        elif name not in FIXED and _blank(now.get(name)) is None and _blank(value) is not None:
            out[name] = value
    return out


def _rows(kind: RowKind, want: Sequence[Row], now: Sequence[Row], before: Sequence[Row], owner: int | str
          ) -> dict[str, list[Any]]:
    present, known = {row["id"]: row for row in now}, {row["id"]: row for row in before}
    saves: list[Row] = []
    unclaimed = {row["id"] for row in now} - {row["id"] for row in want if row.get("id") is not None}
    for row in want:
        row_id = row.get("id")
        if row_id is None:
            twin = next((i for i in unclaimed if _twins(kind, present[i], row)), None)
            if twin is None:
                values = {expr: row[key] for key, expr in kind.fields.items()
                          if key != "id" and _blank(row.get(key)) is not None and row.get(key) is not False}
                saves.append({"contact_id": owner, **values})
            else:
                unclaimed.discard(twin)  # CiviCRM stores exact repeats; one is enough
                if row.get("is_primary") and not present[twin].get("is_primary"):
                    saves.append({"id": twin, "is_primary": True})
        elif row_id in present:
            changed = {kind.fields[key]: value for key, value in row.items()
                       if key in kind.fields and _blank(value) != _blank(present[row_id].get(key))}
            if changed.get("is_primary") is False:
                del changed["is_primary"]  # the new primary takes it away; CiviCRM always has one
            if changed:
                saves.append({"id": row_id, **changed})
        elif row != known.get(row_id):
            raise Conflict(f"a row of {kind.key} to be changed is not there any more")
    kept = {row.get("id") for row in want}
    gone = [row_id for row_id in present if row_id in known and row_id not in kept and row_id in unclaimed]
    out: dict[str, list[Any]] = {}
    if saves:
        out[f"{kind.key}_saved"] = [kind.entity, "save", {"records": saves}]
    if gone:  # by id: null in the main field of email_primary would remove whichever row is primary then
        out[f"{kind.key}_removed"] = [kind.entity, "delete", {"where": [["id", "IN", gone], ["contact_id", "=", owner]]}]
    return out


def _twins(kind: RowKind, x: Row, y: Row) -> bool:
    return all(_blank(x.get(key)) == _blank(y.get(key)) for key in kind.same if key in y)


def _relationships(want: Sequence[Row], now: Sequence[Row], before: Sequence[Row], owner: int | str,
                   types: Mapping[str, tuple[int, str]]) -> dict[str, list[Any]]:
    present, known = {row["id"]: row for row in now}, {row["id"] for row in before}
    out: dict[str, list[Any]] = {}
    saves: list[Row] = []
    for row in want:
        row_id = row.get("id")
        dates: Row = {key: row.get(key) for key in ("start_date", "end_date") if key in row}
        if row_id is None:
            if any(r["type"] == row.get("type") and r["other_id"] == int(row["other_id"]) for r in now):
                continue
            if row.get("type") not in types:
                raise Unsuited("relationships holds a type the site does not have")
            type_id, direction = types[row["type"]]
            ends = {"contact_id_a": owner, "contact_id_b": int(row["other_id"])} if direction == "a_b" else \
                {"contact_id_a": int(row["other_id"]), "contact_id_b": owner}
            saves.append({**ends, "relationship_type_id": type_id, **{k: v for k, v in dates.items() if v is not None}})
        elif row_id in present:
            same = present[row_id]
            if str(row["other_id"]) != str(same["other_id"]) or row["type"] != same["type"]:
                raise Unsuited("relationships would turn one into another; end it and make a new one")
            changed = {key: value for key, value in dates.items() if value != same.get(key)}
            if changed:
                saves.append({"id": row_id, **changed})
    kept = {row.get("id") for row in want}
    ended = [row_id for row_id in present if row_id in known and row_id not in kept]
    if saves:
        out["relationships_saved"] = ["Relationship", "save", {"records": saves}]
    if ended:  # ended, not deleted: the CRM keeps its history, and a person there can undo it
        out["relationships_ended"] = ["Relationship", "update", {"where": [["id", "IN", ended]],
                                                                 "values": {"is_active": False}}]
    return out


def _known(name: str, want: Sequence[str], now: Sequence[str], words: Collection[str]) -> None:
    if strangers := [each for each in want if each not in now and each not in words]:
        raise Unsuited(f"{name} holds {strangers[0]!r}, which CiviCRM does not have; make it there, or leave it out")


def _groups(want: Sequence[str], now: Sequence[str], before: Sequence[str], owner: int | str) -> dict[str, list[Any]]:
    """A group left is status "Removed", as the CRM itself does; ``match`` finds an earlier row again."""
    changes = [(title, "Added") for title in want if title not in now] + [
        (title, "Removed") for title in now if title not in want and title in before]
    records = [{"contact_id": owner, "group_id.title": title, "status": status} for title, status in changes]
    match = ["contact_id", "group_id"]
    return {"groups_saved": ["GroupContact", "save", {"records": records, "match": match}]} if records else {}


def _tags(want: Sequence[str], now: Sequence[str], before: Sequence[str], owner: int | str) -> dict[str, list[Any]]:
    tagged: Row = {"entity_table": "civicrm_contact", "entity_id": owner}
    records = [{**tagged, "tag_id:name": name} for name in want if name not in now]
    gone = [name for name in now if name not in want and name in before]
    out: dict[str, list[Any]] = {}
    if records:
        out["tags_saved"] = ["EntityTag", "save", {"records": records, "match": [*tagged, "tag_id"]}]
    if gone:
        out["tags_removed"] = ["EntityTag", "delete", {"where": [*([k, "=", v] for k, v in tagged.items()),
                                                                 ["tag_id:name", "IN", gone]]}]
    return out


def _list(native: Native | None, name: str) -> Sequence[Any]:
    return (native or {}).get(name) or []


def _blank(value: Any) -> Any:
    """CiviCRM stores an empty text as null."""
    return None if value == "" else value
