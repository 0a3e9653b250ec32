"""Contacts of Outlook: Exchange Online and Outlook.com through Microsoft Graph."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_outlook.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_outlook.connector import Outlook

    return [
        ConnectorKind(
            kind="outlook",
            title="Outlook contacts (Microsoft Graph 1.0: Exchange Online, Outlook.com)",
            connector=Outlook,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(0, against="Microsoft's pages and the metadata of Microsoft Graph 1.0", on="2026-11-30"),
            sandbox=_sandbox,
        )
    ]
