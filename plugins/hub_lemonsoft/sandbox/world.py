"""What a make-believe company's database holds.

Sources: Lemonsoft's Swagger of 2025-05-28 (fields; created, modified); "API-avaimet" (lemondoc.atlassian.net, page 318570497:
a key is the company's, a deleted one works no more; the user needs the licence IWS_LOG), read 2026-11-30.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .schema import CUSTOMER

USER, PASSWORD, DATABASE, API_KEY = "hub@example.org", "s4ndbox-passw0rd", "LemonDB1", "s4ndbox-api-key"
PEOPLE = 7
Row = dict[str, Any]


class World:
    """``customers``: id → row with every field; ``passwords``, ``keys``: those that work; ``licensed``: users with IWS_LOG;
    ``sessions``: given; ``log``: requests as "METHOD path"; ``meddles``: called with each row a PUT stored."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.customers: dict[int, Row] = {}
        self.passwords = {USER: PASSWORD}
        self.keys = {API_KEY}
        self.licensed = {USER}
        self.sessions: set[str] = set()
        self.logins = 0
        self.log: list[str] = []
        self.meddles: Callable[[Row], Any] = lambda row: None
        self._ids = itertools.count(501)

    def now(self) -> str:
        return datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def login(self) -> str:
        self.logins += 1
        session = f"session-{self.logins:028d}"
        self.sessions.add(session)
        return session

    def add(self, given: Row) -> Row:
        """Made now. Whether it has a time of change is not said, so it has none."""
        number = next(self._ids)
        empty: Row = {name: [] if kind == "rows" else None for name, kind in CUSTOMER.items()}
        self.customers[number] = {**empty, "is_nonactive": False, "is_supplier": False, "is_prospect": False,
                                  **copy.deepcopy(given), "id": number, "number": 10_000 + number, "created": self.now()}
        return self.customers[number]

    def change(self, number: int, given: Row) -> Row:
        self.customers[number] |= {**copy.deepcopy(given), "id": number, "modified": self.now()}
        return self.customers[number]
