"""Signing in with a code: the person opens Microsoft's page in any browser, on any computer, and enters it there.

Source: "OAuth 2.0 device authorization grant" (learn.microsoft.com/entra/identity-platform, 2024-04-08: forms, answers, errors;
the code lives 15 minutes); ``slow_down``: RFC 8628 3.5, five seconds more each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from hub.sdk import AuthFailed, Clock, ContractBroken, Misconfigured
from hub_outlook.cures import refused
from hub_outlook.login import Login

_PATH = "{tenant}/oauth2/v2.0/devicecode"
_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER_S = 5.0


class DeviceSignIn:
    """One sign-in."""

    def __init__(self, login: Login, clock: Clock | None) -> None:
        self.login, self.system = login, login.system
        self._now, self._sleep = (clock.now, clock.sleep) if clock else (monotonic, asyncio.sleep)

    async def run(self, tell: Callable[[str], None]) -> None:
        """Wait until somebody has signed in; the tokens are kept then. Raises AuthFailed and Misconfigured with the cure."""
        if self.login.settings.is_application:
            raise Misconfigured(f"{self.system}: it has a certificate or a client_secret, so that the application signs in by "
                                "itself. Take that and mailboxes out of its settings to sign in to your own mailbox.")
        if self.login.kept is None:
            raise Misconfigured(f"{self.system}: there is no place to keep the sign-in in.")
        told = await self.login.ask({"scope": self.login.scope}, _PATH)
        if "error" in told:
            raise refused(self.system, told)
        code, page, device = told.get("user_code"), told.get("verification_uri"), told.get("device_code")
        interval, life = told.get("interval", 5), told.get("expires_in", 900)
        if not (isinstance(code, str) and isinstance(page, str) and isinstance(device, str)
                and isinstance(interval, int) and isinstance(life, int)):
            raise ContractBroken(f"{self.system}: the identity service gave no code to sign in with.")
        tell(f"Open {page} in a browser, enter the code {code}, and sign in to the mailbox. The code counts for {life // 60} "
             "minutes.")
        await self._wait(device, float(interval), self._now() + life)

    async def _wait(self, device: str, interval: float, until: float) -> None:
        while True:
            await self._sleep(interval)
            told = await self.login.ask({"grant_type": _GRANT, "device_code": device})
            error = told.get("error")
            if error is None:
                if not told.get("refresh_token"):
                    raise ContractBroken(f"{self.system}: the identity service gave no refresh token, though it was asked for.")
                self.login.take(told)
                return
            if error == "slow_down":
                interval += SLOWER_S
            elif error == "authorization_declined":
                raise AuthFailed(f"{self.system}: the sign-in was declined on Microsoft's page. Run `hub sign-in {self.system}` "
                                 "again and choose Continue.")
            elif error in ("expired_token", "bad_verification_code") or (
                    error == "authorization_pending" and self._now() >= until):
                raise AuthFailed(f"{self.system}: the code was not entered in time. Run `hub sign-in {self.system}` again; it "
                                 "shows a new one.")
            elif error != "authorization_pending":
                raise refused(self.system, told)
