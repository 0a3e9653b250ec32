"""The token service: OAuth 2.0 client credentials of the Microsoft identity platform.

Source: "OAuth 2.0 client credentials flow" (learn.microsoft.com/entra/identity-platform): path, form, and the error object with
``error``, ``error_description``, ``error_codes``. The AADSTS numbers: "Microsoft Entra authentication and authorization error
codes"; 7000215 wrong secret, 7000222 expired secret, 700016 unknown application, 90002 unknown tenant, 500011 unknown resource,
70011 bad scope, 900144 a parameter is missing, 70003 unsupported grant. Recorded texts of 7000222 in public issue threads say
status 401, those of 500011 have ``invalid_resource``.
"""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl

from .refusals import Reply
from .world import CLIENT_ID, TENANT, World

LIFE_S = 3599
_PARAMETERS = {"grant_type", "client_id", "client_secret", "scope"}


def token(world: World, tenant: str, kind: str, body: bytes) -> Reply:
    """Answer ``POST /{tenant}/oauth2/v2.0/token``."""
    if kind != "application/x-www-form-urlencoded":
        return _refused(400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    lacking = next((name for name in sorted(_PARAMETERS) if not form.get(name)), "")
    if lacking:
        return _refused(400, "invalid_request", 900144, f"The request body must contain the following parameter: '{lacking}'.")
    if form["grant_type"] != "client_credentials":
        return _refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
    if tenant != TENANT:
        return _refused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    if form["client_id"] != CLIENT_ID:
        return _refused(400, "unauthorized_client", 700016, "Application was not found in the directory.")
    if not form["scope"].startswith(("https://", "http://")) or not form["scope"].endswith("/.default"):
        return _refused(400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.")
    if world.unknown_to_tenant:
        resource = form["scope"].removesuffix("/.default")
        return _refused(400, "invalid_resource", 500011, f"The resource principal named {resource} was not found in the tenant "
                        f"named {tenant}.")
    valid = world.secrets.get(form["client_secret"])
    if valid is None:
        return _refused(401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the "
                        "request is the client secret value, not the client secret ID.")
    if not valid:
        return _refused(401, "invalid_client", 7000222, "The provided client secret keys are expired.")
    made = secrets.token_urlsafe(24)
    world.tokens[made] = world.clock() + LIFE_S
    return Reply(200, {"token_type": "Bearer", "expires_in": LIFE_S, "ext_expires_in": LIFE_S, "access_token": made})


def _refused(status: int, error: str, number: int, words: str) -> Reply:
    return Reply(status, {"error": error, "error_description": f"AADSTS{number}: {words}", "error_codes": [number]})
