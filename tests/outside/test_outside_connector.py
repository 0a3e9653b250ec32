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


def test_its_contract_runs_by_its_entry_point(tmp_path: Path) -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = tmp_path / "contact_hub_example-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n", encoding="utf-8")
    points = project["entry-points"]["contact_hub.connectors"]
    told = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[contact_hub.connectors]\n{told}", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", "from hub.cli import main; main()", "contract", "example", "--json"],
                          cwd=tmp_path, capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(EXAMPLE)])})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in {check["outcome"] for check in json.loads(done.stdout)["checks"]}


def test_the_guide_quotes_its_length() -> None:
    page = (ROOT / "docs" / "writing-a-connector.md").read_text(encoding="utf-8")
    lines = sum(len((EXAMPLE / "hub_example" / name).read_text(encoding="utf-8").splitlines()) for name in COUNTED)
    assert re.findall(r"(\d+) lines with its mapping", page) == [str(lines)]
