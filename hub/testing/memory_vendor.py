"""A vendor in memory: records, users who edit them, and the interface a connector calls. It knows nothing of the hub."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal, Protocol

from hub.model.record import Native, NativeRecord
from hub.model.refs import RecordRef
from hub.testing.memory_native import CONTACTS, KEY, MARKER, Refusal, Traits, blank, stored

Life = Literal["live", "trashed", "deleted", "merged"]


class Now(Protocol):
    """A clock that can be asked. ``now``: Unix seconds."""

    def now(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Row:
    """A record at one moment; another one takes its place after each change.

    ``changed``   top-level key → place of its last change in the vendor's sequence
    ``at``        place of the record's last change in that sequence
    ``into``      id of the winner of a merge
    """

    id: str
    collection: str
    data: Native
    version: str
    modified_at: datetime
    at: int
    changed: Mapping[str, int]
    life: Life = "live"
    into: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A write of the hub that landed.

    ``patch``   as sent · ``expect`` the version it asked for · ``marker`` the one it carried
    ``before``  the record just before, None for a create · ``version`` its version then
    """

    op: Literal["create", "update", "delete", "merge"]
    id: str
    patch: Native
    at: datetime
    marker: str | None
    expect: str | None
    before: Native | None
    version: str | None


class NotThere(LookupError):
    """No such record, or not for this account."""


class Moved(RuntimeError):
    """The record has another version than the one expected."""


class Expired(RuntimeError):
    """The cursor is too old."""


class Locked(RuntimeError):
    """The credentials are wrong, or may not write."""


