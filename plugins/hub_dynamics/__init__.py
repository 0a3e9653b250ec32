"""Microsoft Dynamics 365 through the Dataverse Web API."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_dynamics.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_dynamics.connector import Dynamics

    return [
        ConnectorKind(
            kind="dynamics",
            title="Microsoft Dynamics 365 (Dataverse Web API 9.2, online)",
            connector=Dynamics,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(0, against="Microsoft's pages and the schemas of microsoft/CDM", on="2026-11-22"),
            sandbox=_sandbox,
        )
    ]
