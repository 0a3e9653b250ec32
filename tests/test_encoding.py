"""Every file is opened with its encoding named: Windows would take another one. The whole way of a workspace, from lists of
which nobody knows the encoding to a restored backup, in a child that raises where a default would be taken (PEP 597)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHILD = '''
import sys
from pathlib import Path
from click.testing import CliRunner
from hub.cli import cli

home = Path(sys.argv[1])

def hub(*args, code=0):
    ran = CliRunner().invoke(cli, ["-C", str(home / "hub"), *args], catch_exceptions=False)
    assert ran.exit_code == code, (args, ran.exit_code, ran.stdout, ran.stderr)
    return ran.stdout

hub("overlap", str(home / "members.csv"), str(home / "board.csv"), "-o", str(home / "overlap.html"))
hub("init", str(home / "hub"))
config = home / "hub" / "config" / "hub.toml"
text = config.read_text(encoding="utf-8").replace("quiet_s = 120", "quiet_s = 0")
for name in ("members", "board"):
    text += f"""
[systems.{name}]
kind = "spreadsheet"
accept_unverified = true
settings = {{ path = "{(home / (name + ".csv")).as_posix()}", make_key = true }}
"""
config.write_text(text, encoding="utf-8")
hub("check")
hub("plan", "-o", str(home / "plan.json"), "--html", str(home / "plan.html"))
hub("apply", str(home / "plan.json"))
hub("daemon", "--once")
assert "Żółć" in (home / "board.csv").read_text(encoding="utf-8")
for command in ("status", "systems", "runs", "list", "failures list", "matches list", "conflicts list", "mapping show members"):
    hub(*command.split())
for name in ("all.csv", "all.xlsx", "all.vcf"):
    hub("export", str(home / name))
hub("backup", "--to", str(home / "kept"))
(file,) = (home / "kept").glob("*.zip")
hub("restore", str(file), str(home / "again"), "--key", str(home / "hub" / "secrets" / "master.key"))
print("the whole way")
'''


NOT_OURS = "openpyxl.worksheet._writer"
"""It makes a temporary file for the sake of its name, and writes bytes there."""


def child(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    switches = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning", "-W", f"ignore::EncodingWarning:{NOT_OURS}"]
    return subprocess.run([sys.executable, *switches, "-c", code, *args], capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=False)


def test_no_file_is_opened_in_the_encoding_of_the_computer(tmp_path: Path) -> None:
    (tmp_path / "members.csv").write_text("First name,Last name,Email\nŻółć,Ek,ek@example.org\n", encoding="utf-8")
    (tmp_path / "board.csv").write_text("First name,Last name,Email\nÅsa,Lindh,asa@example.org\n", encoding="utf-8")
    ran = child(CHILD, str(tmp_path))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout == "the whole way\n"


def test_the_child_would_raise() -> None:
    """The switch is on: what names no encoding is an error there."""
    ran = child("import sys, pathlib; pathlib.Path(sys.argv[1]).read_text()", __file__)
    assert ran.returncode == 1
    assert "EncodingWarning" in ran.stderr
