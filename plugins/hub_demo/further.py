"""The systems that ``hub demo --all`` adds to the four of ``hub demo``.

One more is: a module that fills its sandbox, a line here, who belongs into it (``association.BELONGS``), a section in
``config/all.toml`` and a file in ``mappings/``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub_demo import accounts, invoicing, mailbox, shop, survey
from hub_demo.association import ACCOUNTS, INVOICING, MAILBOX, SHOP, SURVEY, SYSTEMS, Record


class Running(Protocol):
    """A filled sandbox. ``natives``: the ids of its records, in the order they were given; ``secrets``: file below secrets/ →
    what the hub signs in with; ``cannot``: words of its refusals of what it cannot keep, "" where it takes all."""

    app: Any
    cannot: str
    secrets: dict[str, str]
    natives: list[str]


@dataclass(frozen=True, slots=True)
class Further:
    """``name``: in the config; ``called``: by people; ``url``: where ``config/all.toml`` says it is."""

    name: str
    called: str
    url: str
    fill: Callable[[Sequence[Record], Callable[[], float]], Running]


FURTHER = (
    Further(MAILBOX, "the office's mailbox", "http://127.0.0.1:8804", mailbox.fill),
    Further(ACCOUNTS, "the bookkeeper's system", "http://127.0.0.1:8805", accounts.fill),
    Further(SURVEY, "the volunteers' survey", "http://127.0.0.1:8806", survey.fill),
    Further(SHOP, "the shop's customers", "http://127.0.0.1:8807", shop.fill),
    Further(INVOICING, "the invoicing", "http://127.0.0.1:8808", invoicing.fill),
)
EVERY = (*SYSTEMS, *(each.name for each in FURTHER))
"""All systems of ``hub demo --all``."""
