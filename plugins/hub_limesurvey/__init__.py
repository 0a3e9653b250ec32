"""LimeSurvey through its RemoteControl 2."""

from pathlib import Path
from typing import Any

from hub.sdk import ConnectorKind, Level, hookimpl


def _sandbox(**options: Any) -> Any:
    from hub_limesurvey.sandbox import create_app

    return create_app(**options)


@hookimpl
def register_connectors() -> list[ConnectorKind]:
    from hub_limesurvey.connector import LimeSurvey

    return [
        ConnectorKind(
            kind="limesurvey",
            title="LimeSurvey (6)",
            connector=LimeSurvey,
            mapping=Path(__file__).with_name("mapping.toml"),
            level=Level(1, "recorded calls of LimeSurvey 6.16.11", "2026-11-22"),
            sandbox=_sandbox,
        )
    ]
