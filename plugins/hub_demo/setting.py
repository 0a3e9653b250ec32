"""The systems of the demo, filled and running, and the workspace that connects them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hub.cli.serving import serving
from hub_demo import books, cards, crm, lists, partners, truth, volunteers, workspace
from hub_demo.association import CRM, PARTNERS, STAFF, SYSTEMS, VOLUNTEERS, Known, Record, gather
from hub_demo.further import Further, Running

PASSWORDS = {STAFF: "staff-password"}
LIST = "volunteers.xlsx"


@dataclass(frozen=True)
class Setting:
    """The systems, running. ``native``: the id of each record there; the list's rows have one after the first sync.
    ``further``: those of ``hub demo --all``, by name; ``urls``: where they are."""

    home: Path
    crm: crm.Crm
    partners: partners.Partners
    books: books.Books
    volunteers: volunteers.Volunteers
    known: Known
    native: dict[truth.Place, str]
    further: Mapping[str, Running] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)

    def told(self, further: Sequence[Further] = ()) -> str:
        counts = ", ".join(f"{name} {len(records):,}" for name, records in self.known.items())
        *some, last = ("A CRM", "the partners' system", "the staff's address book", "the volunteers' Excel list",
                       *(each.called for each in further))
        return (f"{', '.join(some)} and {last} hold {sum(map(len, self.known.values())):,} records ({counts}) of people and "
                "organisations that do not exist.")

    def note_rows(self) -> None:
        """The list's rows have their keys now: remember which is which."""
        for place, name in enumerate(list(self.volunteers.rows())[:len(self.known[VOLUNTEERS])]):
            self.native[VOLUNTEERS, place] = name

    def who(self) -> dict[truth.Place, str]:
        """Who each record is about."""
        return {(system, place): record.who for system, records in self.known.items() for place, record in enumerate(records)}


def lay_out(servers: ExitStack, home: Path, seed: int, people: int, further: Sequence[Further] = ()) -> Setting:
    """Invent the people, fill and start the systems, write the workspace, and the lists as their users would export them."""
    known = gather(seed, people, (*SYSTEMS, *(each.name for each in further)))
    shelf_of_cards = staff_cards(known[STAFF], seed)
    folder = home / "servers"
    books.lay_out(folder, {STAFF: shelf_of_cards})
    sheet = volunteers.fill(folder / LIST, known[VOLUNTEERS], seed)
    lists.write(home / "lists", known, shelf_of_cards, sheet.path)
    site = servers.enter_context(crm.serving(known[CRM]))
    environment = servers.enter_context(partners.serving(known[PARTNERS], seed))
    shelf = servers.enter_context(books.serving(folder, PASSWORDS))
    more = {each.name: each.fill(known[each.name], time.time) for each in further}
    urls = {name: servers.enter_context(serving(running.app)) for name, running in more.items()}
    workspace.fill(home, where={workspace.CRM_URL: site.url, workspace.PARTNERS_URL: environment.url,
                                workspace.BOOKS_URL: shelf.url, workspace.LIST_PATH: sheet.path.as_posix(),
                                **{each.url: urls[each.name] for each in further}},
                   secrets={CRM: crm.API_KEY, PARTNERS: environment.secret, **PASSWORDS,
                            **{file: secret for running in more.values() for file, secret in running.secrets.items()}},
                   everything=bool(further))
    native = {**natives(known, seed), **{(name, n): found for name, running in more.items()
                                         for n, found in enumerate(running.natives)}}
    return Setting(home, site, environment, shelf, sheet, known, native, more, urls)


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
