"""Living with it: people go on working in their own systems."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hub.cli.output import cell, number
from hub_demo.association import CRM, PARTNERS, STAFF, VOLUNTEERS
from hub_demo.story import BY, Story, Unexpected
from hub_demo.volunteers import PHONE

NUMBERS = ("+358 50 000 1111", "+358 50 000 2222", "+358 50 000 3333")
"""Given to nobody: new ones for the story."""


async def edits(story: Story) -> None:
    """One edit in each system arrives in the others that are to have it."""
    site, place, shelf, sheet = story.setting.crm, story.setting.partners, story.setting.books, story.setting.volunteers
    one, two, three = (story.somebody_at_work() for _ in range(3))
    four = story.a_volunteer()
    site.users.edit(int(one[CRM]), job_title="Choir leader")
    place.users.edit(two[PARTNERS], jobtitle="Head of sales")
    _edit_card(story, three[STAFF], lambda card: _with(card, "TITLE:Caretaker"))
    sheet.edit(four[VOLUNTEERS], PHONE, NUMBERS[0])
    await story.sync()
    arrived = [
        ("a job title typed into the CRM", [PARTNERS, STAFF],
         place.contact(one[PARTNERS])["jobtitle"] == "Choir leader" and "Choir leader" in shelf.read(STAFF, one[STAFF])),
        ("a job title typed into the partners' system", [CRM, STAFF],
         site.contact(int(two[CRM]))["job_title"] == "Head of sales" and "Head of sales" in shelf.read(STAFF, two[STAFF])),
        ("a title typed into the staff's address book", [CRM, PARTNERS],
         site.contact(int(three[CRM]))["job_title"] == place.contact(three[PARTNERS])["jobtitle"] == "Caretaker"),
        ("a phone number typed into the Excel list", [CRM, STAFF],
         NUMBERS[0] in site.phones(int(four[CRM])) and NUMBERS[0] in shelf.read(STAFF, four[STAFF])),
    ]
    story.show.table(["edit", "arrived in"], [[what, where if there else "NOT ARRIVED"] for what, where, there in arrived])
    for what, where, there in arrived:
        if not there:
            raise Unexpected(f"{what} did not arrive in {cell(where)}")


async def deactivated(story: Story) -> None:
    """Somebody deactivates a contact in Dynamics: it is still there, and nobody is deleted for it."""
    who = story.somebody_at_work()
    story.setting.partners.users.deactivate(who[PARTNERS])
    held = story.held
    done = await story.sync()
    story.show.line(f"{_named(story, who)} was deactivated in the partners' system. That is no delete: nobody is asked, "
                    "nothing is written, and every record is where it was.")
    if done.tally.writes or story.held != held or not _there(story, who):
        raise Unexpected(f"{number(done.tally.writes, 'write')} came of a deactivated contact")


async def leaving(story: Story) -> None:
    """A volunteer gives the role up. The list keeps the row (``on_leave``), and gets nothing new about that person."""
    site, sheet = story.setting.crm, story.setting.volunteers
    who = story.a_volunteer()
    before = sheet.rows()[who[VOLUNTEERS]]
    site.users.untag(int(who[CRM]), "Volunteer")
    await story.sync()
    site.users.edit_row("Phone", site.users.rows("Phone", int(who[CRM]))[0]["id"], phone=NUMBERS[1])
    await story.sync()
    after = sheet.rows().get(who[VOLUNTEERS])
    if after != before:
        raise Unexpected("the row of somebody who left the list's filter is not as it was")
    site.users.tag(int(who[CRM]), "Volunteer")
    await story.sync()
    story.show.line(f"{_named(story, who)} lost the tag Volunteer in the CRM, and so is outside of the list's filter: the row "
                    "stays as it was (on_leave keeps it), and a number changed in the CRM does not reach it. With the tag back, "
                    "it does.")
    if sheet.rows()[who[VOLUNTEERS]][PHONE] != NUMBERS[1]:
        raise Unexpected("what changed while somebody was outside of the filter did not arrive when they came back")


async def conflict(story: Story) -> None:
    """Two people edit the same field of the same person."""
    who = story.somebody_at_work()
    _edit_card(story, who[STAFF], lambda card: _with(card, "TITLE:Treasurer"))
    story.setting.partners.users.edit(who[PARTNERS], jobtitle="Chair")
    found = story.conflict = await story.with_one_question(what="two edits of one field")
    story.show.line(f"{found['name']}, {found['unit']}: "
                    + ", ".join(f"{c['system']} says {c['value']}" for c in found["contenders"])
                    + ". Nobody is overruled; it waits for a person, and is written nowhere.")


async def resolution(story: Story) -> None:
    """A person decides; the answer goes where it is missing."""
    conflict = story.conflict
    story.hub.resolve(conflict["id"], PARTNERS, by=BY)
    done = await story.sync()
    ids = {r.system: r.native_id for r in next(r for c, r in story.hub.records().items() if c == conflict["contact"])}
    there = "Chair" in story.setting.books.read(STAFF, ids[STAFF]) \
        and story.setting.crm.contact(int(ids[CRM]))["job_title"] == "Chair"
    story.show.line(f"{BY.capitalize()} chose the partners'. {number(done.tally.writes, 'write')}: staff and CRM have it too.")
    if not there:
        raise Unexpected("the answer did not arrive in the other systems")


async def delete_held(story: Story) -> None:
    """Somebody deletes a row. Nothing is deleted elsewhere before a person says so."""
    who = story.a_volunteer()
    story.setting.volunteers.remove(who[VOLUNTEERS])
    asked = await story.with_one_question(what="one deleted row")
    story.show.line(f"{asked['name']} was deleted from the Excel list. The others keep the record until a person says "
                    f"{', '.join(asked['choices'][:-1])} or {asked['choices'][-1]}: "
                    f"`hub conflicts resolve {asked['id']} CHOICE`.")
    if not _there(story, {system: name for system, name in who.items() if system != VOLUNTEERS}):
        raise Unexpected("a record was deleted before a person said so")


def _named(story: Story, who: dict[str, str]) -> str:
    return str(story.setting.crm.contact(int(who[CRM]))["display_name"])


def _there(story: Story, who: dict[str, str]) -> bool:
    """Are the records of this person where they were?"""
    there: list[Any] = [not story.setting.crm.contact(int(who[CRM]))["is_deleted"], story.setting.books.read(STAFF, who[STAFF])]
    return all(there) and (PARTNERS not in who or bool(story.setting.partners.contact(who[PARTNERS])))


def _edit_card(story: Story, name: str, change: Callable[[str], str]) -> None:
    """A user's program reads a card, changes it, writes it back."""
    shelf = story.setting.books
    shelf.write(STAFF, name, change(shelf.read(STAFF, name)))


def _with(card: str, line: str) -> str:
    """The card with one more property; a title replaces the old one."""
    name = re.split("[;:]", line)[0]
    if name == "TITLE":
        card = re.sub(r"(?m)^TITLE[;:].*\r?\n", "", card)
    return card.replace("END:VCARD", f"{line}\r\nEND:VCARD")
