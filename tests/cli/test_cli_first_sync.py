"""The first evening: a fresh workspace over every kind of connector there is writes nothing anywhere before a person said yes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli_support import Ran
from click.testing import CliRunner
from pydantic import SecretStr

from hub.cli import cli
from hub.cli.contract import default_lens
from hub.cli.serving import serving
from hub.plugins import registry
from hub.sdk.hookspecs import ConnectorKind
from hub.testing.contract.configured import NOWHERE, twin

WRITES: Mapping[str, Callable[[Any], Sequence[Any]]] = {
    "carddav": lambda world: [c for c in world.log if c.method not in ("OPTIONS", "GET", "PROPFIND", "REPORT")],
    "civicrm": lambda world: [c for c in world.log.calls if c.mutating],
    "dynamics": lambda world: [c for c in world.log.operations if not c.startswith("GET ")],
    "lemonsoft": lambda world: [c for c in world.log if not c.startswith("GET ") and c != "POST auth/login"],
    "limesurvey": lambda world: [c for c in world.log if any(w in str(c) for w in ("add_", "set_", "delete_"))],
    "outlook": lambda world: [c for c in world.log.operations if not c.startswith("GET ")],
    "procountor": lambda world: [c for c in world.log if not c.startswith("GET ")],
    "tryton": lambda world: [c for c in world.log if c.rpartition(".")[2] in ("create", "write", "delete")],
}
"""Kind with a sandbox → what in the log of its sandbox may have changed something. A new connector says it here."""
PEOPLE = "First name,Last name,Email,hub-id\n{0},Ek,{0}@example.org,{0}\n"


@dataclass
class Evening:
    """A workspace with one system of each kind, a different person in each. ``worlds``: the sandboxes' by kind; ``lists``:
    the files."""

    folder: Path
    worlds: dict[str, Any]
    lists: list[Path]
    before: dict[str, int]

    def run(self, *args: str) -> Ran:
        done = CliRunner().invoke(cli, ["-C", str(self.folder), *args], catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)

    def written(self) -> dict[str, int]:
        """kind → mutating requests since the people were put there."""
        return {kind: len(WRITES[kind](world)) - self.before[kind] for kind, world in self.worlds.items()}

    def texts(self) -> list[bytes]:
        return [file.read_bytes() for file in self.lists]


async def fill(kind: ConnectorKind, app: Any, number: int) -> None:
    """Somebody works in the sandbox."""
    settings = kind.settings.model_validate({"url": NOWHERE, **app.state.settings})
    there = twin(kind, settings, default_lens(kind), lambda: httpx.ASGITransport(app=app), "sandbox")
    try:
        await there.user_create(there.sample(number))
    finally:
        await there.close()


def section(folder: Path, kind: ConnectorKind, url: str, app: Any) -> list[str]:
    lines = [f"[systems.{kind.kind}]", f'kind = "{kind.kind}"', "accept_unverified = true", f"[systems.{kind.kind}.settings]",
             f'url = "{url}"']
    fields = kind.settings.model_fields
    for name, value in app.state.settings.items():
        if SecretStr in (fields[name].annotation, *getattr(fields[name].annotation, "__args__", ())):
            secret = folder / "secrets" / f"{kind.kind}-{name}"
            secret.write_text(value, encoding="utf-8")
            if os.name == "posix":
                secret.chmod(0o600)
            lines.append(f'{name} = {{ file = "secrets/{secret.name}" }}')
        else:
            lines.append(f"{name} = {json.dumps(value)}")
    return lines


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    folder = tmp_path / "hub"
    for part in ("config", "secrets"):
        (folder / part).mkdir(parents=True)
    lines, worlds, lists = ["[hub]", "quiet_s = 0"], {}, []
    with ExitStack() as stack:
        for number, (name, kind) in enumerate(sorted(registry().kinds.items())):
            if kind.sandbox is None:
                continue
            app = kind.sandbox()
            asyncio.run(fill(kind, app, number))
            lines += section(folder, kind, stack.enter_context(serving(app)), app)
            worlds[name] = app.state.world
        for given in ("Bo", "Eva"):
            file = tmp_path / f"{given}.csv"
            file.write_text(PEOPLE.format(given), encoding="utf-8")
            lists.append(file)
            lines += [f"[systems.list-{given.lower()}]", 'kind = "spreadsheet"', "accept_unverified = true",
                      f"[systems.list-{given.lower()}.settings]", f"path = {json.dumps(str(file))}"]
        (folder / "config" / "hub.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield Evening(folder, worlds, lists, {kind: len(WRITES[kind](world)) for kind, world in worlds.items()})


def test_every_kind_with_a_sandbox_is_tried() -> None:
    assert WRITES.keys() == {name for name, kind in registry().kinds.items() if kind.sandbox is not None}


def test_nothing_is_written_anywhere_before_somebody_said_yes(evening: Evening) -> None:
    """`hub plan` and `hub sync`, again and again: exit 3 and no mutating request; one approval by name, and it is written."""
    files = evening.texts()
    assert evening.run("plan").code == 0
    for _ in range(2):
        ran = evening.run("sync")
        assert ran.code == 3, ran.err
        assert "wait for approval" in ran.err
        assert evening.written() == dict.fromkeys(evening.worlds, 0)
        assert evening.texts() == files
    ran = evening.run("sync", "--approve", "--by", "Maija Treasurer")
    assert "Approved by Maija Treasurer." in ran.out
    assert all(evening.written().values()), ran.err
    assert all(new != old for new, old in zip(evening.texts(), files, strict=True))


def test_the_plan_says_where_writing_may_start_something(evening: Evening) -> None:
    said = evening.run("plan").out
    assert "civicrm: creating and changing may start your automations there (CiviRules)" in said
    assert "dynamics: creating and changing may start your automations there (Power Automate, workflows, plug-ins)" in said
    assert "tryton: creating and changing may start your automations there (triggers, VIES checks)" in said
    assert "carddav: creating and changing may start" not in said
    config = evening.folder / "config" / "hub.toml"
    config.write_text(config.read_text(encoding="utf-8").replace(
        "[systems.dynamics.settings]", '[systems.dynamics.settings]\nquiet = "all"'), encoding="utf-8")
    assert "dynamics: creating and changing may start" not in evening.run("plan").out


def test_a_list_that_is_open_in_excel_is_told_and_tried_again(evening: Evening) -> None:
    bo = evening.lists[0]
    lock = bo.with_name(f"~${bo.name}")
    lock.write_bytes(b"")
    before = bo.read_bytes()
    ran = evening.run("sync", "--approve", "--by", "Maija")
    assert ran.code == 1
    assert "Not finished: list-bo: " in ran.err
    assert "writes, which Maija approved, could not be made (Bo.csv is open in Excel: close it" in ran.err
    assert bo.read_bytes() == before
    lock.unlink()
    ran = evening.run("sync")
    assert "Not finished" not in ran.err
    assert b"Eva" in bo.read_bytes()
