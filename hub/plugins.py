"""Plugins: found by entry point, registered by pluggy hook. A broken plugin is a status line, not a crash.

Nothing is loaded because it is installed: of other packages than the hub's own only those that the site names. A package of a
similar name that somebody installed by mistake runs nothing here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

import pluggy

from hub.errors import ConfigError
from hub.sdk import hookspecs
from hub.sdk.hookspecs import ConnectorKind

OWN = "contact-hub"
"""The hub's own distribution."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point. ``problem``: why it is not used, "" when it is fine; ``cure``: what helps, where we know."""

    name: str
    distribution: str
    kinds: tuple[ConnectorKind, ...] = ()
    problem: str = ""
    cure: str = ""


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
                raise ConfigError(f'The plugin "{name}" could not be loaded: {broken[0].problem}. {broken[0].cure}'.strip())
            known = ", ".join(sorted(self.kinds)) or "none installed"
            raise ConfigError(f'No connector of kind "{name}". There are: {known}.')
        return found


@lru_cache(maxsize=4)
def registry(trusted: tuple[str, ...] = ()) -> Registry:
    """Load each plugin once. ``trusted``: distributions beside the hub's own whose plugins are loaded (``[hub] plugins``).
    ``HUB_LOAD_PLUGINS=a,b`` loads the entry points of these names instead; empty loads none."""
    only = os.environ.get("HUB_LOAD_PLUGINS")
    wanted = None if only is None else {n.strip() for n in only.split(",") if n.strip()}
    plugins: list[Plugin] = []
    kinds: dict[str, ConnectorKind] = {}
    for point in sorted(entry_points(group=hookspecs.GROUP), key=lambda p: (not is_own(p), p.name)):
        if wanted is not None and point.name not in wanted:
            continue
        distribution = point.dist.name if point.dist is not None else ""
        if not is_own(point) and any(p.name == point.name for p in plugins):
            plugins.append(Plugin(point.name, distribution, problem="another plugin has its name",
                                  cure="Uninstall one of the two packages."))
            continue
        if wanted is None and not is_own(point) and _plain(distribution) not in map(_plain, trusted):
            plugins.append(Plugin(
                point.name, distribution, problem="nobody said that it may be",
                cure=f'If you trust the package, write plugins = ["{distribution}"] under [hub] in config/hub.toml; if you do '
                     "not know it, uninstall it."))
            continue
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


def is_own(point: EntryPoint) -> bool:
    """Is it of the hub's own distribution?"""
    return point.dist is not None and _plain(point.dist.name) == OWN


def _plain(distribution: str) -> str:
    """Its name as packages are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()
