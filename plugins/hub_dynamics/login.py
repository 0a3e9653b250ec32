"""Tokens: OAuth 2.0 client credentials of the Microsoft identity platform, each refusal with its cure.

Source: "OAuth 2.0 client credentials flow" and "Microsoft Entra authentication and authorization error codes"
(learn.microsoft.com/entra/identity-platform, read 2026-11-22).
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import httpx

from hub.sdk import AuthFailed, Clock, ContractBroken, HubClient, Misconfigured
from hub_dynamics.settings import DynamicsSettings

EARLY_S = 300
"""A token is given up so long before it expires."""
_CURES: dict[int, tuple[type[AuthFailed] | type[Misconfigured], str]] = {
    7000215: (AuthFailed, "the client secret is wrong. Copy the secret's Value, not its Secret ID; if it is not shown any "
              "more, make a new secret under 'Certificates & secrets' of the app registration."),
    7000222: (AuthFailed, "the client secret has expired. Make a new one under 'Certificates & secrets' of the app "
              "registration and enter its Value."),
    700016: (AuthFailed, "this tenant has no application with this client_id. Compare both with the overview page of the app "
             "registration."),
    90002: (Misconfigured, "there is no such tenant. Copy the Directory (tenant) ID from the overview page of the app "
            "registration."),
    500011: (Misconfigured, "the tenant knows no environment at this url. Copy the environment's address (…dynamics.com) from "
             "Power Apps, and the tenant from the same organisation; on-premises servers are not supported."),
    70011: (Misconfigured, "the url is no address a token can be asked for. Copy the environment's address from Power Apps."),
}
_TOKEN = "{tenant}/oauth2/v2.0/token"  # noqa: S105  (a path)


class Login:
    """Who we are. ``header`` gives the Authorization of a request, from a token kept in memory only."""

    def __init__(self, settings: DynamicsSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self._settings, self._now = settings, clock.now if clock else monotonic
        self.client = HubClient(settings.token_service, system=system, transport=transport, clock=clock)
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
            life = told.get("expires_in")
            token = told.get("access_token")
            if not isinstance(token, str) or not token or not isinstance(life, int | str) or not str(life).isdecimal():
                raise ContractBroken(f"{self.client.system}: the token service answered without a token.")
            self._token, self._until = token, self._now() + max(0, int(life) - EARLY_S)
        return f"Bearer {self._token}"

    async def _ask(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials", "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret.get_secret_value(),
                "scope": f"{self._settings.origin}/.default"}
        told = await self.client.json("POST", _TOKEN, path={"tenant": self._settings.tenant}, data=form, safe=True,
                                      expect=(200, 400, 401, 403))
        if not isinstance(told, dict):
            raise ContractBroken(f"{self.client.system}: the token service answered something else than an object.")
        if "error" in told:
            raise self._refused(told)
        return told

    def _refused(self, told: dict[str, Any]) -> Exception:
        numbers = told.get("error_codes")
        number = numbers[0] if isinstance(numbers, list) and numbers and isinstance(numbers[0], int) else 0
        kind, cure = _CURES.get(number, (AuthFailed, "look the number up at https://login.microsoftonline.com/error; the sign-"
                                         "in log of the app registration in Microsoft Entra says more."))
        return kind(f"{self.client.system}: no token (AADSTS{number}): {cure}")
