"""A new workspace: the files ``hub init`` makes."""

from __future__ import annotations

import textwrap
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from hub.config import CONFIG
from hub.errors import UsageError
from hub.plugins import registry
from hub.sdk.hookspecs import ConnectorKind
from hub.workspace import master_key

IGNORED = ("state/", "secrets/", "backups/")
_NOTE = "# Made by `hub init`: a database with people and the keys to it never belong into a repository.\n"


def make_workspace(folder: Path) -> list[Path]:
    """Make the files; gives them, the config first. A folder that is new is for its owner alone. Raises UsageError, with
    nothing made, where there is one already."""
    folder = folder.expanduser()
    config = folder / CONFIG
    if config.exists():
        raise UsageError(f"There is a workspace in {folder} already ({config}). Nothing was changed.")
    if (folder / "secrets" / "master.key").exists():
        raise UsageError(f"There is a key in {folder / 'secrets'} already, without its config. Nothing was changed: put "
                         "config/hub.toml back, or choose an empty folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        for path in (config.parent, folder / "mappings"):
            path.mkdir(parents=True, exist_ok=True)
        config.write_text(config_text(), encoding="utf-8")
        ignore = folder / ".gitignore"
        before = ignore.read_text(encoding="utf-8") if ignore.exists() else ""
        missing = [line for line in IGNORED if line not in before.splitlines()]
        if missing:
            gap = "\n" if before and not before.endswith("\n") else ""
            ignore.write_text(before + gap + _NOTE + "\n".join(missing) + "\n", encoding="utf-8")
        master_key(folder)
    except OSError as error:
        raise UsageError(f"The workspace cannot be made in {folder} ({error.strerror}). Choose another folder.") from None
    return [config, folder / "mappings", ignore, folder / "secrets" / "master.key"]


def config_text() -> str:
    """A config with nothing switched on, and an example of each installed kind of connector."""
    text = files("hub.cli").joinpath("hub.toml").read_text(encoding="utf-8")
    return text + "".join(_example(kind) for _, kind in sorted(registry().kinds.items()))


def _example(kind: ConnectorKind) -> str:
    schema = kind.settings
    lines = ["", f"# {kind.title}", f"# [systems.my-{kind.kind}]", f'# kind = "{kind.kind}"',
             f"# [systems.my-{kind.kind}.settings]"]
    for name, field in schema.model_fields.items():
        about = f"{field.description or ''} {'' if field.is_required() else '(may be left out)'}".strip()
        lines += [f"#   # {line}" for line in textwrap.wrap(about, 100)]
        lines.append(f"#   {name} = {_value(field.annotation, field.is_required(), field.default, f'{kind.kind}-{name}')}")
    return "\n".join(lines) + "\n"


def _value(annotation: Any, required: bool, default: Any, secret: str) -> str:
    if annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ()):
        return f'{{ file = "secrets/my-{secret}" }}'
    if required or default is None:
        return '""'
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list | tuple):
        return "[" + ", ".join(f'"{v}"' for v in default) + "]"
    return f'"{default}"' if isinstance(default, str) else str(default)
