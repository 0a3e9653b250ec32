"""Lemonsoft through its REST interface."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_lemonsoft.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_lemonsoft.connector import Lemonsoft

    return [
        ConnectorKind(
            kind="lemonsoft",
            title="Lemonsoft (REST)",
            connector=Lemonsoft,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(0, "Lemonsoft's examples and its Swagger of 2025-05-28", "2026-11-30"),
            sandbox=_sandbox,
        )
    ]
