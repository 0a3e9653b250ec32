"""The sandbox's fields, and the connector's, are the vendor's: contract/customers.json, cut from Lemonsoft's Swagger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hub_lemonsoft import native
from hub_lemonsoft.sandbox.schema import CUSTOMER, LOGIN, REQUIRED

TYPES: dict[str, dict[str, dict[str, Any]]] = json.loads(
    Path(__file__).parent.joinpath("contract", "customers.json").read_text(encoding="utf-8"))["types"]


def kind(fact: dict[str, Any]) -> str:
    told, form = fact["type"], fact.get("format")
    if told.endswith("[]"):
        return "rows"
    if told == "string":
        return "moment" if form == "date-time" else "text"
    if told == "number":
        return "whole" if form == "int32" else "number"
    return "boolean" if told == "boolean" else "object"


def test_the_fields_are_the_vendors() -> None:
    vendor = TYPES["ProxyCustomer"]
    assert {name: kind(fact) for name, fact in vendor.items()} == CUSTOMER
    assert {name for name, fact in vendor.items() if fact["required"]} == set(REQUIRED)
    assert tuple(TYPES["LogInInfo"]) == LOGIN


def test_what_the_connector_reads_and_writes_is_there() -> None:
    assert {*native.READ, native.ONE_LINE, "country", "vat", "group", "is_nonactive", "is_customer"} <= CUSTOMER.keys()
    assert {CUSTOMER[name] for name in native.TEXTS} == {"text"}
