"""A distribution that is not the hub's own comes in by its entry point alone, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = Path(__file__).parent / "hub_example"
COUNTED = ("__init__.py", "api.py", "connector.py", "settings.py", "mapping.toml")


def installed(folder: Path) -> str:
    """Tell of the distribution in ``folder``, as an installer does. Returns its name."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / "contact_hub_example-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n", encoding="utf-8")
    points = project["entry-points"]["contact_hub.connectors"]
    told = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[contact_hub.connectors]\n{told}", encoding="utf-8")
    return str(project["name"])


def contract(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", "from hub.cli import main; main()", "contract", "example", "--json"],
                          cwd=folder, capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(EXAMPLE)])})


def test_its_contract_runs_by_its_entry_point(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hub.toml").write_text(f'[hub]\nplugins = ["{installed(tmp_path)}"]\n', encoding="utf-8")
    done = contract(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in {check["outcome"] for check in json.loads(done.stdout)["checks"]}


def test_it_is_not_loaded_because_it_is_installed(tmp_path: Path) -> None:
    name = installed(tmp_path)
    done = contract(tmp_path)
    assert done.returncode != 0
    assert f'plugins = ["{name}"]' in done.stdout + done.stderr


def test_the_guide_quotes_its_length() -> None:
    page = (ROOT / "docs" / "writing-a-connector.md").read_text(encoding="utf-8")
    lines = sum(len((EXAMPLE / "hub_example" / name).read_text(encoding="utf-8").splitlines()) for name in COUNTED)
    assert re.findall(r"(\d+) lines with its mapping", page) == [str(lines)]
