"""Guild Roll's requests and what its answers mean. Source: the invented API in README.md, next to this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from hub.sdk import BearerAuth, Clock, ContractBroken, HubClient
from hub_example.settings import ExampleSettings

PAGE = 100
"""Members a request gives at most."""
KEY = "hub_key"

GIVEN = {"id", "version"}
"""What the register adds to a new member by itself."""

Member = dict[str, Any]


class Api:
    """One method a request. ``transport`` and ``clock`` are for tests. Raises what ``HubClient`` raises."""

    def __init__(self, settings: ExampleSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.client = HubClient(settings.url, system=system, auth=BearerAuth(settings.token), transport=transport, clock=clock)

    async def account(self) -> dict[str, Any]:
        """Who the token belongs to: account, guild, may_write."""
        told = await self.client.json("GET", "api/account")
        if not isinstance(told, dict) or not {"account", "guild", "may_write"} <= told.keys():
            raise ContractBroken("GET api/account answered without account, guild or may_write. Check the system's url.")
        return told

    async def changes(self, after: int) -> list[Member]:
        """Members whose version is above ``after``, lowest first, at most ``PAGE``; deleted ones as id, version, deleted."""
        return self._members(await self.client.json("GET", "api/members", params={"after": after, "limit": PAGE}))

    async def having(self, field: str, values: Sequence[str]) -> list[Member]:
        """Members whose ``field`` (id or hub_key) is one of at most ``PAGE`` values."""
        return self._members(await self.client.json("GET", "api/members", params={field: ",".join(values)}))

    async def create(self, member: Member) -> Member:
        """The member made, or the one that has this hub_key already."""
        return self._member(await self.client.json("POST", "api/members", json=member))

    async def update(self, native_id: str, patch: Member, version: str | None) -> Member | None:
        """The member after the change; None when there is none."""
        told = await self.client.json("PATCH", "api/members/{id}", path={"id": native_id}, json=patch,
                                      headers=_if_match(version), expect=(200, 404))
        return None if "error" in told else self._member(told)

    async def delete(self, native_id: str, version: str | None) -> bool:
        """False when there was none."""
        answer = await self.client.request("DELETE", "api/members/{id}", path={"id": native_id}, headers=_if_match(version),
                                           expect=(204, 404))
        return answer.status_code == 204

    def _members(self, told: Any) -> list[Member]:
        if not isinstance(told, dict) or not isinstance(told.get("members"), list):
            raise ContractBroken("GET api/members answered without a list of members. Check the system's url.")
        return [self._member(each) for each in told["members"]]

    def _member(self, told: Any) -> Member:
        if not isinstance(told, dict) or not isinstance(told.get("id"), int) or not isinstance(told.get("version"), int):
            raise ContractBroken("api/members answered a member without id or version. Check the system's url.")
        return told


def _if_match(version: str | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": version}
