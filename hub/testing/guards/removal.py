"""A guard taken out of the text of its module."""

from __future__ import annotations

import ast
from textwrap import dedent, indent

from hub.testing.guards.catalogue import Fault

Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


def without(fault: Fault, source: str) -> ast.Module:
    """The module without the guard of ``fault``. Raises ValueError where the text does not have what is to be taken out;
    SyntaxError where nothing that can be run is left."""
    guard = place(source, fault.name)
    if guard is None or guard.end_lineno is None:
        raise ValueError(f"{fault.id}: {fault.module} has no {fault.name}")
    lines = source.splitlines(keepends=True)
    before, text, after = (lines[: guard.lineno - 1], "".join(lines[guard.lineno - 1 : guard.end_lineno]),
                           lines[guard.end_lineno :])
    if fault.body:
        text = _with_body(guard, text, fault)
    elif text.count(fault.cut) != 1:
        raise ValueError(f"{fault.id}: {fault.guard} has {text.count(fault.cut)} times, not once: {fault.cut}")
    else:
        text = text.replace(fault.cut, fault.put)
    return ast.parse("".join([*before, text, *after]))


def place(source: str, name: str) -> Named | None:
    """The function, class or constant of this qualified name."""
    found: ast.AST | None = ast.parse(source)
    for part in name.split("."):
        found = next((n for n in getattr(found, "body", []) if isinstance(n, Named) and part in _names(n)), None)
    return found if isinstance(found, Named) else None


def _names(node: Named) -> list[str]:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [t.id for t in targets if isinstance(t, ast.Name)]
    return [node.name]


def _with_body(guard: Named, text: str, fault: Fault) -> str:
    if not isinstance(guard, ast.FunctionDef | ast.AsyncFunctionDef):
        raise ValueError(f"{fault.id}: only a function has a body, {fault.guard} is none")
    head = text.splitlines(keepends=True)[: guard.body[0].lineno - guard.lineno]
    return "".join(head) + indent(dedent(fault.body), " " * guard.body[0].col_offset) + "\n"
