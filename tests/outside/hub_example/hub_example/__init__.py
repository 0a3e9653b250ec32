"""Guild Roll, a member register invented to show a connector."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_example.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_example.connector import Example

    return [
        ConnectorKind(
            kind="example",
            title="Guild Roll (invented)",
            connector=Example,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(0),
            sandbox=_sandbox,
        )
    ]
