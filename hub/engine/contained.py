"""A connector's mistakes stay its own: whatever it raises or answers beyond its contract becomes what the contract has, so
that one plugin stops one system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import PurePath
from traceback import extract_tb

from hub.errors import ConnectorError, ContractBroken
from hub.model.record import Change, Gone, NativeRecord, Page
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Unknown, WriteResult
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
                self._are_ours(page.changes)
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
        self._are_ours(answers)
        if any(a.ref.native_id != r.native_id for a, r in zip(answers, refs, strict=True)):
            raise ContractBroken(f"{self._name}: the connector answered with other records than it was asked for. Nothing of "
                                 "that is used. Tell its author; the others go on.")
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
        return [Unknown("it was answered with a record of another system") if isinstance(r, Done) and r.ref.system != self._name
                else r for r in results]

    async def _find(self, entity: str, keys: Sequence[str]) -> Mapping[str, NativeRecord]:
        try:
            found = await self._search.find(entity, keys)
        except ConnectorError:
            raise
        except Exception as e:
            raise self._mistake(e) from e
        self._are_ours(found.values())
        return found

    def _are_ours(self, told: Iterable[Change | NativeRecord]) -> None:
        """Whose record it is decides whom it is shown to; the winner of a merge, with whom it is joined."""
        refs = [ref for t in told for ref in (t.ref, t.into if isinstance(t, Gone) else None) if ref is not None]
        if any(ref.system != self._name for ref in refs):
            raise ContractBroken(f"{self._name}: the connector told of records of another system. Nothing of that is used. Tell "
                                 "its author; the others go on.")

    def _mistake(self, error: Exception) -> ContractBroken:
        """Names the kind and the place, never the text: it may hold a person's values."""
        frames = extract_tb(error.__traceback__)
        place = f" in {PurePath(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
        kind = type(error).__name__
        return ContractBroken(f"{self._name}: the connector made a mistake ({kind}{place}). Tell its author; the others go on.")
