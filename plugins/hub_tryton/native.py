"""Native records: one party with everything that hangs on it, in the vendor's own field names.

::

    {"id": 17, "kind": "person", "name": "Anna Aho", "code": "16", "active": True, "lang": "fi", "categories": ["Member"],
     "addresses":   [{"id", "party_name", "street", "postal_code", "city", "country": "FI", "invoice": False}],
     "emails":      [{"id", "value", "name"}],
     "phones":      [{"id", "type": "phone" | "mobile" | "fax", "value", "name"}],
     "websites":    [{"id", "value", "name"}],
     "identifiers": [{"id", "type": "fi_ytunnus", "code"}],
     "invoiced": "120.50 EUR", "open": "20.50 EUR", "last_invoice": "2026-11-20",
     "hub_key": "0198…", "_timestamp": {"party.party,17": "1795971388.19499", "party.address,11": …}}

``kind`` is no field of Tryton: it says whether the party has the category of people. Contact mechanisms stand apart by type;
those that are neither e-mail, phone nor website are left alone. ``hub_key`` stands in an identifier without a type.
Deactivated addresses, mechanisms and identifiers are left out. Addresses with the flag ``invoice`` stand first: the first one is
the one Tryton itself takes for invoices (``address_get``: one with the flag, else the first). ``_timestamp`` holds the change
mark of the party and of each of its rows as Tryton gave it: opaque, and other digits on SQLite than on PostgreSQL. ``invoiced``,
``open`` and ``last_invoice`` are there with the setting ``invoice_totals`` only (``hub_tryton.invoices``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub_tryton.api import Row

PARTY = "party.party"
KEY_PREFIX = "contact-hub:"
PERSON, ORGANISATION = "person", "organisation"
_PHONES = ("phone", "mobile", "fax")


@dataclass(frozen=True, slots=True)
class RowKind:
    """A list of rows of a party. ``key``: where it stands in the native record; ``field``: of the party; ``types``: of contact
    mechanisms that belong to it, the first for new ones; ``fields``: that are read and written."""

    key: str
    field: str
    model: str
    fields: tuple[str, ...]
    types: tuple[str, ...] = ()


ADDRESSES = RowKind("addresses", "addresses", "party.address",
                    ("party_name", "street", "postal_code", "city", "country", "invoice"))
EMAILS = RowKind("emails", "contact_mechanisms", "party.contact_mechanism", ("value", "name"), ("email",))
PHONES = RowKind("phones", "contact_mechanisms", "party.contact_mechanism", ("type", "value", "name"), _PHONES)
WEBSITES = RowKind("websites", "contact_mechanisms", "party.contact_mechanism", ("value", "name"), ("website",))
IDENTIFIERS = RowKind("identifiers", "identifiers", "party.identifier", ("type", "code"))
ROW_KINDS = (ADDRESSES, EMAILS, PHONES, WEBSITES, IDENTIFIERS)
LISTS = tuple(kind.key for kind in ROW_KINDS)
TOTALS = ("invoiced", "open", "last_invoice")
FIXED = ("id", "code", "active", "lang", "categories", "_timestamp", *TOTALS)
"""Read, and never written."""

_MODELS = {"addresses": "party.address", "contact_mechanisms": "party.contact_mechanism", "identifiers": "party.identifier"}
_OF_ROWS = {
    "addresses": ("party_name", "street", "postal_code", "city", "country.code"),
    "contact_mechanisms": ("type", "value", "name"),
    "identifiers": ("type", "code"),
}
_MARKS = ("active", "_timestamp", "write_date", "create_date")
CHANGED = tuple(f"{part}{date}" for part in ("", *(f"{name}." for name in _MODELS)) for date in ("write_date", "create_date"))
"""Where a change of a party shows: a changed row does not move its party, and not every row has a write_date."""


def fields(*, invoice: bool) -> list[str]:
    """What is asked of a party. ``invoice``: addresses have that flag (module account_invoice)."""
    rows = [f"{name}.{field}" for name, of_rows in _OF_ROWS.items() for field in (*of_rows, *_MARKS)]
    flag = ["addresses.invoice"] if invoice else []
    return ["name", "code", *_MARKS, "replaced_by", "lang.code", "categories.name", *rows, *flag]


def native(row: Row, people: str) -> dict[str, Any]:
    """The native record of a party. ``people``: the category of people. A row with ``totals`` brings them along."""
    categories = sorted(each["name"] for each in row["categories."])
    mechanisms = _live(row, "contact_mechanisms")
    identifiers = _live(row, "identifiers")
    keys = own_keys(row)
    addresses = sorted(_live(row, "addresses"), key=lambda each: not each.get("invoice"))
    out: dict[str, Any] = {
        "id": row["id"], "kind": PERSON if people in categories else ORGANISATION, "name": row["name"] or None,
        "code": row["code"], "active": bool(row["active"]), "lang": _code(row, "lang"),
        "categories": [name for name in categories if name != people],
        "addresses": [{"id": each["id"], **{name: each[name] or None for name in ADDRESSES.fields[:4]},
                       "country": _code(each, "country"), "invoice": bool(each.get("invoice"))}
                      for each in addresses],
        "hub_key": keys[0] if keys else None,
        "identifiers": [{name: each[name] for name in ("id", *IDENTIFIERS.fields)} for each in identifiers if each["type"]],
        "_timestamp": {f"{PARTY},{row['id']}": row["_timestamp"],
                       **{f"{model},{each['id']}": each["_timestamp"] for name, model in _MODELS.items()
                          for each in row[f"{name}."]}},
        **row.get("totals", {}),
    }
    for kind in (EMAILS, PHONES, WEBSITES):
        out[kind.key] = [{"id": each["id"], **{name: each[name] or None for name in kind.fields}} for each in mechanisms
                         if each["type"] in kind.types]
    return out


def own_keys(row: Row) -> list[str]:
    """The hub's keys of a party. Those of parties it replaced come to it deactivated (Party, Replace), and are left out."""
    return [each["code"].removeprefix(KEY_PREFIX) for each in _live(row, "identifiers")
            if not each["type"] and each["code"].startswith(KEY_PREFIX)]


def version(record: Mapping[str, Any]) -> str | None:
    """A digest of the change marks of a party and its rows, and of its totals; None for a record without marks."""
    marks = record.get("_timestamp")
    if not isinstance(marks, Mapping):
        return None
    told = [marks, *(record[name] for name in TOTALS)] if TOTALS[0] in record else marks  # an invoice does not move its party
    return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=12).hexdigest()


def newest(row: Row) -> datetime:
    """When the party or one of its rows changed last, by the database's clock, which has no zone."""
    rows = [row, *(each for name in _MODELS for each in row[f"{name}."])]
    return max(moment(each["write_date"] or each["create_date"]) for each in rows)


def moment(told: Mapping[str, int]) -> datetime:
    """``{"__class__": "datetime", …}`` of the wire."""
    return datetime(*(told[part] for part in _PARTS))  # type: ignore[arg-type]


def wired(at: datetime) -> dict[str, Any]:
    """The same the other way."""
    return {"__class__": "datetime", **{part: getattr(at, part) for part in _PARTS}}


_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def _live(row: Row, name: str) -> list[Row]:
    return [each for each in row[f"{name}."] if each["active"]]


def _code(row: Row, name: str) -> str | None:
    there = row.get(f"{name}.")
    return str(there["code"]) if there else None
