"""One system of a history as its users have it: they see, type, add, delete and move through the sandbox's own store, never
through the connector."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from hub.testing.clock import VirtualClock

NAMES = ("name.given", "name.family")


class Office(ABC):
    """A sandbox and the people at work in it.

    ``kind``      of the connector
    ``units``     single values they type there; ``required``: those they never empty
    ``room``      e-mail addresses a record has place for; None: any number
    ``atomic``    with a connector that writes conditionally: no moment is left between asking and writing
    ``app``       the sandbox; None for a system that is no server
    ``settings``  of the connector, beside the url
    """

    kind: ClassVar[str]
    units: ClassVar[tuple[str, ...]] = NAMES
    room: ClassVar[int | None] = None
    required: ClassVar[frozenset[str]] = frozenset(NAMES)
    atomic: ClassVar[bool] = True
    app: Any = None

    def __init__(self, clock: VirtualClock, rng: random.Random) -> None:
        self.clock, self.rng = clock, rng
        self.settings: dict[str, Any] = {}
        self.open()

    @abstractmethod
    def open(self) -> None:
        """Make the sandbox; what it is like may be drawn from ``rng``."""

    def close(self) -> None:  # noqa: B027  (most have nothing to close)
        """The history is over."""

    # ---- what users see and do

    @abstractmethod
    def people(self) -> list[str]:
        """Native ids of the people they see, in order."""

    @abstractmethod
    def read(self, record: str, unit: str) -> str | None: ...

    @abstractmethod
    def type(self, record: str, unit: str, value: str | None) -> None: ...

    @abstractmethod
    def mails(self, record: str) -> list[str]: ...

    @abstractmethod
    def put_mail(self, record: str, old: str | None, new: str | None) -> None:
        """``old`` becomes ``new``; without the one it is added, without the other removed."""

    @abstractmethod
    def add(self, given: str, family: str, mail: str) -> str:
        """A new person; gives the native id."""

    @abstractmethod
    def delete(self, record: str) -> None:
        """The way people usually delete there."""

    # ---- what only some systems have

    @property
    def acts(self) -> Mapping[str, Callable[[str], None]]:
        """What else is done to a record there, by name: "move" (it is another place there, for the hub the same), "hide" and
        "show" (it leaves the hub's view and comes back)."""
        return {}

    def merge(self, winner: str, loser: str) -> bool:
        """Two records become one. False: that system cannot."""
        return False

    def opted_out(self, record: str) -> bool | None:
        """Does this person want no mail? None: the system does not say."""
        return None

    def opt_out(self, record: str) -> None:  # noqa: B027  (not every system knows it)
        """The person wants no mail any more."""

    def lapse(self) -> bool:
        """The hub's session or token is not accepted any more. False: that system has none."""
        return False

    def unhelpful(self) -> None:  # noqa: B027
        """What the vendor only may do the sandbox does not do from now on."""

    def forget(self) -> None:  # noqa: B027
        """Checkpoints given so far are not accepted any more, where they are given."""


def swapped(there: list[str], old: str | None, new: str | None) -> list[str]:
    """A list in which one became another, came or went."""
    if old is None:
        return [*there, str(new)]
    return [new if each == old else each for each in there if each != old or new is not None]  # type: ignore[misc]


class FullName:
    """Given and family name in one field, with a blank between them."""

    @staticmethod
    def part(whole: str | None, unit: str) -> str | None:
        given, _, family = (whole or "").partition(" ")
        return (given if unit == "name.given" else family) or None

    @staticmethod
    def changed(whole: str | None, unit: str, value: str | None) -> str:
        given, _, family = (whole or "").partition(" ")
        return f"{value} {family}" if unit == "name.given" else f"{given} {value}"
