"""A workspace over two systems in memory, and commands run in it. The fixture ``place`` is in conftest.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from hub.cli import cli
from hub.testing.memory import MemorySystem

CONFIG = """\
[hub]
quiet_s = 0
[systems.crm]
kind = "shelf"
[systems.crm.settings]
world = "crm"
[systems.mail]
kind = "shelf"
[systems.mail.settings]
world = "mail"
"""


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON; nothing else may be on it."""
        return json.loads(self.out)


@dataclass
class Place:
    """A workspace. ``crm``, ``mail``: its systems, as their users see them. ``database``: where it keeps its own, "": a file."""

    folder: Path
    crm: MemorySystem
    mail: MemorySystem
    database: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "config" / "hub.toml"

    def write(self, text: str) -> None:
        if self.database and "database =" not in text:
            text = text.replace("[hub]\n", f'[hub]\ndatabase = "{self.database}"\n')
        self.config.write_text(text, encoding="utf-8")

    def run(self, *args: str) -> Ran:
        """``hub -C FOLDER ARGS``. An exception that comes through is a failure of the test."""
        done = CliRunner().invoke(cli, ["-C", str(self.folder), *args], catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)

    def json(self, *args: str) -> Any:
        """The same with --json; it must have succeeded."""
        ran = self.run(*args, "--json")
        assert ran.code == 0, ran.err
        return ran.data

    def given(self, system: MemorySystem) -> dict[str, Any]:
        """Given name → record."""
        return {r["given"]: r for r in system.records().values()}


def person(given: str, family: str, *emails: str, **fields: Any) -> dict[str, Any]:
    """A record of a memory system."""
    rows = [{"id": str(n), "value": e, "label": None, "primary": n == 0} for n, e in enumerate(emails)]
    return {"kind": "individual", "given": given, "family": family, "emails": rows, **fields}
