"""What every part of a lens is: it translates one unit, or a few that stand in one native field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from hub.model.units import Projection
from hub.rules.codecs.registry import Codec
from hub.rules.lenses.paths import Draft, Path

Direction = Literal["both", "from", "to", "create_only", "none"]
Order = Mapping[str, int]
"""Member key → first revision."""

Place = tuple[Path, Codec]
"""A native path and how its value is read and written."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reference whose target is no contact yet. Stands as a value in a projection; it is no edit, never written."""

    native_id: str


@dataclass(frozen=True, slots=True)
class Refs:
    """What the ids of this system and the contacts are to each other, prefetched.

    ``contact_of``  native id → contact id
    ``native_of``   contact id → native id
    """

    contact_of: Mapping[str, str] = field(default_factory=dict)
    native_of: Mapping[str, str] = field(default_factory=dict)


NO_REFS = Refs()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a native record the lens could not read; the unit (or the part of it) is absent.

    ``unit``    the unit or member it would have been
    ``at``      the native field
    ``reason``  a clause for people, without the value
    """

    unit: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where a part's values stand: what the laws are checked with, and the codecs of the fingerprint.

    ``fields``     in the record itself
    ``rows``       path of a list, whose rows are objects with ``row_fields`` (``where``: what all its rows share,
                   ``row_id``: the path of their id), or texts where ``texts`` is given
    """

    fields: Sequence[Place] = ()
    rows: Path | None = None
    row_fields: Sequence[Place] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    row_id: Path | None = None
    texts: Codec | None = None
    separator: str | None = None

    @property
    def codecs(self) -> tuple[Codec, ...]:
        return tuple(codec for _, codec in (*self.fields, *self.row_fields)) + ((self.texts,) if self.texts else ())


class Part(Protocol):
    """One part. ``read`` adds to a projection, ``lay`` adds to a patch, ``shape`` to what the system would show.

    ``at``      native path, for people
    ``covers``  base names of the units it translates
    """

    at: str
    covers: frozenset[str]
    places: Places
    loss: Mapping[str, str]

    def read(self, native: Mapping[str, Any], refs: Refs, out: Projection, problems: list[Problem]) -> None: ...

    def lay(self, draft: Draft, wanted: Projection, refs: Refs) -> None: ...

    def shape(self, wanted: Projection, held: Projection, order: Order, out: Projection) -> None: ...

    def has(self, key: str) -> bool:
        """Can a member with this key stand here at all?"""
        ...

    def refs_in(self, native: Mapping[str, Any]) -> Iterable[str]:
        """Native ids of the records this part points at."""
        ...

    def targets_in(self, wanted: Projection) -> Iterable[str]:
        """Contact ids this part would have to point at."""
        ...


class PlainPart:
    """Base of the parts: the answers most of them give."""

    at: str = ""
    covers: frozenset[str] = frozenset()
    places: Places = Places()
    loss: Mapping[str, str] = {}  # never changed

    def has(self, key: str) -> bool:
        return True

    def refs_in(self, native: Mapping[str, Any]) -> Iterable[str]:
        return ()

    def targets_in(self, wanted: Projection) -> Iterable[str]:
        return ()
