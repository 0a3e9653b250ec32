"""Harnesses for kinds of connectors as they are registered: over their sandbox, or as configured for a real server."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from pydantic import BaseModel, SecretStr

from hub.rules.lenses.lens import Lens
from hub.sdk.auth import trusted
from hub.sdk.connector import Connector
from hub.sdk.hookspecs import ConnectorKind
from hub.sdk.http import Clock
from hub.testing.contract.harness import Harness
from hub.testing.contract.trouble import Wrap
from hub.testing.contract.twin import Make, TwinHarness

WRONG = "not-the-secret-of-this-system"
TELLING = 8
"""Letters of a secret that cannot stand somewhere by chance."""


def sandbox_harness(kind: ConnectorKind, lens: Lens, *, system: str = "contract") -> Callable[[], Harness]:
    """For ``run_contract``: a new sandbox for each check, in this process; time is virtual. Raises ValueError for a kind
    without a sandbox."""
    if kind.sandbox is None:
        raise ValueError(f"there is no sandbox for {kind.kind}; run the checks on a real server instead")
    sandbox = kind.sandbox

    def made() -> Harness:
        app = sandbox()
        settings = kind.settings.model_validate({"url": "http://127.0.0.1/", **app.state.settings})
        return _Sandboxed(kind, settings, lens, system, lambda: httpx.ASGITransport(app=app))

    return made


def live_harness(kind: ConnectorKind, settings: BaseModel, lens: Lens, *, system: str) -> Callable[[], Harness]:
    """For ``run_contract``: the real server of a configured system, on a test account; what a check makes it deletes."""
    def transport() -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(verify=trusted(), trust_env=False)

    return lambda: _Configured(kind, settings, lens, system, transport)


class _Configured(TwinHarness):
    def __init__(self, kind: ConnectorKind, settings: BaseModel, lens: Lens, system: str,
                 transport: Callable[[], httpx.AsyncBaseTransport]) -> None:
        def making(with_: BaseModel) -> Make:
            def make(wrap: Wrap, clock: Clock) -> Connector:
                return kind.connector(with_, system=system, transport=wrap(transport()), clock=clock)

            return make

        held = {name: value for name, value in settings if isinstance(value, SecretStr)}
        shown = [secret.get_secret_value() for secret in held.values()]
        wrong = settings.model_copy(update=dict.fromkeys(held, SecretStr(WRONG))) if held else None
        super().__init__(making(settings), lens, system=system, wrong=making(wrong) if wrong is not None else None,
                         secrets=(WRONG, *(secret for secret in shown if len(secret) >= TELLING)))


class _Sandboxed(_Configured):
    live = False
