"""Are the answers right? The system itself is asked, before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.errors import Misconfigured
from hub.overlap.headers import meaning_of
from hub.refusals import words_of
from hub.sdk.connector import Health
from hub.sdk.headings import MadeMapping, SupportsHeadings
from hub.sdk.hookspecs import ConnectorKind
from hub.secrets import resolve_secrets


@dataclass(frozen=True, slots=True)
class Tried:
    """What the system said. ``made``: its mapping, where that is made from the headings that stand there."""

    health: Health
    made: MadeMapping | None = None


async def tried(kind: ConnectorKind, system: str, answers: Mapping[str, Any], workspace: Path) -> Tried:
    """What the system says of who we are and what we may do there. Nothing is written, there or here. References to secrets
    among the answers are followed. Raises ConnectorError with the cure, ConfigError for a reference that leads nowhere."""
    schema = kind.settings
    try:
        settings = schema.model_validate(resolve_secrets(answers, schema, workspace))
    except ValidationError as refused:
        first = refused.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Misconfigured(f"{system}: {f'{place}: ' if place else ''}{words_of(first)}.") from None
    connector = kind.connector(settings, system=system)
    try:
        health = await connector.check()
        made = await connector.mapping_for(lambda heading: meaning_of(heading)[0]) if isinstance(
            connector, SupportsHeadings) else None
        return Tried(health, made)
    finally:
        await connector.close()
