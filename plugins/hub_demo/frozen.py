"""A demo laid down in one file: its workspace with the database, and what its four systems hold.

``python -m hub_demo.frozen tests/fixtures/demo-0003.zip`` plays the whole story, small, and lays it down. Every later hub
takes it up again (``thawed``), migrates the database, and has nothing to do: ``tests/demo/test_frozen.py``. Its keys and
passwords are those of people who do not exist.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from hub.cli.output import Output
from hub.cli.serving import serving
from hub.config import CONFIG
from hub.errors import HubError
from hub.workspace import DATABASE, STATE
from hub_civicrm.sandbox import create_app as new_crm
from hub_demo import books, crm, partners, setting, volunteers, workspace
from hub_demo.association import STAFF
from hub_demo.steps import STEPS
from hub_demo.story import Story
from hub_dynamics.sandbox import create_app as new_partners

PEOPLE, SEED = 50, 3
STATES = "systems.json"
BOOK = f"servers/data/collection-root/{STAFF}/{books.BOOK}"
KEPT = ("config/*", "mappings/*", "secrets/*", f"{STATE}/{DATABASE}", f"servers/{setting.LIST}", f"{BOOK}/*.vcf",
        f"{BOOK}/.Radicale.props")
"""Of a demo's folder. What the servers keep for themselves, such as sync tokens, is not."""
WHEN = (1980, 1, 1, 0, 0, 0)
"""Every file in the ZIP has this date, the first it can have."""


class NotPlayed(HubError):
    """The story did not come out as it should, so there is nothing to lay down."""


@dataclass(frozen=True)
class Thawed:
    """The systems, running as they were left. ``staff``: where the address book was, and where it is now; it is known by
    its address, so it has to be asked under the old one."""

    home: Path
    crm: crm.Crm
    partners: partners.Partners
    books: books.Books
    volunteers: volunteers.Volunteers
    staff: tuple[str, str]


def freeze(target: Path, *, seed: int = SEED, people: int = PEOPLE) -> None:
    """Play the story and lay down what is left of it. Raises NotPlayed."""
    with TemporaryDirectory() as folder, ExitStack() as servers:
        home = workspace.clear(Path(folder) / "demo")
        made = setting.lay_out(servers, home, seed, people)
        problem = asyncio.run(Story(Output(as_json=True), made).tell(STEPS))
        if problem:
            raise NotPlayed(f"The story with seed {seed} and {people} people did not come out as it should: {problem}.")
        states = {
            "urls": {"crm": made.crm.url, "partners": made.partners.url, STAFF: made.books.url},
            "ahead_s": made.crm.now - int(time.time()),
            "crm": {name: {"next_id": table.next_id, "rows": list(table)} for name, table in made.crm.world.tables.items()},
            "partners": {"version": made.partners.version, "tables": {
                name: {"rows": table.rows, "deleted": table.deleted} for name, table in made.partners.world.tables.items()}},
        }
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
            _put(out, STATES, json.dumps(states, ensure_ascii=False, separators=(",", ":")).encode())
            for path in sorted({path for pattern in KEPT for path in home.glob(pattern)}):
                content = path.read_bytes()
                if path.name == CONFIG.name:
                    content = content.replace(made.volunteers.path.as_posix().encode(), workspace.LIST_PATH.encode())
                _put(out, path.relative_to(home).as_posix(), content)


def _put(out: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    out.writestr(entry, content)


@contextmanager
def thawed(source: Path, home: Path) -> Iterator[Thawed]:
    """Lay the demo out in the empty folder ``home``, its systems running until the block ends."""
    with zipfile.ZipFile(source) as frozen, ExitStack() as servers:
        states = json.loads(frozen.read(STATES))
        for name in frozen.namelist():
            if name != STATES:
                path = home.joinpath(*PurePosixPath(name).parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(frozen.read(name))
        if (secrets := home / "secrets").stat().st_mode & 0o077:
            secrets.chmod(0o700)
            for path in secrets.iterdir():
                path.chmod(0o600)
        site = _crm(states["crm"], states["ahead_s"])
        environment = _partners(states["partners"])
        site.url = servers.enter_context(serving(site.app))
        environment.url = servers.enter_context(serving(environment.app))
        shelf = servers.enter_context(books.serving(home / "servers", setting.PASSWORDS))
        sheet = volunteers.Volunteers(home / "servers" / setting.LIST)
        config, old = home / CONFIG, states["urls"]
        text = config.read_text(encoding="utf-8")
        for was, now in ((old["crm"], site.url), (old["partners"], environment.url),
                         (workspace.LIST_PATH, sheet.path.as_posix())):
            text = text.replace(was, now)
        config.write_text(text, encoding="utf-8")
        yield Thawed(home, site, environment, shelf, sheet, (old[STAFF], shelf.url))


def _crm(tables: Mapping[str, Any], ahead_s: int) -> crm.Crm:
    turned = [float(max(0, ahead_s))]
    app = new_crm(clock=lambda: time.time() + turned[0], api_key=crm.API_KEY, custom=crm.CUSTOM)
    for name, was in tables.items():
        table = app.state.world.tables[name]
        for row_id in list(table.rows):
            table.remove(row_id)
        for row in was["rows"]:
            table.next_id = row["id"]
            table.insert(row)
        table.next_id = was["next_id"]
    return crm.Crm(app, turned)


def _partners(state: Mapping[str, Any]) -> partners.Partners:
    app = new_partners(custom=partners.COLUMNS)
    world = app.state.world
    for name, was in state["tables"].items():
        world.tables[name].rows = was["rows"]
        world.tables[name].deleted = [(version, guid) for version, guid in was["deleted"]]
    world.version = state["version"]
    return partners.Partners(app)


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m hub_demo.frozen", description="Play the demo and lay it down in one file.")
    ask.add_argument("target", type=Path, metavar="FILE.zip")
    ask.add_argument("--seed", type=int, default=SEED)
    ask.add_argument("--people", type=int, default=PEOPLE)
    given = ask.parse_args()
    freeze(given.target, seed=given.seed, people=given.people)
    print(f"{given.target}: {given.target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
