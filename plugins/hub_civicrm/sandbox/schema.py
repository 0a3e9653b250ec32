"""What the sandbox knows of CiviCRM's entities: fields, types, lengths, keys.

Sources: ``contract/contact_fields.json`` (Contact.getFields as recorded), ``contract/fields.json`` (lengths, from the
vendor's ``schema/*.entityType.php``), recorded Email.getFields (transcript 139), and for the entities without a
recording ``schema/Core/Website``, ``schema/Contact/{GroupContact,RelationshipCache}``, ``schema/Core/EntityTag``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

Kind = Literal["int", "str", "bool", "date", "timestamp", "list"]

CONTRACT = Path(__file__).parent.parent / "contract"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity.

    ``length``     characters the column holds, 0 when it is no text
    ``options``    name of its option list (``options.py``), or ""
    ``fk``         entity it points to, or ""
    ``only``       contact type that has it, or "" (the others' rows lose it, FormattingUtil::contactFieldsToRemove)
    ``described``  what getFields tells of it
    """

    name: str
    kind: Kind = "str"
    length: int = 0
    options: str = ""
    fk: str = ""
    required: bool = False
    only: str = ""
    described: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entity:
    """``unique``: columns no two rows may share. ``keys``: columns rows are looked up by."""

    name: str
    fields: Mapping[str, Field]
    keys: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    readonly: bool = False


_TOKEN = re.compile(r"(?P<name>\w+)(?::(?P<kind>[a-z]+)(?P<length>\d*))?(?:@(?P<options>\w+))?(?:>(?P<fk>\w+))?(?P<req>!)?")

_SPECS: dict[str, tuple[str, str, str, bool]] = {
    # entity: fields, lookup keys, unique key, read only
    "Email": ("id contact_id>Contact! location_type_id@location_type email:str254! is_primary:bool is_billing:bool "
              "on_hold:int is_bulkmail:bool hold_date:timestamp reset_date:timestamp signature_text signature_html",
              "contact_id", "", False),
    "Phone": ("id contact_id>Contact! location_type_id@location_type is_primary:bool is_billing:bool phone:str32! "
              "phone_ext:str16 phone_numeric:str32 phone_type_id@phone_type", "contact_id", "", False),
    "Address": ("id contact_id>Contact! location_type_id@location_type is_primary:bool is_billing:bool "
                "street_address:str96 supplemental_address_1:str96 supplemental_address_2:str96 "
                "supplemental_address_3:str96 city:str64 county_id state_province_id@state_province "
                "postal_code_suffix:str12 postal_code:str64 country_id@country master_id>Address", "contact_id", "",
                False),
    "Website": ("id contact_id>Contact! url:str2048! website_type_id@website_type", "contact_id", "", False),
    "Relationship": ("id contact_id_a>Contact! contact_id_b>Contact! relationship_type_id@relationship_type! "
                     "start_date:date end_date:date is_active:bool description:str255 is_permission_a_b:int "
                     "is_permission_b_a:int case_id created_date:timestamp modified_date:timestamp",
                     "contact_id_a contact_id_b", "", False),
    "RelationshipCache": ("id relationship_id>Relationship relationship_type_id orientation near_contact_id>Contact "
                          "near_relation far_contact_id>Contact far_relation is_active:bool start_date:date "
                          "end_date:date case_id", "near_contact_id", "", True),
    "RelationshipType": ("id name_a_b name_b_a label_a_b label_b_a contact_type_a contact_type_b is_active:bool", "",
                         "", True),
    "Group": ("id name:str64 title:str255! frontend_title created_id>Contact modified_id>Contact is_active:bool",
              "title", "title", False),
    "GroupContact": ("id group_id>Group! contact_id>Contact! status:str8 location_id email_id>Email",
                     "contact_id group_id", "contact_id group_id", False),
    "Tag": ("id name:str64 label:str64!", "name", "name", False),
    "EntityTag": ("id entity_table:str64 entity_id! tag_id@tag!", "entity_id tag_id", "entity_table entity_id tag_id",
                  False),
    "Activity": ("id activity_type_id@activity_type subject activity_date_time:timestamp status_id@activity_status "
                 "source_contact_id>Contact target_contact_id:list modified_date:timestamp", "", "", True),
    "Domain": ("id name version", "", "", True),
}

_CONTACT_OPTIONS = {"prefix_id": "individual_prefix", "suffix_id": "individual_suffix", "gender_id": "gender",
                    "contact_type": "contact_type"}
_ONLY = {
    "Individual": ("first_name", "middle_name", "last_name", "prefix_id", "suffix_id", "formal_title", "job_title",
                   "gender_id", "birth_date", "employer_id"),
    "Organization": ("organization_name", "legal_name", "sic_code"),
    "Household": ("household_name", "primary_contact_id"),
}
_TYPES: dict[str, Kind] = {"Integer": "int", "Boolean": "bool", "Date": "date", "Timestamp": "timestamp"}


def entities(custom: Mapping[str, Mapping[str, str]]) -> dict[str, Entity]:
    """All entities. ``custom``: custom groups of contacts, ``{"Membership_Info": {"Member_number": "String"}}``."""
    found = {name: _entity(name, *spec) for name, spec in _SPECS.items()}
    found["Contact"] = _contact(custom)
    return found


def _entity(name: str, fields: str, keys: str, unique: str, readonly: bool) -> Entity:
    table = {f.name: f for f in map(_field, fields.split())}
    return Entity(name, table, tuple(keys.split()), tuple(unique.split()), readonly)


def _field(token: str) -> Field:
    match = _TOKEN.fullmatch(token)
    assert match is not None, token
    name, kind, length, options, fk, required = match.group("name", "kind", "length", "options", "fk", "req")
    number = options or fk or name.endswith("_id") or name == "id"
    kind = kind or ("int" if number else "str")
    return Field(name, cast("Kind", kind), int(length or 0), options or "", fk or "", bool(required))


@cache
def _recorded() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    with (CONTRACT / "contact_fields.json").open(encoding="utf-8") as file:
        recorded = json.load(file)["fields"]
    with (CONTRACT / "fields.json").open(encoding="utf-8") as file:
        lengths = json.load(file)["Contact"]
    return recorded, lengths


def _contact(custom: Mapping[str, Mapping[str, str]]) -> Entity:
    recorded, schema = _recorded()
    only = {name: kind for kind, names in _ONLY.items() for name in names}
    fields: dict[str, Field] = {}
    for told in recorded:
        name = told["name"]
        length = re.search(r"varchar\((\d+)\)", schema.get(name, {}).get("sql_type", ""))
        fields[name] = Field(
            name, _TYPES.get(told["data_type"], "str"), int(length.group(1)) if length else 0,
            _CONTACT_OPTIONS.get(name, ""), told["fk_entity"] or "", only=only.get(name, ""), described=told,
        )
    number = 0
    for group, members in custom.items():
        for member, data_type in members.items():
            number += 1
            name = f"{group}.{member}"
            fields[name] = Field(name, _TYPES.get(data_type, "str"), 255 if data_type == "String" else 0, described={
                "type": "Custom", "required": False, "readonly": False, "name": name, "data_type": data_type,
                "fk_entity": None, "input_type": "Text", "custom_field_id": number})
    joins = [name for name, told in fields.items() if told.described["type"] == "Extra"]
    fields |= {name: fields.pop(name) for name in joins}  # getFields lists custom fields before them (transcript 78)
    return Entity("Contact", fields, ("external_identifier", "employer_id"), ("external_identifier",))
