"""Total loss: after the demo somebody deletes the database. The systems and the key are there; nothing is made or deleted, no
value is written anew, one approval links what was linked, and the second run is silent.

What a system put beside a value by itself, when the hub wrote without it (a label, which of two is the first), only the database
knew: it looks like something a person noted, and is planned for the others."""

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


def links(folder: Path) -> dict[str, int]:
    return {s["name"]: s["links"].get("present", 0) for s in hub(folder, "systems")["systems"]}


def values(projection: dict[str, Any]) -> dict[str, Any]:
    """Without labels, and without which of several is the first."""
    return {unit: sorted(shown) if isinstance(shown, dict) else shown
            for unit, shown in projection.items() if not unit.endswith(".primary")}


def test_total_loss_after_the_demo(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with kept_running(folder):
        for asked in hub(folder, "conflicts", "list"):
            if asked["unit"] == "@exists":  # a question that is open when the database goes is asked of nobody any more
                hub(folder, "conflicts", "resolve", asked["id"], "delete")
        hub(folder, "sync", "--approve")
        assert written(hub(folder, "sync")) == (0, 0, 0)
        stood, there = hub(folder, "status"), links(folder)
        for file in (folder / "state").glob("hub.db*"):
            file.unlink()
        CliRunner().invoke(cli, ["-C", str(folder), "plan", "-o", str(tmp_path / "lost.json")], catch_exceptions=False)
        lost = json.loads((tmp_path / "lost.json").read_text(encoding="utf-8"))
        for write in lost["writes"]:
            assert (write["op"], values(write["before"])) == ("update", values(write["after"])), write
        hub(folder, "matches", "accept", "sure")
        created, _, deleted = written(hub(folder, "sync", "--approve"))
        assert (created, deleted) == (0, 0)
        second = hub(folder, "sync")
        assert (written(second), second["counts"]["joined"], second["counts"]["edits"]) == ((0, 0, 0), 0, 0)
        assert links(folder) == there
        assert hub(folder, "status")["contacts"]["live"] == stood["contacts"]["live"]
