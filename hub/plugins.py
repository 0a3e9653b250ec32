"""Plugins: found by entry point, registered by pluggy hook. A broken plugin is a status line, not a crash."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points

import pluggy

from hub.errors import ConfigError
from hub.sdk import hookspecs
from hub.sdk.hookspecs import ConnectorKind


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point. ``problem``: why it could not be used, "" when it is fine."""

    name: str
    distribution: str
    kinds: tuple[ConnectorKind, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """All plugins, and the kinds of connector they bring."""

    plugins: tuple[Plugin, ...]
    kinds: Mapping[str, ConnectorKind] = field(default_factory=dict)

    def kind(self, name: str) -> ConnectorKind:
        """Raises ConfigError with the kinds there are."""
        found = self.kinds.get(name)
        if found is None:
            broken = [p for p in self.plugins if p.problem and p.name == name]
            if broken:
                raise ConfigError(f'The plugin "{name}" could not be loaded: {broken[0].problem}')
            known = ", ".join(sorted(self.kinds)) or "none installed"
            raise ConfigError(f'No connector of kind "{name}". There are: {known}.')
        return found


@lru_cache(maxsize=1)
def registry() -> Registry:
    """Load every plugin once. ``HUB_LOAD_PLUGINS=a,b`` loads exactly these; empty loads none."""
    only = os.environ.get("HUB_LOAD_PLUGINS")
    wanted = None if only is None else {n.strip() for n in only.split(",") if n.strip()}
    plugins: list[Plugin] = []
    kinds: dict[str, ConnectorKind] = {}
    for point in sorted(entry_points(group=hookspecs.GROUP), key=lambda p: p.name):
        if wanted is not None and point.name not in wanted:
            continue
        distribution = point.dist.name if point.dist is not None else ""
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        try:
            manager.register(point.load(), name=point.name)
            brought = tuple(k for found in manager.hook.register_connectors() for k in found)
            twice = [k.kind for k in brought if k.kind in kinds]
            if twice:
                raise ValueError(f"kind {twice[0]} is brought by another plugin already")
        except Exception as e:  # whatever a plugin does wrong is its own trouble and must not take the hub down
            plugins.append(Plugin(point.name, distribution, problem=f"{type(e).__name__}: {e}"))
            continue
        kinds.update({k.kind: k for k in brought})
        plugins.append(Plugin(point.name, distribution, brought))
    return Registry(tuple(plugins), kinds)
