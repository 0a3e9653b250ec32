"""The sandbox's columns are the vendor's: contract/*.json, cut from microsoft/CDM (source named in each file)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub_dynamics.native import ACCOUNT as ACCOUNT_READ
from hub_dynamics.native import CONTACT as CONTACT_READ
from hub_dynamics.sandbox.schema import ACCOUNT, CONTACT, TableSchema

KINDS = {"boolean": {"boolean"}, "listLookup": {"choice"}, "listLookupCorrelated": {"choice"}, "lookup": {"lookup"},
         "entityId": {"guid"}, "dateTime": {"date", "datetime"}, "date": {"date"}}
UNREAD = ("address1_", "address2_", "versionnumber", "createdon", "modifiedon")
"""Not in the cut: address columns stand elsewhere in CDM, the others belong to every table."""


@pytest.mark.parametrize("schema", [CONTACT, ACCOUNT], ids=lambda schema: schema.name)
def test_the_columns_are_the_vendors(schema: TableSchema) -> None:
    text = Path(__file__).parent.joinpath("contract", f"{schema.name}.json").read_text(encoding="utf-8")
    vendor: dict[str, dict[str, Any]] = json.loads(text)["attributes"]
    assert [name for name in schema.columns if name not in vendor and not name.startswith(UNREAD)] == []
    for name, fact in vendor.items():
        column = schema.columns[name]
        assert column.kind in KINDS.get(fact["type"], {"string"}), name
        assert column.length == fact.get("maximumLength", column.length), name
        if column.kind == "choice":
            assert sorted(column.options) == sorted(int(number) for number in fact["options"]), name
        if column.kind == "lookup":
            targets = fact["targets"] if isinstance(fact["targets"], list) else [fact["targets"]]
            assert sorted(column.targets) == sorted(target.lower() for target in targets), name


def test_what_the_connector_reads_is_there() -> None:
    for table, schema in ((CONTACT_READ, CONTACT), (ACCOUNT_READ, ACCOUNT)):
        assert (table.name, table.entity_set, table.key) == (schema.name, schema.entity_set, schema.key)
        read = {name[1:].removesuffix("_value") if name.startswith("_") else name for name in table.columns}
        assert read <= set(schema.columns)
