"""The state of one database: records by model, transactions that can be taken back, users and their sessions, and the clock."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .schema import MODELS, ROWS, Account

Row = dict[str, Any]
DATABASE, USER, PASSWORD, READER = "hub", "hub", "sandbox-password", "looker"
HIDDEN = "Hidden "
"""A rule of the server hides parties of such a name from the hub's users."""
ATTEMPTS = 5
"""``[session] max_attempt``: wrong passwords before a login must wait."""


class World:
    """One database. ``postgresql``: change marks and booleans in that form. ``loaded``: the server was started with it (-d).
    ``second_factor``: [session] authentications asks for more than a password."""

    def __init__(self, clock: Callable[[], float], *, postgresql: bool, invoicing: bool) -> None:
        self.clock, self.postgresql, self.invoicing = clock, postgresql, invoicing
        self.loaded = True
        self.second_factor = False
        self.rows: dict[str, dict[int, Row]] = {model: {} for model in MODELS}
        self.children: dict[tuple[str, int], dict[int, None]] = defaultdict(dict)
        self.next_ids: dict[str, int] = dict.fromkeys(MODELS, 1)
        self.users = {USER: Account(2, PASSWORD), READER: Account(3, PASSWORD, frozenset({"read"}))}
        self.sessions: dict[str, str] = {}
        self.attempts: dict[str, int] = defaultdict(int)
        self.log: list[str] = []
        """The methods of models that were called, by their full names."""
        self.invoiced: set[int] = set()
        self.last = self.now = 0
        self._undo: list[Callable[[], None]] | None = None

    def fields(self, model: str) -> dict[str, Any]:
        """Of a model, as its modules are installed."""
        fields = dict(MODELS[model].fields)
        if not self.invoicing:
            fields.pop("invoice", None)
        return fields

    # time

    def tick(self) -> int:
        """The moment of a transaction, in microseconds; another one for each, 10 apart as SQLite's marks have five digits."""
        self.last = max(int(self.clock() * 1_000_000), self.last + 10)
        return self.last

    def mark(self, row: Row) -> str:
        """``_timestamp``: seconds of the last change, as a text; other digits on each database (recorded on both)."""
        at = (row["write_date"] or row["create_date"]) / 1_000_000
        return f"{at:.6f}" if self.postgresql else f"{at:.15g}"

    # transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it, or nothing."""
        self.now, self._undo = self.tick(), []
        try:
            yield
        except BaseException:
            for undo in reversed(self._undo):
                undo()
            raise
        finally:
            self._undo = None

    def insert(self, model: str, values: Row) -> int:
        """A new record; gives its id. Ids are not used again. Only what is written once more as it is created has a write_date:
        parties, mechanisms, and addresses with a street (seen on 8.2.1)."""
        record = self.next_ids[model]
        self.next_ids[model] = record + 1
        again = model in ("party.party", "party.contact_mechanism") or values.get("street")
        self.rows[model][record] = {"id": record, "create_date": self.now, "write_date": self.now if again else None, **values}
        self._later(lambda: self.rows[model].pop(record))
        self._adopt(model, record, values.get("party"))
        return record

    def change(self, model: str, record: int, values: Row) -> None:
        row = self.rows[model][record]
        before = dict(row)
        self._later(lambda: row.update(before))
        if "party" in values and values["party"] != row.get("party"):
            self._disown(model, record, row["party"])
            self._adopt(model, record, values["party"])
        row.update(values, write_date=self.now)

    def remove(self, model: str, record: int) -> None:
        row = self.rows[model].pop(record)
        self._later(lambda: self.rows[model].__setitem__(record, row))
        self._disown(model, record, row.get("party"))

    def hung_on(self, model: str, party: int) -> list[int]:
        """Rows of a party, in order."""
        return sorted(self.children.get((model, party), ()))

    def _adopt(self, model: str, record: int, party: int | None) -> None:
        if model in ROWS and party is not None:
            self.children[model, party][record] = None
            self._later(lambda: self.children[model, party].pop(record, None))

    def _disown(self, model: str, record: int, party: int | None) -> None:
        if model in ROWS and party is not None:
            self.children[model, party].pop(record, None)
            self._later(lambda: self.children[model, party].setdefault(record))

    def _later(self, undo: Callable[[], object]) -> None:
        if self._undo is not None:
            self._undo.append(undo)  # type: ignore[arg-type]

    # users

    def login(self, user: str) -> str:
        token = secrets.token_hex(32)
        self.sessions[token] = user
        return token

    def sees(self, account: Account, model: str, row: Row) -> bool:
        if model == "account.invoice":
            return account.company
        return account.sees_all or model != "party.party" or not str(row["name"] or "").startswith(HIDDEN)
