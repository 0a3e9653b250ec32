"""Native records: a contact in the vendor's property names, its lists as slots.

::

    {"givenName": "Anna", "surname": …, "companyName": …, "birthday": "1990-02-28", "categories": ["Donor"],
     "emailAddresses": {"first": {"address": …, "name": …}, "second": …}, "businessPhones": {"first": …, "second": …},
     "homePhones": {"first": …}, "mobilePhone": …, "homeAddress": {"street": …, "city": …}, "parentFolderId": …,
     "hub-key": the hub's key of a create, where it was read}

An e-mail's ``name`` is there only where it is not the address again. Left out: ``changeKey`` and the times (they move with every
write), and the three single e-mail addresses (the same as the list).

Properties: microsoftgraph/msgraph-metadata ``cleanMetadata.xml`` @f54f11b6 (2026-08-20). Slots: three e-mails, two business and
two home phones are what Exchange has properties for ([MS-OXOCNTC] 2.2.1.2, 2.2.1.4).

**A birthday is a day.** Graph has a moment. "The time portion … might be 11:59 and SHOULD be ignored, so that synchronizing
between different time zones does not change the date" ([MS-ASCNTC] Birthday): so it is written. Older programs stored their own
midnight ([MS-OXOCNTC] 2.2.1.5; "Birthday of contacts is one day too early/late", techcommunity.microsoft.com, 2020-03-26), which
east of Greenwich is the evening before. A moment is therefore read as the day whose midnight is nearest; noon is that day's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.sdk import ContractBroken, NativeRecord, RecordRef

Row = Mapping[str, Any]
KEY = "hub-key"
KEY_PROPERTY = "String {5c1b2d0e-7a44-4f5b-9a39-2f0f6a1c7d83} Name ContactHubKey"
""""Outlook extended properties overview": a named property in a namespace of our own; Outlook does not show it."""
TEXTS = ("assistantName", "businessHomePage", "companyName", "department", "displayName", "fileAs", "generation", "givenName",
         "initials", "jobTitle", "manager", "middleName", "mobilePhone", "nickName", "officeLocation", "personalNotes",
         "profession", "spouseName", "surname", "title", "yomiCompanyName", "yomiGivenName", "yomiSurname")
LISTS = ("categories", "children", "imAddresses")
PHONES = ("businessPhones", "homePhones")
ADDRESSES = ("businessAddress", "homeAddress", "otherAddress")
PARTS = ("street", "city", "state", "countryOrRegion", "postalCode")
EMAILS, BIRTHDAY, FOLDER = "emailAddresses", "birthday", "parentFolderId"
SLOTS = {EMAILS: ("first", "second", "third"), **dict.fromkeys(PHONES, ("first", "second"))}
WRITTEN = frozenset((*TEXTS, *LISTS, *PHONES, *ADDRESSES, EMAILS, BIRTHDAY))
MOVES = ("displayName", "fileAs", FOLDER)
"""What Exchange makes anew from other properties, or a move changes: no edit of the record."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNFIT = re.compile("[\0\ud800-\udfff]")


def record(system: str, mailbox: str, row: Row, key: str | None = None) -> NativeRecord:
    """What Graph tells of a contact. Properties it leaves out are left out; ``complete`` says that none is, and that the hub's
    key is known too. Raises ContractBroken for a row without id or version."""
    native_id, etag = row.get("id"), row.get("@odata.etag")
    if not isinstance(native_id, str) or not native_id or not isinstance(etag, str) or not etag:
        raise ContractBroken(f"{system}: Microsoft Graph sent a contact without its id or version.")
    try:
        data = {name: _read(name, row[name]) for name in (*sorted(WRITTEN), FOLDER) if name in row}
    except (TypeError, AttributeError, KeyError, ValueError):
        raise ContractBroken(f"{system}: Microsoft Graph sent a contact whose properties are of another type.") from None
    whole = all(name in row for name in WRITTEN)
    if key:
        data[KEY] = key
    return NativeRecord(RecordRef(system, mailbox, "contact", native_id), data, etag, _moment(row.get("lastModifiedDateTime")),
                        complete=whole and key is not None)


def key_of(row: Row) -> str:
    """The hub's key in a contact that was read with ``$expand``; "" without."""
    held = row.get("singleValueExtendedProperties")
    found = [one.get("value") for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return found[0] if found and isinstance(found[0], str) else ""


def body_of(patch: Row) -> dict[str, Any]:
    """A patch as the body of a request: slots as lists, the birthday as a moment."""
    return {name: _written(name, value) for name, value in patch.items() if name in WRITTEN}


def unfit(patch: Row) -> str:
    """Why this patch cannot be stored, naming the property and not the value; "" when it can."""
    for name, value in patch.items():
        if name == KEY:
            continue
        if name not in WRITTEN:
            return f"{name} is no property of a contact that this connector writes"
        if name == BIRTHDAY and value is not None and not _DAY.fullmatch(str(value)):
            return "birthday is no whole date, and Outlook keeps no others"
        if name in SLOTS and isinstance(value, Mapping) and set(value) - set(SLOTS[name]):
            return f"{name} has more than {len(SLOTS[name])} places filled, and Outlook keeps no more"
        if any(_UNFIT.search(text) for text in _texts(value)):
            return f"{name} has a NUL or half a character, which Exchange does not keep"
    return ""


def same(now: Row, before: Row) -> bool:
    """The contact is as it was known: a version that moved without an edit is none."""
    known = [name for name in before if name in now and name not in MOVES and name != KEY]
    return bool(known) and all(now[name] == before[name] for name in known)


def day(moment: str) -> str:
    """The day a birthday is on. Raises ValueError for what is no moment."""
    return (datetime.fromisoformat(moment).astimezone(UTC) + timedelta(hours=12, microseconds=-1)).date().isoformat()


def _read(name: str, value: Any) -> Any:
    if name == BIRTHDAY:
        return day(value) if value else None
    if name == EMAILS:
        return dict(zip(SLOTS[name], (_email(one) for one in value or ()), strict=False))
    if name in PHONES:
        return dict(zip(SLOTS[name], value or (), strict=False))
    if name in ADDRESSES:
        return {part: value[part] for part in PARTS if value.get(part)} if value else {}
    return [str(one) for one in value or ()] if name in LISTS else value or None


def _email(one: Row) -> dict[str, str]:
    address, name = one.get("address") or "", one.get("name") or ""
    return {"address": address} if name.casefold() in ("", address.casefold()) else {"address": address, "name": name}


def _written(name: str, value: Any) -> Any:
    if name == BIRTHDAY:
        return f"{value}T11:59:00Z" if value else None
    if name == EMAILS:
        slots = [(value or {}).get(slot) for slot in SLOTS[name]]
        return [{"address": one["address"], "name": one.get("name") or one["address"]}
                for one in slots if one and one.get("address")]
    if name in PHONES:
        return [one for slot in SLOTS[name] if (one := (value or {}).get(slot))]
    if name in ADDRESSES:
        return {part: (value or {}).get(part) for part in PARTS}
    return list(value or ()) if name in LISTS else value


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
    except ValueError:
        return None
