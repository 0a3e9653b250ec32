"""A section behind what stands in the config: every byte of that stays, and TOML gives the values back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.connecting.section import mapping_text, toml, with_section
from hub.mapping import load_mapping
from hub.plugins import registry
from hub.sdk.hookspecs import ConnectorKind, Level

KIND = ConnectorKind("shelf", "Shelves", lambda *_, **__: None, Path("none"), Level(2))  # type: ignore[arg-type, return-value]
GREEN = ConnectorKind("green", "Shelves", KIND.connector, KIND.mapping, Level(1))
BEFORE = "# mine\n[hub]   # kept\nregion  =  'FI'\n\n[systems.old]\nkind = \"shelf\"  # and this\n"


@pytest.mark.parametrize("before", [BEFORE, BEFORE.rstrip("\n"), BEFORE.replace("\n", "\r\n"), "", "\ufeff" + BEFORE])
def test_what_stands_there_stays_and_line_ends_are_its_own(before: str) -> None:
    whole = with_section(before, KIND, "crm", {"url": "https://x.example.org", "key": {"sealed": "crm-key"}})
    assert whole.startswith(before)
    added = whole.removeprefix(before)
    assert ("\r\n" in before) == ("\r\n" in added)
    assert "\n" not in added.replace("\r\n", "") if "\r\n" in before else "\r" not in added
    read = tomllib.loads(whole.removeprefix("\ufeff"))
    assert read["systems"]["crm"] == {"kind": "shelf", "read_only": True,
                                      "settings": {"url": "https://x.example.org", "key": {"sealed": "crm-key"}}}
    if before:
        assert read["systems"]["old"] == {"kind": "shelf"}


def test_it_says_how_writing_is_let_on() -> None:
    assert "read_only = false\n" in with_section("", KIND, "crm", {})
    assert "read_only = false, and accept_unverified = true\n" in with_section("", GREEN, "crm", {})


TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    st.booleans() | st.integers(-2**53, 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8)


@given(VALUES)
def test_values_come_back(value: Any) -> None:
    assert tomllib.loads(f"x = {toml(value)}") == {"x": value}


@pytest.mark.parametrize("kind", sorted(registry().kinds))
def test_a_default_mapping_works_where_it_was_copied_to(kind: str, tmp_path: Path) -> None:
    found = registry().kinds[kind]
    copy = tmp_path / "mine.toml"
    copy.write_text(mapping_text(found, "mine"), encoding="utf-8")
    defaults = {k.kind: k.mapping for k in registry().kinds.values()}
    assert load_mapping(copy, defaults) == load_mapping(found.mapping, defaults)
