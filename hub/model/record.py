"""What a system tells us: records, their absence, pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from hub.model.refs import RecordRef

Native = Mapping[str, Any]
"""A native record as JSON: top-level keys are the vendor's own; a patch replaces whole top-level keys."""

How = Literal["deleted", "trashed", "inactive", "merged_into", "left_view", "denied"]
"""In which way a record is not there any more."""


@dataclass(frozen=True, slots=True)
class NativeRecord:
    """A record as its system has it: the whole aggregate (its e-mail rows, its relationships …).

    ``version``      the system's own change mark (ETag, rowversion, modified_date), or None
    ``modified_at``  aware UTC, or None
    ``complete``     False: only the keys present are known; the rest is as last known (never blanked)
    """

    ref: RecordRef
    data: Native
    version: str | None = None
    modified_at: datetime | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Upserted:
    """The record exists and looks like this."""

    record: NativeRecord

    @property
    def ref(self) -> RecordRef:
        return self.record.ref


@dataclass(frozen=True, slots=True)
class Gone:
    """The record is not there any more, and how. ``into``: the winner, for ``merged_into``."""

    ref: RecordRef
    how: How = "deleted"
    into: RecordRef | None = None


Change = Upserted | Gone


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull.

    ``checkpoint``   opaque JSON to continue from; stored only with the last page that carries one
    ``listing``      "none": changes only · "partial": a page of a full listing · "ends": its last page.
                     Absence is computed only after "ends".
    ``listing_id``   names the full listing; the same on all its pages
    ``collections``  which collections the full listing covers, on its last page ("" if the system has none)
    """

    changes: Sequence[Change]
    checkpoint: Mapping[str, Any] | None = None
    listing: Literal["none", "partial", "ends"] = "none"
    listing_id: str = ""
    collections: Sequence[str] = field(default=("",))
