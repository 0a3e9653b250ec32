"""Business partners: searched, read, made, replaced, changed.

Source: Procountor's OpenAPI of 2026-04-15, operations searchBusinessPartners, getBusinessPartner, insertBusinessPartner,
putBusinessPartner, updateBusinessPartner, getPartnerGroups, and its schemas. What they leave open is refused (501): parameters
of the search that are not needed here, a PATCH of a nested object that leaves out what is there (whether that stays is not
said).
"""

from __future__ import annotations

import copy
from typing import Any

from .bodies import MOMENT, part, whole
from .refusals import NotBuilt, Refusal, Reply, bad, missing
from .schema import SCHEMAS
from .world import Row, World

MOST = 200
_SEARCHED = {"type", "active", "versionStartDate", "versionEndDate", "orderById", "size", "page"}
_UNUSED = {"identifierType", "customerNumber", "mainGroup", "partnerGroup", "previousId"}


class Partners:
    """The register of one company."""

    def __init__(self, world: World) -> None:
        self.world = world

    def search(self, query: dict[str, str]) -> Reply:
        """Basic information: id, name, billing address, invoicing and registry info, type, version; newest id first by default,
        active ones by default, 50 a page by default."""
        _known(query, _SEARCHED, _UNUSED)
        kind, active = query.get("type"), _one_of(query, "active", ("true", "false"), "true") == "true"
        if kind is not None:
            _one_of(query, "type", ("CUSTOMER", "SUPPLIER", "PERSON"), "")
        begin, end = (_moment(query, name) for name in ("versionStartDate", "versionEndDate"))
        rows = [row for row in self.world.partners.values() if (kind is None or row["type"] == kind)
                and (row["registryInfo"].get("active") is not False) == active
                and (not begin or row["version"] > begin) and (not end or row["version"] < end)]
        ascending = _one_of(query, "orderById", ("ASC", "DESC"), "DESC") == "ASC"
        rows.sort(key=lambda row: int(row["id"]), reverse=not ascending)
        return _paged(query, rows, lambda row: {
            "id": row["id"], "name": row["name"], "type": row["type"], "version": row["version"],
            "billingAddress": _shown("BusinessPartnerAddress", row.get("billingAddress")),
            "invoicingInfo": {name: row.get("invoicingInfo", {}).get(name)
                              for name in ("customerNumber", "identifier", "identifierType")},
            "registryInfo": {"active": row["registryInfo"].get("active")}})

    def groups(self, query: dict[str, str]) -> Reply:
        """"Uses substring matching", ordered by id."""
        _known(query, {"name", "type", "size", "page"}, {"active"})
        kind = _one_of(query, "type", ("CUSTOMER", "SUPPLIER", "PERSON"), "")
        rows = [row for row in self.world.groups.values() if query.get("name", "") in row["name"] and kind in ("", row["type"])]
        return _paged(query, rows, dict)

    def read(self, told: str, query: dict[str, str]) -> Reply:
        """One id: the partner. Several: a list by id, without those that are not there, without doubles; none there: 404."""
        _known(query, set(), set())
        ids = [_number(each) for each in told.split(",")]
        if len(ids) > MOST:
            raise bad("Max 200 ids per request", "id")
        found = [_shown("BusinessPartner", self.world.partners[each]) for each in sorted(set(ids)) if each in self.world.partners]
        if not found:
            raise missing()
        return Reply(200, found if len(ids) > 1 else found[0])

    def create(self, query: dict[str, str], body: Any) -> Reply:
        """``version`` "is not required for POST and will be omitted"."""
        _known(query, set(), set())
        new = whole(body)
        if "id" in new:
            raise NotBuilt("an id in a POST")
        self._in_groups(new)
        return Reply(200, _shown("BusinessPartner", self.world.add({name: new[name] for name in new if name != "version"})))

    def replace(self, told: str, query: dict[str, str], body: Any) -> Reply:
        """"Replaces all the details": what is left out is gone. That it compares the version is not said, so it does not."""
        _known(query, set(), set())
        there, new = self._there(told), whole(body)
        if new.get("id", there["id"]) != there["id"]:
            raise NotBuilt("a PUT with another id in its body")
        if "active" not in new.get("registryInfo", {}):
            raise NotBuilt("a PUT that leaves out whether the partner is active")
        self._in_groups(new)
        return Reply(200, _shown("BusinessPartner", self.world.put(there["id"], new)))

    def change(self, told: str, query: dict[str, str], body: Any) -> Reply:
        """"To update a partner, it's required to provide version … as query param or in request body." Answers an object of which
        nothing is said."""
        _known(query, {"version"}, set())
        there, new = self._there(told), part(body)
        if there["type"] == "PERSON" or new.get("type") == "PERSON":
            raise bad("Supported customer and supplier business partners", "type")
        versions = {version for version in (query.get("version"), new.pop("version", None)) if version is not None}
        if len(versions) != 1:
            raise bad("The latest version is required", "version")
        if versions != {there["version"]}:
            raise bad("The version is not the latest", "version")
        if new.pop("id", there["id"]) != there["id"]:
            raise NotBuilt("a PATCH with another id in its body")
        for name, value in new.items():
            if isinstance(value, dict) and (lacking := set(there.get(name, {})) - set(value)):
                raise NotBuilt(f"a PATCH whose {name} leaves out {', '.join(sorted(lacking))}")
        self.world.put(there["id"], {**there, **new})
        return Reply(200, {})

    def _there(self, told: str) -> Row:
        partner = self.world.partners.get(_number(told))
        if partner is None:
            raise missing()
        return partner

    def _in_groups(self, new: Row) -> None:
        for each in new.get("registryInfo", {}).get("partnerGroups", []):
            group = self.world.groups.get(each.get("id", 0))
            if group is None or (group["name"], group["type"]) != (each["name"], each["type"]):
                raise NotBuilt("a group that is not there, or has another name")


