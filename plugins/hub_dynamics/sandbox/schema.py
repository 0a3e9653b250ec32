"""Tables and columns. Lengths, options and lookups: microsoft/CDM ``Account.cdm.json`` and ``Contact.cdm.json`` @0c0703cb
(2024-02-23); contact address1_*: MicrosoftDocs/powerapps-docs ``reference/entities/contact.md`` @09770ae5. Other address
columns have the same suffixes; their lengths were not read and are taken to be the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["string", "integer", "boolean", "date", "datetime", "choice", "guid", "lookup"]


@dataclass(frozen=True, slots=True)
class Column:
    """``length``: characters of a string. ``options``: numbers of a choice. ``targets``: tables of a lookup, which reads as
    ``_name_value``. ``writable``: false for what the system keeps by itself."""

    kind: Kind = "string"
    length: int = 0
    options: tuple[int, ...] = ()
    targets: tuple[str, ...] = ()
    writable: bool = True


@dataclass(frozen=True, slots=True)
class TableSchema:
    """``name``: logical name; ``entity_set``: in URLs; ``key``: primary key column; ``binds``: name of a navigation property
    that can be bound → (lookup, table)."""

    name: str
    entity_set: str
    key: str
    columns: Mapping[str, Column]
    binds: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def with_custom(self, custom: Mapping[str, Column]) -> TableSchema:
        return TableSchema(self.name, self.entity_set, self.key, {**self.columns, **custom}, self.binds)


def _texts(length: int, *names: str) -> dict[str, Column]:
    return {name: Column("string", length) for name in names}


def _address(place: str) -> dict[str, Column]:
    return {**_texts(250, f"{place}_line1", f"{place}_line2", f"{place}_line3"),
            **_texts(80, f"{place}_city", f"{place}_country"), **_texts(20, f"{place}_postalcode"),
            **_texts(50, f"{place}_stateorprovince")}


_FLAGS = {name: Column("boolean") for name in
          ("donotemail", "donotbulkemail", "donotphone", "donotpostalmail", "donotfax", "donotbulkpostalmail")}
_COMMON: dict[str, Column] = {
    **_texts(100, "emailaddress1", "emailaddress2", "emailaddress3"),
    **_texts(50, "telephone1", "telephone2", "telephone3", "fax"),
    **_texts(200, "websiteurl"), **_texts(2000, "description"),
    **_address("address1"), **_address("address2"), **_FLAGS,
    "preferredcontactmethodcode": Column("choice", options=(1, 2, 3, 4, 5)),
    "statecode": Column("choice", options=(0, 1)), "statuscode": Column("choice", options=(1, 2)),
    "merged": Column("boolean", writable=False), "versionnumber": Column("integer", writable=False),
    "createdon": Column("datetime", writable=False), "modifiedon": Column("datetime", writable=False),
}
CONTACT = TableSchema("contact", "contacts", "contactid", {
    "contactid": Column("guid"), **_texts(50, "firstname", "middlename", "lastname", "governmentid", "employeeid",
                                          "externaluseridentifier", "mobilephone"),
    "fullname": Column("string", 160, writable=False), **_texts(100, "nickname", "salutation", "jobtitle", "department"),
    **_texts(10, "suffix"), "birthdate": Column("date"), "gendercode": Column("choice", options=(1, 2)), **_COMMON,
    "parentcustomerid": Column("lookup", targets=("contact", "account")),
    "masterid": Column("lookup", targets=("contact",), writable=False),
}, {"parentcustomerid_account": ("parentcustomerid", "account"), "parentcustomerid_contact": ("parentcustomerid", "contact")})
ACCOUNT = TableSchema("account", "accounts", "accountid", {
    "accountid": Column("guid"), **_texts(160, "name"), **_texts(20, "accountnumber", "sic"), **_COMMON,
    "parentaccountid": Column("lookup", targets=("account",)), "primarycontactid": Column("lookup", targets=("contact",)),
    "masterid": Column("lookup", targets=("account",), writable=False),
}, {"parentaccountid": ("parentaccountid", "account"), "primarycontactid": ("primarycontactid", "contact")})
