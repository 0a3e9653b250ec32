"""Requests that a Tryton server refuses. One table for the sandbox and for a real server: both must refuse them alike.

``$party``, ``$address``, ``$mail``: ids of a person and of two of its rows; ``$text``: the first as a text; ``$code``: its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Params = list[Any]
P, A, M = "model.party.party.", "model.party.address.", "model.party.contact_mechanism."
READ: dict[str, Any] = {"id": 1, "method": f"{P}read", "params": [["$party"], ["name"], {}]}
LOGIN = {"id": 1, "method": "common.db.login", "params": ["hub", {"password": "x"}]}
LONG_AGO = {"_timestamp": {"party.party,$party": "1.5"}}

HTTP: list[tuple[str, str, Any, Mapping[str, str], int]] = [
    # verb, path, body, headers (one that is "" is left out), status
    ("GET", "/hub/rpc/", None, {}, 405),
    ("PUT", "/hub/rpc/", READ, {}, 405),
    ("DELETE", "/rpc/", None, {}, 405),
    ("POST", "/hub/", READ, {}, 405),
    ("POST", "/", READ, {}, 405),
    ("POST", "/nobody/is/here", READ, {}, 405),
    ("POST", "/nope/rpc/", LOGIN, {"Authorization": ""}, 404),
    ("POST", "/nope/rpc/", LOGIN, {}, 503),
    ("POST", "/nope/rpc/", READ, {}, 503),
    ("POST", "/hub/rpc/", READ, {"Content-Type": "text/plain"}, 400),
    ("POST", "/hub/rpc/", READ, {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ("POST", "/hub/rpc/", "{x", {}, 400),
    ("POST", "/hub/rpc/", "", {}, 400),
    ("POST", "/hub/rpc/", [], {}, 400),
    ("POST", "/hub/rpc/", {"id": 1, "params": []}, {}, 400),
    ("POST", "/hub/rpc/", {"id": 1, "method": f"{P}read"}, {}, 400),
    ("POST", "/hub/rpc/", READ, {"Authorization": ""}, 401),
    ("POST", "/hub/rpc/", READ, {"Authorization": "Bearer made-up"}, 401),
    ("POST", "/hub/rpc/", READ, {"Authorization": "Session made-up"}, 401),
    ("POST", "/hub/rpc/", READ, {"Authorization": "Session aHViOjI6bWFkZS11cA=="}, 401),
    ("POST", "/hub/rpc/", {"id": 1, "method": "common.db.login", "params": [5, {}]}, {}, 400),
    ("POST", "/hub/rpc/", {"id": 1, "method": "common.db.login", "params": ["hub", {"password": "wrong"}]}, {}, 401),
    ("POST", "/hub/rpc/", {"id": 1, "method": "common.db.login", "params": ["nobody", {"password": "x"}]}, {}, 401),
    ("POST", "/hub/rpc/", {**READ, "params": {}}, {}, 422),
    ("POST", "/hub/rpc/", {**READ, "params": [["$party"], ["name"]]}, {}, 422),
    ("POST", "/hub/rpc/", {**READ, "method": f"{P}browse"}, {}, 403),
    ("POST", "/hub/rpc/", {**READ, "method": f"{P}read_all"}, {}, 403),
    ("POST", "/hub/rpc/", {**READ, "params": [[999], ["name"], {}], "jsonrpc": "2.0"}, {}, 400),
    ("POST", "/hub/rpc/", {"id": 1, "method": f"{P}write", "params": [["$party", "$party"], {"name": "x"}, {}]}, {}, 422),
]

RPC: list[tuple[str, Params, Mapping[str, Any], str, str]] = [
    # method, parameters, context, kind of error ("" where the server made no sense of it), words in it
    ("common.db.login", ["hub", {}], {}, "LoginException", "password"),
    ("common.server.version", [], {}, "", "'server'"),
    ("nonsense", [], {}, "", "unpack"),
    ("model.nope.nope.read", [["$party"], ["name"]], {}, "", "'nope.nope'"),
    ("thing.party.party.read", [["$party"], ["name"]], {}, "", "'party.party'"),
    (f"{P}read", [["$party"], ["nope"]], {}, "", "'nope'"),
    (f"{P}read", [["$party"], ["addresses.nope"]], {}, "", "'nope'"),
    (f"{P}read", [["$party"]], {}, "", "fields_names"),
    (f"{P}read", ["$party", ["name"]], {}, "", ""),
    (f"{P}read", [[998, 999], ["name"]], {}, "UserError", "don't exist"),
    (f"{P}search", [[["nope", "=", 1]], 0, None, None], {}, "", "'nope'"),
    (f"{P}search", [[["addresses.nope", "=", 1]], 0, None, None], {}, "", "'nope'"),
    (f"{P}search", [[["name", "~", "x"]], 0, None, None], {}, "", "recursion"),
    (f"{P}search", [["XOR", ["name", "=", "x"]], 0, None, None], {}, "", "recursion"),
    (f"{P}search", [{"name": "x"}, 0, None, None], {}, "", "0"),
    (f"{P}search", [[["id", ">", "x"]], 0, None, None], {}, "", "invalid literal"),
    (f"{P}search", [[["id", "in", 5]], 0, None, None], {}, "", "not iterable"),
    (f"{P}search", [[], 0, "x", None], {}, "", "invalid limit"),
    (f"{P}search", [[], 0, None, [["nope", "ASC"]]], {}, "", "'nope'"),
    (f"{P}search", [[], 0, None, [["id", "UP"]]], {}, "", "'UP'"),
    (f"{P}search", [[], 0, None, "id"], {}, "", "unpack"),
    (f"{P}search", [[], 0, None, None, ["name"]], {}, "", "not iterable"),
    (f"{P}search_read", [[], 0, 1, None, ["nope"]], {}, "", "'nope'"),
    (f"{P}search_count", [[["nope", "=", 1]]], {}, "", "'nope'"),
    (f"{P}create", [{"name": "x"}], {}, "", "attribute"),
    (f"{P}create", [[["x"]]], {}, "", "attribute"),
    (f"{P}create", [[{"nope": 1}]], {}, "", "'nope'"),
    (f"{P}create", [[{"id": 5}]], {}, "UserError", "not allowed to modify the field \"ID\""),
    (f"{P}create", [[{"code": "$code"}]], {}, "UserError", "must be unique"),
    (f"{P}create", [[{"name": "two\nlines"}]], {}, "UserError", "invalid chars"),
    (f"{P}create", [[{"name": "half \ud800 of it"}]], {}, "", "surrogates"),
    (f"{P}create", [[{"addresses": [["make", [{}]]]}]], {}, "", "'make'"),
    (f"{P}create", [[{"addresses": [{"city": "x"}]}]], {}, "", "0"),
    (f"{P}create", [[{"addresses": "x"}]], {}, "", ""),
    (f"{P}create", [[{"contact_mechanisms": [["create", [{"type": "pigeon", "value": "x"}]]]}]], {}, "UserError", "options"),
    (f"{P}create", [[{"contact_mechanisms": [["create", [{"type": "email"}]]]}]], {}, "UserError", "value is required"),
    (f"{P}create", [[{"identifiers": [["create", [{"type": "fi_ytunnus", "code": "123"}]]]}]], {}, "UserError", "not valid"),
    (f"{P}create", [[{"identifiers": [["create", [{"type": "no_such", "code": "123"}]]]}]], {}, "UserError", "options"),
    (f"{P}write", [["$party"]], {}, "", "values"),
    (f"{P}write", [["$party"], {"nope": 1}], {}, "", "'nope'"),
    (f"{P}write", [["$party"], {"code": "9999"}], {}, "UserError", "not allowed to modify the field \"Code\""),
    (f"{P}write", [["$party"], {"replaced_by": None}], {}, "UserError", "not allowed to modify the field \"Replaced By\""),
    (f"{P}write", [["$party"], {"name": "x"}], LONG_AGO, "ConcurrencyException", "meanwhile"),
    (f"{P}write", [["$party"], {"name": "x"}], {"_timestamp": "x"}, "", "attribute 'pop'"),
    (f"{P}write", [["$party"], {"addresses": [["write", ["$address"], {"city": "x"}]]}],
     {"_timestamp": {"party.address,$address": "1.5"}}, "ConcurrencyException", "meanwhile"),
    (f"{P}write", [["$party"], {"addresses": [["write", [999], {"city": "x"}]]}], {}, "UserError", "don't exist"),
    (f"{P}write", [["$party"], {"contact_mechanisms": [["write", ["$mail"], {"value": ""}]]}], {}, "UserError", "is required"),
    (f"{P}write", [["$party"], {"contact_mechanisms": [["write", ["$mail"], {"type": None}]]}], {}, "UserError", "is required"),
    (f"{P}write", [[999], {"name": "x"}], {}, "UserError", "don't exist"),
    (f"{A}write", [["$address"], {"city": "a\ttab"}], {}, "UserError", "invalid chars"),
    (f"{M}create", [[{"party": "$party", "type": "email"}]], {}, "UserError", "is required"),
    (f"{P}delete", [["$party"]], LONG_AGO, "ConcurrencyException", "meanwhile"),
    (f"{P}delete", [["$party"], {"x": 1}], {}, "", "positional"),
    ("model.party.category.create", [[{"name": "x"}]], {}, "UserError", "not allowed to access"),
    ("model.country.country.create", [[{"name": "x"}]], {}, "UserError", "not allowed to access"),
    ("model.ir.model.access.get_access", [["nope"]], {}, "", "'nope'"),
]

STRICTER: list[tuple[str, Params]] = [
    # what the real server takes without a word, though nothing says that it may: here it is refused
    (f"{P}read", [["$text"], ["name"]]),
    (f"{P}write", [["$party"], {"name": 5}]),
    (f"{P}write", [["$party"], {"active": "no"}]),
    (f"{P}write", [["$party"], {"addresses": [["write", ["$address"], {"country": 99}]]}]),
    (f"{P}search", [[["write_date", ">=", "2026-01-01"]], 0, None, None]),
    (f"{P}search", [[["name", "like", 5]], 0, None, None]),
    (f"{P}create", [[{"categories": [["add", [99]]]}]]),
]

NOT_HERE: list[tuple[str, Params]] = [
    # what Tryton has and the sandbox has not: 501
    (f"{P}fields_get", [["name"], 0]),
    (f"{P}default_get", [[], False]),
    (f"{P}copy", [["$party"]]),
    ("wizard.party.replace.create", []),
    ("model.ir.model.log.search_read", [[], 0, 1, None, ["event"]]),
    (f"{P}search", [[["name", "ilike", "x%"]], 0, None, None]),
    (f"{P}search", [[["addresses", "where", [["city", "=", "x"]]]], 0, None, None]),
    (f"{P}write", [["$party"], {"addresses": [["copy", ["$address"]]]}]),
]


def filled(told: Any, ids: Mapping[str, Any]) -> Any:
    """The same with ids in place of their names."""
    if isinstance(told, str):
        if told in ids:
            return ids[told]
        for name, value in ids.items():
            told = told.replace(name, str(value))
        return told
    if isinstance(told, list):
        return [filled(each, ids) for each in told]
    if isinstance(told, Mapping):
        return {filled(key, ids) if "," in key else key: filled(value, ids) for key, value in told.items()}
    return told


def kind_of(error: list[Any]) -> tuple[str, str]:
    """Kind and words of an error as the table has them."""
    known = ("UserError", "UserWarning", "ConcurrencyException", "LoginException")
    if error[0] in known:
        return str(error[0]), " ".join(map(str, error[1])) if isinstance(error[1], list) else str(error[1])
    return "", str(error[0])
