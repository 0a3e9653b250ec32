"""Who we are there, what we may, and what a person should change.

Sources (learn.microsoft.com): "WhoAmI", "Query table definitions" (ChangeTrackingEnabled, IsOptimisticConcurrencyEnabled),
"Verify access in code" (RetrieveUserPrivilegeByPrivilegeName: none of RolePrivileges is no privilege; Depth Global is the
organization), "Use change tracking …" (2023-06-23: organization-level read; ExpireChangeTrackingInDays, 7 by default), "Bypass
custom Dataverse logic" (2024-07-01: its privilege, and who can give it), "Work with alternate keys" (2026-03-30: Keys,
EntityKeyIndexStatus).
"""

from __future__ import annotations

from typing import Any

from hub.sdk import AuthFailed, ContractBroken, Health, Misconfigured
from hub_dynamics.api import Api
from hub_dynamics.multipart import Part, PartAnswer
from hub_dynamics.native import is_guid
from hub_dynamics.pull import untracked

_TABLES = ("Contact", "Account")
_WRITES = ("Create", "Write", "Append", "AppendTo")
_SHORT_DAYS = 3
_KEYS = "&$expand=Keys($select=KeyAttributes,EntityKeyIndexStatus)"
_BYPASS = "prvBypassCustomBusinessLogic"


async def check(api: Api, key_column: str | None = None) -> Health:
    """Two requests after the token's. ``key_column``: of the settings. Raises AuthFailed for no application user and for too
    narrow a read privilege, Misconfigured for changes that are not tracked, an alternate key that is not there, and
    on-premises servers."""
    me = await api.get("WhoAmI")
    user, organisation = me.get("UserId"), me.get("OrganizationId")
    if not is_guid(user) or not is_guid(organisation):
        raise ContractBroken(f"{api.client.system}: Dataverse does not say who we are.")
    privileges = [f"prv{act}{table}" for act in ("Read", *_WRITES) for table in _TABLES]
    privileges += [_BYPASS] if api.bypasses else []
    keys = _KEYS if key_column is not None else ""
    parts = {
        **{f"table {table}": Part("GET", f"EntityDefinitions(LogicalName='{table.lower()}')?$select=ChangeTrackingEnabled,"
                                         f"IsOptimisticConcurrencyEnabled{keys}") for table in _TABLES},
        **{name: Part("GET", f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName"
                             f"(PrivilegeName='{name}')") for name in privileges},
        "name": Part("GET", f"systemusers({user})?$select=fullname"),
        "version": Part("GET", "RetrieveVersion()"),
        "organisation": Part("GET", "organizations?$select=expirechangetrackingindays"),
        "record": Part("GET", "contacts?$select=contactid&$top=1"),
    }
    told = dict(zip(parts, await api.batch(list(parts.values()), safe=True), strict=True))
    if told["record"].status not in (200, 403):
        raise api.error(told["record"].status, told["record"].body)
    for table in _TABLES:
        _may_read_all(api, table, told[f"prvRead{table}"])
        if _value(told[f"table {table}"], "ChangeTrackingEnabled") is False:
            raise Misconfigured(f"{api.client.system}: {untracked(table.lower())}")
        _has_key(api, table, told[f"table {table}"], key_column)
    if told["record"].status != 200:
        raise api.error(told["record"].status, told["record"].body)
    warnings = _warnings(told)
    return Health(
        identity=str(_value(told["name"], "fullname") or f"application user {user}"),
        fingerprint=f"Dataverse organization {organisation}",
        can_write=not warnings["write"],
        server=f"Dataverse {_value(told['version'], 'Version') or 'of unknown version'}",
        warnings=(*warnings["write"], *warnings["other"]),
    )


def _may_read_all(api: Api, table: str, answer: PartAnswer) -> None:
    depths = _depths(answer)
    if depths is not None and "Global" not in depths:
        reach = f"its Read privilege reaches only {', '.join(sorted(depths))}" if depths else "it has no Read privilege"
        raise AuthFailed(
            f"{api.client.system}: the application user may not read every {table.lower()}: {reach}. Give its security role Read "
            f"on {table} at the level of the organization: Dataverse tells changes only to such a user.")


def _has_key(api: Api, table: str, answer: PartAnswer, column: str | None) -> None:
    if column is None:
        return
    keys = _value(answer, "Keys")
    states = {str(key.get("EntityKeyIndexStatus")) for key in keys if key.get("KeyAttributes") == [column]} if isinstance(
        keys, list) else set()
    if "Active" not in states:
        found = f"is {', '.join(sorted(states))}, not Active" if states else "is not there"
        raise Misconfigured(
            f"{api.client.system}: the alternate key on {column} of {table} {found}. Make it in Power Apps (Tables, {table}, "
            "Keys) and wait until it is active, or take key_column out of the settings: it is not needed.")


def _warnings(told: dict[str, PartAnswer]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {"write": [], "other": []}
    lacking = [name for name, answer in told.items() if name.startswith("prv") and name != _BYPASS and _depths(answer) == set()]
    if lacking:
        out["write"].append(f"The application user lacks {', '.join(lacking)}: it can only read, or not write everything. Add "
                            "them to its security role, at the level of the organization.")
    if _BYPASS in told and _depths(told[_BYPASS]) == set():
        out["write"].append(f'The application user lacks {_BYPASS}, which quiet = "all" needs. Only the Web API gives it to a '
                            'security role (AddPrivilegesRole; "Bypass custom Dataverse logic" at learn.microsoft.com). Or set '
                            'quiet = "flows".')
    for table in _TABLES:
        if _value(told[f"table {table}"], "IsOptimisticConcurrencyEnabled") is False:
            out["write"].append(f"Optimistic concurrency is off for {table}: Dataverse refuses writes that name the version they "
                                "expect, and the hub sends no others. Ask who maintains the environment to turn it on.")
    organisation = told["organisation"]
    rows = organisation.body.get("value") if organisation.status == 200 and isinstance(organisation.body, dict) else None
    days = rows[0].get("expirechangetrackingindays") if rows else None
    if isinstance(days, int) and days < _SHORT_DAYS:
        out["other"].append(f"Changes are kept for {days} days only (ExpireChangeTrackingInDays of the organization): after a "
                            "longer pause the hub reads everything again.")
    return out


def _depths(answer: PartAnswer) -> set[str] | None:
    """How far a privilege reaches; empty without it, None when nobody says."""
    rows = _value(answer, "RolePrivileges")
    return {str(row.get("Depth")) for row in rows} if isinstance(rows, list) else None


def _value(answer: PartAnswer, name: str) -> Any:
    return answer.body.get(name) if answer.status == 200 and isinstance(answer.body, dict) else None
