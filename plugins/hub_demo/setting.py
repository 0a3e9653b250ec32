"""The four systems of the demo, filled and running, and the workspace that connects them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hub_demo import books, cards, crm, lists, partners, truth, volunteers, workspace
from hub_demo.association import CRM, PARTNERS, STAFF, SYSTEMS, VOLUNTEERS, Known, Record, gather

PASSWORDS = {STAFF: "staff-password"}
LIST = "volunteers.xlsx"


@dataclass(frozen=True)
class Setting:
    """The systems, running. ``native``: the id of each record there; the list's rows have one after the first sync."""

    home: Path
    crm: crm.Crm
    partners: partners.Partners
    books: books.Books
    volunteers: volunteers.Volunteers
    known: Known
    native: dict[truth.Place, str]

    def told(self) -> str:
        counts = ", ".join(f"{name} {len(self.known[name]):,}" for name in SYSTEMS)
        return (f"A CRM, the partners' system, the staff's address book and the volunteers' Excel list hold "
                f"{sum(map(len, self.known.values())):,} records ({counts}) of people and organisations that do not exist.")

    def note_rows(self) -> None:
        """The list's rows have their keys now: remember which is which."""
        for place, name in enumerate(list(self.volunteers.rows())[:len(self.known[VOLUNTEERS])]):
            self.native[VOLUNTEERS, place] = name

    def who(self) -> dict[truth.Place, str]:
        """Who each record is about."""
        return {(system, place): record.who for system, records in self.known.items() for place, record in enumerate(records)}


def lay_out(servers: ExitStack, home: Path, seed: int, people: int) -> Setting:
    """Invent the people, fill and start the systems, write the workspace, and the lists as their users would export them."""
    known = gather(seed, people)
    shelf_of_cards = staff_cards(known[STAFF], seed)
    folder = home / "servers"
    books.lay_out(folder, {STAFF: shelf_of_cards})
    sheet = volunteers.fill(folder / LIST, known[VOLUNTEERS], seed)
    lists.write(home / "lists", known, shelf_of_cards, sheet.path)
    site = servers.enter_context(crm.serving(known[CRM]))
    environment = servers.enter_context(partners.serving(known[PARTNERS], seed))
    shelf = servers.enter_context(books.serving(folder, PASSWORDS))
    workspace.fill(home, where={workspace.CRM_URL: site.url, workspace.PARTNERS_URL: environment.url,
                                workspace.BOOKS_URL: shelf.url, workspace.LIST_PATH: sheet.path.as_posix()},
                   secrets={CRM: crm.API_KEY, PARTNERS: environment.secret, **PASSWORDS})
    return Setting(home, site, environment, shelf, sheet, known, natives(known, seed))


def staff_cards(records: Sequence[Record], seed: int) -> list[tuple[str, str]]:
    """(file name, vCard): two programs write into the one book, each in its own version."""
    out = []
    for place, record in enumerate(records):
        name = cards.card_name(seed, STAFF, place)
        write = cards.vcard3 if place % 2 else cards.vcard4
        out.append((name, write(record.shown, name.removesuffix(".vcf"))))
    return out


def natives(known: Mapping[str, Sequence[Record]], seed: int) -> dict[truth.Place, str]:
    """The ids the records have from the start; rows of a list without a key have none."""
    return {**{(CRM, n): str(crm.FIRST_ID + n) for n in range(len(known[CRM]))},
            **{(PARTNERS, n): partners.record_id(seed, n) for n in range(len(known[PARTNERS]))},
            **{(STAFF, n): cards.card_name(seed, STAFF, n) for n in range(len(known[STAFF]))}}
