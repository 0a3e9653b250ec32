"""``where`` of APIv4: from clauses to a test on rows, and to the few rows worth testing.

Source: Civi/Api4/Query/Api4Query.php (treeWalkClauses, composeClause, createSQLClause); transcripts 33-39, 114-132.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from .answers import ApiError, NotBuilt, PageError
from .columns import Column, Columns
from .dates import day, where_seconds
from .tables import Row, Table, folded

Test = Callable[[Row], bool]

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}
OPERATORS = frozenset({
    "=", "!=", "<>", *_ORDERED, "IN", "NOT IN", "LIKE", "NOT LIKE", "BETWEEN", "NOT BETWEEN", "IS NULL", "IS NOT NULL",
    "IS EMPTY", "IS NOT EMPTY", "CONTAINS", "NOT CONTAINS", "CONTAINS ONE OF", "NOT CONTAINS ONE OF", "REGEXP",
    "NOT REGEXP", "REGEXP BINARY", "NOT REGEXP BINARY",
})
"""CoreUtil::getOperators."""
BRANCHES = ("AND", "OR", "NOT")


class Where:
    """Compiles the clauses of one call."""

    def __init__(self, columns: Columns, entity: str) -> None:
        self.columns, self.entity = columns, entity
        self.world = columns.world

    def test(self, clauses: Sequence[Any]) -> Test:
        """All clauses together. Raises ApiError for what the vendor refuses."""
        tests = [self._node(clause) for clause in clauses]
        if len(tests) == 1:
            return tests[0]
        return lambda row: all(test(row) for test in tests)

    def candidates(self, clauses: Sequence[Any], table: Table) -> list[int]:
        """Ids of the rows that can match at all, found by key where a clause allows it; in the order of ids."""
        best: Collection[int] | None = None
        for clause in clauses:
            found = self._by_key(clause, table)
            if found is not None and (best is None or len(found) < len(best)):
                best = found
        return sorted(table.rows if best is None else best)

    def _by_key(self, clause: Any, table: Table) -> Collection[int] | None:
        if not (isinstance(clause, list) and len(clause) == 3 and isinstance(clause[0], str)):
            return None
        name, sign, value = clause
        column = self.columns.find(self.entity, name)
        if column is None or name != column.field.name:
            return None
        if sign in ("=", "IN") and (name == "id" or name in table.keys):
            wanted = [self._read(column, v) for v in (value if sign == "IN" else [value])]
            return [v for v in dict.fromkeys(wanted) if v in table.rows] if name == "id" else table.ids(name, wanted)
        if sign in (">", ">=") and name == table.sorted_by and value is not None:
            return table.since(self._read(column, value))
        return None

    def _node(self, clause: Any) -> Test:
        if not isinstance(clause, list) or not clause:
            raise PageError("Civi\\Api4\\Query\\Api4Query::treeWalkClauses(): Argument #1 must be of type array")
        head = clause[0]
        if head in BRANCHES:
            inner = clause[1] if len(clause) > 1 else []
            if not inner:
                return lambda row: True
            if head == "NOT":
                negated = self.test(inner) if not isinstance(inner[0], str) else self._node(inner)
                return lambda row: not negated(row)
            tests = [self._node(c) for c in inner]
            return (lambda row: all(t(row) for t in tests)) if head == "AND" else (lambda row: any(t(row) for t in tests))
        return self._leaf(*[*clause, None, None][:3])

    def _leaf(self, expr: Any, sign: Any, value: Any) -> Test:
        if sign not in OPERATORS:
            raise ApiError("Illegal operator")
        column = self.columns.find(self.entity, expr) if isinstance(expr, str) else None
        if column is None:
            raise ApiError(f"Invalid field '{expr}'")
        get = column.stored
        if sign in ("IS NULL", "IS NOT NULL"):
            return lambda row: (get(row) is None) == (sign == "IS NULL")
        if sign in ("IS EMPTY", "IS NOT EMPTY"):
            return lambda row: (get(row) in (None, "")) == (sign == "IS EMPTY")
        if sign in ("IN", "NOT IN"):
            if not isinstance(value, list):
                raise ApiError(f"Invalid value in WHERE clause for '{expr}'")
            wanted = {folded(self._read(column, v)) for v in value}
            return lambda row: (v := get(row)) is not None and (folded(v) in wanted) == (sign == "IN")
        if sign in ("BETWEEN", "NOT BETWEEN"):
            if not isinstance(value, list) or len(value) != 2:
                raise ApiError(f"Invalid value in WHERE clause for '{expr}'")
            low, high = (folded(self._read(column, v)) for v in value)
            return lambda row: (v := get(row)) is not None and (low <= folded(v) <= high) == (sign == "BETWEEN")
        if isinstance(value, list | dict):
            raise ApiError(f"Invalid value in WHERE clause for '{expr}'")
        if value is None:
            raise NotBuilt("a comparison with null")
        if sign in ("LIKE", "NOT LIKE"):
            pattern = re.compile("".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in str(value)),
                                 re.IGNORECASE | re.DOTALL)
            shown = column.shown if column.suffix else get
            return lambda row: (v := shown(row)) is not None and bool(pattern.fullmatch(str(v))) == (sign == "LIKE")
        wanted_value = folded(self._read(column, value))
        if sign in ("=", "!=", "<>"):
            return lambda row: (v := get(row)) is not None and (folded(v) == wanted_value) == (sign == "=")
        if sign in _ORDERED:
            compare = _ORDERED[sign]
            return lambda row: (v := get(row)) is not None and compare(folded(v), wanted_value)
        raise NotBuilt(f"the operator {sign}")

    def _read(self, column: Column, value: Any) -> Any:
        """A given value as the column keeps it (FormattingUtil::formatInputValue)."""
        field = column.field
        if column.suffix:
            return next((o.id for o in self.world.options(field.options)
                         if getattr(o, column.suffix) == value), None)
        if isinstance(value, list | dict):
            raise ApiError(f"Invalid value in WHERE clause for '{column.expr}'")
        if value == "user_contact_id" and (field.fk == "Contact" or (field.name == "id" and self.entity == "Contact")):
            return self.columns.account.contact_id or None
        if field.kind == "timestamp":
            return where_seconds(str("" if value is None else value), self.world.zone, self.world.now)
        if field.kind == "date":
            return day(str("" if value is None else value), self.world.zone, self.world.now)
        if field.kind == "bool":
            return value in (True, 1, "1")
        if field.kind == "int":
            try:
                return int(value)
            except (TypeError, ValueError):
                return 0  # MySQL reads a text that is no number as 0
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
