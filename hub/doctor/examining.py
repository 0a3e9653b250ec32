"""All questions, in order. Nothing is changed, no system is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hub.backup import making
from hub.config import Config, kind_of, read_config, rulebook, settings_of
from hub.doctor.backups import backups
from hub.doctor.clock import clock
from hub.doctor.disk import disk
from hub.doctor.finding import Finding
from hub.doctor.rights import rights
from hub.doctor.room import room
from hub.doctor.synced import synced
from hub.errors import HubError
from hub.plugins import Registry
from hub.store.examining import examine
from hub.workspace import DATABASE, KEY_FILE, SECRETS, STATE, master_key


def before_making(folder: Path) -> list[Finding]:
    """What speaks against a new workspace in ``folder``: wrong, or a warning."""
    found = [disk(folder), synced(folder), room(folder)]
    if folder.exists():
        found.append(rights(folder))
    return [f for f in found if f.state in ("warning", "wrong")]


def examined(workspace: Path, registry: Registry, now: Callable[[], float] = time.time) -> list[Finding]:
    """Everything about a workspace. Raises ConfigError where there is none."""
    if not (workspace / STATE).exists() and not (workspace / SECRETS).exists():
        read_config(workspace)
    moment = now()
    out = [disk(workspace), synced(workspace), rights(workspace), room(workspace)]
    config, told = _config(workspace, registry)
    out += [told, *_plugins(registry, config), *_systems(workspace, config, registry)]
    key, told = _key(workspace)
    out.append(told)
    newest = making.newest(workspace)
    made_at = newest["made_at"] if newest else None
    if config is not None and config.hub.database:
        out.append(Finding("database", "unknown", "The database is kept outside the workspace.",
                           "Look after it, and back it up, with its own tools."))
        return [*out, clock(None, moment)]
    seen_at, told = _database(workspace, key)
    latest = max((m for m in (seen_at, made_at) if m is not None), default=None)
    return [*out, told, clock(latest, moment), backups(made_at, moment)]


def _config(workspace: Path, registry: Registry) -> tuple[Config | None, Finding]:
    try:
        config = read_config(workspace)
        rulebook(workspace, config, registry)
    except HubError as error:
        return None, Finding("config", "wrong", str(error), "Correct that, then look again.")
    return config, Finding("config", "fine", "The config and all mappings can be read.")


def _plugins(registry: Registry, config: Config | None) -> Iterator[Finding]:
    kinds = {section.kind for section in config.systems.values()} if config else set()
    broken = [p for p in registry.plugins if p.problem]
    for plugin in broken:
        yield Finding("plugins", "wrong" if plugin.name in kinds else "warning",
                      f"The plugin {plugin.name} ({plugin.distribution}) could not be loaded: {plugin.problem}.",
                      f"Install another version of {plugin.distribution}, or remove it.")
    if not broken:
        yield Finding("plugins", "fine", f"{len(registry.plugins)} plugins are loaded.")


def _systems(workspace: Path, config: Config | None, registry: Registry) -> Iterator[Finding]:
    """Their settings and secrets."""
    for name, section in sorted(config.systems.items()) if config else ():
        try:
            schema = kind_of(registry, config, name, workspace).connector.Settings  # type: ignore[attr-defined, arg-type]
            settings_of(name, section.settings, schema, workspace)
        except HubError as error:
            yield Finding(f"system {name}", "wrong", str(error), "Correct that, then run `hub check`.")
        else:
            yield Finding(f"system {name}", "fine", "Its settings can be used and its secrets are there.")


def _key(workspace: Path) -> tuple[bytes | None, Finding]:
    path = workspace / SECRETS / KEY_FILE
    if not path.exists() and not (workspace / STATE / DATABASE).exists():
        return None, Finding("master key", "warning", "There is no master key yet.", "The first `hub plan` makes it.")
    try:
        return master_key(workspace, exists=True), Finding(
            "master key", "fine", f"The master key is there. Have a copy of {path} elsewhere, apart from the backups.")
    except (HubError, OSError) as error:
        return None, Finding("master key", "wrong", str(error) if isinstance(error, HubError) else
                             f"{path} cannot be read ({error.strerror}).", "Put the key back from where you keep its copy.")


def _database(workspace: Path, key: bytes | None) -> tuple[float | None, Finding]:
    path = workspace / STATE / DATABASE
    if not path.exists():
        return None, Finding("database", "fine", "There is no database yet; the first `hub plan` makes it.")
    if key is None:
        return None, Finding("database", "unknown", "Without the master key the database was not looked at.",
                             "Put the key back, then look again.")
    try:
        return examine(path, key), Finding("database", "fine", "The database opens with this key and is whole.")
    except HubError as error:
        return None, Finding("database", "wrong", str(error), "Until then no command will work on it.")
