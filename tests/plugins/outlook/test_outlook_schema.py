"""The sandbox's properties, and the connector's, are the vendor's: contract/types.json, cut from Microsoft's metadata."""

from __future__ import annotations

import json
from pathlib import Path

from hub_outlook import native
from hub_outlook.sandbox import schema

TYPES = json.loads(Path(__file__).parent.joinpath("contract", "types.json").read_text(encoding="utf-8"))["types"]
KINDS = {"Edm.String": {schema.TEXT}, "Edm.DateTimeOffset": {schema.MOMENT}, "Collection(Edm.String)": {schema.TEXTS},
         "graph.physicalAddress": {schema.ADDRESS}, "graph.emailAddress": {schema.EMAIL},
         "Collection(graph.emailAddress)": {schema.EMAILS}}


def inherited(name: str) -> dict[str, str]:
    own = TYPES[name]
    below = inherited(own["base"].removeprefix("graph.")) if own["base"] else {}
    return {**below, **own["properties"]}


def test_the_properties_are_the_vendors() -> None:
    for name, mine in (("contact", schema.CONTACT), ("contactFolder", schema.FOLDER)):
        vendor = inherited(name)
        assert mine.keys() == vendor.keys()
        assert [prop for prop, kind in mine.items() if kind not in KINDS[vendor[prop]]] == []
    assert set(schema.PARTS) == TYPES["physicalAddress"]["properties"].keys()


def test_what_the_connector_reads_is_there() -> None:
    vendor = inherited("contact")
    assert vendor.keys() >= native.WRITTEN
    assert {name for name, kind in vendor.items() if kind == "Collection(Edm.String)"} == {*native.LISTS, *native.PHONES}
    assert {name for name, kind in vendor.items() if kind == "graph.physicalAddress"} == set(native.ADDRESSES)
    left_out = vendor.keys() - native.WRITTEN - {native.FOLDER}
    assert left_out == {"id", "changeKey", "createdDateTime", "lastModifiedDateTime", "primaryEmailAddress",
                        "secondaryEmailAddress", "tertiaryEmailAddress"}
    assert set(native.PARTS) == set(schema.PARTS)
