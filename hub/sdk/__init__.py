"""The only package a plugin imports (its tests: ``hub.testing``)."""

from hub.errors import (
    AuthFailed,
    ConnectorError,
    ContractBroken,
    Misconfigured,
    RecordGone,
    Rejected,
    ResyncRequired,
    Stale,
    Throttled,
    Transient,
)
from hub.model.record import Change, Gone, Native, NativeRecord, Page, Upserted
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, Refused, Unknown, WriteResult
from hub.sdk.asking import Ask
from hub.sdk.auth import BasicAuth, BearerAuth, HeaderAuth
from hub.sdk.capabilities import Batch, Capabilities, Rate, Support
from hub.sdk.connector import (
    Checkpoint,
    Connector,
    Health,
    SupportsFingerprint,
    SupportsMerge,
    SupportsQuiet,
    SupportsSearch,
)
from hub.sdk.headings import MadeMapping, SupportsHeadings
from hub.sdk.hookspecs import ConnectorKind, Level, hookimpl
from hub.sdk.http import Clock, HubClient, Unanswered
from hub.sdk.parts import in_parts, not_done
from hub.sdk.reading_back import as_sent
from hub.sdk.signing_in import SecretStore, SupportsSignIn

__all__ = [
    "Ask", "AuthFailed", "BasicAuth", "Batch", "BearerAuth", "Capabilities", "Change", "Checkpoint", "Clock", "Connector",
    "ConnectorError", "ConnectorKind", "ContractBroken", "Done", "Gone", "HeaderAuth", "Health", "HubClient",
    "Level", "MadeMapping", "Misconfigured", "Native", "NativeRecord", "NativeWrite", "Page", "Rate", "RecordGone", "RecordRef",
    "Refused", "Rejected", "ResyncRequired", "SecretStore", "Stale", "Support", "SupportsFingerprint", "SupportsHeadings",
    "SupportsMerge", "SupportsQuiet", "SupportsSearch", "SupportsSignIn", "Throttled", "Transient", "Unanswered",
    "Unknown", "Upserted", "WriteResult", "as_sent", "hookimpl", "in_parts", "not_done",
]
