"""What stands in the files of a new system: its section behind what the config has already, whose comments and layout stay as
they are, and its mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub import __version__
from hub.config import VERIFIED
from hub.sdk.headings import MadeMapping
from hub.sdk.hookspecs import ConnectorKind

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def with_section(before: str, kind: ConnectorKind, name: str, settings: Mapping[str, Any]) -> str:
    """``before`` and a section for the system ``name``, which only reads at first."""
    unverified = ", and accept_unverified = true" if kind.level.number < VERIFIED else ""
    lines = [
        "", f"# {kind.title}",
        f"# The hub only reads there. When it may write, after a plan was approved: read_only = false{unverified}",
        f"[systems.{name}]", f"kind = {toml(kind.kind)}", "read_only = true", f"[systems.{name}.settings]",
        *(f"{toml_key(key)} = {toml(value)}" for key, value in settings.items()), ""]
    end = "\r\n" if "\r\n" in before else "\n"
    gap = end if before and not before.endswith("\n") else ""
    return before + gap + end.join(lines)


def mapping_text(kind: ConnectorKind, name: str, made: MadeMapping | None = None) -> str:
    """The default mapping of a kind, as a file of the site's own; or the one that was made from the headings there."""
    if made is not None and made.text:
        return (f"# Which column of {name} is which: made by `hub connect` of contact-hub {__version__} from the headings\n"
                f"# that stood there. Change what is otherwise, then run `hub mapping check {name}`.\n\n{made.text}")
    return (f"# Which field of {name} is which: the mapping of the {kind.kind} connector of contact-hub {__version__}, copied\n"
            f"# by `hub connect`. Change what is otherwise here, then run `hub mapping check {name}`. Without this file the\n"
            f"# connector's own counts.\n\n{kind.mapping.read_text(encoding='utf-8-sig')}")


def toml_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else toml(name)


def toml(value: Any) -> str:
    """A value of a setting as TOML (https://toml.io/en/v1.0.0): text, number, switch, list, table in line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(toml, value)) + "]"
    return '"' + "".join(_escaped(c) for c in str(value)) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return c if c.isprintable() else f"\\u{ord(c):04X}" if ord(c) < 0x10000 else f"\\U{ord(c):08X}"