@dataclass
class MemorySystem:
    """One system with its records. Users: ``user_*``, ``hide``, ``show``. The truth: ``records``, ``log``, ``requests``.

    ``ids``       makes native ids; one seed, one history
    ``accepts``   the hub's credentials are right
    ``read_only`` the hub's account may not write
    """

    name: str
    traits: Traits
    clock: Now
    ids: random.Random
    accepts: bool = True
    read_only: bool = False
    log: list[Sent] = field(default_factory=list)
    requests: int = 0
    _rows: dict[str, Row] = field(default_factory=dict)
    _past: dict[str, list[Row]] = field(default_factory=dict)
    _row_ids: dict[str, int] = field(default_factory=dict)
    _place: int = 0
    _oldest: int = 0

    def user_create(self, data: Native, collection: str | None = None) -> NativeRecord:
        """A person makes a record. Raises ValueError for what cannot be stored."""
        return self.shown(self._create(data, collection))

    def user_edit(self, record: str, patch: Native) -> NativeRecord:
        """A person changes whole top-level keys. Raises LookupError, ValueError."""
        return self.shown(self._change(self._live(record), patch))

    def user_import(self, record: str, patch: Native) -> NativeRecord:
        """A program writes past the system into its database: no version and no sequence shows it. Raises LookupError."""
        row = self._live(record)
        self._rows[record] = replace(row, data=stored(self.traits, row.data, patch, lambda used: self._row_id(record, used)))
        return self.shown(self._rows[record])

    def restore_backup(self, record: str) -> NativeRecord:
        """The system is as it was before the last change of this record, its version too, and says nothing of it. Raises
        LookupError."""
        row = self._live(record)
        self._rows[record] = self._past[row.id].pop()
        return self.shown(self._rows[record])

    def user_delete(self, record: str, hard: bool = False) -> NativeRecord:
        """A person deletes: into the trash where there is one, unless ``hard``. Raises LookupError."""
        row = self._rows.get(record)
        if row is None or row.life in ("deleted", "merged") or (row.life == "trashed" and not hard):
            raise NotThere(record)
        return self.shown(self._put(row, life="deleted" if hard or not self.traits.restorable else "trashed"))

    def user_restore(self, record: str) -> NativeRecord:
        """A person takes it out of the trash. Raises LookupError."""
        row = self._rows.get(record)
        if row is None or row.life != "trashed":
            raise NotThere(record)
        return self.shown(self._put(row, whole=True, life="live"))

    def user_reuse(self, record: str, data: Native) -> NativeRecord:
        """A person makes a record that gets the id of one that is gone for good, as after a purge. Raises LookupError."""
        row = self._rows.get(record)
        if row is None or row.life != "deleted":
            raise NotThere(record)
        new = stored(self.traits, blank(self.traits), data, lambda used: self._row_id(record, used))
        return self.shown(self._put(row, whole=True, life="live", data=new))

    def user_merge(self, winner: str, loser: str) -> NativeRecord:
        """A person joins two records: the winner takes what it lacks, and the loser's rows. Returns the winner."""
        return self.shown(self._merge(self._live(winner), self._live(loser)))

    def user_move(self, record: str, collection: str) -> NativeRecord:
        """A person moves it to another collection, where it gets another id. Raises LookupError."""
        row = self._live(record)
        self._put(row, life="deleted")
        return self.shown(self._create({k: v for k, v in row.data.items() if k != KEY}, collection))

    def hide(self, record: str) -> None:
        """It leaves the filter or the permission of the hub's account; users still see it. Raises LookupError."""
        self._put(self._live(record), same_version=True, hidden=True)

    def show(self, record: str) -> None:
        """It comes back into view. Raises LookupError."""
        self._put(self._live(record), same_version=True, whole=True, hidden=False)

    def shown(self, row: Row) -> NativeRecord:
        """A row as a record of this system, named as it is."""
        version = row.version if self.traits.versioned else None
        return NativeRecord(RecordRef(self.name, row.collection, "contact", row.id), row.data, version, row.modified_at)

    def records(self) -> dict[str, Native]:
        """What its users see: every live record, hidden ones too."""
        return {row.id: row.data for row in self._rows.values() if row.life == "live"}

    def trash(self) -> dict[str, Native]:
        return {row.id: row.data for row in self._rows.values() if row.life == "trashed"}

    def row(self, record: str) -> Row:
        """Everything about one record, whatever became of it. Raises LookupError."""
        if record not in self._rows:
            raise NotThere(record)
        return self._rows[record]

    def past(self, record: str) -> Sequence[Row]:
        """The record as it was, oldest first, the present left out."""
        return self._past.get(record, [])

    @property
    def here(self) -> int:
        """The place of the last change."""
        return self._place

    @property
    def tick(self) -> datetime:
        """The vendor's clock: whole ticks."""
        tick = self.traits.tick_s
        return datetime.fromtimestamp(math.floor(self.clock.now() / tick) * tick if tick else self.clock.now(), UTC)

    def expire(self) -> None:
        """Cursors given until now are not accepted any more."""
        self._oldest = self._place = self._place + 1

    # What a connector may call. Each call is one request; none of them waits.

    def login(self, *, write: bool = False) -> None:
        """One request begins. Raises Locked."""
        self.requests += 1
        if not self.accepts:
            raise Locked("the credentials are wrong")
        if write and self.read_only:
            raise Locked("the account may only read")

    def listed(self, collection: str | None, after: str, limit: int) -> list[Row]:
        """Rows by id: live ones in view, trashed ones where they can be seen."""
        return sorted((row for row in self._rows.values() if row.id > after and collection in (None, row.collection)
                       and self._in_list(row)), key=lambda row: row.id)[:limit]

    def changed(self, after: int, until: int, limit: int) -> list[Row]:
        """Rows whose last change is after one place, not after another, in that order. Raises Expired."""
        if after < self._oldest:
            raise Expired("the token is too old")
        rows = (row for row in self._rows.values() if after < row.at <= until and self._in_stream(row))
        return sorted(rows, key=lambda row: row.at)[:limit]

    def modified(self, since: datetime, after: tuple[datetime, str] | None, limit: int) -> list[Row]:
        """Rows whose timestamp is ``since`` or later, by (timestamp, id), after one such pair."""
        rows = (row for row in self._rows.values() if row.modified_at >= since and self._in_stream(row))
        return sorted((row for row in rows if after is None or (row.modified_at, row.id) > after),
                      key=lambda row: (row.modified_at, row.id))[:limit]

    def created(self, data: Native, collection: str | None) -> Row:
        """The hub makes a record. Raises Refusal; where keys are unique and this one is taken: returns its holder."""
        taken = self.holder(data.get(KEY)) if self.traits.unique_key else None
        if taken is not None:
            return taken
        row = self._create(data, collection)
        self._write_down("create", row, data, None, None)
        return row

    def updated(self, record: str, patch: Native, expect: str | None) -> Row:
        """The hub changes a record. Raises NotThere, Moved, Refusal."""
        row = self._in_view(record, expect)
        new = self._change(row, patch)
        self._write_down("update", row, patch, row, expect)
        return new

    def deleted(self, record: str, expect: str | None) -> Row:
        """The hub deletes a record. Raises NotThere, Moved."""
        row = self._in_view(record, expect)
        new = self._put(row, life="trashed" if self.traits.restorable else "deleted")
        self._write_down("delete", row, {}, row, expect)
        return new

    def merged(self, winner: str, loser: str) -> Row:
        """The hub joins two records. Raises NotThere."""
        into, row = self._in_view(winner, None), self._in_view(loser, None)
        new = self._merge(into, row)
        self._write_down("merge", row, {}, row, None)
        return new

    def holder(self, key: str | None) -> Row | None:
        """The oldest record with that key, trashed ones too."""
        return next((row for row in self._rows.values()
                     if key and row.life in ("live", "trashed") and row.data.get(KEY) == key), None)

    def check(self, record: str, patch: Native, expect: str | None) -> None:
        """Would this write land? Raises what it would raise."""
        row = self._in_view(record, expect) if record else None
        stored(self.traits, row.data if row else blank(self.traits), patch, lambda used: "0")

    def _create(self, data: Native, collection: str | None) -> Row:
        collection = self.traits.collections[0] if collection is None else collection
        if collection not in self.traits.collections:
            raise Refusal("there is no such collection")
        record = f"{self.ids.getrandbits(40):010x}"
        while record in self._rows:
            record = f"{self.ids.getrandbits(40):010x}"
        empty = blank(self.traits)
        bare = {name: _without_ids(value) for name, value in data.items()}
        new = stored(self.traits, empty, bare, lambda used: self._row_id(record, used))
        return self._put(Row(record, collection, new, "", self.tick, 0, {}))

    def _change(self, row: Row, patch: Native) -> Row:
        return self._put(row, data=stored(self.traits, row.data, patch, lambda used: self._row_id(row.id, used)))

    def _merge(self, into: Row, row: Row) -> Row:
        patch: dict[str, Any] = {}
        for name, value in into.data.items():
            other = row.data[name]
            if name in (KEY, MARKER, "kind"):
                continue
            if isinstance(value, list):
                shown = {_shown(each) for each in value}
                if extra := [each for each in other if _shown(each) not in shown]:
                    patch[name] = [*value, *(_follower(each) for each in _without_ids(extra))]
            elif name == "optout":
                patch[name] = value or other
            elif value is None and other is not None and other not in self._slotted(into, name):
                patch[name] = other
        self._put(row, life="merged", into=into.id)
        return self._change(into, patch)

    def _slotted(self, row: Row, name: str) -> list[Any]:
        """Values the record has in the slots of the same kind."""
        names = next((slots for kind in CONTACTS if name in (slots := self.traits.slot_names(kind))), ())
        return [row.data[each] for each in names]

    def _put(self, row: Row, *, same_version: bool = False, whole: bool = False, **to: Any) -> Row:
        self._place += 1
        before = self._rows.get(row.id)
        data = to.get("data", row.data)
        keys = data if before is None or whole else [k for k in data if data[k] != before.data[k]]
        changed = {**row.changed, **dict.fromkeys(keys, self._place)}
        if before is not None:
            self._past.setdefault(row.id, []).append(before)
        version = row.version if same_version else blake2b(f"{self.name} {self._place}".encode(), digest_size=6).hexdigest()
        new = replace(row, version=version, modified_at=self.tick, at=self._place, changed=changed, **to)
        self._rows[row.id] = new
        return new

    def _row_id(self, record: str, used: Iterable[str]) -> str:
        if self.traits.reuse_row_ids:
            return next(str(n) for n in range(1, len(set(used)) + 2) if str(n) not in used)
        self._row_ids[record] = self._row_ids.get(record, 0) + 1
        return str(self._row_ids[record])

    def _live(self, record: str) -> Row:
        row = self._rows.get(record)
        if row is None or row.life != "live":
            raise NotThere(record)
        return row

    def _in_view(self, record: str, expect: str | None) -> Row:
        row = self._live(record)
        if row.hidden:
            raise NotThere(record)
        if self.traits.conditional and expect is not None and expect != row.version:
            raise Moved(record)
        return row

    def _in_list(self, row: Row) -> bool:
        if row.hidden:
            return False
        return row.life == "live" or (row.life in ("trashed", "merged") and self._flagged)

    def _in_stream(self, row: Row) -> bool:
        """Does the stream of changes tell of this record? (With tokens and tombstones also that it left the view.)"""
        if self.traits.deletes_seen_as == "tombstone":
            return not row.hidden or self.traits.cursor == "token"
        return self._in_list(row)

    @property
    def _flagged(self) -> bool:
        return self.traits.deletes_seen_as in ("soft flag", "inactive")

    def _write_down(self, op: Any, row: Row, patch: Native, before: Row | None, expect: str | None) -> None:
        self.log.append(Sent(op, row.id, patch, self.tick, patch.get(MARKER), expect,
                             before.data if before else None, before.version if before else None))


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [{k: v for k, v in each.items() if k != "id"} if isinstance(each, Mapping) else each for each in value]
    return value


def _follower(row: Any) -> Any:
    """A row that comes to a record from another one is not its primary."""
    return {**row, "primary": False} if isinstance(row, Mapping) and "primary" in row else row


def _shown(row: Any) -> Any:
    """What a row says, its id left out."""
    if not isinstance(row, Mapping):
        return row
    return row.get("value") or tuple(sorted((k, v) for k, v in row.items() if k != "id" and v))


