"""The office's mailbox of the demo: an Outlook sandbox, filled and used by people through its side door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub_demo.association import MAILBOX as NAME
from hub_demo.association import Record
from hub_demo.crm import TAGS, whole
from hub_outlook.sandbox import MAILBOX, SECRET, create_app

Projection = Mapping[str, Any]

_COUNTRY = {"FI": "Finland", "PL": "Poland", "GB": "United Kingdom"}


class Mailbox:
    """The mailbox, as the office sees it. ``natives``: the ids of the contacts it was filled with, in their order."""

    cannot = ""

    def __init__(self, app: Any) -> None:
        self.app, self.users, self.natives = app, app.state.users, list[str]()
        self.secrets = {NAME: SECRET}

    def contact(self, native_id: str) -> Mapping[str, Any]:
        """Properties of a contact, under Microsoft's names."""
        found: Mapping[str, Any] = self.users.row(native_id)
        return found


def fill(records: Sequence[Record], clock: Callable[[], float]) -> Mailbox:
    """A tenant with one mailbox, a contact a record. ``clock``: unix seconds."""
    mailbox = Mailbox(create_app(clock=clock))
    mailbox.natives = [mailbox.users.add(MAILBOX, person(record.shown, record.roles)) for record in records]
    return mailbox


def person(p: Projection, roles: frozenset[str]) -> dict[str, Any]:
    """As somebody entered them. Outlook keeps three e-mails, two business phones, one mobile, and whole birthdays."""
    emails = [row["v"] for row in (p.get("emails") or {}).values()][:3]
    phones = list((p.get("phones") or {}).values())
    labelled = {label: [row["v"] for row in phones if row["a"].get("label") == label] for label in ("work", "home", "cell")}
    home = ((p.get("addresses") or {}).get("home") or {"v": {}})["v"]
    day = whole(p.get("birthday"))
    return {
        "givenName": p["name.given"], "middleName": p.get("name.middle"), "surname": p["name.family"],
        "generation": p.get("name.suffix"), "jobTitle": p.get("title"), "companyName": p.get("company"),
        "birthday": f"{day}T11:59:00Z" if day else None,
        "emailAddresses": [{"address": each, "name": each} for each in emails],
        "businessPhones": labelled["work"][:2], "homePhones": labelled["home"][:2],
        "mobilePhone": next(iter(labelled["cell"]), None),
        "homeAddress": {"street": home["street"], "city": home["locality"], "postalCode": home.get("postcode"),
                        "countryOrRegion": _COUNTRY[home["country"]]} if home else {},
        "categories": sorted(TAGS[role] for role in roles),
    }
