"""The partners' system of the demo: a Dynamics sandbox, filled and used by people through its side door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from hub.cli.serving import serving as serving_app
from hub_demo.association import PARTNERS, Record
from hub_demo.crm import whole
from hub_dynamics.sandbox import SECRET, Column, create_app

Projection = Mapping[str, Any]

BUSINESS_ID = "new_businessid"
"""The column the association's consultant added to accounts."""
COLUMNS = {"account": {BUSINESS_ID: Column("string", 20)}}
_COUNTRY = {"FI": "Finland", "PL": "Poland", "GB": "United Kingdom"}
_PHONES = {"work": "telephone1", "cell": "mobilephone", "home": "telephone2"}


class Partners:
    """The running environment, as its users see it."""

    def __init__(self, app: Any) -> None:
        self.app, self.users, self.world, self.secret, self.url = app, app.state.users, app.state.world, SECRET, ""

    def contact(self, guid: str) -> Mapping[str, Any]:
        """Columns of a person or organisation."""
        found: Mapping[str, Any] = self.users.row(guid)
        return found

    @property
    def version(self) -> int:
        """Rises with every change."""
        return int(self.world.version)

    def changed_since(self, version: int) -> dict[str, int]:
        """Table → rows that changed since."""
        return {name: sum(row["versionnumber"] > version for row in table.rows.values())
                for name, table in self.world.tables.items()}

    def employers(self) -> dict[str, dict[str, str | None]]:
        """Table → id → the employer's id; accounts have none."""
        return {name: {guid: row.get("parentcustomerid") for guid, row in table.rows.items()}
                for name, table in self.world.tables.items()}


def record_id(seed: int, place: int) -> str:
    """The id of a record; the same for the same demo."""
    return str(uuid5(NAMESPACE_URL, f"contact-hub-demo/{seed}/{PARTNERS}/{place}"))


def fill(records: Sequence[Record], seed: int, clock: Callable[[], float] = time.time) -> Partners:
    """The environment, not served yet. The id of ``records[n]`` is ``record_id(seed, n)``. ``clock``: unix seconds."""
    partners = Partners(create_app(custom=COLUMNS, clock=clock))
    offices: dict[str, str] = {}
    for place, record in enumerate(records):
        if record.shown["kind"] == "org":
            offices.setdefault(record.who, record_id(seed, place))
            partners.users.add("account", {"accountid": record_id(seed, place), **organisation(record.shown)})
    for place, record in enumerate(records):
        if record.shown["kind"] == "individual":
            form = {"contactid": record_id(seed, place), **person(record.shown)}
            partners.users.add("contact", {**form, "parentcustomerid": offices.get(record.office)})
    return partners


@contextmanager
def serving(records: Sequence[Record], seed: int, port: int = 0) -> Iterator[Partners]:
    """The environment as ``fill`` makes it, until the block ends."""
    partners = fill(records, seed)
    with serving_app(partners.app, port) as url:
        partners.url = url
        yield partners


def organisation(p: Projection) -> dict[str, Any]:
    """As somebody entered it: names of columns as in Dynamics' own forms."""
    numbers = {scheme: row["v"] for scheme, row in (p.get("identifiers") or {}).items()}
    phones = [row["v"] for row in _first_first(p, "phones")]
    return {"name": p["name.full"], BUSINESS_ID: numbers.get("business-id"), "telephone1": next(iter(phones), None),
            **_emails(p), **_address(p, "work")}


def person(p: Projection) -> dict[str, Any]:
    """Likewise; the form takes whole dates only."""
    phones = {_PHONES.get(row["a"].get("label", ""), "telephone1"): row["v"] for row in _first_first(p, "phones")}
    return {"firstname": p["name.given"], "middlename": p.get("name.middle"), "lastname": p["name.family"],
            "suffix": p.get("name.suffix"), "jobtitle": p.get("title"), "birthdate": whole(p.get("birthday")),
            **phones, **_emails(p), **_address(p, "home")}


def _first_first(p: Projection, unit: str) -> list[Mapping[str, Any]]:
    members, first = p.get(unit) or {}, p.get(f"{unit}.primary")
    return [members[key] for key in sorted(members, key=lambda key: key != first)]


def _emails(p: Projection) -> dict[str, Any]:
    return {f"emailaddress{n}": row["v"] for n, row in enumerate(_first_first(p, "emails")[:3], 1)}


def _address(p: Projection, context: str) -> dict[str, Any]:
    parts = ((p.get("addresses") or {}).get(context) or {"v": {}})["v"]
    return {"address1_line1": parts.get("street"), "address1_city": parts.get("locality"),
            "address1_postalcode": parts.get("postcode"), "address1_country": _COUNTRY.get(parts.get("country", ""))}
