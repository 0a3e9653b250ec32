"""The four systems as their users export them, for ``hub overlap``: what was known before the first sync."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hub_demo import crm, partners, volunteers
from hub_demo.association import CRM, PARTNERS, Known

_MEMBERS = ("First name", "Last name", "Organization name", "Birth date", "Email", "Phone", "Street address", "City",
            "Postal code", "Country")
_PARTNERS = {"First Name": "firstname", "Last Name": "lastname", "Account Name": "name", "Birthday": "birthdate",
             "Email": "emailaddress1", "Business Phone": "telephone1", "Mobile Phone": "mobilephone",
             "Street": "address1_line1", "City": "address1_city", "ZIP/Postal Code": "address1_postalcode",
             "Country/Region": "address1_country"}


def write(folder: Path, known: Known, staff: Sequence[tuple[str, str]], sheet: Path) -> None:
    """Make ``folder`` with one file a system."""
    folder.mkdir()
    _csv(folder / "members.csv", _MEMBERS, [_member(crm.person(r.shown)) for r in known[CRM]])
    forms = [partners.person(r.shown) if r.shown["kind"] == "individual" else partners.organisation(r.shown)
             for r in known[PARTNERS]]
    _csv(folder / "partners.csv", tuple(_PARTNERS),
         [{head: form.get(name) for head, name in _PARTNERS.items()} for form in forms])
    (folder / "staff.vcf").write_text("".join(card for _, card in staff), encoding="utf-8", newline="")
    volunteers.export(sheet, folder / "volunteers.xlsx")


def _member(form: Mapping[str, Any]) -> dict[str, Any]:
    email, phone, place = (_lead(form[name]) for name in ("emails", "phones", "addresses"))
    return {"First name": form.get("first_name"), "Last name": form.get("last_name"),
            "Organization name": form.get("organization_name"), "Birth date": form.get("birth_date"),
            "Email": email.get("email"), "Phone": phone.get("phone"),
            "Street address": place.get("street_address"), "City": place.get("city"),
            "Postal code": place.get("postal_code"), "Country": place.get("country")}


def _lead(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((row for row in rows if row["is_primary"]), {})


def _csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)
