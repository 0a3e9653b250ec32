"""Procountor through its REST API."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_procountor.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_procountor.connector import Procountor

    return [
        ConnectorKind(
            kind="procountor",
            title="Procountor (API)",
            connector=Procountor,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(0, "Procountor's pages and its OpenAPI of 2026-04-15", "2026-11-30"),
            sandbox=_sandbox,
        )
    ]
