"""What the author of a connector writes for the contract suite: how to reach the system, and how its users act."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar

import httpx

from hub.model.record import Native
from hub.sdk.connector import Connector
from hub.sdk.http import Clock, RealClock
from hub.testing.clock import VirtualClock
from hub.testing.contract.trouble import FaultyTransport, Trouble, Wrap, as_told


class NotArranged(Exception):
    """The harness does not say how users of this system do that."""


class Harness(ABC):
    """One system for one check: made anew for each, empty unless it is live.

    The users' methods may be plain or ``async``. They act on the system beside the connector: on the sandbox's world,
    or over another road to the real server. Natives have the shape the connector gives and takes.

    ``system``      name the connector is made with
    ``collection``  where records are made
    ``text``        path of a free text of the record that every record has, such as ``"last_name"`` or ``"n.family"``
    ``moving``      top-level native keys the system changes by itself with every write (``"modified_date"``)
    ``many``        records that surely need more than one page; 0: taken from ``Capabilities.max_page``
    ``most``        records it makes for one check at most
    ``secrets``     texts that must never be shown
    ``cannot``      what users of this system cannot do, or nobody can arrange: name of the method → the reason
    ``live``        a real server: time is real, and what a check made is deleted after it
    """

    system: str = "contract"
    collection: str = ""
    text: str = ""
    moving: frozenset[str] = frozenset()
    many: int = 0
    most: int = 1000
    secrets: tuple[str, ...] = ()
    cannot: ClassVar[Mapping[str, str]] = {}
    live: bool = False

    def __init__(self) -> None:
        self.clock: Clock = RealClock() if self.live else VirtualClock()
        self.trouble = Trouble(self.clock)

    @abstractmethod
    def make(self, wrap: Wrap) -> Connector:
        """A connector on the system. Its transport is ``wrap(transport)``, its clock ``self.clock``."""

    @abstractmethod
    def sample(self, number: int) -> Native:
        """A record a create can send, another one for each number; not yet with the hub's key and marker."""

    @abstractmethod
    def user_create(self, native: Native) -> str | Awaitable[str]:
        """A user makes a record; returns its native id."""

    @abstractmethod
    def user_edit(self, native_id: str, patch: Native) -> Any:
        """A user changes top-level keys."""

    @abstractmethod
    def user_delete(self, native_id: str) -> Any:
        """A user deletes a record the usual way."""

    @abstractmethod
    def user_records(self) -> Mapping[str, Native] | Awaitable[Mapping[str, Native]]:
        """What users see: native id → record."""

    def wrap(self, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Makes armed faults happen. A connector without httpx brings its own ``trouble``."""
        return FaultyTransport(transport, self.trouble, self.writes)

    def writes(self, request: httpx.Request) -> bool:
        """Does this request change anything? A harness says it where neither HubClient nor the method tells."""
        return as_told(request)

    def lasting(self, native: Native) -> Native:
        """The part of a record that stays as it is while a write changes something else."""
        return {key: value for key, value in native.items() if key not in self.moving}

    async def open(self) -> None:  # noqa: B027  (most harnesses have nothing to open or close)
        """A check begins."""

    async def close(self) -> None:  # noqa: B027
        """The check is over."""

    # What not every system has. Each is written, or named in ``cannot`` with the reason.

    def user_erase(self, native_id: str) -> Any:
        """A user deletes a record for good, past the trash."""
        raise NotArranged

    def user_restore(self, native_id: str) -> Any:
        """A user takes a record out of the trash."""
        raise NotArranged

    def user_merge(self, winner: str, loser: str) -> Any:
        """A user joins two records."""
        raise NotArranged

    def user_hide(self, native_id: str) -> Any:
        """The record leaves what the hub's account can see."""
        raise NotArranged

    def expire_checkpoint(self) -> Any:
        """Checkpoints given until now are refused from now on."""
        raise NotArranged

    def credentials_wrong(self, wrap: Wrap) -> Connector:
        """A connector whose password, key or token is wrong. The wrong one, too, is one of ``secrets``."""
        raise NotArranged

    def read_only(self, wrap: Wrap) -> Connector:
        """A connector whose account may read and not write."""
        raise NotArranged
