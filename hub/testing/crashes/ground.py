"""Where scenarios are played again and again: a database for each performance, empty or as one was at the start of a step."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import delete

from hub.store import tables as t
from hub.store.store import Store, sqlite_url
from hub.testing.scenario import Play, Scenario
from hub.testing.stage import MASTER


@dataclass(frozen=True, slots=True)
class Kept:
    """The moment before a step: the world outside, who is who in it, and the database ``file``."""

    outside: bytes
    people: dict[tuple[str, str], str]
    file: Path


class Ground(Protocol):
    """``keep``: None where a database cannot be copied; then every performance begins with the first step."""

    def play(self, scenario: Scenario, kept: Kept | None) -> Play: ...
    def keep(self, play: Play) -> Kept | None: ...
    def clear(self, play: Play) -> None: ...


class Files:
    """SQLite: a file for each performance, in a folder that is there."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._names, self._empty = folder, count(), folder / "empty.db"
        Store.open(sqlite_url(self._empty), MASTER, threaded=False).close()

    def play(self, scenario: Scenario, kept: Kept | None) -> Play:
        file = self._new()
        shutil.copy(kept.file if kept else self._empty, file)
        play = Play(scenario, sqlite_url(file))
        if kept is not None:
            play.stage.take_up(kept.outside)
            play.people = dict(kept.people)
        return play

    def keep(self, play: Play) -> Kept:
        file = self._new()
        play.stage.store.copy_to(file)
        return Kept(play.stage.outside(), dict(play.people), file)

    def clear(self, play: Play) -> None:
        play.stage.close()
        for name in ("", "-wal", "-shm"):
            Path(f"{play.stage.url.removeprefix(sqlite_url(Path()).removesuffix('.'))}{name}").unlink(missing_ok=True)

    def _new(self) -> Path:
        return self._folder / f"{next(self._names)}.db"


class Served:
    """A database on a server: a workspace for each performance, whose rows are deleted after it."""

    def __init__(self, url: str) -> None:
        self._url = url

    def play(self, scenario: Scenario, kept: Kept | None) -> Play:
        return Play(scenario, self._url, uuid.uuid4().hex)

    def keep(self, play: Play) -> Kept | None:
        return None

    def clear(self, play: Play) -> None:
        store = play.stage.store
        with store.engine.begin() as sql:
            for table in reversed(t.metadata.sorted_tables):
                sql.execute(delete(table).where(table.c.workspace == store.workspace))
        play.stage.close()
