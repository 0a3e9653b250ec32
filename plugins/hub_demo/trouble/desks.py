"""Where people type: the fields of each system they change, through its side door."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from hub_demo.accounts import Accounts
from hub_demo.association import ACCOUNTS, CRM, INVOICING, MAILBOX, PARTNERS, SHOP, STAFF, SURVEY, VOLUNTEERS
from hub_demo.in_process import House
from hub_demo.invoicing import Invoicing
from hub_demo.mailbox import Mailbox
from hub_demo.shop import Shop
from hub_demo.survey import Survey
from hub_limesurvey.sandbox import SURVEY as NUMBER

EMAIL, PHONE, TITLE = "emails", "phones", "title"
_COLUMN = {EMAIL: "Sähköposti", PHONE: "Puhelin"}
_ROW = {EMAIL: ("Email", "email"), PHONE: ("Phone", "phone")}
_CARD = {EMAIL: "EMAIL", PHONE: "TEL", TITLE: "TITLE"}
_DYNAMICS = {EMAIL: "emailaddress1", PHONE: "mobilephone", TITLE: "jobtitle"}


@dataclass(frozen=True, slots=True)
class Desk:
    """One system as its users have it. ``units``: what they type; ``people``: native ids of the people there now; ``read``: id
    and unit → what stands there; ``type``: what they put in its place; ``has``: does that record have a field for it? (An
    organisation has no title.) The shop has no people: its organisations."""

    system: str
    units: tuple[str, ...]
    people: Callable[[], list[str]]
    read: Callable[[str, str], str | None]
    type: Callable[[str, str, str], None]
    has: Callable[[str, str], bool] = lambda native_id, unit: True


def desks(house: House) -> dict[str, Desk]:
    """One a system."""
    made = (_crm(house), _partners(house), _staff(house), _volunteers(house), _mailbox(house), _accounts(house), _survey(house),
            _shop(house), _invoicing(house))
    return {desk.system: desk for desk in made}


def _crm(house: House) -> Desk:
    site = house.crm

    def people() -> list[str]:
        return [str(row["id"]) for row in site.world.tables["Contact"] if row["contact_type"] == "Individual"
                and not row["is_deleted"] and row["id"] >= 3]

    def first(native_id: str, unit: str) -> Mapping[str, Any] | None:
        return next(iter(site.users.rows(_ROW[unit][0], int(native_id))), None)

    def read(native_id: str, unit: str) -> str | None:
        if unit == TITLE:
            return cast("str | None", site.contact(int(native_id))["job_title"])
        row = first(native_id, unit)
        return row[_ROW[unit][1]] if row else None

    def type_(native_id: str, unit: str, value: str) -> None:
        if unit == TITLE:
            site.users.edit(int(native_id), job_title=value)
        elif row := first(native_id, unit):
            site.users.edit_row(_ROW[unit][0], row["id"], **{_ROW[unit][1]: value})
        else:
            site.users.add_row(_ROW[unit][0], int(native_id), is_primary=True, **{_ROW[unit][1]: value})

    return Desk(CRM, (EMAIL, PHONE, TITLE), people, read, type_,
                lambda i, unit: unit != TITLE or site.contact(int(i))["contact_type"] == "Individual")


def _partners(house: House) -> Desk:
    place = house.partners
    return Desk(PARTNERS, (EMAIL, PHONE, TITLE), lambda: list(place.world.tables["contact"].rows),
                lambda i, unit: place.contact(i).get(_DYNAMICS[unit]),
                lambda i, unit, value: place.users.edit(i, **{_DYNAMICS[unit]: value}),
                lambda i, unit: unit == EMAIL or i in place.world.tables["contact"].rows)


def _staff(house: House) -> Desk:
    shelf = house.shelf

    def lines(name: str) -> str:
        return re.sub(r"\r?\n[ \t]", "", shelf.read(name))

    def line(unit: str) -> str:
        return rf"(?m)^((?:[\w-]+\.)?{_CARD[unit]}(?:;[^:\r\n]*)?:)([^\r\n]*)"

    def read(name: str, unit: str) -> str | None:
        found = re.search(line(unit), lines(name))
        return found[2] if found else None

    def type_(name: str, unit: str, value: str) -> None:
        card, count = re.subn(line(unit), lambda m: m[1] + value, lines(name), count=1)
        shelf.write(name, card if count else card.replace("END:VCARD", f"{_CARD[unit]}:{value}\r\nEND:VCARD"))

    def is_person(name: str) -> bool:
        return not re.search(r"(?mi)^(KIND:org|X-ABSHOWAS)", shelf.read(name))

    return Desk(STAFF, (EMAIL, PHONE, TITLE), lambda: [name for name in shelf.names() if is_person(name)], read, type_,
                lambda name, unit: unit != TITLE or is_person(name))


def _volunteers(house: House) -> Desk:
    sheet = house.volunteers

    def read(name: str, unit: str) -> str | None:
        said = sheet.rows()[name].get(_COLUMN[unit])
        return None if said is None else str(said)

    return Desk(VOLUNTEERS, (EMAIL, PHONE), lambda: list(sheet.rows()), read,
                lambda name, unit, value: sheet.edit(name, _COLUMN[unit], value))


def _mailbox(house: House) -> Desk:
    box = cast("Mailbox", house.further[MAILBOX])

    def read(native_id: str, unit: str) -> str | None:
        row = box.contact(native_id)
        if unit == EMAIL:
            return next((one["address"] for one in row["emailAddresses"]), None)
        return cast("str | None", row["mobilePhone" if unit == PHONE else "jobTitle"])

    def type_(native_id: str, unit: str, value: str) -> None:
        if unit == EMAIL:
            others = list(box.contact(native_id)["emailAddresses"])[1:]
            box.users.edit(native_id, emailAddresses=[{"address": value, "name": value}, *others])
        else:
            box.users.edit(native_id, **{"mobilePhone" if unit == PHONE else "jobTitle": value})

    return Desk(MAILBOX, (EMAIL, PHONE, TITLE), lambda: list(box.users.present()), read, type_)


def _accounts(house: House) -> Desk:
    books = cast("Accounts", house.further[ACCOUNTS])
    kinds = {EMAIL: ("email",), PHONE: ("phone", "mobile")}
    person = books.users.category("Person")

    def first(native_id: str, unit: str) -> Mapping[str, Any] | None:
        rows = books.users.rows("party.contact_mechanism", int(native_id))
        return next((row for row in rows if row["type"] in kinds[unit]), None)

    def read(native_id: str, unit: str) -> str | None:
        row = first(native_id, unit)
        return row["value"] if row else None

    def type_(native_id: str, unit: str, value: str) -> None:
        if row := first(native_id, unit):
            books.users.edit_row("party.contact_mechanism", row["id"], value=value)
        else:
            books.users.add_row("party.contact_mechanism", int(native_id), type=kinds[unit][-1], value=value)

    return Desk(ACCOUNTS, (EMAIL, PHONE), lambda: [str(i) for i, row in books.users.parties().items() if person in
                                                    row["categories"]], read, type_)


def _survey(house: House) -> Desk:
    survey = cast("Survey", house.further[SURVEY])
    return Desk(SURVEY, (EMAIL,), lambda: [f"{NUMBER}-{tid}" for tid in survey.world.people[NUMBER]],
                lambda i, unit: survey.participant(i)["email"] or None,
                lambda i, unit, value: survey.edit(i, email=value))


def _shop(house: House) -> Desk:
    shop = cast("Shop", house.further[SHOP])
    field = {EMAIL: "email", PHONE: "phone"}
    return Desk(SHOP, (EMAIL, PHONE), lambda: list(shop.users.customers()), lambda i, unit: shop.customer(i)[field[unit]] or None,
                lambda i, unit, value: shop.users.edit(int(i), **{field[unit]: value}))


def _invoicing(house: House) -> Desk:
    company = cast("Invoicing", house.further[INVOICING])
    place = {EMAIL: ("invoicingInfo", "email"), PHONE: ("registryInfo", "mobilePhone")}

    def read(native_id: str, unit: str) -> str | None:
        section, name = place[unit]
        return cast("str | None", company.customer(native_id).get(section, {}).get(name))

    def type_(native_id: str, unit: str, value: str) -> None:
        section, name = place[unit]
        company.users.edit(int(native_id), **{section: {name: value}})

    def people() -> list[str]:
        return [i for i, partner in company.users.customers().items() if partner["registryInfo"].get("partnerGroups")]

    return Desk(INVOICING, (EMAIL, PHONE), people, read, type_)
