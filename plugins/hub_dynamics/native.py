"""Native records: a contact or an account in the vendor's own column names.

::

    {"@odata.type": "Microsoft.Dynamics.CRM.contact", "id": "7c1f…", "firstname": …, "emailaddress1": …,
     "_parentcustomerid_value": "9a02…", "donotemail": false, "statecode": 0, …, "new_memberno": …}

``id`` is the primary key: GUIDs, so both tables share one space of ids (of a record with the hub's key in ``key_column``: that
key). Left out: ``modifiedon`` (it moves with every write),
``fullname`` (made by the system), ``merged`` and ``masterid`` (a merged record is told as gone, with the winner).
An inactive record (``statecode`` 1) is there, and an ordinary record.
Columns: microsoft/CDM ``Account.cdm.json``, ``Contact.cdm.json`` @0c0703cb (2024-02-23).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.sdk import Change, ContractBroken, Gone, NativeRecord, RecordRef, Upserted

Row = Mapping[str, Any]
TYPE, ID = "@odata.type", "id"
_KINDS = "Microsoft.Dynamics.CRM."


def _address(place: str) -> tuple[str, ...]:
    return tuple(f"{place}_{part}" for part in ("line1", "line2", "line3", "city", "postalcode", "stateorprovince", "country"))


_COMMON = ("emailaddress1", "emailaddress2", "emailaddress3", "telephone1", "telephone2", "telephone3", "fax", "websiteurl",
           *_address("address1"), *_address("address2"), "donotemail", "donotbulkemail", "donotphone", "donotpostalmail",
           "description", "statecode", "statuscode")


@dataclass(frozen=True, slots=True)
class Table:
    """``binds``: lookup column → navigation property per table it may point to. ``hub_key``: column of the hub's own key."""

    name: str
    entity_set: str
    key: str
    columns: tuple[str, ...]
    binds: Mapping[str, Mapping[str, str]]
    hub_key: str | None = None

    @property
    def kind(self) -> str:
        return _KINDS + self.name

    def with_custom(self, custom: Sequence[str], hub_key: str | None = None) -> Table:
        return Table(self.name, self.entity_set, self.key, (*self.columns, *custom), self.binds, hub_key)

    @property
    def select(self) -> str:
        return ",".join((*self.columns, *([self.hub_key] if self.hub_key else ()), "merged", "_masterid_value", "modifiedon"))


CONTACT = Table("contact", "contacts", "contactid", (
    "firstname", "middlename", "lastname", "nickname", "salutation", "suffix", "jobtitle", "department", "birthdate",
    "gendercode", "mobilephone", "employeeid", "externaluseridentifier", *_COMMON, "_parentcustomerid_value"),
    {"_parentcustomerid_value": {"account": "parentcustomerid_account", "contact": "parentcustomerid_contact"}})
ACCOUNT = Table("account", "accounts", "accountid", (
    "name", "accountnumber", *_COMMON, "_parentaccountid_value", "_primarycontactid_value"),
    {"_parentaccountid_value": {"account": "parentaccountid"}, "_primarycontactid_value": {"contact": "primarycontactid"}})


def ref(system: str, guid: str) -> RecordRef:
    return RecordRef(system, "", "contact", guid)


def change(table: Table, row: Row, system: str) -> Change:
    """A row as what it tells: a record, or one merged away. Raises ContractBroken for a row that is none."""
    guid, etag = row.get(table.key), row.get("@odata.etag")
    if not is_guid(guid) or not isinstance(etag, str):
        raise ContractBroken(f"{system}: Dataverse sent a {table.name} without its id or version.")
    guid = str(guid).lower()
    here = ref(system, guid)
    if row.get("merged") is True and is_guid(row.get("_masterid_value")):
        return Gone(here, "merged_into", ref(system, str(row["_masterid_value"])))
    missing = [name for name in table.columns if name not in row]
    if missing:
        raise ContractBroken(f"{system}: Dataverse left {missing[0]} out of a {table.name}.")
    ours = row.get(table.hub_key) if table.hub_key else None
    data = {TYPE: table.kind, ID: ours or guid, **{name: row[name] for name in table.columns}}
    return Upserted(NativeRecord(here, data, etag, _moment(row.get("modifiedon"))))


def guid_of(key: str) -> str:
    """The id of the record that a create with this key makes: the key itself where it is a GUID."""
    try:
        return str(uuid.UUID(key))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"contact-hub:{key}"))


def is_guid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
    except ValueError:
        return None
