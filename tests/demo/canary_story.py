"""A woman and an organisation with a canary in every unit, in the worked example with nine systems: one full run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from wire_log import WireLog, readings

from hub_demo.association import ACCOUNTS, CRM, MAILBOX, PARTNERS, SHOP, STAFF, SURVEY, VOLUNTEERS
from hub_demo.further import EVERY
from hub_demo.in_process import House, Wrap, lay_out
from hub_demo.volunteers import PHONE
from hub_limesurvey.sandbox import SURVEY as NUMBER


def word(text: str, odd: str = " ä&ö €") -> tuple[str, str]:
    """What is typed, and what shows that it is this: a word nobody else writes, beside letters that every packing changes."""
    return f"{text}{odd}", re.escape(text.casefold())


def digits(text: str, shown: str) -> tuple[str, str]:
    """A number or day, with whatever people put between its digits."""
    return text, "[^0-9a-z]{0,3}".join(re.sub(r"\D", "", shown))


@dataclass(frozen=True, slots=True)
class Canary:
    """``unit``: as in ``hub.model.contact``; ``kind``: of contact; ``typed_in``: the systems where somebody types the first
    value and the second; ``shows``: matches them in a reading; ``said``: of the unit, in the table."""

    unit: str
    typed_in: tuple[str, str]
    shows: str
    values: tuple[str, str]
    kind: str = "individual"
    said: str = ""

    @property
    def name(self) -> str:
        return self.said or self.unit


def canary(unit: str, typed_in: str, one: tuple[str, str], two: tuple[str, str], *, then: str = "", kind: str = "individual",
           said: str = "") -> Canary:
    return Canary(unit, (typed_in, then or typed_in), f"{one[1]}|{two[1]}", (one[0], two[0]), kind, said)


def _words(unit: str, typed_in: str, text: str, odd: str = " ä&ö €", **more: Any) -> Canary:
    return canary(unit, typed_in, word(f"{text}eins", odd), word(f"{text}zwei", odd), **more)


_FLAG = (r'"(is_opt_out|do_not_email|do_not_bulk_email|donotbulkemail|donotemail|opted_out)":\s*(true|1|"1")'
         r'|"emailstatus":\s*"optout"|x-optout')
CANARIES = (
    _words("name.given", CRM, "Kanagiven", "", then=PARTNERS),
    _words("name.middle", CRM, "Kanamiddle", ""),
    _words("name.family", CRM, "Kanafamily", ""),
    _words("nickname", CRM, "Kananick"),
    canary("birthday", CRM, digits("1971-03-14", "19710314"), digits("1972-04-15", "19720415"), then=MAILBOX),
    _words("title", CRM, "Kanatitle", then=MAILBOX),
    _words("department", PARTNERS, "Kanadepartment"),
    _words("company", STAFF, "Kanacompany"),
    canary("emails", CRM, word("kanamail@eins.example", ""), word("kanamail@zwei.example", ""), then=SURVEY),
    canary("phones", CRM, digits("+358 40 7654321", "407654321"), digits("+358 40 1234567", "401234567"), then=VOLUNTEERS),
    _words("addresses[home]", CRM, "Kanahome"),
    _words("addresses[billing]", ACCOUNTS, "Kanabilling"),
    canary("urls", CRM, word("https://kanaurl.example/eins", ""), word("https://kanaurl.example/zwei", "")),
    canary("identifiers[member-number]", CRM, word("KANA-M1", ""), word("KANA-M2", "")),
    _words("groups", CRM, "Kanaallergy", said="groups (who is allergic to what)"),
    _words("notes", PARTNERS, "Kananote", said="notes (of an illness)"),
    _words("notes", STAFF, "Kanastaff", said="notes (the staff's own)"),
    Canary("consents", (SURVEY, SURVEY), _FLAG, ("", ""), said="consents (a withdrawal)"),
    _words("name.full", CRM, "Kanaorg", kind="org", said="name of an organisation"),
    _words("legal_name", CRM, "Kanalegal", kind="org"),
    canary("identifiers[business-id]", ACCOUNTS, word("9765432-5", ""), word("9765433-3", ""), kind="org"),
    canary("emails", CRM, word("kanaoffice@eins.example", ""), word("kanaoffice@zwei.example", ""), kind="org",
           said="emails of an organisation"),
    _words("addresses[billing]", ACCOUNTS, "Kanainvoices", kind="org", said="addresses[billing] of an organisation"),
)


@dataclass(frozen=True)
class Run:
    """What was sent to each system in a full run; the list shows what stands in it."""

    sent: Mapping[str, list[bytes]]

    def seen(self) -> set[tuple[str, str]]:
        """(system, unit) pairs of which something was sent."""
        texts = {system: "\n\0\n".join(sorted({reading for raw in requests for reading in readings(raw)}))
                 for system, requests in self.sent.items()}
        return {(system, each.name) for system, text in texts.items() for each in CANARIES if re.search(each.shows, text)}


def full_run(home: Path, *, prepare: Callable[[Path], None] = lambda _: None, **columns: Any) -> Run:
    """Both are typed into the CRM; first sync; others type what only they know; everything is changed once; sync until silent.
    ``prepare``: changes the workspace first; ``columns``: more of the woman in the CRM."""
    home.mkdir(exist_ok=True)
    house = lay_out(home, 1, {system: [] for system in EVERY})
    prepare(home)
    log = WireLog()
    asyncio.run(_run(house, log.wrap, columns))
    log.sent[VOLUNTEERS] = [_sheet(house.volunteers.path)]
    return Run(log.sent)


async def _run(house: House, wrap: Wrap, columns: Mapping[str, Any]) -> None:
    woman, office = _typed(house, columns)
    async with house.open(wrap) as hub:
        async def sync() -> int:
            house.turn(300)
            done = await hub.sync(approve="tester")
            assert done.tally.stopped == {} and not done.tally.refused, done.tally
            return done.tally.writes

        await sync()
        def records_of(crm_id: int) -> dict[str, str]:
            return next({r.system: r.native_id for r in records} for records in hub.records().values()
                        if any((r.system, r.native_id) == (CRM, str(crm_id)) for r in records))

        who, firm = records_of(woman), records_of(office)
        assert who.keys() == set(EVERY) - {SHOP}
        assert firm.keys() >= {ACCOUNTS, SHOP}
        for n in range(2):
            if n:
                _changed(house, woman, office)
            _elsewhere(house, who, n)
            _invoiced(house, int(who[ACCOUNTS]), n, "individual")
            _invoiced(house, int(firm[ACCOUNTS]), n, "org")
            _registered(house, int(firm[ACCOUNTS]), n)
            await sync()
        assert await sync() == 0


def value(unit: str, n: int, kind: str = "individual") -> str:
    return next(each.values[n] for each in CANARIES if each.unit == unit and each.kind == kind)


def _typed(house: House, columns: Mapping[str, Any]) -> tuple[int, int]:
    users = house.crm.users
    woman = users.add({
        "contact_type": "Individual", "first_name": value("name.given", 0), "middle_name": value("name.middle", 0),
        "last_name": value("name.family", 0), "nick_name": value("nickname", 0), "birth_date": value("birthday", 0),
        "job_title": value("title", 0), "Membership.Number": value("identifiers[member-number]", 0),
        "emails": [{"email": value("emails", 0), "location_type": "Home", "is_primary": True}],
        "phones": [{"phone": value("phones", 0), "phone_type": "Mobile", "location_type": "Home", "is_primary": True}],
        "addresses": [{"street_address": value("addresses[home]", 0), "city": "Turku", "postal_code": "20100", "country": "FI",
                       "location_type": "Home", "is_primary": True}],
        "websites": [{"url": value("urls", 0)}],
        "groups": [value("groups", 0)], "tags": ["Volunteer", "Donor"], **columns})
    office = users.add({"contact_type": "Organization", "organization_name": value("name.full", 0, "org"),
                        "legal_name": value("legal_name", 0, "org"),
                        "emails": [{"email": value("emails", 0, "org"), "location_type": "Work", "is_primary": True}]})
    return woman, office


def _elsewhere(house: House, who: Mapping[str, str], n: int) -> None:
    """What is typed outside the CRM, the ``n``-th time."""
    house.partners.users.edit(who[PARTNERS], department=value("department", n), description=value("notes", n))
    card = house.shelf.read(who[STAFF])
    card = re.sub(r"(?m)^(ORG|NOTE)[:;].*\r?\n(?:[ \t].*\r?\n)*", "", card)
    staff = next(each.values[n] for each in CANARIES if each.unit == "notes" and STAFF in each.typed_in)
    house.shelf.write(who[STAFF], card.replace("END:VCARD", f"ORG:{value('company', n)}\r\nNOTE:{staff}\r\nEND:VCARD"))
    survey = house.further[SURVEY].app.state.world
    told = {"emailstatus": "OptOut"} if n == 0 else {"email": value("emails", 1)}
    survey.change(NUMBER, int(who[SURVEY].partition("-")[2]), told)
    if n == 1:
        house.partners.users.edit(who[PARTNERS], firstname=value("name.given", 1))
        house.further[MAILBOX].app.state.users.edit(who[MAILBOX], jobTitle=value("title", 1),
                                                    birthday=f"{value('birthday', 1)}T11:59:00Z")
        house.volunteers.edit(who[VOLUNTEERS], PHONE, value("phones", 1))


def _invoiced(house: House, party: int, n: int, kind: str) -> None:
    """The bookkeeper types where somebody's invoices go, the ``n``-th time."""
    users, street = house.further[ACCOUNTS].app.state.users, value("addresses[billing]", n, kind)
    if n:
        users.edit_row("party.address", users.rows("party.address", party)[0]["id"], street=street)
    else:
        users.add_row("party.address", party, street=street, city="Turku", postal_code="20100", country=users.country("FI"),
                      invoice=True)


