"""All questions, in order. Nothing is changed, no system is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hub.backup import making
from hub.config import Config, database_of, kind_of, read_config, rulebook, settings_of
from hub.doctor.backups import backups
from hub.doctor.clock import clock, installed_at
from hub.doctor.disk import disk
from hub.doctor.finding import Finding
from hub.doctor.rights import rights
from hub.doctor.room import room
from hub.doctor.server import CHECK, server
from hub.doctor.synced import synced
from hub.errors import HubError
from hub.plugins import Registry
from hub.store.address import Address
from hub.store.examining import examine
from hub.store.server import asked
from hub.store.store import sqlite_url
from hub.workspace import DATABASE, KEY_FILE, SECRETS, STATE, master_key, needs_its_key, stays_behind

LOST = ("Without any copy of it, what it opens is lost, but the systems have it all: move the database and the .sealed files of "
        "secrets/ away, then give the secrets again with `hub connect KIND --name NAME --again`.")


def before_making(folder: Path, now: Callable[[], float] = time.time) -> list[Finding]:
    """What speaks against a new workspace in ``folder``: wrong, or a warning."""
    found = [disk(folder), synced(folder), room(folder), clock(None, now(), installed_at())]
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
    elsewhere, told_ = _elsewhere(workspace, config, now)
    out += told_
    key, told = _key(workspace, elsewhere)
    out.append(told)
    seen_at, told = _database(workspace, elsewhere, key)
    out.append(told)
    newest = making.newest(workspace)
    made_at = newest["made_at"] if newest else None
    latest = max((m for m in (seen_at, made_at) if m is not None), default=None)
    out.append(clock(latest, moment, installed_at()))
    out.append(backups(made_at, moment))
    return out


def _elsewhere(workspace: Path, config: Config | None, now: Callable[[], float]) -> tuple[Address, list[Finding]]:
    """The address of a database that is no file of the workspace, or "", and what its server says."""
    try:
        url = database_of(workspace, config) if config else ""
        found = asked(url, now) if url else None
    except HubError as error:
        return config.hub.database if config else "", [
            Finding(CHECK, "wrong", str(error), "Correct that, then look again: without it no command will work.")]
    return url, list(server(found)) if found else []


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
                      plugin.cure or f"Install another version of {plugin.distribution}, or remove it.")
    if not broken:
        yield Finding("plugins", "fine", f"{len(registry.plugins)} plugins are loaded.")


def _systems(workspace: Path, config: Config | None, registry: Registry) -> Iterator[Finding]:
    """Their settings and secrets."""
    for name, section in sorted(config.systems.items()) if config else ():
        try:
            schema = kind_of(registry, config, name, workspace).settings  # type: ignore[arg-type]
            settings_of(name, section.settings, schema, workspace)
        except HubError as error:
            yield Finding(f"system {name}", "wrong", str(error), "Correct that, then run `hub check`.")
        else:
            yield Finding(f"system {name}", "fine", "Its settings can be used and its secrets are there.")


def _key(workspace: Path, elsewhere: Address) -> tuple[bytes | None, Finding]:
    check, path = "master key", workspace / SECRETS / KEY_FILE
    try:
        if not path.exists() and not needs_its_key(workspace, elsewhere):
            return None, Finding(check, "warning", "There is no master key yet.", "The first `hub plan` makes it.")
        return master_key(workspace, elsewhere), Finding(
            check, "fine", f"The master key is there. Have a copy of {path} elsewhere, apart from the backups.")
    except HubError as error:
        return None, Finding(check, "wrong", str(error), LOST)


def _database(workspace: Path, elsewhere: Address, key: bytes | None) -> tuple[float | None, Finding]:
    check, file = "database", workspace / STATE / DATABASE
    if not elsewhere and not file.exists():
        return None, Finding(check, "fine", "There is no database yet; the first `hub plan` makes it.")
    if key is None:
        return None, Finding(check, "unknown", "Without the master key the database was not looked at.",
                             "Put the key back, then look again.")
    try:
        if stays_behind(file, elsewhere):
            return None, Finding(check, "warning", "Beside the database that hub.toml names there is a file, state/hub.db.",
                                 "With the next command it moves there, if that one is empty; else take the wrong one away.")
        newest = examine(elsewhere or sqlite_url(file), key)
        return newest, Finding(check, "fine", "The database opens with this key and is whole.")
    except HubError as error:
        return None, Finding(check, "wrong", str(error), "Until then no command will work on it.")
