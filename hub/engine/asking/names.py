"""Which contact a person means."""

from __future__ import annotations

from hub.engine.asking.words import SHORT, short, title
from hub.errors import UnknownName, UsageError
from hub.model.state import Units
from hub.model.units import split
from hub.rules.rulebook import Rulebook
from hub.store import contacts, finding
from hub.store.store import Store, Tx


def contact_named(store: Store, book: Rulebook, name: str) -> str:
    """The contact a person means: the (end of the) id of a contact (of one that was joined away, too: where it stands now) or
    link, a native id as SYSTEM:ID, or a text of its name, e-mail or phone that only one contact has."""
    with store.reading() as tx:
        found = _by_id(tx, name) or _by_ref(tx, book, name) or _by_text(tx, name)
    ids = sorted(set(found))
    if not ids:
        raise UnknownName(f'Nobody here is "{name}". Give a whole name, an e-mail address, SYSTEM:ID or an id that '
                          "`hub conflicts list` shows.")
    if len(ids) > 1:
        raise UsageError(f'"{name}" fits {len(ids)} contacts: {", ".join(short(i) for i in ids[:8])}. Give one of these ids.')
    return ids[0]


def _by_id(tx: Tx, name: str) -> list[str]:
    if len(name) < SHORT:
        return []
    found = finding.contacts_ending(tx, name)
    if not found:
        return finding.contacts_of_link_ending(tx, name)
    now = contacts.aliases(tx)
    return [now.get(i, i) for i in found]


def _by_ref(tx: Tx, book: Rulebook, name: str) -> list[str]:
    system, _, native = name.partition(":")
    return finding.contacts_of_record(tx, system, native) if system in book.systems and native else []


def _by_text(tx: Tx, text: str) -> list[str]:
    wanted = text.casefold().strip()
    return [row.id for row in finding.all_contacts(tx) if row.state == "live" and _says(row.units, wanted)]


def _says(units: Units, wanted: str) -> bool:
    if wanted == title(units).casefold():
        return True
    return any(split(u)[1] is not None and split(u)[2] is None and str(split(u)[1]).casefold() == wanted for u in units)
