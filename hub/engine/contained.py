"""A connector's mistakes stay its own: whatever it raises or answers beyond its contract becomes what the contract has, so
that one plugin stops one system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import PurePath
from traceback import extract_tb

from hub.errors import ConnectorError, ContractBroken
from hub.model.record import Gone, NativeRecord, Page
from hub.model.refs import RecordRef
from hub.model.write import NativeWrite, Unknown, WriteResult
from hub.sdk.connector import Checkpoint, Connector, SupportsSearch


class Contained:
    """A connector as the engine calls it. ``find`` is there where the connector has it."""

    def __init__(self, name: str, connector: Connector) -> None:
        self._name, self._connector = name, connector
        self.capabilities = connector.capabilities
        if isinstance(connector, SupportsSearch):
            self._search = connector
            self.find = self._find

    async def pull(self, entity: str, since: Checkpoint | None) -> AsyncIterator[Page]:
        try:
            async for page in self._connector.pull(entity, since):
                yield page
        except ConnectorError:
            raise
        except Exception as e:
            raise self._mistake(e) from e

    async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[NativeRecord | Gone]:
        try:
            answers = await self._connector.fetch(refs)
        except ConnectorError:
            raise
        except Exception as e:
            raise self._mistake(e) from e
        if len(answers) != len(refs):
            raise ContractBroken(f"{self._name}: the connector was asked for {len(refs)} records and answered {len(answers)}.")
        return answers

    async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        """Raises only what says that nothing was sent. After anything else nobody can say: the records are asked."""
        try:
            results = await self._connector.write(entity, batch)
        except ConnectorError:
            raise
        except Exception as e:
            return [Unknown(str(self._mistake(e)))] * len(batch)
        if len(results) != len(batch):
            return [Unknown(f"{len(batch)} writes, {len(results)} answers")] * len(batch)
        return results

    async def _find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        try:
            return await self._search.find(entity, keys)
        except ConnectorError:
            raise
        except Exception as e:
            raise self._mistake(e) from e

    def _mistake(self, error: Exception) -> ContractBroken:
        """Names the kind and the place, never the text: it may hold a person's values."""
        frames = extract_tb(error.__traceback__)
        place = f" in {PurePath(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
        kind = type(error).__name__
        return ContractBroken(f"{self._name}: the connector made a mistake ({kind}{place}). Tell its author; the others go on.")
