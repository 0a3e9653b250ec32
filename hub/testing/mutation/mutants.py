"""The mutants of one source file: what could be written wrong in it, one change each.

Changed are comparisons, boolean operators, arithmetic, constants, results, and statements that only do something; and the
first two arguments of a call change places. Not changed: annotations, decorators, docstrings, ``__all__``, what is raised, and
texts of more than one word, which are sentences for people.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}
LONGEST = 70
"""Letters of a piece of source in a mutant's name."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. ``name``: what it changes and where, the same as long as that function says the same; ``line``: where that is
    now; ``number``: its place among the mutants of its file."""

    name: str
    line: int
    number: int


Change = Callable[[ast.AST], ast.AST]


def mutants(source: str) -> list[Mutant]:
    """All mutants of a file, in the order of its text. Raises SyntaxError."""
    seen: Counter[str] = Counter()
    out = []
    for number, (where, node, what, _) in enumerate(_sites(ast.parse(source))):
        name = f"{where}: {what}"
        seen[name] += 1
        out.append(Mutant(name if seen[name] == 1 else f"{name} ({seen[name]})", getattr(node, "lineno", 0), number))
    return out


def mutated(source: str, number: int) -> ast.Module:
    """The file with one change in it. Raises IndexError."""
    tree = ast.parse(source)
    sites = list(_sites(tree))
    _, node, _, change = sites[number]
    _Exchange(node, change(deepcopy(node))).visit(tree)
    return ast.fix_missing_locations(tree)


class _Exchange(ast.NodeTransformer):
    """``new`` in the place of ``old``."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(self.new, node) if node is self.old else super().generic_visit(node)


def _sites(tree: ast.Module) -> Iterator[tuple[str, ast.AST, str, Change]]:
    """(name of the function, node, what is changed, the change), in the order of the text."""
    for where, node in _walk(tree, ""):
        for after, change in _changes(node):
            yield where or "module", node, f"{_text(node)} → {after}", change


def _walk(node: ast.AST, where: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node that may be changed, with the function it stands in."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a docstring
            if isinstance(child, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in child.targets):
                continue
            if isinstance(child, ast.Subscript) and isinstance(child.value, ast.Name) and child.value.id == "Literal":
                continue
            named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            inside = f"{where}.{child.name}".strip(".") if named else where  # type: ignore[attr-defined]
            yield inside, child
            yield from _walk(child, inside)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        new = COMPARED[type(node.ops[0])]
        yield new.__name__, lambda n: _with(n, ops=[new()])
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield other.__name__, lambda n: _with(n, op=other())
    elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED:
        made = COMPUTED[type(node.op)]
        yield made.__name__, lambda n: _with(n, op=made())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "without not", lambda n: n.operand  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield "None", lambda n: _with(n, value=ast.Constant(None))
    elif isinstance(node, ast.Continue | ast.Break):
        yield "pass", lambda n: ast.Pass()
    elif _only_does_something(node):
        yield "removed", lambda n: ast.Pass()
    if isinstance(node, ast.Call) and len(node.args) > 1 and not any(isinstance(a, ast.Starred) for a in node.args[:2]) \
            and ast.dump(node.args[0]) != ast.dump(node.args[1]):
        yield "first two arguments swapped", lambda n: _with(n, args=[n.args[1], n.args[0], *n.args[2:]])  # type: ignore[attr-defined]


def _constants(node: ast.Constant) -> Iterator[tuple[str, Change]]:
    value = node.value
    if isinstance(value, bool):
        yield str(not value), lambda n: ast.Constant(not value)
    elif isinstance(value, int):
        yield str(value + 1), lambda n: ast.Constant(value + 1)
    elif isinstance(value, str) and value and not any(letter.isspace() for letter in value):
        yield "another word", lambda n: ast.Constant("mutated" + value)


def _only_does_something(node: ast.AST) -> bool:
    """A statement without which what follows still has every name it asks for."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call | ast.Await)
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets)
    return isinstance(node, ast.AugAssign | ast.Delete)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
