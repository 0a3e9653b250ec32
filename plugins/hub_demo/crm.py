"""The CRM of the demo: a CiviCRM sandbox, filled and used by people through its side door."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hub.cli.serving import serving as serving_app
from hub_civicrm.sandbox import create_app

Projection = Mapping[str, Any]

API_KEY = "demo-key-of-the-hub"
FIRST_ID = 3
"""Before it stand the site's own organisation and the hub's account."""
_TYPES = {"cell": ("Mobile", "Home"), "work": ("Phone", "Work"), "home": ("Phone", "Home")}


class Crm:
    """The running site, as its users see it. Its clock can be turned: the demo's days are short."""

    def __init__(self, app: Any, turned: list[float]) -> None:
        self.users, self.world, self._turned, self.url = app.state.users, app.state.world, turned, ""

    def wait(self, seconds: float) -> None:
        """So much time passes at the site."""
        self._turned[0] += seconds

    def contact(self, contact_id: int) -> Mapping[str, Any]:
        """Columns of a contact."""
        found: Mapping[str, Any] = self.world.contact(contact_id)
        return found

    def emails(self, contact_id: int) -> list[str]:
        return [row["email"] for row in self.users.rows("Email", contact_id)]

    def moved_since(self, moment: int) -> int:
        """How many people and organisations changed at that second or later."""
        return sum((row["modified_date"] or 0) >= moment for row in self.world.tables["Contact"])

    @property
    def now(self) -> int:
        return int(self.world.now)

    @property
    def size(self) -> int:
        """Everybody the site lists, its own organisation and our account included."""
        return sum(not row["is_deleted"] for row in self.world.tables["Contact"])


@contextmanager
def serving(people: Sequence[Projection], port: int = 0) -> Iterator[Crm]:
    """The site until the block ends. The contact of ``people[n]`` has the id FIRST_ID + n."""
    turned = [0.0]
    app = create_app(people=[person(p) for p in people], clock=lambda: time.time() + turned[0], api_key=API_KEY,
                     custom={"Membership": {"Number": "String"}})
    crm = Crm(app, turned)
    with serving_app(app, port) as url:
        crm.url = url
        yield crm


def person(p: Projection) -> dict[str, Any]:
    """As somebody entered them: names of columns as in the site's own forms."""
    numbers = {scheme: row["v"] for scheme, row in (p.get("identifiers") or {}).items()}
    out: dict[str, Any] = {"emails": [], "phones": [], "addresses": []}
    if p["kind"] == "individual":
        out |= {"contact_type": "Individual", "first_name": p["name.given"], "last_name": p["name.family"],
                "middle_name": p.get("name.middle"), "job_title": p.get("title"), "birth_date": whole(p.get("birthday")),
                "Membership.Number": numbers.get("member-number")}
        if p.get("name.suffix"):
            out["suffix_id"] = 1
    else:
        out |= {"contact_type": "Organization", "organization_name": p["name.full"], "legal_name": p.get("legal_name"),
                "legal_identifier": numbers.get("business-id")}
    for key, row in (p.get("emails") or {}).items():
        out["emails"].append({"email": row["v"], "location_type": "Work" if row["a"].get("label") == "work" else "Home",
                              "is_primary": key == p.get("emails.primary")})
    for key, row in (p.get("phones") or {}).items():
        phone_type, location = _TYPES.get(row["a"].get("label", ""), ("Phone", "Home"))
        out["phones"].append({"phone": row["v"], "phone_type": phone_type, "location_type": location,
                              "is_primary": key == p.get("phones.primary")})
    for context, row in (p.get("addresses") or {}).items():
        out["addresses"].append({
            "street_address": row["v"].get("street"), "city": row["v"].get("locality"),
            "postal_code": row["v"].get("postcode"), "country": row["v"].get("country"),
            "location_type": context.capitalize(), "is_primary": context == p.get("addresses.primary")})
    return {name: value for name, value in out.items() if value is not None}


def whole(day: str | None) -> str | None:
    """The site's form takes whole dates only."""
    return day if day and len(day) == len("1990-02-28") else None
