"""The sandbox's fields, and the connector's, are the vendor's: contract/partners.json, cut from Procountor's OpenAPI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from hub_procountor import native
from hub_procountor.countries import CODES
from hub_procountor.limits import LENGTHS
from hub_procountor.sandbox.schema import PATCHED, SCHEMAS, Field
from hub_procountor.settings import PaymentMethod

TYPES: dict[str, dict[str, dict[str, Any]]] = json.loads(
    Path(__file__).parent.joinpath("contract", "partners.json").read_text(encoding="utf-8"))["types"]
KINDS = {"string": "text", "string[]": "texts", "boolean": "boolean", "choice": "choice"}
SAME = ("BusinessPartnerBillingAddress", "BusinessPartnerDeliveryAddress")


def as_declared(fact: dict[str, Any]) -> Field:
    told, more = fact["type"], {"most": fact.get("most", 0), "least": fact.get("least", 0), "required": fact["required"]}
    if told == "number":
        return Field("integer" if fact.get("format", "").startswith("int") else "number", **more)
    if fact.get("format") == "date-time":
        return Field("moment", **more)
    if told in KINDS:
        return Field(KINDS[told], options=tuple(fact.get("options", ())), **more)
    of = told.removesuffix("[]")
    return Field("list" if told.endswith("[]") else "object", of="BusinessPartnerAddress" if of in SAME else of, **more)


def test_the_fields_are_the_vendors() -> None:
    vendor = {name: {field: as_declared(fact) for field, fact in fields.items()} for name, fields in TYPES.items()}
    assert {name: vendor.pop(name) for name in SAME} == dict.fromkeys(SAME, vendor["BusinessPartnerAddress"])
    assert vendor == SCHEMAS


def test_what_the_connector_reads_and_writes_is_there() -> None:
    partner = TYPES["BusinessPartner"]
    sections = {"invoicingInfo": TYPES["InvoicingInfo"], "registryInfo": TYPES["RegistryInfo"]}
    assert all(key in sections[section] for section, key in native.PLACES.values())
    assert set(native.PARTS) == TYPES["BusinessPartnerAddress"].keys()
    assert {*native.ADDRESSES, *sections} <= partner.keys()
    assert set(PATCHED) <= partner.keys()
    most = {name: fact["most"] for name, fact in TYPES["BusinessPartnerAddress"].items() if "most" in fact}
    registry = {name: sections["registryInfo"][name]["most"] for name in ("phone", "mobilePhone")}
    addresses = {f"{where}.{part}": length for where in native.ADDRESSES for part, length in most.items()}
    assert {**registry, **addresses, "name": partner["name"]["most"]} == LENGTHS


def test_countries_and_payment_methods_are_the_vendors() -> None:
    names = set(TYPES["BusinessPartnerAddress"]["country"]["options"])
    assert names - CODES.keys() == {"KOSOVO_TEMPORARY", "NORTHERN_IRELAND_TEMPORARY"}
    assert CODES.keys() <= names
    assert len(set(CODES.values())) == len(CODES) == 249
    assert (CODES["FINLAND"], CODES["POLAND"], CODES["REPUBLIC_OF_KOREA"]) == ("FI", "PL", "KR")
    methods = set(TYPES["BusinessPartnerPaymentInfo"]["paymentMethod"]["options"])
    assert methods - set(get_args(PaymentMethod)) == {"DKLMPKRE"}  # "deprecated and read only"
