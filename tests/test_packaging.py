"""The wheel holds what the program needs, and works where nothing else of the project is.

It is built by hatchling directly (extra ``dev``), so neither network nor an isolated environment is needed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEEDED = (
    "hub/py.typed",
    "hub/cli/hub.toml",
    "hub/store/migrations/env.py",
    "hub/store/migrations/script.py.mako",
    "hub/store/migrations/versions/0001_the_first_schema.py",
    "hub_carddav/mapping.toml",
    "hub_civicrm/mapping.toml",
    "hub_demo/example/config/hub.toml",
    "hub_demo/example/config/all.toml",
    "hub_demo/example/mappings/crm.toml",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT,
                          capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as opened:
        return frozenset(opened.namelist())


def test_everything_needed_is_in_it(names: frozenset[str]) -> None:
    assert [name for name in NEEDED if name not in names] == []


def test_everything_of_the_packages_is_in_it(names: frozenset[str]) -> None:
    """Data files too: what lies in a package is read by it."""
    missing = []
    for base, top in ((ROOT, ROOT / "hub"), *((ROOT / "plugins", p) for p in sorted((ROOT / "plugins").iterdir()) if p.is_dir())):
        for path in sorted(top.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.relative_to(base).as_posix() not in names:
                missing.append(path.relative_to(ROOT).as_posix())
    assert missing == []


def test_nothing_else_is_in_it(names: frozenset[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    packages = {"hub", *(p.name for p in (ROOT / "plugins").iterdir() if (p / "__init__.py").exists())}
    assert {top for top in tops if not top.endswith(".dist-info")} == packages
    assert [name for name in names if name.endswith((".pyc", ".db", ".log", ".key"))] == []


def test_licence_commands_and_plugins_are_told(wheel: Path, names: frozenset[str]) -> None:
    (folder,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    assert f"{folder}/licenses/LICENSE" in names
    with zipfile.ZipFile(wheel) as opened:
        points = opened.read(f"{folder}/entry_points.txt").decode()
        metadata = opened.read(f"{folder}/METADATA").decode()
    for line in ("hub = hub.cli:main", "contact-hub = hub.cli:main", "carddav = hub_carddav", "civicrm = hub_civicrm"):
        assert line in points
    assert "License-Expression: Apache-2.0" in metadata


def test_it_works_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """init, a mapping by its kind, and status, which opens the store: migrations, template and mappings are its own."""
    unpacked = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(unpacked)
    empty = tmp_path / "empty"
    empty.mkdir()

    def hub(*args: str) -> subprocess.CompletedProcess[str]:
        program = "import hub.cli, sys; assert hub.cli.__file__.startswith(sys.argv.pop(1)), hub.cli.__file__; hub.cli.main()"
        return subprocess.run([sys.executable, "-c", program, str(unpacked), *args], cwd=empty, capture_output=True, text=True,
                              encoding="utf-8", env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONUTF8": "1"})

    assert hub("init", "site").returncode == 0
    shown = hub("-C", "site", "mapping", "show", "carddav", "--json")
    assert shown.returncode == 0, shown.stderr
    assert Path(json.loads(shown.stdout)["file"]).is_relative_to(unpacked)
    stands = hub("-C", "site", "status", "--json")
    assert stands.returncode == 0, stands.stderr
    assert json.loads(stands.stdout)["contacts"] == {}
    assert (empty / "site" / "state" / "hub.db").exists()
