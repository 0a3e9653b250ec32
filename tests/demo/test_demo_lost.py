"""Total loss: after the demo somebody deletes the database. The systems and the key are there; nothing is written, one approval
links what was linked, and the second run is silent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from test_demo import INTERRUPT, NEW_GROUP

from hub.cli import cli


@contextmanager
def kept_running(folder: Path) -> Iterator[None]:
    """The demo's systems after its story, until the block ends."""
    command = [sys.executable, "-c", "from hub.cli import main; main()", "demo", "--keep", "--people", "100"]
    running = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.PIPE, text=True, encoding="utf-8",
                               env={**os.environ, "PYTHONIOENCODING": "utf-8"}, creationflags=NEW_GROUP)
    try:
        assert running.stdout is not None
        told = ""
        while "Ctrl-C" not in told:
            line = running.stdout.readline()
            assert line, told
            told += line
        yield
        running.send_signal(INTERRUPT)
        running.wait(30)
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
        running.stdout.close()


def hub(folder: Path, *args: str) -> Any:
    ran = CliRunner().invoke(cli, ["-C", str(folder), *args, "--json"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.stderr
    return json.loads(ran.stdout)


def written(cycle: Any) -> tuple[int, int, int]:
    counts = cycle["counts"]
    return counts["created"], counts["updated"], counts["deleted"]


def planned(folder: Path, file: Path) -> Any:
    CliRunner().invoke(cli, ["-C", str(folder), "plan", "-o", str(file)], catch_exceptions=False)
    return json.loads(file.read_text(encoding="utf-8"))["writes"]


def links(folder: Path) -> dict[str, int]:
    return {s["name"]: s["links"].get("present", 0) for s in hub(folder, "systems")["systems"]}


def test_total_loss_after_the_demo(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with kept_running(folder):
        for asked in hub(folder, "conflicts", "list"):
            if asked["unit"] == "@exists":  # a question that is open when the database goes is asked of nobody any more
                hub(folder, "conflicts", "resolve", asked["id"], "delete")
        hub(folder, "sync", "--approve")
        assert written(hub(folder, "sync")) == (0, 0, 0)
        stood, there = hub(folder, "status"), links(folder)
        # who waited for an answer before he could get a record in the CRM may get it now: the question went with the database
        waited = {("crm", "create", c["name"]) for c in hub(folder, "list") if "crm" not in c["systems"]}
        for file in (folder / "state").glob("hub.db*"):
            file.unlink()
        assert {(w["system"], w["op"], w["name"]) for w in planned(folder, tmp_path / "lost.json")} <= waited
        hub(folder, "matches", "accept", "sure")
        late = planned(folder, tmp_path / "linked.json")
        assert {(w["system"], w["op"], w["name"]) for w in late} <= waited
        assert written(hub(folder, "sync", "--approve")) == (len(late), 0, 0)
        second = hub(folder, "sync")
        assert (written(second), second["counts"]["joined"], second["counts"]["edits"]) == ((0, 0, 0), 0, 0)
        assert links(folder) == {**there, "crm": there["crm"] + len(late)}
        assert hub(folder, "status")["contacts"]["live"] == stood["contacts"]["live"]
