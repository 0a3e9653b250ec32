"""Native records: one contact with its rows, in the vendor's own field names.

::

    {"id": 6, "contact_type": "Individual", "is_deleted": False, "first_name": …, "prefix_id:label": "Ms.",
     "employer_id": 8, "do_not_email": False, …, "Membership_Info.Member_number": …,
     "emails":        [{"id", "email", "location_type", "is_primary", "on_hold"}],
     "phones":        [{"id", "phone", "phone_ext", "phone_type", "location_type", "is_primary"}],
     "addresses":     [{"id", "street_address", …, "city", "postal_code", "state_province", "country", "location_type",
                        "is_primary", "is_billing"}],
     "websites":      [{"id", "url", "website_type"}],
     "relationships": [{"id", "type", "other_id", "direction", "start_date", "end_date"}],
     "groups":        ["Newsletter"], "tags": ["Volunteer"]}

``relationships`` holds the active ones as seen from this contact. Two are left out: an organisation's employees, as they
stand at each person (a member organisation would change with every hire), and the job at ``employer_id``, which CiviCRM
makes and ends by itself. Fields a contact type does not have are
absent. ``modified_date`` is not in it: it moves when nothing did, and prints anew when the site's zone changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub_civicrm.api import Call, Row, Where

SCALARS = (
    "external_identifier", "first_name", "middle_name", "last_name", "prefix_id:label", "suffix_id:label", "nick_name",
    "formal_title", "job_title", "birth_date", "is_deceased", "deceased_date", "employer_id", "organization_name",
    "legal_name", "sic_code", "legal_identifier", "preferred_language", "do_not_email", "do_not_phone", "do_not_mail",
    "do_not_sms", "do_not_trade", "is_opt_out", "source",
)
"""Fields of the contact itself that can be written."""
FIXED = ("id", "contact_type", "is_deleted")
EVERYONE: list[Any] = ["is_deleted", "IN", [True, False]]
"""Without it contacts in the trash are left out (on 6.17.2 not when asked by id or external_identifier)."""
EMPLOYER_OF, EMPLOYEE_OF = "Employer of", "Employee of"


@dataclass(frozen=True, slots=True)
class RowKind:
    """A list of rows that belong to a contact.

    ``key``     where it stands in the native record
    ``fields``  key in the row → expression of the API
    ``same``    keys that together tell two rows apart
    """

    key: str
    entity: str
    fields: Mapping[str, str]
    same: tuple[str, ...]


EMAILS = RowKind("emails", "Email", {
    "id": "id", "email": "email", "location_type": "location_type_id:name", "is_primary": "is_primary",
    "on_hold": "on_hold"}, ("email", "location_type"))
PHONES = RowKind("phones", "Phone", {
    "id": "id", "phone": "phone", "phone_ext": "phone_ext", "phone_type": "phone_type_id:name",
    "location_type": "location_type_id:name", "is_primary": "is_primary"}, ("phone", "phone_type", "location_type"))
ADDRESSES = RowKind("addresses", "Address", {
    "id": "id", "street_address": "street_address", "supplemental_address_1": "supplemental_address_1",
    "supplemental_address_2": "supplemental_address_2", "city": "city", "postal_code": "postal_code",
    "state_province": "state_province_id:name", "country": "country_id:abbr", "location_type": "location_type_id:name",
    "is_primary": "is_primary", "is_billing": "is_billing"},
    ("street_address", "supplemental_address_1", "city", "postal_code", "country", "location_type"))
WEBSITES = RowKind("websites", "Website", {"id": "id", "url": "url", "website_type": "website_type_id:name"},
                   ("url", "website_type"))
ROW_KINDS = (EMAILS, PHONES, ADDRESSES, WEBSITES)
LISTS = (*(kind.key for kind in ROW_KINDS), "relationships", "groups", "tags")


def contact_call(custom: Sequence[str], where: Where, *, limit: int = 0) -> Call:
    """Contacts by id upwards, with the time they last changed."""
    return Call("Contact", "get", {
        "select": [*FIXED, *SCALARS, *custom, "modified_date"], "where": where, "orderBy": {"id": "ASC"}, "limit": limit})


def row_calls(ids: Sequence[int]) -> dict[str, Call]:
    """Everything that hangs on these contacts: one call per list, by the list's key. Nothing for no ids."""
    if not ids:
        return {}
    of_ids = ["contact_id", "IN", list(ids)]
    calls = {kind.key: Call(kind.entity, "get", {
        "select": [*kind.fields.values(), "contact_id"], "where": [of_ids], "orderBy": {"id": "ASC"}, "limit": 0})
        for kind in ROW_KINDS}
    calls["relationships"] = Call("RelationshipCache", "get", {
        "select": ["relationship_id", "near_contact_id", "near_relation", "far_contact_id", "orientation", "start_date",
                   "end_date"],
        "where": [["near_contact_id", "IN", list(ids)], ["is_active", "=", True], ["near_relation", "!=", EMPLOYER_OF]],
        "orderBy": {"id": "ASC"}, "limit": 0})
    calls["groups"] = Call("GroupContact", "get", {
        "select": ["contact_id", "group_id.title"], "where": [of_ids, ["status", "=", "Added"]], "limit": 0})
    calls["tags"] = Call("EntityTag", "get", {
        "select": ["entity_id", "tag_id:name"],
        "where": [["entity_table", "=", "civicrm_contact"], ["entity_id", "IN", list(ids)]], "limit": 0})
    return calls


def records(contacts: Sequence[Row], rows: Mapping[str, Sequence[Row]]) -> dict[int, dict[str, Any]]:
    """Native records of contacts, with the rows that ``row_calls`` brought."""
    out: dict[int, dict[str, Any]] = {}
    for contact in contacts:
        native = {name: value for name, value in contact.items() if name != "modified_date"}
        out[contact["id"]] = {**native, **{key: [] for key in LISTS}}
    for kind in ROW_KINDS:
        for row in rows.get(kind.key, ()):
            if row["contact_id"] in out:
                out[row["contact_id"]][kind.key].append({key: row.get(expr) for key, expr in kind.fields.items()})
    for row in rows.get("relationships", ()):
        near = out.get(row["near_contact_id"])
        if near is not None and (row["near_relation"], row["far_contact_id"]) != (EMPLOYEE_OF, near.get("employer_id")):
            near["relationships"].append({
                "id": row["relationship_id"], "type": row["near_relation"], "other_id": row["far_contact_id"],
                "direction": row["orientation"], "start_date": row.get("start_date"), "end_date": row.get("end_date")})
    for key, owner, name in (("groups", "contact_id", "group_id.title"), ("tags", "entity_id", "tag_id:name")):
        for row in rows.get(key, ()):
            if row[owner] in out and row.get(name):
                out[row[owner]][key].append(row[name])
    for native in out.values():
        native["relationships"].sort(key=lambda row: (row["id"], row["direction"]))
        native["groups"].sort()
        native["tags"].sort()
    return out


def version(native: Mapping[str, Any]) -> str:
    """A digest of everything read.

    ``modified_date`` would be too coarse (1 s), is not moved by relationships, groups and tags, moves without a change,
    and prints anew when the site's time zone does. Equal content is the same version, whatever happened between.
    """
    text = json.dumps(native, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
