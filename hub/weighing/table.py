"""Profiles of people as a table of one row each, as Splink reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from hub.rules.matching.match import Profile

ID = "unique_id"
FIELDS = ("given", "family", "born", "emails", "phones", "street", "number", "postcode", "town")
MANY = ("emails", "phones")
"""Fields that hold a list."""
WHOLE_DATE = len("2000-12-31")
SELDOM = 0.02
"""A field that fewer records than this share of them have teaches nothing, and is left out."""


def table_of(records: Mapping[str, Profile]) -> pa.Table:
    """A row for each; an unknown value is null. Raises nothing."""
    kinds = [(name, pa.list_(pa.string()) if name in MANY else pa.string()) for name in FIELDS]
    return pa.Table.from_pylist([{ID: i, **_row(p)} for i, p in sorted(records.items())],
                                schema=pa.schema([(ID, pa.string()), *kinds]))


def filled(table: pa.Table) -> frozenset[str]:
    """The fields that enough records have."""
    return frozenset(name for name in FIELDS if table[name].null_count <= (1 - SELDOM) * table.num_rows)


def _row(p: Profile) -> dict[str, Any]:
    home = min(p.homes, default=None)
    return {
        "given": _or_none(p.given[:1]), "family": _or_none(p.family),
        "born": p.birthday if len(p.birthday) == WHOLE_DATE else None,
        "emails": sorted(p.emails) or None, "phones": sorted(p.phones) or None,
        **{name: getattr(home, name, "") or None for name in ("street", "number", "postcode", "town")},
    }


def _or_none(words: Iterable[str]) -> str | None:
    return " ".join(words) or None
