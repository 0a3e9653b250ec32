"""Which entity has which action with which parameters, who may do it, and the chain after it.

Source: Civi/Api4/Generic/AbstractAction.php (unknown parameters), Event/Subscriber/ValidateFieldsSubscriber (required,
types), Civi/API/Provider/ActionObjectProvider (chains); transcripts 18, 42-44, 64, 79, 80, 93, 95, 133-136, 139.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .answers import ApiError, NotBuilt, PageError, envelope
from .columns import JOINS
from .query import get
from .users import merge_contacts
from .world import Account, Logged, World
from .writing import Writer

_COMMON = {"chain": "array", "checkPermissions": "bool", "debug": "bool", "language": "string", "version": "int"}
_QUERY = {"where": "array", "orderBy": "array", "limit": "int", "offset": "int"}
_NOT_BUILT = ("join", "groupBy", "having", "translationMode")

PARAMS: dict[str, dict[str, str]] = {
    "get": {**_QUERY, "select": "array", "join": "array", "groupBy": "array", "having": "array",
            "translationMode": "string"},
    "create": {"values": "array!"},
    "update": {**_QUERY, "values": "array!", "reload": "reload"},
    "save": {"records": "array!", "defaults": "array", "reload": "reload", "match": "array"},
    "delete": {**_QUERY, "where": "array!"},
    "getFields": {**_QUERY, "select": "array", "loadOptions": "options", "action": "string", "values": "array"},
    "getActions": {**_QUERY, "select": "array"},
    "checkAccess": {"action": "string!", "values": "array!"},
}
_CONTACT_PARAMS = {
    "delete": {**PARAMS["delete"], "useTrash": "bool"},
    "mergeDuplicates": {"contactId": "int!", "duplicateId": "int!", "mode": "string!"},
    "getMergedTo": {"contactId": "int!", "isTest": "bool"},
    "getMergedFrom": {"contactId": "int!"},
}
_NEVER_BUILT = {"autocomplete", "getChecksum", "getDuplicates", "getLinks", "replace", "validateChecksum"}
_CONTACT_ACTIONS = sorted({*PARAMS, *_CONTACT_PARAMS} | _NEVER_BUILT)
_ELSEWHERE = {"Contribution", "Membership", "Event", "Participant", "Note", "IM", "OpenID", "Case", "Campaign", "User",
              "OptionGroup", "OptionValue", "CustomGroup", "CustomField", "LocationType", "Country", "StateProvince",
              "SubscriptionHistory", "ActivityContact", "UFMatch", "Setting", "Individual", "Organization", "Household"}
"""Entities the vendor has and this has not."""
_READS = {"get", "getFields", "getActions", "checkAccess", "getMergedTo", "getMergedFrom"}


class Actions:
    """Runs calls in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def params_of(self, entity: str, action: str) -> dict[str, str]:
        """The parameters an action has. Raises as the edition does for what is not there (40, 41, 97; 5.77: 12, 13)."""
        known = self.world.entities.get(entity)
        if entity in _ELSEWHERE:
            raise NotBuilt(f"the entity {entity}")
        if known is None:
            if self.world.edition == "5.77":
                raise ApiError(f"API ({entity}, {action}) does not exist (or the extension it belongs to is not enabled).")
            if entity == "System":
                raise PageError("Expected to find one System record, but there were zero.")
            raise PageError(f"API ({entity}, getActions) does not exist (or the extension it belongs to is not enabled).")
        own = _CONTACT_PARAMS if entity == "Contact" else {}
        writes = {"create", "update", "save", "delete"}
        if action in own:
            return own[action]
        if action in PARAMS and not (known.readonly and action in writes):
            return {**PARAMS[action], **({"currentDomain": "bool"} if entity == "Domain" else {}),
                    **({"method": "string", "tracking": "string"} if entity == "GroupContact" else {})}
        if action in _NEVER_BUILT and entity == "Contact":
            raise NotBuilt(f"Contact.{action}")
        if self.world.edition == "5.77":
            raise ApiError(f"Api {entity} {action} version 4 does not exist.")
        raise PageError(f"Expected to find one {entity} record, but there were zero.")

    def run(self, account: Account, entity: str, action: str, params: Any) -> dict[str, Any]:
        """One call with its chain."""
        kinds = {**_COMMON, **self.params_of(entity, action)}
        if not isinstance(params, Mapping):
            if params == []:
                params = {}
            else:
                raise PageError("array_diff_key(): Argument #2 must be of type array, null given")
        self._check(entity, action, params, kinds)
        self._permit(account, entity, action)
        answer = self._perform(account, entity, action, params)
        for name, request in dict(params.get("chain") or {}).items():
            for row in answer["values"]:
                row[name] = self._chained(account, request, row)
        return answer

    def _check(self, entity: str, action: str, params: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
        for name in params:
            if name not in kinds:
                raise ApiError(f"Unknown api parameter: {name}")
        for name, kind in kinds.items():
            value = params.get(name)
            if kind.endswith("!") and not value and value != 0:
                raise ApiError(f'Parameter "{name}" is required.')
            expected = self._expected(kind.removesuffix("!"), value)
            if value is not None and expected:
                raise ApiError(f'Parameter "{name}" is not of the correct type. Expecting {expected}.')
            if value and name in _NOT_BUILT:
                raise NotBuilt(f"the parameter {name}")

    def _expected(self, kind: str, value: Any) -> str:
        """What the type should have been, or "" where it is right."""
        kind = {"reload": "bool" if self.world.edition == "5.77" else "bool or array", "options": "bool or array"
                }.get(kind, kind)
        tests = {"array": isinstance(value, list | dict), "bool": isinstance(value, bool), "string": isinstance(value, str),
                 "int": (isinstance(value, int) and not isinstance(value, bool)) or (
                     isinstance(value, str) and value.lstrip("-").isdigit())}
        return "" if any(tests[k] for k in kind.split(" or ")) else kind

    def _permit(self, account: Account, entity: str, action: str) -> None:
        """CRM_Core_Permission::getEntityActionPermissions, and the record checks of the BAOs (05, 12, 14)."""
        needed = {"create": "add contacts" if entity == "Contact" else "edit all contacts", "update": "edit all contacts",
                  "save": "edit all contacts", "mergeDuplicates": "merge duplicate contacts",
                  "delete": "delete contacts" if entity == "Contact" else "edit all contacts"}.get(action)
        if needed and not account.may(needed):
            raise ApiError("ACL check failed", 403)

    def _perform(self, account: Account, entity: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        world = self.world
        if action == "get":
            return get(world, account, entity, params)
        if action in ("create", "update", "save", "delete"):
            written: dict[str, Any] = getattr(Writer(world, account, entity, action), action)(params)
            return written
        if action == "checkAccess":
            needed = {"create": "add contacts", "update": "edit all contacts", "delete": "delete contacts"}
            may = account.may(needed.get(params["action"], "view all contacts"))
            return envelope(entity, action, [{"access": may}])
        if action == "getMergedTo":
            into = world.merged.get(int(params["contactId"]))
            while into in world.merged:
                into = world.merged[into]
            return envelope(entity, action, [{"id": into} if into else []])
        if action == "getMergedFrom":
            return envelope(entity, action, [{"id": a} for a, b in world.merged.items() if b == int(params["contactId"])])
        if action == "mergeDuplicates":
            return self._merge(entity, action, params)
        return self._described(entity, action, params)

    def _merge(self, entity: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        winner, loser = int(params["contactId"]), int(params["duplicateId"])
        if params["mode"] not in ("safe", "aggressive"):
            raise NotBuilt("a merge mode other than safe and aggressive")
        kept, lost = self.world.contact(winner), self.world.contact(loser)
        differ = any(lost[f] is not None and kept[f] is not None and lost[f] != kept[f]
                     for f in ("first_name", "last_name", "birth_date", "organization_name", "external_identifier"))
        pair = [{"main_id": winner, "other_id": loser}]
        if params["mode"] == "safe" and differ:
            return envelope(entity, action, [{"merged": [], "skipped": pair}])
        merge_contacts(self.world, winner, loser)
        return envelope(entity, action, [{"merged": pair, "skipped": []}])

    def _described(self, entity: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """getFields and getActions, filtered by name and narrowed by select."""
        if action == "getActions":
            if "params" in (params.get("select") or ["params"]):
                raise NotBuilt("the parameters in getActions")
            rows: list[dict[str, Any]] = [{"name": name} for name in (
                _CONTACT_ACTIONS if entity == "Contact" else sorted(PARAMS))]
        else:
            rows = [self._field(entity, name, params) for name in self.world.entities[entity].fields
                    if params.get("action") == "create" or name not in (*JOINS, "im_primary", "im_billing")]
        for clause in params.get("where") or []:
            if clause[0] != "name" or clause[1] not in ("IN", "="):
                raise NotBuilt("this condition in " + action)
            wanted = clause[2] if clause[1] == "IN" else [clause[2]]
            rows = [row for row in rows if row["name"] in wanted]
        if select := params.get("select"):
            rows = [{name: row[name] for name in select if name in row} for row in rows]
        return envelope(entity, action, rows)

    def _field(self, entity: str, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        field = self.world.entities[entity].fields[name]
        told = dict(field.described) or {"name": name, "fk_entity": field.fk or None}
        if params.get("loadOptions") and field.options:
            told["options"] = [{"id": o.id, "name": o.name, "label": o.label} for o in self.world.options(field.options)]
        return told

    def _chained(self, account: Account, request: Any, row: dict[str, Any]) -> list[Any]:
        if not isinstance(request, list) or len(request) < 2:
            raise PageError("Unsupported operand types: string + array")
        entity, action, params = [*request, {}][:3]
        answer = self.run(account, entity, action, _linked(params, row))
        self.world.log.calls.append(logged(entity, action))
        return list(answer["values"])


def _linked(value: Any, row: Mapping[str, Any]) -> Any:
    """``"$id"`` becomes the row's id; so does any text that begins with a dollar (resolveChainLinks)."""
    if isinstance(value, list):
        return [_linked(v, row) for v in value]
    if isinstance(value, dict):
        return {k: _linked(v, row) for k, v in value.items()}
    if isinstance(value, str) and len(value) > 1 and value.startswith("$"):
        return row.get(value[1:])
    return value


def logged(entity: str, action: str) -> Logged:
    """How a call that was let through goes into the log."""
    return Logged(entity, action, action not in _READS)
