"""CiviCRM through APIv4 over authx."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_civicrm.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_civicrm.connector import CiviCrm

    return [
        ConnectorKind(
            kind="civicrm",
            title="CiviCRM (5.47 and later, APIv4 over AuthX)",
            connector=CiviCrm,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(1, against="recorded calls of CiviCRM 6.17.2 and 5.77", on="2026-11-22"),
            sandbox=_sandbox,
        )
    ]
