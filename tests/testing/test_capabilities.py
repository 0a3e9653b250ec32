"""What the connectors declare is what the vendors' texts say (tests/capabilities.toml)."""

from __future__ import annotations

import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from hub.sdk.capabilities import Capabilities
from hub.sdk.hookspecs import GROUP, ConnectorKind

TABLE: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).parents[1].joinpath("capabilities.toml").read_text(encoding="utf-8"))


def kinds() -> dict[str, ConnectorKind]:
    return {kind.kind: kind for entry in entry_points(group=GROUP) for kind in entry.load().register_connectors()}


def declared(capable: Capabilities) -> dict[str, Any]:
    """The same facts in the table's words."""
    return {
        "cursor": capable.cursor, "cursor_precision_s": capable.cursor_precision_s,
        "deletes_seen_as": capable.deletes_seen_as, "delete_leaves": capable.delete_leaves,
        "conditional_write": bool(capable.conditional_write),
        "idempotent_create": bool(capable.idempotent_create), "returns_written": capable.returns_written,
        "batch_max": capable.batch.max, "batch_mode": capable.batch.mode, "own_key_field": capable.own_key_field,
        "write_marker": capable.write_marker, "requests_per_window": sum(rate.requests for rate in capable.rate),
        "stirs": list(capable.stirs),
    }


def test_every_kind_is_in_the_table() -> None:
    assert kinds().keys() == TABLE.keys()


@pytest.mark.parametrize("kind", TABLE)
def test_declared_as_documented(kind: str) -> None:
    said = {fact: value for fact, value in TABLE[kind].items() if fact != "source"}
    found = declared(kinds()[kind].connector.capabilities)  # type: ignore[attr-defined]
    assert {fact: found[fact] for fact in said} == said
    assert TABLE[kind]["source"]
