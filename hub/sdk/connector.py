"""The door for connector authors: four methods, and optional one-method protocols.

A connector translates between one vendor's documented protocol and native records. It decides nothing: no matching,
no merging, no retrying of writes. It never turns a time-out into a failure: it answers ``Unknown``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from hub.model.record import Gone, NativeRecord, Page
from hub.model.refs import RecordRef
from hub.model.write import NativeWrite, WriteResult
from hub.sdk.capabilities import Capabilities

Checkpoint = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Health:
    """What ``check`` found.

    ``identity``      who we are there ("hub@example.org"), never a secret
    ``fingerprint``   names the organisation behind the URL; if it changes the hub refuses to go on
    ``can_write``     the account may write
    ``server``        product and version, if told
    ``warnings``      sentences for a person, each with the cure
    """

    identity: str
    fingerprint: str
    can_write: bool = True
    server: str = ""
    warnings: tuple[str, ...] = ()


class Connector(Protocol):
    """One configured system. Made by ``kind(settings, system, client_factory)``; closed by ``close``."""

    kind: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    Settings: ClassVar[type[BaseModel]]

    async def check(self) -> Health:
        """Prove identity and permissions, and read one record. Raises AuthFailed, Misconfigured, Transient."""
        ...

    def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        """Everything that changed since the checkpoint, or everything when it is None.

        Pages arrive in any order and may repeat records. The last page carries the checkpoint. May raise
        ResyncRequired at any time, and any other ConnectorError; what was yielded before stays valid.
        """
        ...

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        """The present state of these records, one answer per ref, in order, in as few requests as possible."""
        ...

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """One result per write, in order. Raises only before anything was sent (AuthFailed, Misconfigured,
        Throttled); afterwards each write has its own result."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class SupportsSearch(Protocol):
    """The system can be searched by the hub's own key (``Capabilities.own_key_field``)."""

    async def find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        """Records whose own key is one of ``keys``, trashed ones included where the system can show them."""
        ...


@runtime_checkable
class SupportsMerge(Protocol):
    """The system can merge two of its own records."""

    async def merge(self, winner: RecordRef, loser: RecordRef) -> WriteResult: ...


@runtime_checkable
class SupportsFingerprint(Protocol):
    """Whose system it is can be asked by reading, where ``check`` tries more. A run asks this; only a person's `hub check` and
    `hub connect` ask ``check``."""

    async def fingerprint(self) -> str:
        """``Health.fingerprint``. Raises AuthFailed, Misconfigured, Transient."""
        ...


async def fingerprint(connector: Connector) -> str:
    """Names the organisation behind the system, with as little asked as its connector can."""
    return await connector.fingerprint() if isinstance(connector, SupportsFingerprint) else (await connector.check()).fingerprint


@runtime_checkable
class SupportsQuiet(Protocol):
    """The system can be told to start nothing of its own at our writes, by a setting of the connector."""

    @property
    def stirs(self) -> tuple[str, ...]:
        """What writes may start as it is set up: ``Capabilities.stirs`` without what is kept still."""
        ...


def stirs(connector: Connector) -> tuple[str, ...]:
    """Names of what a write may start by itself in this system."""
    return connector.stirs if isinstance(connector, SupportsQuiet) else connector.capabilities.stirs
