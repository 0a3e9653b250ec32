"""The identity service: device authorization, refresh tokens and client credentials of the Microsoft identity platform.

Sources (learn.microsoft.com/entra/identity-platform): "OAuth 2.0 device authorization grant" (2024-04-08: paths, forms, answers,
authorization_pending, authorization_declined, bad_verification_code, expired_token; 15 minutes), "OAuth 2.0 client credentials
flow", "OAuth 2.0 authorization code flow" (refreshing: form and answer), "Refresh tokens" (2025-05-14: a fresh one with every
use, the old one is not revoked by it; 90 days), "Microsoft Entra authentication and authorization error codes". slow_down:
RFC 8628 3.5. The form of a refusal with ``suberror``: recorded answers in O365/python-o365 issue 323, microsoft/AuthJanitor
issue 87. 70016 beside authorization_pending: learn.microsoft.com/answers 981553.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from .assertion import NOT_BUILT, TYPE, Assertions
from .refusals import NotBuilt, Reply

TENANT, CLIENT_ID = "66666666-7777-4888-8999-aaaaaaaaaaaa", "11111111-2222-4333-8444-555555555555"
SECRET, EXPIRED_SECRET = "sandbox-client-secret", "sandbox-expired-secret"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
LIFE_S, CODE_S, INTERVAL_S, REFRESH_S = 3599, 900, 5, 90 * 86_400
_ALIASES = ("common", "organizations", "consumers")
_SCOPES = ("Contacts.Read", "Contacts.ReadWrite", "User.Read", "offline_access")


@dataclass(slots=True)
class Person:
    """Somebody who can sign in. ``personal``: a personal account, which is in no tenant but consumers'."""

    address: str
    personal: bool = False
    consents: bool = True


@dataclass(slots=True)
class Code:
    """A device code under way. ``state``: pending, approved or declined; ``asked``: when it was last asked after."""

    user_code: str
    tenant: str
    scope: str
    until: float
    state: str = "pending"
    person: str = ""
    asked: float = -1e9


@dataclass(slots=True)
class Refresh:
    person: str
    scope: str
    until: float
    revoked: bool = False


@dataclass(slots=True)
class Access:
    """``person``: who signed in; "" for the application itself."""

    person: str
    scope: str
    until: float
    refresh: str = ""


