"""A customer as the hub has it, and the way back into Procountor's own object.

``{"id", "version", "kind", "name", "customerNumber", "identifiers", "email", "language", "invoiceChannel", "einvoiceAddress",
"einvoiceOperator", "address", "billingAddress", "phone", "mobilePhone", "groups"}``. ``kind``: "person" for customers in the
group of people, else "organisation". ``identifiers``: ``[{"type", "code"}]``, one at most; Procountor's types, "FI" is the
Finnish business id. **Personal identity codes (HETU, PN, SSN) are never taken in**, nor what accounting alone needs (terms,
bank accounts, attachments, contact persons). An address has its vendor's parts, its country as a code. Empty is None.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from hub.sdk import NativeRecord, RecordRef, Rejected
from hub_procountor.countries import CODES, NAMES

Partner = Mapping[str, Any]
"""Procountor's BusinessPartner."""

CUSTOMER = "CUSTOMER"
PERSONAL = ("HETU", "PN", "SSN")
"""Types of identifier that name a person (``BusinessIdentifier.brnType`` of the OpenAPI)."""
PLACES: Mapping[str, tuple[str, str]] = {
    "email": ("invoicingInfo", "email"), "language": ("invoicingInfo", "language"),
    "customerNumber": ("invoicingInfo", "customerNumber"), "invoiceChannel": ("invoicingInfo", "invoiceChannel"),
    "einvoiceAddress": ("invoicingInfo", "einvoiceAddress"), "einvoiceOperator": ("invoicingInfo", "einvoiceOperator"),
    "phone": ("registryInfo", "phone"), "mobilePhone": ("registryInfo", "mobilePhone"),
}
ADDRESSES = ("address", "billingAddress")
PARTS = ("name", "specifier", "street", "zip", "city", "subdivision", "country")
READ_ONLY = ("id", "version", "customerNumber", "invoiceChannel", "groups")
KEPT = ("einvoiceAddress", "einvoiceOperator")
"""Never emptied: without them an invoice goes nowhere, and no other system knows them."""


class Unsuited(Rejected):
    """This patch cannot be stored there, so it is not sent; says why, naming fields and no values."""


def ref_of(system: str, partner_id: object) -> RecordRef:
    return RecordRef(system, "", "contact", str(partner_id))


def is_customer(partner: Partner) -> bool:
    return partner.get("type") == CUSTOMER


def is_active(partner: Partner) -> bool:
    return _in(partner, "registryInfo").get("active") is not False


def record(system: str, partner: Partner, people_group: str) -> NativeRecord:
    groups = [each["name"] for each in _in(partner, "registryInfo").get("partnerGroups") or () if each.get("name")]
    personal = _in(partner, "invoicingInfo").get("identifierType") in PERSONAL
    data: dict[str, Any] = {
        "id": partner["id"], "version": partner.get("version"), "name": partner.get("name") or None, "groups": groups,
        "kind": "person" if personal or people_group in groups else "organisation", "identifiers": identifiers(partner)}
    data |= {name: _in(partner, section).get(key) or None for name, (section, key) in PLACES.items()}
    data |= {name: _shown(_in(partner, name)) for name in ADDRESSES}
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return NativeRecord(ref_of(system, partner["id"]), data, hashlib.sha256(text.encode()).hexdigest()[:24])


def identifiers(partner: Partner) -> list[dict[str, str]]:
    """The one identifier Procountor keeps, unless it names a person."""
    told = _in(partner, "invoicingInfo")
    code, kind = told.get("identifier"), told.get("identifierType") or ""
    return [{"type": kind, "code": code}] if code and kind not in PERSONAL else []


def laid(partner: Partner, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Procountor's object with the patch in it: what is not named stays, what is emptied is left out. Raises Unsuited."""
    out: dict[str, Any] = stripped(copy.deepcopy(dict(partner)))
    for name, value in patch.items():
        if name == "name":
            out["name"] = value
        elif name == "identifiers":
            _identify(out, value or [])
        elif name in ADDRESSES:
            for part in PARTS:
                _put(out, name, part, NAMES.get(told, told) if (told := (value or {}).get(part)) and part == "country" else told)
        elif name in PLACES and name not in READ_ONLY:
            if name in KEPT and not value and _in(out, "invoicingInfo").get(name):
                raise Unsuited(f"{name} would be emptied: e-invoices would stop. Empty it in Procountor if that is meant")
            _put(out, *PLACES[name], value)
    return out


def stripped(value: Any) -> Any:
    """Without nulls and objects of nothing: an answer has them, a request need not."""
    if isinstance(value, dict):
        return {name: told for name, each in value.items() if (told := stripped(each)) not in (None, {})}
    return [stripped(each) for each in value] if isinstance(value, list) else value


def empties(before: Any, after: Any) -> bool:
    """Does ``after`` lack a value that ``before`` has?"""
    if isinstance(before, dict) and isinstance(after, dict):
        return any(name not in after or empties(each, after[name]) for name, each in before.items())
    return False


def _identify(out: dict[str, Any], rows: list[Mapping[str, Any]]) -> None:
    told = _in(out, "invoicingInfo")
    if rows == identifiers(out):
        return
    if told.get("identifierType") in PERSONAL:
        raise Unsuited("identifiers: Procountor keeps one, and has a personal identity code there")
    if len(rows) > 1:
        raise Unsuited("identifiers: Procountor keeps one, and has one of another type")
    row = rows[0] if rows else {}
    _put(out, "invoicingInfo", "identifier", row.get("code"))
    _put(out, "invoicingInfo", "identifierType", row.get("type"))


def _put(out: dict[str, Any], section: str, key: str, value: Any) -> None:
    there = out.setdefault(section, {})
    if value in (None, ""):
        there.pop(key, None)
    elif (there.get(key) or None) != value:
        there[key] = value
    if not there:
        del out[section]


def _shown(address: Mapping[str, Any]) -> dict[str, Any]:
    parts = {part: address.get(part) or None for part in PARTS}
    return parts | {"country": CODES.get(parts["country"] or "", parts["country"])}


def _in(partner: Partner, section: str) -> Mapping[str, Any]:
    return partner.get(section) or {}
