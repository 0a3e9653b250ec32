"""What a contact and a contact folder of Microsoft Graph v1.0 have.

Source: the vendor's metadata, microsoftgraph/msgraph-metadata ``cleanMetadata.xml`` @f54f11b6 (2026-08-20), types ``contact``,
``outlookItem``, ``contactFolder``; a test compares them. At most three e-mails, two business and two home phones: what
Exchange keeps (PidLidEmail1 to 3, PidTagBusinessTelephoneNumber and …2, PidTagHomeTelephoneNumber and …2: [MS-OXOCNTC] 2.2.1.2
and 2.2.1.4). Lengths are not published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .refusals import NotBuilt, bad

TEXT, TEXTS, EMAILS, EMAIL, ADDRESS, MOMENT = "text", "texts", "emails", "email", "address", "moment"
READ_ONLY = ("id", "changeKey", "createdDateTime", "lastModifiedDateTime")
CONTACT: Mapping[str, str] = {
    "id": TEXT, "changeKey": TEXT, "createdDateTime": MOMENT, "lastModifiedDateTime": MOMENT, "categories": TEXTS,
    **dict.fromkeys(("assistantName", "businessHomePage", "companyName", "department", "displayName", "fileAs", "generation",
                     "givenName", "initials", "jobTitle", "manager", "middleName", "mobilePhone", "nickName", "officeLocation",
                     "parentFolderId", "personalNotes", "profession", "spouseName", "surname", "title", "yomiCompanyName",
                     "yomiGivenName", "yomiSurname"), TEXT),
    **dict.fromkeys(("businessPhones", "children", "homePhones", "imAddresses"), TEXTS),
    **dict.fromkeys(("businessAddress", "homeAddress", "otherAddress"), ADDRESS),
    **dict.fromkeys(("primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress"), EMAIL),
    "birthday": MOMENT, "emailAddresses": EMAILS,
}
FOLDER: Mapping[str, str] = {"id": TEXT, "displayName": TEXT, "parentFolderId": TEXT}
PARTS = ("street", "city", "state", "countryOrRegion", "postalCode")
MOST = {"emailAddresses": 3, "businessPhones": 2, "homePhones": 2}
PROPERTY = re.compile(r"String \{[0-9a-fA-F-]{36}\} Name \w+")
""""Outlook extended properties overview" (learn.microsoft.com): ``{type} {GUID} Name {name}``."""
_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = re.compile(rf"{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}(\.\d+)?Z")
_UNFIT = re.compile("[\0\ud800-\udfff]")


def blank() -> dict[str, Any]:
    """A contact with nothing in it, as Graph shows one: null, [] and {} ("Update contact", the example's answer)."""
    empty: dict[str, Any] = {TEXTS: [], EMAILS: [], ADDRESS: {}}
    return {name: empty.get(kind) for name, kind in CONTACT.items()
            if name not in READ_ONLY and kind != EMAIL and name != "parentFolderId"}


def values(body: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A body of POST or PATCH as properties and extended properties. Raises Refusal for what a contact does not have."""
    if not isinstance(body, dict):
        raise bad("The body is a JSON object.")
    out: dict[str, Any] = {}
    extended: dict[str, str] = {}
    for name, value in body.items():
        if name == "singleValueExtendedProperties":
            extended = _extended(value)
            continue
        kind = CONTACT.get(name)
        if kind is None:
            raise bad(f"The property '{name}' does not exist on type 'microsoft.graph.contact'.", "RequestBodyRead")
        if name in READ_ONLY:
            raise bad(f"The property '{name}' is read-only and cannot be set.", "ErrorInvalidPropertySet")
        if kind == EMAIL or name == "parentFolderId":
            raise NotBuilt(f"writing {name}")
        out[name] = _fit(name, kind, value)
    return out, extended


def _fit(name: str, kind: str, value: Any) -> Any:
    wrong = bad(f"Cannot convert the value of '{name}' to the expected type.", "RequestBodyRead")
    if kind in (TEXTS, EMAILS):
        if not isinstance(value, list):
            raise wrong
        if len(value) > MOST.get(name, 10_000):
            raise bad(f"The collection '{name}' has too many entries.", "ErrorInvalidArgument")
        if kind == EMAILS:
            return [_email(wrong, each) for each in value]
        return [_text(wrong, each) for each in value]
    if value is None:
        return {} if kind == ADDRESS else None
    if kind == ADDRESS:
        if not isinstance(value, dict) or set(value) - set(PARTS):
            raise wrong
        return {part: _text(wrong, text) for part, text in value.items() if text is not None}
    if kind == MOMENT:
        if isinstance(value, str) and re.fullmatch(_DAY, value):  # "Update contact" sends a birthday so
            return f"{value}T00:00:00Z"
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise wrong
        return value
    return _text(wrong, value)


def _text(wrong: Exception, value: Any) -> str:
    if not isinstance(value, str) or _UNFIT.search(value):
        raise wrong
    return value


def _email(wrong: Exception, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - {"address", "name"} or not isinstance(value.get("address"), str):
        raise wrong
    address = _text(wrong, value["address"])
    return {"name": _text(wrong, value["name"]) if value.get("name") is not None else address, "address": address}


def _extended(value: Any) -> dict[str, str]:
    """"Create single-value extended property" (learn.microsoft.com): a list of objects with ``id`` and ``value``."""
    out = {}
    for one in value if isinstance(value, list) else [None]:
        if not isinstance(one, dict) or set(one) != {"id", "value"} or not isinstance(one["value"], str):
            raise bad("Each of singleValueExtendedProperties has id and value.", "RequestBodyRead")
        if not isinstance(one["id"], str) or not PROPERTY.fullmatch(one["id"]):
            raise bad("The id of an extended property is not valid.", "ErrorInvalidProperty")
        out[one["id"]] = one["value"]
    return out