def _shown(schema: str, value: Row | None) -> Row:
    """Every field of the schema, null where it is empty; objects too."""
    out: Row = {}
    for name, field in SCHEMAS[schema].items():
        told = (value or {}).get(name)
        if field.kind == "object":
            out[name] = _shown(field.of, told) if told is not None else None
        elif field.kind == "list":
            out[name] = [_shown(field.of, each) for each in told or []]
        else:
            out[name] = copy.copy(told)
    return out


def _paged(query: dict[str, str], rows: list[Row], shown: Any) -> Reply:
    size, page = _count(query, "size", 50), _count(query, "page", 0)
    if not 1 <= size <= MOST:
        raise bad("Maximum value: 200", "size")
    part = rows[page * size:(page + 1) * size]
    return Reply(200, {"results": [shown(row) for row in part],
                       "meta": {"pageNumber": page, "pageSize": size, "resultCount": len(part), "totalCount": len(rows)}})


def _known(query: dict[str, str], known: set[str], unused: set[str]) -> None:
    for name in query:
        if name in unused:
            raise NotBuilt(f"the parameter {name}")
        if name not in known:
            raise NotBuilt(f"the parameter {name}, which it does not document")


def _one_of(query: dict[str, str], name: str, options: tuple[str, ...], default: str) -> str:
    told = query.get(name, default)
    if name in query and told not in options:
        raise bad("None of the allowed values", name)
    return told


def _moment(query: dict[str, str], name: str) -> str:
    told = query.get(name, "")
    if told and not MOMENT.fullmatch(told):
        raise bad("A datetime like 2016-08-31T00:00 is expected", name)
    return f"{told}:00" if len(told) == 16 else told


def _count(query: dict[str, str], name: str, default: int) -> int:
    told = query.get(name, str(default))
    if not told.isdecimal():
        raise bad("A number is expected", name)
    return int(told)


def _number(told: str) -> int:
    if not told.isdecimal():
        raise Refusal(400, "An id is a number", "id")
    return int(told)
