"""Who is who: a record in a system."""

from __future__ import annotations

from typing import NamedTuple


class RecordRef(NamedTuple):
    """One record of one system.

    ``system``      name of the configured system ("crm")
    ``collection``  the part of it that lists its own records (mailbox folder, address book, sheet), or ""
    ``entity``      canonical entity name ("contact")
    ``native_id``   the system's own id, as text
    """

    system: str
    collection: str
    entity: str
    native_id: str

    def __str__(self) -> str:
        return f"{self.system}{'/' + self.collection if self.collection else ''}:{self.native_id}"
