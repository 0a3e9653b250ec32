"""The exceptions of the hub, grouped by what the reader of one must do.

::

    HubError                     every error we raise on purpose; its text is safe to show and names the cure
    ├── UsageError               the person gave something wrong            → exit 2
    │   ├── ConfigError          config file or mapping: names file and line
    │   └── UnknownName          no such contact, conflict, plan, system, unit
    ├── Stopped                  nothing is broken, a person must say yes   → exit 3
    │   ├── ApprovalNeeded
    │   └── PlanStale            the world moved since the plan was shown
    ├── StoreError               the hub's own database
    │   ├── StoreNewer           written by a newer version: refused untouched
    │   ├── StoreBusy            another run holds the workspace
    │   ├── StoreFull            disk full or not writable
    │   └── FenceLost            another process took over; stop at once
    └── ConnectorError           a system; named by the reaction it asks for
        ├── Transient            try again later (time-out, 5xx, connection)
        │   └── Throttled        … not before ``retry_after_s``
        ├── Rejected             this record is refused: park it until it changes
        ├── Stale                the record moved under us: fetch, merge again
        ├── RecordGone           the record is not there any more
        ├── AuthFailed           this system stops, the others go on
        ├── Misconfigured        likewise
        ├── ResyncRequired       the checkpoint is dead: read everything again
        └── ContractBroken       the system answered what its contract does not have (HTML, truncated JSON …)

HTTP status is often not the error channel; connectors translate their vendor's words into these, once.
"""

from __future__ import annotations


def about(system: str, why: str) -> str:
    """``why``, said of this system: with its name before it, unless it begins with that."""
    return why if why.startswith(f"{system}: ") else f"{system}: {why}"


class HubError(Exception):
    """Base of every error raised on purpose. ``str()`` is one or two sentences without personal data or secrets."""


class UsageError(HubError):
    """What the person gave cannot be used."""


class ConfigError(UsageError):
    """A config or mapping file is wrong. Names the file, the line where known, and the cure."""

    def __init__(self, message: str, *, file: str = "", line: int | None = None) -> None:
        self.file, self.line = file, line
        where = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(where + message)


class UnknownName(UsageError):
    """A name that nothing here has."""


class Stopped(HubError):
    """Nothing is broken; the run stopped because a person must look."""


class ApprovalNeeded(Stopped):
    """A plan waits for approval."""


class PlanStale(Stopped):
    """The plan no longer describes the present; it is refused whole."""


class StoreError(HubError):
    """The hub's own database."""


class StoreNewer(StoreError):
    """The database was written by a newer version."""


class StoreBusy(StoreError):
    """Another run holds this workspace."""


class StoreFull(StoreError):
    """The disk is full or the file cannot be written."""


class FenceLost(StoreError):
    """Another process took the workspace over while this one was away."""


class ConnectorError(HubError):
    """Base of what a system can do to us."""


class Transient(ConnectorError):
    """Worth trying again later."""


class Throttled(Transient):
    """Asked to wait.

    ``retry_after_s``: seconds to wait at least, or None when the system did not say.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class Rejected(ConnectorError):
    """This record is refused by the system as it is."""


class Stale(ConnectorError):
    """The expected version is not the present one."""


class RecordGone(ConnectorError):
    """The record to read or write is not there."""


class AuthFailed(ConnectorError):
    """The credentials are wrong, expired or lack a permission."""


class Misconfigured(ConnectorError):
    """The system is reached but not set up as needed (wrong URL, module off, wrong organisation)."""


class ResyncRequired(ConnectorError):
    """The checkpoint is not accepted any more; read everything again."""


class ContractBroken(ConnectorError):
    """The answer is not what the vendor's contract has."""
