"""The process that runs tests over one mutant: ``python -m hub.testing.mutation.child MODULE NUMBER -- what pytest is told``.

No file is changed: when the module is imported, its text is changed on the way. Tests that start processes of their own see the
unchanged module there.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from hub.testing.mutation.mutants import mutated

PROFILE = "mutation"
UNCHANGED = -1
"""The number of no mutant: the tests have to pass over it."""


class Mutating(importlib.abc.MetaPathFinder):
    """Finds one module, and makes it with one change in it."""

    def __init__(self, module: str, number: int) -> None:
        self.module, self.number = module, number

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self.number)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, module: str, path: str, number: int) -> None:
        super().__init__(module, path)
        self.number = number

    def get_code(self, fullname: str) -> CodeType:
        return compile(mutated(Path(self.path).read_text(encoding="utf-8"), self.number), self.path, "exec")


class _Profile:
    """A pytest plugin: that a property fails is enough, its smallest example need not be looked for."""

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings

        settings.register_profile(PROFILE, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
        settings.load_profile(PROFILE)


def main() -> int:
    module, number, _, *told = sys.argv[1:]
    if module in sys.modules:
        raise RuntimeError(f"{module} was imported before it could be changed")
    if int(number) != UNCHANGED:
        sys.meta_path.insert(0, Mutating(module, int(number)))

    import pytest

    return int(pytest.main(["-x", "-n0", *told], plugins=[_Profile()]))


if __name__ == "__main__":
    sys.exit(main())
