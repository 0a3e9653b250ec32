"""What the hub knows of the records of a system, without asking it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.engine.asking.people import PLACES
from hub.errors import UnknownName, UsageError
from hub.model.state import UNSET
from hub.model.units import Projection
from hub.rules.rulebook import Rulebook
from hub.store import contacts, finding, systems
from hub.store.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """``read_at``: when the system was last read to the end; ``records``: (native id, what the record shows)."""

    system: str
    read_at: float
    records: tuple[tuple[str, Projection], ...]


def known(store: Store, book: Rulebook, system: str) -> Known:
    """The records of a system as last read, those of protected contacts without addresses and phones. Raises UnknownName,
    and UsageError for a system that was never read to the end."""
    if system not in book.systems:
        raise UnknownName(f'No system is called "{system}". There are: {", ".join(sorted(book.systems)) or "none"}.')
    with store.reading() as tx:
        row = systems.all_systems(tx).get(system)
        links = [k for k in finding.records_there(tx, system, book.entity.name) if k.shadow]
        rows = contacts.load_contacts(tx, (k.contact for k in links))
    if row is None or row.pulled_at is None:
        raise UsageError(f"{system} was never read here to the end. Run `hub plan` first: it reads all systems and "
                         "writes to none.")
    protected = {k.id for k in links if rows[k.contact].units.get("protected", UNSET).value}
    return Known(system, row.pulled_at, tuple(
        (k.ref.native_id, {u: v for u, v in k.shadow.items() if k.id not in protected or u not in PLACES}) for k in links))
