"""What a PostgreSQL server says of itself, judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.doctor.server import server
from hub.store.migrate import NEWEST
from hub.store.server import Server

WELL = Server(version=180004, encoding="UTF8", time_zone="Europe/Helsinki", schema=NEWEST, may_make_tables=True, writable=True,
              durable=True, size=12_345_678, ahead_s=-0.3, network=True, encrypted=True, pooled=False)


def test_one_that_is_well() -> None:
    assert [f.state for f in server(WELL)] == ["fine"] * 5
    assert {f.state for f in server(replace(WELL, schema="", network=False, encrypted=False))} == {"fine"}
    assert next(server(WELL)).text.startswith("PostgreSQL 18.4, UTF8, time zone Europe/Helsinki; the database has 12 MB.")


@pytest.mark.parametrize(("change", "check", "state", "words"), [
    ({"encoding": "SQL_ASCII"}, "server", "wrong", "SQL_ASCII, where not every name"),
    ({"durable": False}, "server", "wrong", "fsync"),
    ({"version": 140023}, "server", "warning", "PostgreSQL 14.23"),
    ({"schema": "0001"}, "server tables", "warning", "schema 0001"),
    ({"writable": False}, "server rights", "wrong", "copy of another"),
    ({"may_make_tables": False}, "server rights", "wrong", "no tables"),
    ({"ahead_s": 61.0}, "server clock", "warning", "61 s ahead of this"),
    ({"ahead_s": -61.0}, "server clock", "warning", "61 s behind this"),
    ({"encrypted": False}, "server connection", "warning", "not encrypted"),
    ({"pooled": True}, "server connection", "warning", "pooler"),
])
def test_what_is_not_well(change: dict[str, Any], check: str, state: str, words: str) -> None:
    (found,) = [f for f in server(replace(WELL, **change)) if f.state != "fine"]
    assert (found.check, found.state) == (check, state)
    assert words in found.text and found.cure
