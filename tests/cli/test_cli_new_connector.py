"""new-connector: what it makes runs, and says what is to be written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.cli.new_connector import FILES

FINISHED = Path(__file__).parents[1] / "outside" / "hub_example"
WRITTEN = ("settings.py", "api.py", "connector.py", "sandbox.py", "mapping.toml", "README.md")
"""Of the package: what a person writes. The rest stays as it was made."""


def test_its_tests_fail_with_what_is_to_be_written(tmp_path: Path) -> None:
    assert CliRunner().invoke(cli, ["new-connector", "guild_roll", "--in", str(tmp_path)]).exit_code == 0
    folder = tmp_path / "hub_guild_roll"
    for tool in (("ruff", "check", "--no-cache", "."), ("mypy", "--cache-dir", str(tmp_path / "cache"))):
        done = subprocess.run([sys.executable, "-m", *tool], cwd=folder, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "--tb=line", "-p", "no:cacheprovider"], cwd=folder,
                         capture_output=True, encoding="utf-8")
    why = [line for line in ran.stdout.splitlines() if line.startswith("E ")]
    assert ran.returncode == 1
    assert why, ran.stdout
    assert [line for line in why if "NotImplementedError: Write " not in line or "docs/writing-a-connector.md" not in line] == []


def test_a_finished_connector_fits_into_the_made_folder(tmp_path: Path) -> None:
    """Laid over it file by file, with nothing to move or rename, it keeps the contract by the tests that were made."""
    assert CliRunner().invoke(cli, ["new-connector", "example", "--in", str(tmp_path)]).exit_code == 0
    folder = tmp_path / "hub_example"
    made = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert made == {path.relative_to(FINISHED) for path in FINISHED.rglob("*") if path.suffix in (".py", ".toml", ".md")}
    assert {FILES[name] for name in WRITTEN} == {f"{{package}}/{name}" for name in WRITTEN}
    for name in WRITTEN:
        shutil.copy(FINISHED / "hub_example" / name, folder / "hub_example" / name)
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"], cwd=folder,
                         capture_output=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stdout
    assert int(re.findall(r"(\d+) passed", ran.stdout)[0]) > 90


@pytest.mark.parametrize("name", ["Über", "3d", "class", "a-b", "carddav", "x" * 31])
def test_a_name_that_cannot_be_used_is_told(name: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli, ["new-connector", name, "--in", str(tmp_path)])
    assert ran.exit_code == 2
    assert name in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "hub_guild_roll" / "kept.txt"
    kept.parent.mkdir()
    kept.write_text("mine", encoding="utf-8")
    ran = CliRunner().invoke(cli, ["new-connector", "guild_roll", "--in", str(tmp_path)])
    assert (ran.exit_code, list(kept.parent.iterdir())) == (2, [kept])
