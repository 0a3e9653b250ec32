"""The whole story, told small for every run and at full size for one seed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from plain import canaries, in_plain, kept

import hub_demo
from hub.cli import cli

if sys.platform == "win32":  # there Ctrl-C goes to a whole group of processes, the tests' own included
    NEW_GROUP, INTERRUPT = subprocess.CREATE_NEW_PROCESS_GROUP, signal.CTRL_BREAK_EVENT
else:
    NEW_GROUP, INTERRUPT = 0, signal.SIGINT
STEPS = ["plan", "first sync", "second sync", "edits", "deactivated", "leaving", "conflict", "resolution", "delete held"]
KEYS = {"name", "read", "linked", "created", "updated", "deleted", "held", "writes", "requests", "least_requests", "seconds"}
MOST = 1.1
"""Requests, as a multiple of the fewest possible."""


def told(folder: Path, *args: str) -> dict[str, Any]:
    """``hub demo --json``; nothing else may be on standard output."""
    ran = CliRunner().invoke(cli, ["demo", "--json", "--dir", str(folder), *args], catch_exceptions=False)
    assert ran.exit_code == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def is_as_promised(story: dict[str, Any], *, right: float) -> dict[str, dict[str, Any]]:
    steps = {step["name"]: step for step in story["steps"]}
    assert [step["name"] for step in story["steps"]] == STEPS
    assert all(set(step) == KEYS for step in story["steps"])
    links = story["links"]
    assert links["wrong"] == 0
    assert links["true_pairs"] == links["right"] + links["waiting"]
    assert links["right"] >= right * links["true_pairs"]
    told = story["decisions"]
    assert 1 <= len(told) <= 10
    assert told[0]["group"] == "sure"
    assert all(each["wrong"] == 0 and each["pairs"] > 0 for each in told)
    assert [each["right"] for each in told] == sorted(each["right"] for each in told)
    assert told[-1]["right"] == links["right"]
    for step in steps.values():
        assert step["requests"] <= MOST * step["least_requests"], step
    assert steps["plan"]["read"] > 0
    assert steps["plan"]["linked"] > 0
    silent = ("plan", "second sync", "deactivated", "conflict", "delete held")
    assert [steps[name]["writes"] for name in silent] == [0] * len(silent)
    assert steps["first sync"]["created"] > 0
    assert steps["first sync"]["updated"] > 0
    assert steps["edits"]["updated"] == steps["edits"]["writes"] == 8
    assert steps["leaving"]["updated"] == steps["leaving"]["writes"] == 2
    assert steps["conflict"]["held"] == steps["edits"]["held"] + 1
    assert steps["resolution"]["writes"] == 2
    assert steps["resolution"]["held"] == steps["conflict"]["held"] - 1
    assert steps["delete held"]["held"] == steps["resolution"]["held"] + 1
    assert sum(step["deleted"] for step in steps.values()) == 0
    return steps


@pytest.mark.parametrize("seed", [3, 11])
def test_the_story_told_small(seed: int, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    is_as_promised(told(folder, "--people", "120", "--seed", str(seed)), right=0.8)
    runner = CliRunner()
    for command in ("status", "conflicts list", "matches list", "runs", "systems"):
        ran = runner.invoke(cli, ["-C", str(folder), *command.split(), "--json"], catch_exceptions=False)
        assert ran.exit_code == 0, ran.stderr
        assert json.loads(ran.stdout)
    text = (folder / "state" / "hub.log").read_text(encoding="utf-8")
    assert "exception" not in text


def test_the_story_in_words_and_without_a_trace(tmp_path: Path) -> None:
    """As a volunteer runs it; the servers are gone afterwards."""
    folder = tmp_path / "demo"
    code = "from hub.cli import main; main()"
    ran = subprocess.run([sys.executable, "-c", code, "demo", "--people", "100", "--dir", str(folder)], capture_output=True,
                         text=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    for words in ("Plan", "First sync", "Second sync", "Edits", "Deactivated", "Leaving", "Conflict", "Resolution",
                  "Delete held", "Who is the same", "0 wrong", f"hub overlap {folder / 'lists'}",
                  f"hub -C {folder} conflicts list"):
        assert words in ran.stdout
    again = subprocess.run([sys.executable, "-c", code, "-C", str(folder), "sync"], capture_output=True, text=True,
                           encoding="utf-8", check=False)
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert "staff" in again.stderr


def test_kept_running_one_can_play_until_ctrl_c(tmp_path: Path) -> None:
    """Somebody makes a card with a program of theirs; the next sync brings it into the CRM and to the partners. Then all
    servers end."""
    folder = tmp_path / "demo"
    running = subprocess.Popen([sys.executable, "-c", "from hub.cli import main; main()", "demo", "--keep", "--people", "100",
                                "--dir", str(folder)], stdout=subprocess.PIPE, text=True, encoding="utf-8",
                               env={**os.environ, "PYTHONIOENCODING": "utf-8"}, creationflags=NEW_GROUP)
    try:
        assert running.stdout is not None
        told = ""
        while "name staff, password" not in told:
            line = running.stdout.readline()
            assert line, told
            told += line
        found = re.search(r"(http\S+/staff/people/)   name staff, password (\S+)", told)
        assert found
        with httpx.Client(auth=("staff", found[2]), trust_env=False) as program:
            card = (b"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:new-here\r\nKIND:org\r\nFN:Newly Founded\r\nORG:Newly Founded\r\n"
                    b"EMAIL:newly@example.org\r\nEND:VCARD\r\n")
            assert program.put(found[1] + "new.vcf", content=card, headers={"Content-Type": "text/vcard"}).status_code == 201
        ran = CliRunner().invoke(cli, ["-C", str(folder), "sync", "--json"], catch_exceptions=False)
        assert json.loads(ran.stdout)["counts"]["created"] == 2, ran.stderr
        running.send_signal(INTERRUPT)
        assert running.wait(30) == 0 or sys.platform == "win32"
        with pytest.raises(httpx.TransportError):
            httpx.get(found[1], trust_env=False)
    finally:
        if running.poll() is None:
            running.kill()
        running.wait(20)
        assert running.stdout is not None
        running.stdout.close()


def test_the_full_story(tmp_path: Path) -> None:
    """1,500 people and 150 organisations in four systems; and nobody's address, number or key stands readable in what the hub
    keeps, its log and its backup, nor in what it told of the run."""
    folder = tmp_path / "demo"
    story = told(folder, "--seed", "1")
    steps = is_as_promised(story, right=0.9)
    assert steps["plan"]["read"] > 2500
    assert CliRunner().invoke(cli, ["-C", str(folder), "backup"], catch_exceptions=False).exit_code == 0
    assert {name.partition("/")[2] for name, _ in kept(folder)} >= {"state/hub.db", "config/hub.toml"}
    assert len(canaries(folder)) > 1000
    assert in_plain(folder, json.dumps(story)) == {}


def test_without_the_extra_the_cure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_demo, "find_spec", lambda name: None)
    ran = CliRunner().invoke(cli, ["demo", "--dir", str(tmp_path / "demo")], catch_exceptions=False)
    assert ran.exit_code == 2
    assert "pip install 'contact-hub[demo]'" in ran.stderr
    assert not (tmp_path / "demo").exists()


def test_no_demo_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.cli import demo

    monkeypatch.setattr(demo, "demos", dict)
    ran = CliRunner().invoke(cli, ["demo", "--dir", str(tmp_path / "demo")], catch_exceptions=False)
    assert ran.exit_code == 2
    assert "No demo is installed" in ran.stderr
