"""The lens of a mapping file, for the tests of connectors: they need no other part of the hub."""

from __future__ import annotations

from pathlib import Path

from hub.mapping import compile_mapping, load_mapping
from hub.rules.lenses.lens import Lens, Refs

__all__ = ["Lens", "Refs", "lens_of"]


def lens_of(mapping: Path, entity: str = "contact") -> Lens:
    """The checked lens of a connector's default mapping. Raises ConfigError naming file, line and cure."""
    return compile_mapping(load_mapping(mapping, {}))[entity]
