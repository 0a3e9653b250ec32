"""Tokens: OAuth 2.0 client credentials with an API key, each refusal with its cure.

Source: "M2M Authentication" (dev.procountor.com/m2m-authentication, read 2026-11-30): client credentials grant, an API key is
bound to a user, a company and a client, and is valid until the user leaves the company or somebody revokes it. Procountor's
page does not list the errors of the token service; it names OAuth 2.0, so those of RFC 6749 5.2 are understood, and any other
4xx is told with all three secrets.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from hub.sdk import AuthFailed, Clock, ContractBroken, HubClient, Misconfigured
from hub_procountor.settings import ProcountorSettings

EARLY_S = 120
"""A token is given up so long before it expires."""
_CURES = {
    "invalid_client": "Procountor does not know this client ID with this client secret. Copy both again from what Procountor "
                      "sent when the API client was registered. The testing environment and production have different ones.",
    "invalid_grant": "Procountor does not accept this API key: it was mistyped or revoked, it belongs to another API client, or "
                     "its user is not in the company any more. Make a new one (Basics, API client keys: New API key) with this "
                     "client ID.",
    "unauthorized_client": "this API client may not use API keys. Ask Procountor (integrations@procountor.com) to allow it "
                           "machine to machine authentication.",
}
_ANY = ("Procountor gave no token. Compare client ID, client secret and API key, and look whether the company allows API clients "
        "(Management, Company info, Usage settings, Integration settings).")


class Login:
    """Who we are. ``header`` gives the Authorization of a request, from a token kept in memory only."""

    def __init__(self, settings: ProcountorSettings, client: HubClient, clock: Clock | None) -> None:
        self._settings, self._client = settings, client
        self._now = clock.now if clock else monotonic
        self._token, self._until = "", 0.0

    def __repr__(self) -> str:
        return "Login(…)"

    def forget(self) -> None:
        """The token was refused."""
        self._token = ""

    async def header(self) -> str:
        """``Bearer …``. Raises AuthFailed and Misconfigured with the cure."""
        if not self._token or self._now() >= self._until:
            told = await self._ask()
            token, life = told.get("access_token"), told.get("expires_in")
            if not isinstance(token, str) or not token or not isinstance(life, int | str) or not str(life).isdecimal():
                raise ContractBroken(f"{self._client.system}: Procountor answered without a token.")
            self._token, self._until = token, self._now() + max(0, int(life) - EARLY_S)
        return f"Bearer {self._token}"

    async def _ask(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials", "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret.get_secret_value(),
                "api_key": self._settings.api_key.get_secret_value()}
        answer = await self._client.request("POST", "oauth/token", data=form, safe=True, expect=(200, 400, 401, 403, 404),
                                            headers={"Accept": "application/json"})
        if answer.status_code == 404:
            raise Misconfigured(f"{self._client.system}: no Procountor API answers at this url. Write https://api.procountor.com "
                                "or https://pts-api.procountor.com for a testing environment.")
        try:
            told = answer.json()
        except ValueError:
            told = None
        if answer.status_code != 200:
            error = told.get("error") if isinstance(told, dict) else None
            raise AuthFailed(f"{self._client.system}: {_CURES.get(str(error), _ANY)}")
        if not isinstance(told, dict):
            raise ContractBroken(f"{self._client.system}: Procountor answered something else than a token.")
        return told
