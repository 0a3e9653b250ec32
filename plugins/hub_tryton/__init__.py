"""Tryton through its JSON-RPC."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_tryton.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_tryton.connector import Tryton

    return [
        ConnectorKind(
            kind="tryton",
            title="Tryton (8.2)",
            connector=Tryton,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(2, against="trytond 8.2.1", on="2026-11-30"),
            sandbox=_sandbox,
        )
    ]
