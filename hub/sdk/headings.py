"""Systems whose fields are columns under headings that the site itself chose: their mapping is made from what stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class MadeMapping:
    """A mapping made from headings.

    ``text``      the mapping file, TOML; "" where too little was understood, and the connector's own counts
    ``settings``  settings of the connector that go with it
    ``left``      headings that were not understood; their columns stay untouched
    """

    text: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    left: tuple[str, ...] = ()


@runtime_checkable
class SupportsHeadings(Protocol):
    """The system can say under which headings it keeps what."""

    async def mapping_for(self, meaning_of: Callable[[str], str]) -> MadeMapping:
        """``meaning_of``: heading → given, family, full, middle, suffix, email, phone, birthday, street, postcode, town, country,
        company, or another word, "" where it is not known. Raises as ``Connector.check``."""
        ...
