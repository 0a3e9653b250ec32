"""What changes around a contact without moving its ``modified_date``: relationships, groups, tags, and on older sites
the trash. Some of it leaves no trace at all (a tag taken away is a row gone).

Each pull asks for a *token* of every such table: how many rows it has, and the highest id. When a token moved, the
table's narrow list is read once (ids only) and digested into 256 buckets by contact; contacts in buckets whose digest
moved are read again. So nothing is asked for in vain, nothing is missed but two opposite changes of one table between
two pulls, and the checkpoint stays small (2 KB a table).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hub_civicrm.api import Answer, Call, Where

BUCKETS = 256


class Edge(NamedTuple):
    """A table to watch. ``owners``: columns that name contacts; ``target``: what they are tied to."""

    entity: str
    where: Where
    owners: tuple[str, ...]
    target: str


EDGES: dict[str, Edge] = {
    "relationships": Edge("Relationship", [["is_active", "=", True]], ("contact_id_a", "contact_id_b"), "id"),
    "groups": Edge("GroupContact", [["status", "=", "Added"]], ("contact_id",), "group_id"),
    "tags": Edge("EntityTag", [["entity_table", "=", "civicrm_contact"]], ("entity_id",), "tag_id"),
    "trash": Edge("Contact", [["is_deleted", "=", True]], ("id",), "id"),
}
_HIGHEST = "highest"


def token_calls() -> dict[str, Call]:
    """One small call per table."""
    return {f"token.{name}": Call(edge.entity, "get", {
        "select": ["id", "row_count"], "where": edge.where, "orderBy": {"id": "DESC"}, "limit": 1})
        for name, edge in EDGES.items()}


def tokens(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Rows and highest id of each table, as one text."""
    out = {}
    for name in EDGES:
        answer = answers[f"token.{name}"]
        out[name] = f"{answer.matched}:{answer.values[0]['id'] if answer.values else 0}"
    return out


def sweep_calls(names: Iterable[str]) -> dict[str, Call]:
    """The narrow lists of these tables, and the highest id a contact has."""
    calls = {f"sweep.{name}": Call(EDGES[name].entity, "get", {
        "select": list(dict.fromkeys([*EDGES[name].owners, EDGES[name].target])), "where": EDGES[name].where, "limit": 0})
        for name in names}
    return {**calls, _HIGHEST: Call("Contact", "get", {
        "select": ["id"], "where": [["is_deleted", "IN", [True, False]]], "orderBy": {"id": "DESC"}, "limit": 1})}


def digests(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Of each table that was swept: 256 numbers of 8 hexadecimal digits, the sum of what the rows of a bucket are."""
    out = {}
    for name, edge in EDGES.items():
        if f"sweep.{name}" in answers:
            sums = [0] * BUCKETS
            for row in answers[f"sweep.{name}"].values:
                for column in edge.owners:
                    sums[row[column] % BUCKETS] += _number(row[column], row[edge.target])
            out[name] = "".join(f"{total & 0xFFFFFFFF:08x}" for total in sums)
    return out


def moved(before: Mapping[str, Any], now: Mapping[str, str], answers: Mapping[str, Answer]) -> set[int]:
    """Ids of contacts that may have changed: all in buckets whose digest moved, present or not."""
    highest = answers[_HIGHEST].values[0]["id"] if answers[_HIGHEST].values else 0
    buckets = {place for name, digest in now.items() for place in range(BUCKETS)
               if digest[place * 8:place * 8 + 8] != str(before.get(name, ""))[place * 8:place * 8 + 8]}
    return {contact_id for place in buckets for contact_id in range(place, highest + 1, BUCKETS) if contact_id}


def _number(owner: int, target: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{owner}:{target}".encode(), digest_size=4).digest(), "big")
