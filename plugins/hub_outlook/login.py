"""Tokens of the Microsoft identity platform, by the application's certificate or secret, or by somebody's sign-in.

Sources (learn.microsoft.com/entra/identity-platform): "OAuth 2.0 client credentials flow", "OAuth 2.0 authorization code flow"
(refreshing a token), "Refresh tokens" (2025-05-14: each use gives a new one, the old one is not revoked by it; 90 days). What
each refusal means stands in ``cures``.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic, time
from typing import Any

import httpx

from hub.sdk import AuthFailed, Clock, ContractBroken, HubClient, SecretStore, Transient, Unanswered
from hub_outlook.certificate import Certificate
from hub_outlook.cures import refused
from hub_outlook.settings import OutlookSettings

EARLY_S = 300
"""A token is given up so long before it expires."""
TRIES = 3
_TOKEN = "{tenant}/oauth2/v2.0/token"  # noqa: S105  (a path)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Login:
    """Who we are. ``header`` gives the Authorization of a request, from an access token kept in memory only.

    ``kept``     where the refresh token of a sign-in is; None until the hub gives one
    ``granted``  the permissions the identity service told with the token; "" for an application
    ``certificate``  of the application, once it was read
    """

    def __init__(self, settings: OutlookSettings, system: str, transport: httpx.AsyncBaseTransport | None,
                 clock: Clock | None) -> None:
        self.settings, self.system, self._now = settings, system, clock.now if clock else monotonic
        self._unix = clock.now if clock else time
        self.certificate: Certificate | None = None
        self.client = HubClient(settings.identity, system=system, transport=transport, clock=clock)
        self.kept: SecretStore | None = None
        self.granted = ""
        self._token, self._until = "", 0.0

    def __repr__(self) -> str:
        return "Login(…)"

    @property
    def scope(self) -> str:
        """What somebody who signs in is asked to consent to."""
        return f"{self.settings.origin}/Contacts.ReadWrite {self.settings.origin}/User.Read offline_access"

    @property
    def holds(self) -> bool:
        """The identity service gave a token: what is refused now is refused by Graph."""
        return bool(self._token)

    def forget(self) -> None:
        """The token was refused."""
        self._token = ""

    async def header(self) -> str:
        """``Bearer …``. Raises AuthFailed and Misconfigured with the cure."""
        if not self._token or self._now() >= self._until:
            told = await (self._as_application() if self.settings.is_application else self._by_sign_in())
            if "error" in told:
                raise refused(self.system, told)
            self.take(told)
        return f"Bearer {self._token}"

    def take(self, told: Mapping[str, Any]) -> None:
        """An answer with tokens. A new refresh token is kept before the access token can be used: killed in between, the hub
        still has one that is valid. Raises ContractBroken for an answer without."""
        token, life, fresh = told.get("access_token"), told.get("expires_in"), told.get("refresh_token")
        if not isinstance(token, str) or not token or not isinstance(life, int | str) or not str(life).isdecimal():
            raise ContractBroken(f"{self.system}: the identity service answered without a token.")
        if isinstance(fresh, str) and fresh and self.kept is not None:
            self.kept.write(fresh)
        self.granted = str(told.get("scope", ""))
        self._token, self._until = token, self._now() + max(0, int(life) - EARLY_S)

    async def ask(self, form: Mapping[str, str], path: str = _TOKEN, *, safe: bool = True) -> dict[str, Any]:
        """The answer to one form, a refusal too: it has ``error``. ``safe``: the same form may be sent again."""
        told = await self.client.json("POST", path, path={"tenant": self.settings.tenant}, safe=safe,
                                      data={"client_id": self.settings.client_id, **form}, expect=(200, 400, 401, 403))
        if not isinstance(told, dict):
            raise ContractBroken(f"{self.system}: the identity service answered something else than an object.")
        return told

    async def _as_application(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials", "scope": f"{self.settings.origin}/.default"}
        if self.settings.client_secret is not None:
            return await self.ask({**form, "client_secret": self.settings.client_secret.get_secret_value()})
        for _ in range(TRIES):
            try:
                return await self.ask({**form, "client_assertion_type": _ASSERTION, "client_assertion": self._note()}, safe=False)
            except Unanswered:  # its number may have been used up: another note
                continue
        raise Transient(f"{self.system}: the identity service did not answer.")

    def _note(self) -> str:
        """That it is this application, signed by its certificate. The file is read anew each time, so that one put in its place
        counts with the next token."""
        assert self.settings.certificate is not None
        self.certificate = Certificate(self.settings.certificate, self.system)
        audience = f"{self.settings.identity.rstrip('/')}/{_TOKEN.format(tenant=self.settings.tenant)}"
        return self.certificate.assertion(audience, self.settings.client_id, self._unix())

    async def _by_sign_in(self) -> dict[str, Any]:
        held = self.kept.read() if self.kept is not None else ""
        if not held:
            raise AuthFailed(f"{self.system}: nobody has signed in yet. Run `hub sign-in {self.system}` and enter the code it "
                             "shows on Microsoft's page.")
        return await self.ask({"grant_type": "refresh_token", "refresh_token": held, "scope": self.scope})
