"""Is a system still the one it was? A URL that points at another organisation than before must change nobody
(design.md 4, Guards)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NoReturn, cast

from hub.config import SystemSection
from hub.engine.noting import knows_address, note_fingerprint
from hub.errors import ConnectorError, Misconfigured
from hub.model.record import Gone, NativeRecord, Page
from hub.model.refs import RecordRef
from hub.model.write import NativeWrite, WriteResult
from hub.sdk.capabilities import Capabilities
from hub.sdk.connector import Checkpoint, Connector, Health, fingerprint
from hub.store.store import Store, digest


def address(section: SystemSection) -> str:
    """Equal while a system's kind and settings are; of secrets only where they are kept counts."""
    return digest(section.kind, json.dumps(section.settings, sort_keys=True, default=str))[:16]


async def another(store: Store, name: str, section: SystemSection, found: str) -> Misconfigured | None:
    """The error for a system whose fingerprint ``found`` is not the one known under its name; else it is remembered."""
    if await store.call(note_fingerprint, store, name, address(section), found):
        return Misconfigured(f"{name}: there is another organisation at this address than before. Nothing is read from it and "
                             "nothing written. Correct its settings; if it is meant, give it a new name in the config.")
    return None


async def without_strangers(
    store: Store, sections: Mapping[str, SystemSection], connectors: Mapping[str, Connector]
) -> dict[str, Connector]:
    """The connectors, those barred whose system is new or moved and cannot be shown to be the organisation it was."""
    out = dict(connectors)
    for name, connector in sorted(connectors.items()):
        if await store.call(knows_address, store, name, address(sections[name])):
            continue
        try:
            stranger: ConnectorError | None = await another(store, name, sections[name], await fingerprint(connector))
        except ConnectorError as error:
            stranger = error
        if stranger is not None:
            out[name] = cast("Connector", Barred(connector, stranger))
    return out


class Barred:
    """A connector that says only why it may not be used. The cycle then skips its system and names it."""

    def __init__(self, connector: Connector, why: ConnectorError) -> None:
        self.capabilities: Capabilities = connector.capabilities
        self._why = why

    def _refuse(self) -> NoReturn:
        raise self._why

    async def check(self) -> Health:
        self._refuse()

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        self._refuse()
        yield Page(())

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        self._refuse()

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        self._refuse()

    async def close(self) -> None:
        return None


def requests_of(connector: Any) -> int:
    """HTTP requests a connector has sent so far; 0 where it does not count them."""
    sent = getattr(connector, "requests", 0)
    return sum(sent.values()) if isinstance(sent, Mapping) else int(sent)


def warnings_of(connector: Any) -> Sequence[str]:
    """What a connector met that a person should look at (its property ``warnings``); empty where it has none."""
    return tuple(getattr(connector, "warnings", ()))
