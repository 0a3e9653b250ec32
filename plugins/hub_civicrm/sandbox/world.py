"""The state of one make-believe site, and what happens in it. Every change, by API or by a user, goes through here.

What moves ``modified_date`` is recorded (transcripts 00-modified_date-trail*.json): the contact itself when a value
changes, and any write of an e-mail, phone, address or website row; not relationships, groups or tags.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from .answers import ApiError, Edition
from .options import EMPLOYEE_OF, OPTIONS, RELATIONSHIP_TYPES, Option
from .schema import Entity, entities
from .tables import Row, Table

LOCATION_ROWS = ("Email", "Phone", "Address", "Website")
WITH_PRIMARY = ("Email", "Phone", "Address")
FLAGS = ("do_not_email", "do_not_phone", "do_not_mail", "do_not_sms", "do_not_trade", "is_opt_out", "is_deceased",
         "is_deleted")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an API key. ``permissions``: as the CMS grants them."""

    contact_id: int
    api_key: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


ANONYMOUS = Account(0, "", frozenset())
READER = frozenset({"access CiviCRM", "access AJAX API", "authenticate with api key", "view all contacts"})
WRITER = READER | {"edit all contacts", "add contacts", "delete contacts", "access deleted contacts",
                   "merge duplicate contacts", "view debug output"}
ADMIN = WRITER | {"administer CiviCRM", "edit api keys"}


@dataclass(frozen=True, slots=True)
class Logged:
    """One call as it came in. ``mutating``: it was let through and may have changed something."""

    entity: str
    action: str
    mutating: bool


@dataclass(slots=True)
class Log:
    """For tests: ``requests`` counts HTTP requests, ``calls`` lists what was asked in them."""

    requests: int = 0
    calls: list[Logged] = field(default_factory=list)

    @property
    def mutations(self) -> int:
        return sum(call.mutating for call in self.calls)

    def clear(self) -> None:
        self.requests = 0
        self.calls.clear()


