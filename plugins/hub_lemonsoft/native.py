"""A customer as the hub has it, and the way back into Lemonsoft's own object.

``{"id", "number", "kind", "name", "email", "phone", "www", "language_code", "identifiers", "finvoice_address", "street",
"postal_code", "city", "country", "invoicing_address", "invoicing_postal_code", "invoicing_city", "invoicing_country",
"modified"}``. ``kind``: "person" for customers in the group of people, else "organisation". ``identifiers``: ``[{"type",
"code"}]``, from the one field ``vat``: a Finnish business id, also where it stands there as a Finnish VAT number; other VAT
numbers have the type "vat". **A personal identity code there is never taken in.** Lemonsoft has one country for both
addresses: each address that is there shows it. Empty is None.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from hub.sdk import ContractBroken, NativeRecord, RecordRef, Rejected

Customer = Mapping[str, Any]
"""Lemonsoft's ProxyCustomer."""

MAIN, BILLING = ("street", "postal_code", "city"), ("invoicing_address", "invoicing_postal_code", "invoicing_city")
TEXTS = ("name", "email", "phone", "www", "finvoice_address", *MAIN, *BILLING)
"""What is read and written, beside the country."""
COUNTRIES = {"country": MAIN, "invoicing_country": BILLING}
"""Key of ours → the address it belongs to."""
ONE_LINE = "invoicing_postaladdress"
"""Holds a place too, and no page says how it goes with postal code and city."""
READ = (*TEXTS, "number", "language_code", "modified")
_PERSONAL = re.compile(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", re.IGNORECASE)
_BUSINESS = re.compile(r"(\d{6,7})-(\d)")
_FINNISH_VAT = re.compile(r"FI(\d{7})(\d)", re.IGNORECASE)


class Unsuited(Rejected):
    """This patch cannot be stored there, so it is not sent; says why, naming fields and no values."""


def ref_of(system: str, customer_id: object) -> RecordRef:
    return RecordRef(system, "", "contact", str(customer_id))


def is_customer(customer: Customer) -> bool:
    return customer.get("is_customer") is not False


def is_active(customer: Customer) -> bool:
    return customer.get("is_nonactive") is not True


def record(system: str, customer: Customer, people_group: int | None) -> NativeRecord:
    """Raises ContractBroken where fields the hub reads are not there: absent is not empty."""
    if lacking := [name for name in (*READ, "country", "vat", "group", "is_nonactive") if name not in customer]:
        raise ContractBroken(f"{system}: Lemonsoft gave a customer without the fields {', '.join(lacking)}.")
    data: dict[str, Any] = {"id": customer["id"], "identifiers": identifiers(customer)}
    data["kind"] = "person" if people_group is not None and customer["group"] == people_group else "organisation"
    data |= {name: _text(customer[name]) for name in READ} | _countries(customer)
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return NativeRecord(ref_of(system, customer["id"]), data, hashlib.sha256(text.encode()).hexdigest()[:24])


def identifiers(customer: Customer) -> list[dict[str, str]]:
    told = str(customer.get("vat") or "").strip()
    if not told or _PERSONAL.fullmatch(told):
        return []
    if found := _BUSINESS.fullmatch(told) or _FINNISH_VAT.fullmatch(told.replace(" ", "")):
        return [{"type": "business-id", "code": f"{found[1]:0>7}-{found[2]}"}]
    return [{"type": "vat", "code": told}]


def laid(customer: Customer, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Lemonsoft's whole object with the patch in it. Raises Unsuited for what would be emptied: no page says how a value is
    emptied there, nor whether one that is left out stays."""
    out = copy.deepcopy(dict(customer))
    for name, value in patch.items():
        if name == "identifiers":
            _identify(out, value or [])
        elif name in TEXTS and _text(value) != _text(out.get(name)):
            if _text(value) is None:
                raise Unsuited(f"{name} would be emptied: the hub empties nothing in Lemonsoft. Empty it there if that is meant")
            out[name] = value
    _settle_country(out, {**_countries(customer), **{name: patch[name] for name in COUNTRIES if name in patch}})
    if _text(out.get(ONE_LINE)) and any(out.get(name) != customer.get(name) for name in BILLING):
        raise Unsuited(f"the invoicing address also stands in {ONE_LINE}, which the hub does not write. Change it in Lemonsoft")
    return out


def _there(customer: Customer, parts: tuple[str, ...]) -> bool:
    return any(_text(customer.get(name)) for name in parts)


def _countries(customer: Customer) -> dict[str, Any]:
    """The one country, for each address that is there; for the main one where none is."""
    told, billing = _text(customer.get("country")), _there(customer, BILLING)
    return {"country": told if _there(customer, MAIN) or not billing else None, "invoicing_country": told if billing else None}


def _settle_country(out: dict[str, Any], shown: Mapping[str, Any]) -> None:
    """An address without a country takes that of the other."""
    wanted = {_text(shown[name]) for name, parts in COUNTRIES.items() if _there(out, parts)} - {None}
    if not wanted and not any(_there(out, parts) for parts in COUNTRIES.values()):
        wanted = {_text(shown["country"])} - {None}
    if len(wanted) > 1:
        raise Unsuited("country: Lemonsoft has one for both addresses, and they are in two countries")
    if not wanted and _text(out.get("country")):
        raise Unsuited("country would be emptied: the hub empties nothing in Lemonsoft. Empty it there if that is meant")
    if wanted and wanted != {_text(out.get("country"))}:
        out["country"] = wanted.pop()


def _identify(out: dict[str, Any], rows: list[Mapping[str, Any]]) -> None:
    if rows == identifiers(out):
        return
    told = str(out.get("vat") or "").strip()
    if _PERSONAL.fullmatch(told):
        raise Unsuited("identifiers: Lemonsoft keeps one, and has a personal identity code there")
    if len(rows) != 1:
        raise Unsuited("identifiers: Lemonsoft keeps one, and the hub does not empty it" if not rows else
                       "identifiers: Lemonsoft keeps one, and has one of another type")
    code = str(rows[0].get("code") or "")
    found = _BUSINESS.fullmatch(code)
    out["vat"] = f"FI{found[1]:0>7}{found[2]}" if found and _FINNISH_VAT.fullmatch(told.replace(" ", "")) else code


def _text(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value
