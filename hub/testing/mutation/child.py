"""The process that runs tests over one mutant: ``python -m hub.testing.mutation.child MODULE NUMBER -- tests``.

No file is changed: when the module is imported, its text is changed on the way. Tests that start processes of their own see the
unchanged module there.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType

from hub.testing.mutation.mutants import mutated

PROFILE = "mutation"
UNCHANGED = -1
"""The number of no mutant: the tests have to pass over it."""
Change = Callable[[str], ast.Module]
"""From the text of a module to what is run in its place."""


class Mutating(importlib.abc.MetaPathFinder):
    """Finds one module, and makes it with one change in it."""

    def __init__(self, module: str, change: Change) -> None:
        self.module, self.change = module, change

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self.change)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, module: str, path: str, change: Change) -> None:
        super().__init__(module, path)
        self.change = change

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.change(Path(self.path).read_text(encoding="utf-8")), self.path, "exec")


class _Profile:
    """A pytest plugin: that a property fails is enough, its smallest example need not be looked for."""

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings

        settings.register_profile(PROFILE, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
        settings.load_profile(PROFILE)


def changed(module: str, change: Change) -> None:
    """From now on this module is imported with one change in it. Raises RuntimeError when it was imported already."""
    if module in sys.modules:
        raise RuntimeError(f"{module} was imported before it could be changed")
    sys.meta_path.insert(0, Mutating(module, change))


def tests(told: Sequence[str]) -> int:
    """Run pytest in this process. Returns its exit code."""
    import pytest

    return int(pytest.main(["-n0", *told], plugins=[_Profile()]))


def main() -> int:
    module, number, _, *told = sys.argv[1:]
    if int(number) != UNCHANGED:
        changed(module, lambda source: mutated(source, int(number)))
    return next((code for each in told if (code := tests(["-x", each]))), 0)  # what comes after a failure is not even imported


if __name__ == "__main__":
    sys.exit(main())
