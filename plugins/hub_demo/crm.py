"""The CRM of the demo: a CiviCRM sandbox, filled and used by people through its side door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hub.cli.serving import serving as serving_app
from hub_civicrm.sandbox import create_app
from hub_demo.association import DONOR, VOLUNTEER, Record

Projection = Mapping[str, Any]

API_KEY = "demo-key-of-the-hub"
FIRST_ID = 3
"""Before it stand the site's own organisation and the hub's account."""
CUSTOM = {"Membership": {"Number": "String"}}
TAGS = {VOLUNTEER: "Volunteer", DONOR: "Donor"}
_TYPES = {"cell": ("Mobile", "Home"), "work": ("Phone", "Work"), "home": ("Phone", "Home")}


class Crm:
    """The running site, as its users see it. Its clock can be turned: the demo's days are short."""

    def __init__(self, app: Any, turned: list[float]) -> None:
        self.app, self.users, self.world, self._turned, self.url = app, app.state.users, app.state.world, turned, ""

    def wait(self, seconds: float) -> None:
        """So much time passes at the site."""
        self._turned[0] += seconds

    def contact(self, contact_id: int) -> Mapping[str, Any]:
        """Columns of a contact."""
        found: Mapping[str, Any] = self.world.contact(contact_id)
        return found

    def emails(self, contact_id: int) -> list[str]:
        return [row["email"] for row in self.users.rows("Email", contact_id)]

    def phones(self, contact_id: int) -> list[str]:
        return [row["phone"] for row in self.users.rows("Phone", contact_id)]

    def roles(self, contact_id: int) -> frozenset[str]:
        """Those its tags say."""
        known = {self.users.new_tag(tag): role for role, tag in TAGS.items()}
        tags = self.world.tables["EntityTag"].where("entity_id", contact_id)
        return frozenset(known[row["tag_id"]] for row in tags if row["tag_id"] in known)

    def moved_since(self, moment: int) -> frozenset[int]:
        """Who changed at that second or later: ids of people and organisations."""
        return frozenset(row["id"] for row in self.world.tables["Contact"] if (row["modified_date"] or 0) >= moment)

    def ties(self) -> dict[int, frozenset[tuple[str, int]]]:
        """Id → the relationships and tags that hang on it, without moving its time of change."""
        out: dict[int, set[tuple[str, int]]] = {row["id"]: set() for row in self.world.tables["Contact"]}
        for row in self.world.tables["EntityTag"]:
            out[row["entity_id"]].add(("tag", row["tag_id"]))
        for row in self.world.tables["Relationship"]:
            for end in ("contact_id_a", "contact_id_b") if row["is_active"] else ():
                out[row[end]].add(("relationship", row["id"]))
        return {contact_id: frozenset(tied) for contact_id, tied in out.items()}

    @property
    def now(self) -> int:
        return int(self.world.now)

    @property
    def size(self) -> int:
        """Everybody the site lists, its own organisation and our account included."""
        return sum(not row["is_deleted"] for row in self.world.tables["Contact"])


def fill(records: Sequence[Record], clock: Callable[[], float] = time.time) -> Crm:
    """The site, not served yet. The contact of ``records[n]`` has the id FIRST_ID + n. ``clock``: unix seconds."""
    turned = [0.0]
    people = [{**person(r.shown), "tags": sorted(TAGS[role] for role in r.roles), "is_opt_out": r.opted_out} for r in records]
    crm = Crm(create_app(people=people, clock=lambda: clock() + turned[0], api_key=API_KEY, custom=CUSTOM), turned)
    for tag in TAGS.values():
        crm.users.new_tag(tag)
    return crm


@contextmanager
def serving(records: Sequence[Record], port: int = 0) -> Iterator[Crm]:
    """The site as ``fill`` makes it, until the block ends."""
    crm = fill(records)
    with serving_app(crm.app, port) as url:
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
