"""What we tell a system, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.model.record import Native, NativeRecord
from hub.model.refs import RecordRef

Op = Literal["create", "update", "delete"]
Reaction = Literal["rejected", "stale", "gone", "transient"]


@dataclass(frozen=True, slots=True)
class NativeWrite:
    """One intended call.

    ``ref``     the record; for a create its ``native_id`` is "" and ``collection`` says where it is to be made
    ``patch``   top-level native keys with their whole new value (empty for a delete). Carries already the own key
                (``Capabilities.own_key_field``) on a create and the marker (``Capabilities.write_marker``) where
                the connector has one.
    ``before``  the native record as last known, None for a create
    ``expect``  the version the record must still have, where the system can be asked; None = unknown
    ``key``     the hub's own key of a create (``[A-Za-z0-9-]``, at most 36 characters); "" otherwise
    """

    op: Op
    ref: RecordRef
    patch: Native
    before: Native | None = None
    expect: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """It landed. ``record``: as the system returned or we read it back, or None when it told nothing.

    ``ref`` names the record (needed for a create), ``version`` its new change mark if known.
    """

    ref: RecordRef
    record: NativeRecord | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It did not land, for certain. ``why``: the vendor's words without personal values."""

    reaction: Reaction
    why: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it landed (time-out, connection lost after sending, 5xx after sending)."""

    why: str


WriteResult = Done | Refused | Unknown