def _registered(house: House, party: int, n: int) -> None:
    """The bookkeeper types the organisation's business id, the ``n``-th time."""
    users, number = house.further[ACCOUNTS].app.state.users, value("identifiers[business-id]", n, "org")
    if n:
        users.edit_row("party.identifier", users.rows("party.identifier", party)[0]["id"], code=number)
    else:
        users.add_row("party.identifier", party, type="fi_ytunnus", code=number)


def _changed(house: House, woman: int, office: int) -> None:
    users = house.crm.users
    users.edit(woman, middle_name=value("name.middle", 1), last_name=value("name.family", 1), nick_name=value("nickname", 1),
               **{"Membership.Number": value("identifiers[member-number]", 1)})
    users.edit_row("Website", users.rows("Website", woman)[0]["id"], url=value("urls", 1))
    home = next(row for row in users.rows("Address", woman) if row["street_address"] == value("addresses[home]", 0))
    users.edit_row("Address", home["id"], street_address=value("addresses[home]", 1))
    users.join(woman, value("groups", 1))
    users.edit(office, organization_name=value("name.full", 1, "org"), legal_name=value("legal_name", 1, "org"))
    users.edit_row("Email", users.rows("Email", office)[0]["id"], email=value("emails", 1, "org"))


def _sheet(path: Path) -> bytes:
    """What whoever opens the list reads, in all of its sheets."""
    book = openpyxl.load_workbook(path)
    try:
        return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
                         if cell is not None).encode()
    finally:
        book.close()
