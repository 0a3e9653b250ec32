"""``$batch``: requests in a JSON object.

Source: "Combine multiple HTTP requests using JSON batching" (learn.microsoft.com, 2025-02-21): at most 20; ``id`` unique
whatever the case, ``method``, ``url`` relative to the root; with ``body`` also ``headers`` with Content-Type; 400 for what is
malformed, else 200 with each request's own status, in any order. ``dependsOn``: not built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .refusals import NotBuilt, Reply, bad

MOST = 20
_KNOWN = {"id", "method", "url", "headers", "body", "dependsOn"}


class Operation(NamedTuple):
    """One request of a batch; header names in lower case."""

    id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: Any


def operations(content: Any) -> list[Operation]:
    """What a batch asks. Raises Refusal for what is no batch."""
    requests = content.get("requests") if isinstance(content, dict) and set(content) == {"requests"} else None
    if not isinstance(requests, list) or not requests:
        raise bad("Invalid batch payload format.")
    if len(requests) > MOST:
        raise bad(f"Number of batch request steps exceeds the max value of {MOST}.")
    found = [_operation(one) for one in requests]
    if len({one.id.casefold() for one in found}) != len(found):
        raise bad("Request ids in a batch have to be unique.")
    return found


def _operation(one: Any) -> Operation:
    if not isinstance(one, dict) or set(one) - _KNOWN:
        raise bad("Invalid batch payload format.")
    if "dependsOn" in one:
        raise NotBuilt("dependsOn")
    for name in ("id", "method", "url"):
        if not isinstance(one.get(name), str) or not one[name]:
            raise bad(f"Each request of a batch has {name}, a text.")
    if one["url"].startswith(("http:", "https:")) or one["url"].lstrip("/").startswith("$batch"):
        raise bad("The url of a request in a batch is relative, and no batch.")
    headers = {str(name).lower(): str(value) for name, value in (one.get("headers") or {}).items()}
    if "body" in one and headers.get("content-type", "").partition(";")[0] != "application/json":
        raise bad("A request with a body has the header Content-Type.")
    return Operation(one["id"], one["method"].upper(), "/" + one["url"].lstrip("/"), headers, one.get("body"))


def together(replies: list[tuple[str, Reply]]) -> Reply:
    """The answer, on purpose in another order than asked."""
    responses = []
    for number, reply in reversed(replies):
        one: dict[str, Any] = {"id": number, "status": reply.status,
                               "headers": {"Content-Type": "application/json", **dict(reply.headers)}}
        if reply.body is not None:
            one["body"] = reply.body
        responses.append(one)
    return Reply(200, {"responses": responses})
