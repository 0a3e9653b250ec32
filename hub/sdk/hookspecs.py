"""The hooks a plugin may implement. Hooks register; they do not run anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy
from pydantic import BaseModel

from hub.sdk.connector import Connector

PROJECT = "contact_hub"
GROUP = "contact_hub.connectors"
"""Entry-point group under which plugins are found."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class Level:
    """How far a connector was verified: 0 sandbox from vendor text, 1 sandbox reproduces recorded answers,
    2 contract suite passed against a real server (``against`` names server and version, ``on`` the date)."""

    number: int
    against: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """What a plugin registers.

    ``connector``  the class; called as ``connector(settings, system=name, client=HubClient-factory or None)``
    ``sandbox``    makes a strict fake of the vendor's API, an ASGI application; None where a real server serves. Its
                   ``app.state.settings`` are the connector's settings for it, without the url
    ``mapping``    path of the default mapping file inside the plugin
    """

    kind: str
    title: str
    connector: Callable[..., Connector]
    mapping: Path
    level: Level
    sandbox: Callable[..., Any] | None = None

    @property
    def settings(self) -> type[BaseModel]:
        """The model that its section of the config must fit."""
        model: type[BaseModel] = self.connector.Settings  # type: ignore[attr-defined]
        return model


@hookspec
def register_connectors() -> list[ConnectorKind]:  # type: ignore[empty-body]
    """Return the kinds of connector this plugin brings."""
