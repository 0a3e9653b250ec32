"""Invented people with everything a contact can hold, put into a workspace's database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli_support import Place

from hub.model.state import Cell
from hub.store.contacts import ContactRow, save_contacts
from hub.workspace import open_store


def contact(id_: str, units: dict[str, Any]) -> ContactRow:
    return ContactRow(id_, "contact", {u: Cell(v, n, "link") for n, (u, v) in enumerate(units.items(), 1)})


ANNA = contact("01900000-0000-7000-8000-00000000aaaa", {
    "kind": "individual", "name.given": "Anna", "name.family": "Virtanen", "birthday": "1990-02-28", "title": "Chair; acting",
    "employer": "01900000-0000-7000-8000-00000000cccc", "notes": "first line\nsecond, with \\ and ;",
    "emails[old@example.org]": "old@example.org", "emails[anna@example.org]": "Anna@example.org",
    "emails[anna@example.org].label": "work", "emails.primary": "anna@example.org",
    "emails[gone@example.org]": None, "emails[typo@example.org]": {"replaced_by": "anna@example.org", "v": "x"},
    "phones[+358401234567]": "+358 40 123 4567", "phones[+358401234567].label": "cell",
    "addresses[home]": {"street": "Kotikatu 1, A 2", "postcode": "00100", "locality": "Helsinki", "country": "FI"},
    "roles[volunteer]": "volunteer", "roles[donor]": "donor", "roles[donor].until": "2019",
    "groups[board]": "Board", "identifiers[member-number]": "1234",
    "consents[newsletter:email]": {"state": "granted", "evidenced_at": "2024-01-01"}})
EWA = contact("01900000-0000-7000-8000-00000000bbbb", {
    "kind": "individual", "name.given": "Ewa", "name.family": "Żołnowska", "protected": True, "birthday": "--05-01",
    "emails[ewa@example.org]": "ewa@example.org", "phones[+48221234567]": "+48 22 123 45 67",
    "addresses[home]": {"street": "Cicha 7", "locality": "Łódź", "country": "PL"}, "identifiers[member-number]": "4711",
    "roles[member]": "member", "consents[newsletter:email]": {"state": "withdrawn", "evidenced_at": "2024-01-01"}})
SHOP = contact("01900000-0000-7000-8000-00000000cccc", {
    "kind": "org", "name.full": "Kulmakauppa Oy", "notes": "=HYPERLINK(\"http://x.example\")", "urls[x.example]": "https://x.example/a,b;c"})
PEOPLE = (ANNA, EWA, SHOP)


def put(place: Place, people: Sequence[ContactRow]) -> None:
    store = open_store(place.folder, place.database)
    try:
        with store.writing() as tx:
            save_contacts(tx, people, ())
    finally:
        store.close()