@dataclass(slots=True)
class Identity:
    """One app registration and those who may sign in.

    ``narrowed``     people consented to reading only
    ``retires_old``  stricter than the vendor: a refresh token ends when an access token that came from it is first used
    ``interval_s``   how often may be asked after a code
    ``at_hand``      somebody who enters each code at once
    """

    clock: Callable[[], float]
    secrets: dict[str, bool] = field(default_factory=lambda: {SECRET: True, EXPIRED_SECRET: False})
    people: dict[str, Person] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    accesses: dict[str, Access] = field(default_factory=dict)
    public_client: bool = True
    narrowed: bool = False
    retires_old: bool = False
    interval_s: int = INTERVAL_S
    at_hand: str = ""
    asked: list[str] = field(default_factory=list)
    assertions: Assertions = field(init=False)

    def __post_init__(self) -> None:
        self.assertions = Assertions(self.clock)

    # People at work

    def approve(self, address: str) -> None:
        """Enter the newest code and sign in."""
        code = list(self.codes.values())[-1]
        code.state, code.person = "approved", address.casefold()

    def decline(self) -> None:
        list(self.codes.values())[-1].state = "declined"

    def revoke(self, address: str) -> None:
        """The person's sign-ins are revoked, or the password was changed."""
        for token in self.refreshes.values():
            if token.person == address.casefold():
                token.revoked = True

    def signed_in(self, address: str, *scopes: str) -> str:
        """Somebody signed in some time ago and consented; gives the refresh token that came of it."""
        token = secrets.token_urlsafe(24)
        scope = " ".join((*scopes, "User.Read", "offline_access"))
        self.refreshes[token] = Refresh(address.casefold(), scope, self.clock() + REFRESH_S)
        return token

    # The wire

    def answer(self, path: str, method: str, kind: str, body: bytes) -> Reply:
        """``/{tenant}/oauth2/v2.0/devicecode`` or ``…/token``."""
        tenant, _, what = path.strip("/").partition("/oauth2/v2.0/")
        if method != "POST" or what not in ("devicecode", "token"):
            return Reply(404)
        if kind != "application/x-www-form-urlencoded":
            return _lacking("client_id" if what == "devicecode" else "grant_type")
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        grant = form.get("grant_type", "")
        self.asked.append(what if what == "devicecode" else grant)
        if not form.get("client_id"):
            return _lacking("client_id")
        if tenant not in (TENANT, *_ALIASES):
            return _refused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form["client_id"] != CLIENT_ID:
            return _refused(400, "unauthorized_client", 700016, "Application was not found in the directory.")
        if what == "devicecode":
            return self._device_code(tenant, form)
        if grant == DEVICE:
            return self._by_code(tenant, form)
        if grant == "refresh_token":
            return self._by_refresh(form)
        if grant == "client_credentials":
            return self._as_application(tenant, form, path)
        return _lacking("grant_type") if not grant else _refused(
            400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")

    def _device_code(self, tenant: str, form: Mapping[str, str]) -> Reply:
        if unknown := set(form) - {"client_id", "scope"}:
            return _refused(400, "invalid_request", 900561, f"The parameter '{min(unknown)}' is not known here.")
        if (bad := _bad_scope(form.get("scope", ""))) is not None:
            return bad
        device, user = secrets.token_urlsafe(32), secrets.token_hex(4).upper()
        self.codes[device] = Code(user, tenant, form["scope"], self.clock() + CODE_S)
        if self.at_hand:
            self.approve(self.at_hand)
        page = "https://microsoft.com/devicelogin"
        return Reply(200, {"user_code": user, "device_code": device, "verification_uri": page, "expires_in": CODE_S,
                           "interval": self.interval_s, "message": f"To sign in, use a web browser to open the page {page} and "
                                                              f"enter the code {user} to authenticate."})

    def _by_code(self, tenant: str, form: Mapping[str, str]) -> Reply:
        if not self.public_client:
            return _refused(401, "invalid_client", 7000218, "The request body must contain the following parameter: "
                            "'client_assertion' or 'client_secret'.")
        code = self.codes.get(form.get("device_code", ""))
        if code is None or code.tenant != tenant:
            return _refused(400, "bad_verification_code", 70018, "Invalid verification code.")
        now, last = self.clock(), code.asked
        code.asked = now
        if now >= code.until:
            return _refused(400, "expired_token", 70020, "The provided value for the device code has expired.")
        if now - last < self.interval_s:
            return _refused(400, "slow_down", 70016, "Polling too fast.")
        if code.state == "declined":
            return _refused(400, "authorization_declined", 70010, "The end user denied the authorization request.")
        if code.state == "pending":
            return _refused(400, "authorization_pending", 70016, "The provided request has not yet been authorized by the user.")
        person = self.people.get(code.person)
        if person is None or (person.personal and tenant not in ("common", "consumers")) or (
                not person.personal and tenant == "consumers"):
            return _refused(400, "invalid_grant", 50020, "User account does not exist in the tenant.")
        if not person.consents:
            return _consent()
        del self.codes[form["device_code"]]
        return self._given(code.person, code.scope)

    def _by_refresh(self, form: Mapping[str, str]) -> Reply:
        if not self.public_client:
            return _refused(401, "invalid_client", 7000218, "The request body must contain the following parameter: "
                            "'client_assertion' or 'client_secret'.")
        if not form.get("refresh_token"):
            return _lacking("refresh_token")
        if (bad := _bad_scope(form.get("scope", ""))) is not None:
            return bad
        held = self.refreshes.get(form["refresh_token"])
        if held is None:
            return _refused(400, "invalid_grant", 70000, "The provided value for the refresh token is not valid.")
        if held.revoked:
            return _refused(400, "invalid_grant", 50173, "The provided grant has expired due to it being revoked, a fresh auth "
                            "token is needed.")
        if self.clock() >= held.until:
            return _refused(400, "invalid_grant", 700082, "The refresh token has expired due to inactivity.")
        person = self.people[held.person]
        if not person.consents or _names(form["scope"]) - _names(held.scope):
            return _consent()
        return self._given(held.person, form["scope"], form["refresh_token"])

    def _as_application(self, tenant: str, form: Mapping[str, str], path: str) -> Reply:
        proven_by = "client_assertion" if "client_assertion_type" in form else "client_secret"
        for name in (proven_by, "scope"):
            if not form.get(name):
                return _lacking(name)
        if tenant in _ALIASES:
            return _refused(400, "invalid_request", 900382, "Client credentials need the tenant they are for.")
        if not form["scope"].startswith(("https://", "http://")) or not form["scope"].endswith("/.default"):
            return _refused(400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.")
        bad = self._bad_assertion(form, path) if proven_by == "client_assertion" else self._bad_secret(form["client_secret"])
        if bad is not None:
            return bad
        made = secrets.token_urlsafe(24)
        self.accesses[made] = Access("", form["scope"], self.clock() + LIFE_S)
        return Reply(200, {"token_type": "Bearer", "expires_in": LIFE_S, "ext_expires_in": LIFE_S, "access_token": made})

    def _bad_secret(self, told: str) -> Reply | None:
        valid = self.secrets.get(told)
        if valid is None:
            return _refused(401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the "
                            "request is the client secret value, not the client secret ID.")
        return None if valid else _refused(401, "invalid_client", 7000222, "The provided client secret keys are expired.")

    def _bad_assertion(self, form: Mapping[str, str], path: str) -> Reply | None:
        if form["client_assertion_type"] != TYPE or "client_secret" in form:
            return NotBuilt("another kind of assertion, or one beside a secret").reply
        bad = self.assertions.judge(form["client_assertion"], form["client_id"], path)
        if bad is None:
            return None
        return NotBuilt(bad.words).reply if bad.number == NOT_BUILT else _refused(401, "invalid_client", bad.number, bad.words)

    def _given(self, person: str, scope: str, old: str = "") -> Reply:
        made, fresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        if self.narrowed:
            scope = " ".join(_names(scope) - {"Contacts.ReadWrite"} | {"Contacts.Read"})
        self.accesses[made] = Access(person, scope, self.clock() + LIFE_S, old)
        told = {"token_type": "Bearer", "scope": " ".join(sorted(_names(scope) - {"offline_access"})), "expires_in": LIFE_S,
                "ext_expires_in": LIFE_S, "access_token": made}
        if "offline_access" in scope.split():
            self.refreshes[fresh] = Refresh(person, scope, self.clock() + REFRESH_S)
            told["refresh_token"] = fresh
        return Reply(200, told)

    def holder(self, authorization: str) -> Access | None:
        """Who sends a request; None for a token that is not there, not ours or expired."""
        scheme, _, given = authorization.partition(" ")
        found = self.accesses.get(given) if scheme == "Bearer" else None
        if found is None or found.until <= self.clock():
            return None
        if self.retires_old and found.refresh:
            self.refreshes.pop(found.refresh, None)
        return found


def _names(scope: str) -> set[str]:
    return {one.rsplit("/", 1)[-1] for one in scope.split()}


def _bad_scope(scope: str) -> Reply | None:
    if not scope:
        return _lacking("scope")
    unknown = sorted(_names(scope) - set(_SCOPES))
    return _refused(400, "invalid_scope", 70011, f"The scope '{unknown[0]}' is not valid.") if unknown else None


def _lacking(name: str) -> Reply:
    return _refused(400, "invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")


def _consent() -> Reply:
    return _refused(400, "invalid_grant", 65001, "The user or administrator has not consented to use the application.",
                    "consent_required")


def _refused(status: int, error: str, number: int, words: str, suberror: str = "") -> Reply:
    body: dict[str, object] = {"error": error, "error_description": f"AADSTS{number}: {words}", "error_codes": [number]}
    return Reply(status, {**body, "suberror": suberror} if suberror else body)
