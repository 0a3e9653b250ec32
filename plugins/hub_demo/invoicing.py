"""The invoicing of the demo's association: a Procountor sandbox, filled and used by people through its side door."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub_demo.association import INVOICING, Record
from hub_procountor.sandbox import API_KEY, GROUP, SECRET, create_app

Projection = Mapping[str, Any]

_COUNTRY = {"FI": "FINLAND", "PL": "POLAND", "GB": "UNITED_KINGDOM_OF_GREAT_BRITAIN_AND_NORTHERN_IRELAND"}


class Invoicing:
    """The company, as who writes its invoices sees it. ``natives``: the ids of the customers it was filled with, in their
    order."""

    cannot = "Windows-1252"

    def __init__(self, app: Any) -> None:
        self.app, self.users, self.natives = app, app.state.users, list[str]()
        self.secrets = {INVOICING: SECRET, f"{INVOICING}-key": API_KEY}

    def customer(self, native_id: str) -> Mapping[str, Any]:
        """Sections of a customer, under Procountor's names."""
        found: Mapping[str, Any] = self.users.world.partners[int(native_id)]
        return found


def fill(records: Sequence[Record], clock: Callable[[], float]) -> Invoicing:
    """A company, a customer a record. ``clock``: unix seconds."""
    invoicing = Invoicing(create_app(clock=clock))
    groups = [{"id": number, **{name: group[name] for name in ("name", "type")}}
              for number, group in invoicing.users.world.groups.items() if group["name"] == GROUP]
    invoicing.natives = [str(invoicing.users.add(customer(record.shown, groups))) for record in records]
    return invoicing


def customer(p: Projection, groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """As somebody entered it: one field for the name, with one given name; the e-mail address invoices go to; a phone and a
    mobile phone; of organisations the address invoices go to and the business id. ``groups``: of people."""
    people = p["kind"] == "individual"
    name = f"{p['name.given'].split()[0]} {p['name.family']}" if people else p["name.full"]
    phones = {row["a"].get("label") == "cell": row["v"] for row in (p.get("phones") or {}).values()}
    numbers = {scheme: row["v"] for scheme, row in (p.get("identifiers") or {}).items()}
    made: dict[str, Any] = {
        "name": typed(name), "address": {"name": typed(name)},
        "invoicingInfo": _said(email=next((row["v"] for row in (p.get("emails") or {}).values()), None)),
        "registryInfo": _said(phone=phones.get(False), mobilePhone=phones.get(True),
                              partnerGroups=list(groups) if people else None)}
    if number := numbers.get("business-id"):
        made["invoicingInfo"] |= {"identifier": number, "identifierType": "FI"}
    address = None if people else (p.get("addresses") or {}).get("work")
    if address is not None:
        parts = address["v"]
        made["billingAddress"] = _said(name=typed(name), street=typed(parts["street"]), city=typed(parts["locality"]),
                                       zip=parts.get("postcode"), country=_COUNTRY[parts["country"]])
    return made


def typed(text: str) -> str:
    """As it can be typed there: letters outside Windows-1252 without their marks."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        folded = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L"))
        return "".join(letter for letter in folded if not unicodedata.combining(letter))
    return text


def _said(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
