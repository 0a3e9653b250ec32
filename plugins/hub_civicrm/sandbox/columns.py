"""Field expressions of APIv4: ``first_name``, ``gender_id:name``, ``email_primary.email``, ``contact_id.sort_name``.

Suffixes and implicit joins: docs.civicrm.org/dev/en/latest/api/v4/{pseudoconstants,implicit-joins}; recorded in
transcripts 25, 59, 69.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .dates import printed
from .schema import Field
from .tables import Row
from .world import Account, World

SUFFIXES = ("name", "label", "abbr")
JOINS = {f"{row}_{which}": (row.capitalize(), f"is_{which}") for row in ("email", "phone", "address")
         for which in ("primary", "billing")}
HIDDEN = {"api_key": "edit api keys"}
"""Fields only some may see: left out without a word (transcript 13)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A resolved expression. ``stored`` gives the value as kept, ``shown`` as get answers it."""

    expr: str
    field: Field
    suffix: str
    stored: Callable[[Row], Any]
    shown: Callable[[Row], Any]


class Columns:
    """Resolves expressions for one account."""

    def __init__(self, world: World, account: Account) -> None:
        self.world, self.account = world, account
        self._known: dict[tuple[str, str], Column | None] = {}

    def find(self, entity: str, expr: str) -> Column | None:
        """The column, or None for a field that is not there or not to be seen."""
        key = (entity, expr)
        if key not in self._known:
            self._known[key] = self._find(entity, expr)
        return self._known[key]

    def _find(self, entity: str, expr: str) -> Column | None:
        base, _, suffix = expr.partition(":")
        fields = self.world.entities[entity].fields
        if base in fields:
            field = fields[base]
            if base in HIDDEN and not self.account.may(HIDDEN[base]):
                return None
            if suffix and (suffix not in SUFFIXES or not field.options):
                return None
            if base in JOINS:
                return self._joined(entity, expr, base, "id")
            return Column(expr, field, suffix, _value(base), self._shown(field, suffix))
        head, dot, rest = expr.partition(".")
        return self._joined(entity, expr, head, rest) if dot else None

    def _joined(self, entity: str, expr: str, head: str, rest: str) -> Column | None:
        world = self.world
        if entity == "Contact" and head in JOINS:
            target, flag = JOINS[head]

            def step(row: Row) -> Row | None:
                return next((r for r in world.tables[target].where("contact_id", row["id"]) if r[flag]), None)
        elif (field := world.entities[entity].fields.get(head)) is not None and (field.fk or field.options == "tag"):
            target = field.fk or "Tag"

            def step(row: Row) -> Row | None:
                return world.tables[target].get(row[head]) if row[head] is not None else None
        else:
            return None
        inner = self.find(target, rest)
        if inner is None:
            return None

        def stored(row: Row) -> Any:
            other = step(row)
            return None if other is None else inner.stored(other)

        def shown(row: Row) -> Any:
            other = step(row)
            return None if other is None else inner.shown(other)

        return Column(expr, inner.field, inner.suffix, stored, shown)

    def _shown(self, field: Field, suffix: str) -> Callable[[Row], Any]:
        name = field.name
        if suffix:
            words = {option.id: getattr(option, suffix) for option in self.world.options(field.options)}
            return lambda row: words.get(row[name])
        if field.kind == "timestamp":
            zone, now = self.world.zone, self.world.now
            return lambda row: None if row[name] is None else printed(row[name], zone, now)
        return _value(name)


def _value(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]
