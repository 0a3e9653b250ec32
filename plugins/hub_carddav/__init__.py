"""CardDAV address books (RFC 6352, RFC 6578)."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_carddav.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_carddav.connector import CardDav

    return [
        ConnectorKind(
            kind="carddav",
            title="CardDAV address books (Radicale, Nextcloud, Fastmail, iCloud and others)",
            connector=CardDav,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(2, against="Radicale 3.9.0", on="2026-11-22"),
            sandbox=_sandbox,
        )
    ]
