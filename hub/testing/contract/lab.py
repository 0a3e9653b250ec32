"""What a check works with: one harness, connectors on it, what they answer, and what must be true of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NoReturn, TypeVar
from uuid import uuid4

from hub.errors import AuthFailed, ConnectorError, Throttled
from hub.model.record import Gone, Native, NativeRecord, Page, Upserted
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Refused, Unknown, WriteResult
from hub.rules.lenses.paths import laid, path_of
from hub.sdk.connector import Checkpoint, Connector, SupportsSearch
from hub.testing.contract.harness import Harness, NotArranged

T = TypeVar("T")
ENTITY = "contact"


class NotClaimed(Exception):
    """The connector does not claim what the check is about, or the harness says why it cannot be arranged."""


def fail(message: str) -> NoReturn:
    """The connector breaks the contract."""
    raise AssertionError(message)


def require(true: object, message: str) -> None:
    """As ``assert``, with -O too."""
    if not true:
        fail(message)


@dataclass
class Pull:
    """Everything one pull gave: incomplete records are laid over what came before; ``error`` is what ended it."""

    pages: list[Page] = field(default_factory=list)
    records: dict[RecordRef, NativeRecord] = field(default_factory=dict)
    gone: dict[RecordRef, Gone] = field(default_factory=dict)
    error: ConnectorError | None = None

    @property
    def checkpoint(self) -> Checkpoint | None:
        """That of the last page."""
        return self.pages[-1].checkpoint if self.pages else None

    @property
    def ended(self) -> bool:
        """Was the end of a full listing told?"""
        return any(page.listing == "ends" for page in self.pages)

    @property
    def told(self) -> int:
        return sum(len(page.changes) for page in self.pages)

    def take(self, page: Page) -> None:
        self.pages.append(page)
        for change in page.changes:
            if isinstance(change, Upserted):
                self.gone.pop(change.ref, None)
                before = self.records.get(change.ref)
                record = change.record
                if not record.complete and before is not None:
                    data = {**before.data, **record.data}
                    record = NativeRecord(record.ref, data, record.version, record.modified_at, before.complete)
                self.records[change.ref] = record
            else:
                self.records.pop(change.ref, None)
                self.gone[change.ref] = change


class Lab:
    """One check's bench. ``connector`` is open; it and others are closed at the end."""

    def __init__(self, harness: Harness) -> None:
        self.harness, self.trouble = harness, harness.trouble
        self._open: list[Connector] = []
        self._made: set[str] = set()

    async def __aenter__(self) -> Lab:
        await self.harness.open()
        self.connector = self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        self.trouble.calm()
        try:
            if self.harness.live and kind is not NotClaimed:
                there = await self.truth()
                for native_id in self._made & there.keys():
                    await _now(self.harness.user_delete(native_id))
        finally:
            for connector in self._open:
                await connector.close()
            await self.harness.close()

    def open(self, how: str = "make") -> Connector:
        """Another connector: ``make``, ``credentials_wrong`` or ``read_only``."""
        connector: Connector = self.arranged(how, getattr(self.harness, how), self.harness.wrap)
        self._open.append(connector)
        return connector

    def arranged(self, name: str, call: Callable[..., T], *args: Any) -> T:
        """What the harness can do; NotClaimed where it names the reason why not, a failure where it is silent."""
        if name in self.harness.cannot:
            raise NotClaimed(f"the harness cannot arrange {name}: {self.harness.cannot[name]}")
        try:
            return call(*args)
        except NotArranged:
            fail(f"the harness has no {name}; write it, or say in Harness.cannot why it cannot be")

    # Users

    async def user_create(self, number: int = 1, native: Native | None = None) -> RecordRef:
        native_id: str = await _now(self.harness.user_create(self.harness.sample(number) if native is None else native))
        self._made.add(native_id)
        return self.ref(native_id)

    async def seed(self, count: int) -> list[RecordRef]:
        return [await self.user_create(number) for number in range(1, count + 1)]

    async def user_edit(self, ref: RecordRef, text: str) -> None:
        """A user changes the record's text."""
        before = (await self.truth())[ref.native_id]
        await _now(self.harness.user_edit(ref.native_id, self.text_patch(before, text)))

    async def about_to_edit(self, ref: RecordRef, text: str) -> Callable[[], Any]:
        """An edit of the record's text that a user has not saved yet; it may return an awaitable."""
        patch = self.text_patch((await self.truth())[ref.native_id], text)
        return lambda: self.harness.user_edit(ref.native_id, patch)

    async def user_delete(self, ref: RecordRef) -> None:
        await _now(self.harness.user_delete(ref.native_id))

    async def user_does(self, name: str, *refs: RecordRef) -> None:
        """One of the users' acts that not every system has."""
        ids = [ref.native_id for ref in refs]
        await _now(self.arranged(name, getattr(self.harness, name), *ids))

    async def truth(self) -> Mapping[str, Native]:
        """Native id → record, as users see them."""
        there: Mapping[str, Native] = await _now(self.harness.user_records())
        return there

    # What the connector says

    async def try_pull(self, since: Checkpoint | None = None, connector: Connector | None = None) -> Pull:
        """Everything a pull gives, and the error that ended it."""
        got = Pull()
        try:
            async for page in (connector or self.connector).pull(ENTITY, since):
                got.take(page)
        except ConnectorError as error:
            got.error = error
        return got

    async def pull(self, since: Checkpoint | None = None, connector: Connector | None = None) -> Pull:
        """Everything a pull gives. Raises the error that ended it."""
        got = await self.try_pull(since, connector)
        if got.error is not None:
            raise got.error
        return got

    async def fetch(self, ref: RecordRef) -> NativeRecord:
        """A record that must be there."""
        answer = (await self.connector.fetch([ref]))[0]
        if isinstance(answer, Gone):
            fail(f"fetch says a record that is there is {answer.how}")
        return answer

    async def write(self, *writes: NativeWrite, connector: Connector | None = None) -> list[WriteResult]:
        results = list(await (connector or self.connector).write(ENTITY, list(writes)))
        require(len(results) == len(writes), f"{len(writes)} writes got {len(results)} results")
        self._made.update(result.ref.native_id for result in results if isinstance(result, Done))
        return results

    async def try_write(self, *writes: NativeWrite, connector: Connector | None = None) -> list[WriteResult]:
        """As ``write``; an error it may raise before anything is sent counts as refused for now."""
        try:
            return await self.write(*writes, connector=connector)
        except (Throttled, AuthFailed) as error:
            wait = error.retry_after_s if isinstance(error, Throttled) else None
            return [Refused("transient", str(error), wait)] * len(writes)

    async def done(self, *writes: NativeWrite) -> list[Done]:
        """Writes that must land."""
        results = await self.write(*writes)
        return [result if isinstance(result, Done) else fail(f"a write was not done: {shown(result)}")
                for result in results]

    async def find(self, *keys: str) -> Mapping[str, NativeRecord]:
        require(isinstance(self.connector, SupportsSearch), "the connector has no find")
        assert isinstance(self.connector, SupportsSearch)
        return await self.connector.find(ENTITY, list(keys))

    # What is told to the connector

    def ref(self, native_id: str) -> RecordRef:
        return RecordRef(self.harness.system, self.harness.collection, ENTITY, native_id)

    def create(self, number: int = 1, *, key: str | None = None, text: str | None = None) -> NativeWrite:
        """A create as the engine sends it: the sample, with key and marker where the connector has them."""
        key = key or str(uuid4())
        patch = self.sample(number, text)
        if own := self.connector.capabilities.own_key_field:
            patch[own] = key
        return NativeWrite("create", self.ref(""), patch | self.marker(), key=key)

    def sample(self, number: int, text: str | None = None) -> dict[str, Any]:
        """The harness's sample, with another text."""
        native = dict(self.harness.sample(number))
        return native if text is None else native | self.text_patch(native, text)

    def beside(self, number: int) -> dict[str, Any]:
        """What that sample has beside the text, and another one does not. NotClaimed where that is nothing."""
        first, aside = self.harness.sample(1), path_of(self.harness.text)[0]
        found = {name: value for name, value in self.harness.sample(number).items()
                 if name != aside and value != first.get(name)}
        if not found:
            raise NotClaimed("the harness's samples differ in their text alone")
        return found

    def update(self, before: NativeRecord, text: str, *, expect: str | None = None) -> NativeWrite:
        """An update of the record's text."""
        return self.patch(before, self.text_patch(before.data, text), expect=expect)

    def patch(self, before: NativeRecord, patch: Native, *, expect: str | None = None) -> NativeWrite:
        return NativeWrite("update", before.ref, {**patch, **self.marker()}, before.data, expect or before.version)

    def delete(self, before: NativeRecord, *, expect: str | None = None) -> NativeWrite:
        return NativeWrite("delete", before.ref, {}, before.data, expect or before.version)

    @staticmethod
    def word() -> str:
        """A text like no other, which no vendor rewrites."""
        return f"CONTRACT {uuid4().hex[:12].upper()}"

    def marker(self) -> dict[str, str]:
        name = self.connector.capabilities.write_marker
        return {name: str(uuid4())} if name else {}

    def text_of(self, native: Native) -> Any:
        value: Any = native
        for key in path_of(self.harness.text):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def text_patch(self, native: Native, text: str | None) -> dict[str, Any]:
        """The top-level key that holds the text, with its whole new value."""
        path = path_of(self.harness.text)
        return {path[0]: laid(native, path, text)[path[0]]}

    async def truth_of(self, ref: RecordRef) -> Any:
        """The text of a record as users see it."""
        there = await self.truth()
        require(ref.native_id in there, "a record is not there any more, for its users")
        return self.text_of(there[ref.native_id])

    async def holding(self, text: str) -> list[str]:
        """Ids of the records users see with that text."""
        found = [native_id for native_id, native in (await self.truth()).items() if self.text_of(native) == text]
        self._made.update(found)
        return found

    async def honest(self, results: Sequence[WriteResult], texts: Sequence[str]) -> None:
        """Of writes that set one text each: what is Done is there once, what is Refused is not."""
        for result, text in zip(results, texts, strict=True):
            count = len(await self.holding(text))
            require(count <= 1, f"one write made {count} records")
            if isinstance(result, Done):
                require(count == 1, "a write is said to be done, and its users do not see it")
            elif isinstance(result, Refused):
                require(count == 0, f"a write is said to be refused ({result.reaction}), and it landed")

    def can(self, what: str) -> None:
        """NotClaimed where the harness says that its system cannot keep such values."""
        if what in self.harness.cannot:
            raise NotClaimed(f"{what}: {self.harness.cannot[what]}")

    @property
    def many(self) -> int:
        """Records that need more than one page. NotClaimed where nobody knows, or where they are too many to make."""
        found = self.harness.many or (self.connector.capabilities.max_page or -1) + 1
        if not found:
            raise NotClaimed("the connector does not claim a page size (the server decides), nor does Harness.many")
        if found > self.harness.most:
            raise NotClaimed(f"a page holds {found - 1} records, and this harness makes {self.harness.most} at most")
        return found

    @property
    def plenty(self) -> int:
        """More than one page where that is known and not too many, else a few."""
        try:
            return self.many
        except NotClaimed:
            return 3


def shown(result: WriteResult) -> str:
    """A result for a message, without values of records."""
    if isinstance(result, Done):
        return "Done"
    if isinstance(result, Unknown):
        return f"Unknown({result.why})"
    return f"Refused({result.reaction}: {result.why})"


async def _now(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
