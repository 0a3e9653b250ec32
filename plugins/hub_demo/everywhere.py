"""The story of ``hub demo --all``: what somebody types in one system reaches every other that may have it, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from hub_demo.accounts import Accounts
from hub_demo.association import (
    ACCOUNTS,
    CRM,
    DONOR,
    INVOICING,
    MAILBOX,
    PARTNERS,
    SHOP,
    STAFF,
    SURVEY,
    VOLUNTEER,
    VOLUNTEERS,
)
from hub_demo.further import EVERY
from hub_demo.invoicing import Invoicing
from hub_demo.mailbox import Mailbox
from hub_demo.shop import Shop
from hub_demo.steps import first_sync, plan, second_sync
from hub_demo.story import Steps, Story, Unexpected
from hub_demo.survey import Survey
from hub_demo.volunteers import PHONE

NUMBER, EMAIL, BIRTHDAY, STREET = "+358 50 000 4444", "new.address@example.org", "1980-05-17", "Laskukatu 5"
"""Of nobody: new ones for the story."""
PEOPLES = frozenset(EVERY) - {SHOP}
"""Systems with people in them."""
Who = Mapping[str, str]
"""System → native id of one person."""


@dataclass(frozen=True, slots=True)
class Edit:
    """``allowed``: who is to have it, beside the system it was typed in. ``there``: system → does it stand there?"""

    what: str
    typed_in: str
    allowed: frozenset[str]
    there: Mapping[str, bool]

    @property
    def reached(self) -> frozenset[str]:
        return frozenset(name for name, is_there in self.there.items() if is_there) - {self.typed_in}


async def edits(story: Story) -> None:
    """Somebody who is in all systems that have people gets four edits, in three of them; an organisation gets one from the
    bookkeeper."""
    who = story.with_one_number(set(PEOPLES), {DONOR, VOLUNTEER})
    books = _accounts(story)
    office = story.an_organisation({CRM, PARTNERS, ACCOUNTS, SHOP, INVOICING},
                                   lambda refs: len(books.addresses(refs[ACCOUNTS])) == 1)
    _mailbox(story).users.edit(who[MAILBOX], mobilePhone=NUMBER)
    _survey(story).edit(who[SURVEY], email=EMAIL, emailstatus="OptOut")
    story.setting.crm.users.edit(int(who[CRM]), birth_date=BIRTHDAY)
    books.users.edit_row("party.address", books.addresses(office[ACCOUNTS])[0]["id"], street=STREET)
    name, company = (story.setting.crm.contact(int(refs[CRM]))["display_name"] for refs in (who, office))
    story.show.line(f"{name} is a volunteer and a donor, and so in all systems that have people. {company} gets invoices.")
    await story.sync()
    done = (
        Edit("a phone number typed into the mailbox", MAILBOX, PEOPLES - {MAILBOX, SURVEY}, _phone(story, who)),
        Edit("an e-mail address corrected in the survey", SURVEY, PEOPLES - {SURVEY}, _email(story, who)),
        Edit("a birthday typed into the CRM", CRM, frozenset({MAILBOX}), _birthday(story, who)),
        Edit("somebody opted out of the survey's mail", SURVEY, frozenset({CRM, PARTNERS}), _opted_out(story, who)),
        Edit("an invoicing address corrected by the bookkeeper", ACCOUNTS, frozenset({CRM, PARTNERS, SHOP, INVOICING}),
             _street(story, office)),
    )
    story.show.table(["edit", "may be in", "arrived in"], [[e.what, sorted(e.allowed), sorted(e.reached)] for e in done])
    for edit in done:
        if edit.reached != edit.allowed:
            wrong = ", ".join(sorted(edit.reached ^ edit.allowed))
            raise Unexpected(f"{edit.what} is not in all systems that may have it and in no other: {wrong}")


async def last_sync(story: Story) -> None:
    """Nobody did anything more."""
    done = await story.sync()
    story.show.line("What arrived is nobody's edit: nothing is written.")
    if done.tally.writes:
        raise Unexpected(f"the sync after the edits made {done.tally.writes} writes")


def _phone(story: Story, who: Who) -> dict[str, bool]:
    at = story.setting
    return _shown(who, NUMBER, {
        CRM: lambda i: " ".join(at.crm.phones(int(i))),
        PARTNERS: lambda i: str(at.partners.contact(i)),
        STAFF: lambda i: at.books.read(STAFF, i),
        VOLUNTEERS: lambda i: str(at.volunteers.rows()[i][PHONE]),
        MAILBOX: lambda i: str(_mailbox(story).contact(i)),
        ACCOUNTS: lambda i: str(_accounts(story).values(i, "phone", "mobile")),
        SURVEY: lambda i: str(_survey(story).participant(i)),
        INVOICING: lambda i: str(_invoicing(story).customer(i)),
    })


def _email(story: Story, who: Who) -> dict[str, bool]:
    at = story.setting
    return _shown(who, EMAIL, {
        CRM: lambda i: " ".join(at.crm.emails(int(i))),
        PARTNERS: lambda i: str(at.partners.contact(i)),
        STAFF: lambda i: at.books.read(STAFF, i),
        VOLUNTEERS: lambda i: str(at.volunteers.rows()[i]),
        MAILBOX: lambda i: str(_mailbox(story).contact(i)),
        ACCOUNTS: lambda i: str(_accounts(story).values(i, "email")),
        SURVEY: lambda i: str(_survey(story).participant(i)),
        INVOICING: lambda i: str(_invoicing(story).customer(i)),
    })


def _birthday(story: Story, who: Who) -> dict[str, bool]:
    """As text: every system of this story writes a day beginning with the year."""
    at = story.setting
    return _shown(who, BIRTHDAY, {
        CRM: lambda i: str(at.crm.contact(int(i))["birth_date"]),
        PARTNERS: lambda i: str(at.partners.contact(i)),
        STAFF: lambda i: at.books.read(STAFF, i),
        VOLUNTEERS: lambda i: str(at.volunteers.rows()[i]),
        MAILBOX: lambda i: str(_mailbox(story).contact(i)),
        INVOICING: lambda i: str(_invoicing(story).customer(i)),
    })


def _street(story: Story, office: Who) -> dict[str, bool]:
    at = story.setting
    looks = {
        CRM: lambda i: str(at.crm.users.rows("Address", int(i))),
        PARTNERS: lambda i: str(at.partners.contact(i)),
        STAFF: lambda i: at.books.read(STAFF, i),
        ACCOUNTS: lambda i: str(_accounts(story).addresses(i)),
        SHOP: lambda i: str(_shop(story).customer(i)),
        INVOICING: lambda i: str(_invoicing(story).customer(i)),
    }
    return _shown(office, STREET, {name: look for name, look in looks.items() if name in office})


def _opted_out(story: Story, who: Who) -> dict[str, bool]:
    at = story.setting
    return {CRM: bool(at.crm.contact(int(who[CRM]))["do_not_email"]),
            PARTNERS: bool(at.partners.contact(who[PARTNERS])["donotemail"]),
            SURVEY: _survey(story).participant(who[SURVEY])["emailstatus"] == "OptOut"}


def _shown(who: Who, value: str, look: Mapping[str, Callable[[str], str]]) -> dict[str, bool]:
    return {name: value in read(who[name]) for name, read in look.items()}


def _mailbox(story: Story) -> Mailbox:
    return cast("Mailbox", story.setting.further[MAILBOX])


def _accounts(story: Story) -> Accounts:
    return cast("Accounts", story.setting.further[ACCOUNTS])


def _survey(story: Story) -> Survey:
    return cast("Survey", story.setting.further[SURVEY])


def _shop(story: Story) -> Shop:
    return cast("Shop", story.setting.further[SHOP])


def _invoicing(story: Story) -> Invoicing:
    return cast("Invoicing", story.setting.further[INVOICING])


STEPS: Steps = (("plan", plan), ("first sync", first_sync), ("second sync", second_sync), ("edits", edits),
                ("last sync", last_sync))
