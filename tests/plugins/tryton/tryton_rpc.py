"""How a user of the tests acts on a Tryton server: its JSON-RPC, spoken without the connector."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from typing import Any

import httpx


class Refused(Exception):
    """The server answered an error."""


class Rpc:
    """One login."""

    def __init__(self, url: str, database: str, user: str, password: str) -> None:
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=120)
        self.path = f"/{database}/rpc/"
        self._numbers = itertools.count(1)
        user_id, token, _ = self.raw("common.db.login", user, {"password": password}).json()["result"]
        self.session = "Session " + base64.b64encode(f"{user}:{user_id}:{token}".encode()).decode()
        self.client.headers["Authorization"] = self.session

    def raw(self, method: str, *params: Any) -> httpx.Response:
        content = json.dumps({"id": next(self._numbers), "method": method, "params": list(params)})
        return self.client.post(self.path, content=content, headers={"Content-Type": "application/json"})

    def call(self, method: str, *params: Any, context: Mapping[str, Any] | None = None) -> Any:
        """The result. Raises Refused."""
        answer = self.raw(method, *params, dict(context or {}))
        body = answer.json() if answer.status_code == 200 else {"error": [answer.status_code, answer.text]}
        if "error" in body:
            raise Refused(f"{method}: {body['error']}")
        return body["result"]

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        made: list[int] = self.call(f"model.{model}.create", [values])
        return made[0]

    def read(self, model: str, record: int, *names: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.call(f"model.{model}.read", [record], list(names))
        return found[0]

    def all_of(self, model: str, *names: str) -> list[dict[str, Any]]:
        """Deactivated ones too."""
        found: list[dict[str, Any]] = self.call(f"model.{model}.search_read", [], 0, None, [["id", "ASC"]], list(names),
                                                context={"active_test": False})
        return found

    def close(self) -> None:
        self.client.close()
