"""The default install stays light (ARCHITECTURE.md, Weight), and every extra is pinned in ``requirements.lock``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
MOST = 40
LARGEST_MB = 120
HEAVY = {"duckdb", "hypothesis", "mypy", "numpy", "pandas", "playwright", "polars", "pyarrow", "pytest", "ruff", "scipy",
         "selenium", "splink"}
PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
}
LINE = re.compile(r"(?P<name>[a-z0-9._-]+)==(?P<version>[0-9][0-9a-z.+!]*)( ; .+)?")


def closure(extra: str, platform: str) -> frozenset[str]:
    """Names of all distributions that installing this extra ("" for none) brings, the hub's own left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["optional-dependencies"]
    todo = [(Requirement(text), "") for text in [*project["dependencies"], *groups.get(extra, [])]]
    found: set[tuple[str, str]] = set()
    while todo:
        wanted, asked_by = todo.pop()
        if wanted.marker is not None and not wanted.marker.evaluate(_environment(platform, asked_by)):
            continue
        name = canonicalize_name(wanted.name)
        for each in ("", *sorted(wanted.extras)):
            if (name, each) in found:
                continue
            found.add((name, each))
            if name == project["name"]:
                todo += [(Requirement(text), "") for text in groups[each]] if each else []
            else:
                todo += [(Requirement(text), each) for text in _requirements(name)]
    return frozenset(name for name, _ in found) - {project["name"]}


def _environment(platform: str, extra: str) -> dict[str, str]:
    return {**{name: str(value) for name, value in default_environment().items()}, **PLATFORMS[platform], "extra": extra}


@cache
def _requirements(name: str) -> tuple[str, ...]:
    try:
        return tuple(distribution(name).requires or ())
    except PackageNotFoundError:
        return ()  # of another platform: needs nothing that is not counted


def pinned() -> dict[str, str]:
    out = {}
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, f"neither a pin nor free of addresses: {line}"
        out[found["name"]] = found["version"]
    return out


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_default_install_is_light(platform: str) -> None:
    names = closure("", platform)
    assert len(names) + 1 <= MOST, sorted(names)
    assert names & HEAVY == set()


def test_the_default_install_is_small() -> None:
    sizes = {name: sum(_size(Path(str(path.locate()))) for path in distribution(name).files or ())
             for name in closure("", _here()) if _installed(name)}
    ours = sum(_size(p) for top in ("hub", "plugins") for p in (ROOT / top).rglob("*") if p.suffix != ".pyc")
    total = (sum(sizes.values()) + ours) / 1e6
    assert sizes.keys() >= {"sqlalchemy", "phonenumberslite", "pydantic-core"}
    assert 10 < total <= LARGEST_MB, sorted(sizes.items(), key=lambda each: -each[1])[:8]


def _here() -> str:
    here = default_environment()["sys_platform"]
    return next(name for name, values in PLATFORMS.items() if values["sys_platform"] in (here, "linux"))


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("extra", ["", "demo", "testing", "dev"])
def test_everything_is_pinned(extra: str, platform: str) -> None:
    assert closure(extra, platform) - pinned().keys() == set()


def test_nothing_is_pinned_that_nobody_needs() -> None:
    needed = frozenset().union(*(closure("dev", platform) for platform in PLATFORMS))
    assert pinned().keys() - needed == set()


def test_pins_fit_what_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins, groups = pinned(), project["optional-dependencies"]
    for text in [*project["dependencies"], *groups["demo"], *groups["testing"], *groups["dev"]]:
        wanted = Requirement(text)
        if wanted.name != project["name"]:
            assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), text
