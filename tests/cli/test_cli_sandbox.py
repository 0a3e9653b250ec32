"""sandbox and contract, with the connectors that come with the hub."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_support import Place
from click.testing import CliRunner

import hub.cli.contract
from hub.cli import cli
from hub.cli.serving import serving
from hub.errors import UsageError
from hub.plugins import registry

if sys.platform == "win32":  # there Ctrl-C goes to a whole group of processes, the tests' own included
    NEW_GROUP, INTERRUPT = subprocess.CREATE_NEW_PROCESS_GROUP, signal.CTRL_BREAK_EVENT
else:
    NEW_GROUP, INTERRUPT = 0, signal.SIGINT
KINDS = sorted(kind.kind for kind in registry().kinds.values() if kind.sandbox is not None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sandbox_can_be_connected_as_it_says(kind: str, tmp_path: Path) -> None:
    """The lines it prints are a config with which ``hub check`` finds it; Ctrl-C ends it."""
    place = tmp_path / "hub"
    CliRunner().invoke(cli, ["init", str(place)], catch_exceptions=False)
    served = subprocess.Popen(
        [sys.executable, "-c", "from hub.cli import main; main()", "sandbox", kind], stdout=subprocess.PIPE, text=True,
        encoding="utf-8", creationflags=NEW_GROUP)
    try:
        assert served.stdout is not None
        told = ""
        while "{ file =" not in told or told.count("and put the text") < told.count("{ file ="):
            line = served.stdout.readline()
            assert line, told
            told += line
        lines = [line[2:] for line in told.splitlines() if line.startswith("  ")]
        with (place / "config" / "hub.toml").open("a", encoding="utf-8") as config:
            config.write("\n" + "\n".join(lines) + "\n")
        for text, name in re.findall(r"put the text (\S+) into the file (\S+)", told):
            (place / name).write_text(text, encoding="utf-8")
            if os.name == "posix":
                (place / name).chmod(0o600)
        ran = CliRunner().invoke(cli, ["-C", str(place), "check", "--json"], catch_exceptions=False)
        assert ran.exit_code == 0, ran.stderr
        assert [(c["system"], c["error"]) for c in json.loads(ran.stdout)] == [("sandbox", "")]
        ran = CliRunner().invoke(cli, ["-C", str(place), "plan", "--json"], catch_exceptions=False)
        assert ran.exit_code == 0, ran.stderr
        served.send_signal(INTERRUPT)
        assert served.wait(20) == 0 or sys.platform == "win32"
    finally:
        if served.poll() is None:
            served.kill()
        served.wait(20)
        assert served.stdout is not None
        served.stdout.close()


def test_a_port_that_is_taken() -> None:
    app = registry().kinds[KINDS[0]].sandbox()  # type: ignore[misc]
    with serving(app) as url, pytest.raises(UsageError, match="--port"), serving(app, int(url.rpartition(":")[2])):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_contract_runs_against_a_sandbox(kind: str) -> None:
    checks = ("full_listing_has_every_record", "a_create_without_answer")
    ran = CliRunner().invoke(cli, ["contract", kind, "--json", *(f"--only={c}" for c in checks)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.stderr
    assert [(c["name"], c["outcome"]) for c in json.loads(ran.stdout)["checks"]] == [(c, "passed") for c in checks]


def test_contract_names_what_it_does_not_have(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = place.run("contract", KINDS[0], "--only", "nothing")
    assert ran.code == 2
    assert "There is no check nothing" in ran.err
    ran = place.run("contract", "crm")
    assert ran.code == 2
    assert "no sandbox of shelf" in ran.err
    monkeypatch.setattr(hub.cli.contract, "find_spec", lambda name: None)
    ran = place.run("contract", KINDS[0])
    assert ran.code == 2
    assert "contact-hub[testing]" in ran.err
