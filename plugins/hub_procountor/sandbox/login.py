"""The token service.

Source: "M2M Authentication" (dev.procountor.com/m2m-authentication, read 2026-11-30): client credentials grant with
``client_id``, ``client_secret`` and ``api_key`` as a form; a key is bound to a user, a company and a client, until it is
revoked or the user leaves. redirect_uri, which older clients send, is not taken here. Errors: RFC 6749 5.2, whose flow that
page says it is; which key gives which error was seen nowhere.
"""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl

from .refusals import Reply
from .world import CLIENT_ID, LIFE_S, SECRET, World

_PARAMETERS = ("grant_type", "client_id", "client_secret", "api_key")


def token(world: World, kind: str, body: bytes) -> Reply:
    """Answer ``POST /api/oauth/token``."""
    if kind != "application/x-www-form-urlencoded":
        return _refused(400, "invalid_request")
    told = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(told)
    if len(told) != len(form) or set(form) != set(_PARAMETERS) or not all(form.values()):
        return _refused(400, "invalid_request")
    if form["grant_type"] != "client_credentials":
        return _refused(400, "unsupported_grant_type")
    if form["client_id"] != CLIENT_ID or form["client_secret"] != SECRET:
        return _refused(401, "invalid_client")
    if not world.m2m:
        return _refused(400, "unauthorized_client")
    if form["api_key"] not in world.keys:
        return _refused(400, "invalid_grant")
    made = secrets.token_urlsafe(24)
    world.tokens[made] = world.clock() + LIFE_S
    return Reply(200, {"access_token": made, "token_type": "Bearer", "expires_in": LIFE_S})


def _refused(status: int, error: str) -> Reply:
    return Reply(status, {"error": error})