class World:
    """Tables, clock and side effects. ``custom_triggers``: custom fields move ``modified_date`` (trail-2)."""

    def __init__(self, *, edition: Edition, zone: ZoneInfo, clock: Callable[[], float],
                 custom: Mapping[str, Mapping[str, str]], custom_triggers: bool) -> None:
        self.edition, self.zone, self.clock, self.custom_triggers = edition, zone, clock, custom_triggers
        self.entities: dict[str, Entity] = entities(custom)
        self.tables = {e.name: Table(e.keys, e.unique, "modified_date" if "modified_date" in e.fields else "")
                       for e in self.entities.values()}
        self.accounts: dict[str, Account] = {}
        self.merged: dict[int, int] = {}
        self.log = Log()
        self.tables["Domain"].insert({"name": "Default Domain Name",
                                      "version": "6.17.2" if edition == "6.17.2" else "5.77.beta1"})
        for a_b, b_a, of_a, of_b in RELATIONSHIP_TYPES:
            self.tables["RelationshipType"].insert({
                "name_a_b": a_b, "name_b_a": b_a, "label_a_b": a_b, "label_b_a": b_a, "contact_type_a": of_a,
                "contact_type_b": of_b, "is_active": True})

    @property
    def now(self) -> int:
        return int(self.clock())

    def options(self, name: str) -> list[Option]:
        if name == "tag":
            return [Option(row["id"], row["name"], row["label"]) for row in self.tables["Tag"]]
        return OPTIONS[name]

    def contact(self, contact_id: int) -> Row:
        row = self.tables["Contact"].get(contact_id)
        if row is None:
            raise ApiError("DB Error: constraint violation")  # not recorded; the foreign key stands in the schema
        return row

    # contacts

    def add_contact(self, values: Row) -> Row:
        """A new contact with what the installer's defaults fill in (transcripts 15, 17, 20)."""
        kind = values.get("contact_type") or (
            "Organization" if values.get("organization_name") else
            "Household" if values.get("household_name") else "Individual")
        row: Row = dict.fromkeys(self.entities["Contact"].fields)
        row |= dict.fromkeys(FLAGS, False)
        row |= {"preferred_mail_format": "Both", "preferred_language": "en_US", "communication_style_id": 1,
                "addressee_id": 3 if kind == "Organization" else 1}
        if kind != "Organization":
            row |= {"email_greeting_id": 1, "postal_greeting_id": 1}
        row |= {name: value for name, value in values.items() if name in row}
        row |= {"contact_type": kind, "created_date": self.now, "modified_date": self.now}
        row["hash"] = hashlib.md5(f"{len(self.tables['Contact'])}:{self.now}".encode(), usedforsecurity=False).hexdigest()
        name_contact(row)
        stored = self._insert("Contact", row)
        self._employ(stored, None)
        return stored

    def change_contact(self, contact_id: int, values: Row) -> None:
        """Equal values do not move ``modified_date`` (trail-2); custom fields only with their SQL trigger."""
        row = self.contact(contact_id)
        known = {k: v for k, v in values.items() if k in row and row[k] != v}
        if not known:
            return
        before = row["employer_id"]
        draft = {**row, **known}
        name_contact(draft)
        moved = any("." not in name or self.custom_triggers for name in known)
        if self.edition == "5.77" and known.keys() == {"is_deleted"}:
            moved = False  # until PR 33439 of 2025-08 the trash did not move it
        changed = {k: v for k, v in draft.items() if v is not row[k]}
        self._change("Contact", contact_id, {**changed, **({"modified_date": self.now} if moved else {})})
        self._employ(row, before)

    def greet(self, contact_id: int) -> None:
        """Greetings are composed after a write's echo was made, so that shows the old ones (transcripts 15, 47)."""
        row = self.contact(contact_id)
        if row["contact_type"] == "Individual":
            greeting = f"Dear {row['first_name'] or ''}".strip()
            row |= {"email_greeting_display": greeting, "postal_greeting_display": greeting,
                    "addressee_display": row["display_name"] or ""}
        else:
            row["addressee_display"] = row["display_name"]

    def destroy(self, contact_id: int) -> None:
        """Delete for good, and all that hangs on it (ON DELETE CASCADE)."""
        for name in (*LOCATION_ROWS, "GroupContact"):
            for row in self.tables[name].where("contact_id", contact_id):
                self.tables[name].remove(row["id"])
        for row in list(self.tables["EntityTag"].where("entity_id", contact_id)):
            self.tables["EntityTag"].remove(row["id"])
        for key in ("contact_id_a", "contact_id_b"):
            for row in self.tables["Relationship"].where(key, contact_id):
                self.remove_row("Relationship", row["id"])
        self.tables["Contact"].remove(contact_id)

    def touch(self, contact_id: int) -> None:
        self._change("Contact", contact_id, {"modified_date": self.now})

    # rows

    def add_row(self, entity: str, values: Row) -> Row:
        row: Row = {**dict.fromkeys(self.entities[entity].fields), **values}
        for owner in ("contact_id", "contact_id_a", "contact_id_b"):
            if owner in row:
                self.contact(row[owner])
        if entity in WITH_PRIMARY:
            others = self.tables[entity].where("contact_id", row["contact_id"])
            row["is_primary"] = bool(row["is_primary"]) or not others  # CRM_Core_BAO_Block::handlePrimary
            row["is_billing"] = bool(row["is_billing"])
        stored = self._insert(entity, row)
        self._after(entity, stored)
        return stored

    def change_row(self, entity: str, row_id: int, values: Row) -> None:
        self._change(entity, row_id, values)
        self._after(entity, self.tables[entity].rows[row_id])

    def remove_row(self, entity: str, row_id: int) -> None:
        row = self.tables[entity].rows[row_id]
        self.tables[entity].remove(row_id)
        if entity == "Relationship":
            for cached in [c for c in self.tables["RelationshipCache"].where("near_contact_id", row["contact_id_a"])
                           + self.tables["RelationshipCache"].where("near_contact_id", row["contact_id_b"])
                           if c["relationship_id"] == row_id]:
                if cached["id"] in self.tables["RelationshipCache"].rows:
                    self.tables["RelationshipCache"].remove(cached["id"])
        rest = self.tables[entity].where("contact_id", row["contact_id"]) if entity in WITH_PRIMARY else []
        if rest and row["is_primary"]:
            self.tables[entity].change(rest[0]["id"], {"is_primary": True})
        if entity in LOCATION_ROWS:
            self.touch(row["contact_id"])

    def _after(self, entity: str, row: Row) -> None:
        if entity in WITH_PRIMARY and row["is_primary"]:
            for other in self.tables[entity].where("contact_id", row["contact_id"]):
                if other["is_primary"] and other["id"] != row["id"]:
                    self.tables[entity].change(other["id"], {"is_primary": False})
        if entity == "Phone":
            self.tables[entity].change(row["id"], {"phone_numeric": "".join(filter(str.isdigit, row["phone"] or ""))})
        if entity == "Relationship":
            self._change("Relationship", row["id"], {"modified_date": self.now})
            self._cache(row)
        if entity in LOCATION_ROWS:
            self.touch(row["contact_id"])  # a row written without a change moves it too (trail-2)

    def _cache(self, row: Row) -> None:
        """civicrm_relationship_cache: each relationship seen from both ends (transcript 70)."""
        cache, kind = self.tables["RelationshipCache"], self.tables["RelationshipType"].rows[row["relationship_type_id"]]
        known = {c["orientation"]: c["id"] for end in ("contact_id_a", "contact_id_b")
                 for c in cache.where("near_contact_id", row[end]) if c["relationship_id"] == row["id"]}
        for near, far in (("a", "b"), ("b", "a")):
            values = {"relationship_id": row["id"], "relationship_type_id": row["relationship_type_id"],
                      "orientation": f"{near}_{far}", "near_contact_id": row[f"contact_id_{near}"],
                      "near_relation": kind[f"name_{near}_{far}"], "far_contact_id": row[f"contact_id_{far}"],
                      "far_relation": kind[f"name_{far}_{near}"], "is_active": row["is_active"],
                      "start_date": row["start_date"], "end_date": row["end_date"], "case_id": row["case_id"]}
            if f"{near}_{far}" in known:
                cache.change(known[f"{near}_{far}"], values)
            else:
                cache.insert(values)
        if row["relationship_type_id"] == EMPLOYEE_OF and not row["is_active"]:
            person = self.contact(row["contact_id_a"])
            if person["employer_id"] == row["contact_id_b"]:  # Relationship::isCurrentEmployerNeedingToBeCleared
                self._change("Contact", person["id"], {"employer_id": None, "modified_date": self.now})

    def _employ(self, person: Row, before: int | None) -> None:
        """``employer_id`` makes, and ends, the relationship "Employee of" (CRM_Contact_BAO_Contact_Utils:
        createCurrentEmployerRelationship, clearCurrentEmployer). Read in the source, not recorded."""
        employer = person["employer_id"]
        if employer == before:
            return
        jobs = [r for r in self.tables["Relationship"].where("contact_id_a", person["id"])
                if r["relationship_type_id"] == EMPLOYEE_OF and r["is_active"]]
        for job in jobs:
            if job["contact_id_b"] == before:
                self.change_row("Relationship", job["id"], {"is_active": False})
        if employer is not None and all(job["contact_id_b"] != employer for job in jobs):
            self.contact(employer)
            self.add_row("Relationship", {
                "contact_id_a": person["id"], "contact_id_b": employer, "relationship_type_id": EMPLOYEE_OF,
                "is_active": True, "created_date": self.now})

    def _insert(self, entity: str, row: Row) -> Row:
        try:
            return self.tables[entity].insert(row)
        except KeyError:
            raise ApiError("DB Error: already exists") from None

    def _change(self, entity: str, row_id: int, values: Row) -> None:
        try:
            self.tables[entity].change(row_id, values)
        except KeyError:
            raise ApiError("DB Error: already exists") from None


def name_contact(row: Row) -> None:
    """display_name and sort_name as Civi composes them (transcripts 15-20, 47)."""
    if row["contact_type"] == "Individual":
        prefix = next((o.label for o in OPTIONS["individual_prefix"] if o.id == row["prefix_id"]), None)
        suffix = next((o.label for o in OPTIONS["individual_suffix"] if o.id == row["suffix_id"]), None)
        shown = [prefix, row["first_name"], row["middle_name"], row["last_name"], suffix]
        row["display_name"] = " ".join(p for p in shown if p) or None
        row["sort_name"] = ", ".join(p for p in (row["last_name"], row["first_name"]) if p) or None
    else:
        name = row["organization_name"] if row["contact_type"] == "Organization" else row["household_name"]
        row["display_name"] = row["sort_name"] = name
