"""The models this sandbox has, with the fields a connector of contacts needs; what else Tryton has is refused.

Source: trytond 8.2 (modules party, country, company, account_invoice: party.py, address.py, contact_mechanism.py, category.py;
model/modelstorage.py; model/fields/char.py: one line, stripped unless it says otherwise).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["char", "text", "boolean", "integer", "datetime", "date", "numeric", "many2one", "one2many", "many2many",
               "selection", "function"]
FORBIDDEN = "\t\n\r\x0b\x0c"
"""In a field of one line (fields/char.py)."""
MECHANISMS = ("phone", "mobile", "fax", "email", "website", "skype", "sip", "irc", "jabber", "other")
IDENTIFIERS = (None, "fi_ytunnus", "eu_vat")
"""Types this sandbox offers, and checks; a server has about a hundred."""


@dataclass(frozen=True, slots=True)
class Field:
    """``label``: what messages call it; ``target``: model a relation leads to; ``back``: the field there that leads back."""

    label: str
    kind: Kind = "char"
    target: str = ""
    back: str = ""
    required: bool = False
    strip: bool = True
    options: tuple[str | None, ...] = ()
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """``order``: of a search that names none; ``name``: what messages call it; ``writable``: by everybody, as a fresh server
    allows (ir.model.access of its modules)."""

    name: str
    fields: Mapping[str, Field]
    order: str = "id"
    writable: bool = True
    unique: tuple[str, str] = ("", "")


MAGIC = {
    "id": Field("ID", "integer", fixed=True),
    "create_date": Field("Created at", "datetime", fixed=True),
    "write_date": Field("Edited at", "datetime", fixed=True),
    "rec_name": Field("Record Name", "function", fixed=True),
}
_ACTIVE = Field("Active", "boolean")
_PARTY = Field("Party", "many2one", "party.party", required=True)


def _model(name: str, fields: Mapping[str, Field], *, order: str = "id", writable: bool = True,
           unique: tuple[str, str] = ("", "")) -> Model:
    return Model(name, {**MAGIC, **fields}, order, writable, unique)


MODELS: Mapping[str, Model] = {
    "party.party": _model("Party", {
        "name": Field("Name", strip=False),
        "code": Field("Code", required=True, fixed=True),
        "active": _ACTIVE,
        "lang": Field("Language", "many2one", "ir.lang"),
        "replaced_by": Field("Replaced By", "many2one", "party.party", fixed=True),
        "addresses": Field("Addresses", "one2many", "party.address", "party"),
        "contact_mechanisms": Field("Contact Mechanisms", "one2many", "party.contact_mechanism", "party"),
        "identifiers": Field("Identifiers", "one2many", "party.identifier", "party"),
        "categories": Field("Categories", "many2many", "party.category"),
    }, order="name", unique=("code", "The code on party must be unique.")),
    "party.address": _model("Party Address", {
        "party": _PARTY, "party_name": Field("Party Name"), "street": Field("Street", "text"),
        "postal_code": Field("Postal Code"), "city": Field("City"),
        "country": Field("Country", "many2one", "country.country"), "active": _ACTIVE,
        "invoice": Field("Invoice", "boolean"),
    }),
    "party.contact_mechanism": _model("Party Contact Mechanism", {
        "party": _PARTY, "type": Field("Type", "selection", required=True, options=MECHANISMS),
        "value": Field("Value", required=True), "value_compact": Field("Value Compact", fixed=True),
        "name": Field("Name"), "active": _ACTIVE,
    }),
    "party.identifier": _model("Party Identifier", {
        "party": _PARTY, "type": Field("Type", "selection", options=IDENTIFIERS),
        "code": Field("Code", required=True), "active": _ACTIVE,
    }),
    "party.category": _model("Party Category", {"name": Field("Name", required=True), "active": _ACTIVE}, order="name",
                             writable=False),
    "country.country": _model("Country", {"name": Field("Name", required=True), "code": Field("Code"), "active": _ACTIVE},
                              order="name", writable=False),
    "ir.lang": _model("Language", {"name": Field("Name"), "code": Field("Code")}, writable=False),
    "currency.currency": _model("Currency", {"name": Field("Name", required=True), "code": Field("Code", required=True)},
                                writable=False),
    "account.invoice": _model("Account Invoice", {
        "party": _PARTY, "type": Field("Type", "selection", options=("out", "in")),
        "state": Field("State", "selection", options=("draft", "validated", "posted", "paid", "cancelled")),
        "currency": Field("Currency", "many2one", "currency.currency"), "invoice_date": Field("Invoice Date", "date"),
        "total_amount": Field("Total", "numeric"), "amount_to_pay": Field("Amount to Pay", "numeric"),
    }, writable=False),
    "company.company": _model("Company", {"party": _PARTY}, writable=False),
}
ROWS = ("party.address", "party.contact_mechanism", "party.identifier")
"""Models that go with their party."""
ELSEWHERE = ("default_get", "fields_get", "copy", "search_global", "validate", "autocomplete", "resources", "history_revisions",
             "pre_validate", "on_change_notify", "fields_view_get", "export_data", "import_data")
"""Methods Tryton's models have and this sandbox has not."""
OTHERS = ("account.invoice.line", "account.move", "country.subdivision", "ir.model.log", "ir.configuration",
          "party.configuration", "res.user", "res.group")
"""Models it has not, of those a connector might come to ask for."""


@dataclass(slots=True)
class Account:
    """A user. ``acts``: what it may do with parties; ``sees_all``: no rule hides parties from it; ``invoices``: it may read them;
    ``company``: it has a current one, without which it sees none of them."""

    user_id: int
    password: str
    acts: frozenset[str] = field(default_factory=lambda: frozenset({"read", "write", "create", "delete"}))
    sees_all: bool = False
    invoices: bool = False
    company: bool = False
