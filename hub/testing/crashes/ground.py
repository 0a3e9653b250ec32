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
from hub.store.address import engine_of
from hub.store.store import Store, sqlite_url
from hub.testing.crashes.points import Watch
from hub.testing.scenario import Minds, Play, Scenario
from hub.testing.stage import MASTER


@dataclass(frozen=True, slots=True)
class Kept:
    """The moment before a step: the world outside, what its people know, and the database ``file``."""

    outside: bytes
    minds: Minds
    file: Path


class Ground(Protocol):
    """One performance after another. ``keep``: None where a database cannot be copied; then each begins with the first step."""

    watch: Watch

    def play(self, scenario: Scenario, kept: Kept | None) -> Play: ...
    def keep(self, play: Play) -> Kept | None: ...
    def clear(self, play: Play) -> None: ...


class Files:
    """SQLite: one file, filled anew for each performance, in a ``folder`` that is there."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._names, self._empty, self._file = folder, count(), folder / "empty.db", folder / "play.db"
        Store.open(sqlite_url(self._empty), MASTER, threaded=False).close()
        self._engine = engine_of(sqlite_url(self._file))
        self.watch = Watch(self._engine)

    def play(self, scenario: Scenario, kept: Kept | None) -> Play:
        shutil.copy(kept.file if kept else self._empty, self._file)
        play = Play(scenario, engine=self._engine)
        if kept is not None:
            play.stage.take_up(kept.outside)
            play.take_up(kept.minds)
        return play

    def keep(self, play: Play) -> Kept:
        file = self._folder / f"{next(self._names)}.db"
        play.stage.store.copy_to(file)
        return Kept(play.stage.outside(), play.minds(), file)

    def clear(self, play: Play) -> None:
        play.stage.close()
        for file in self._folder.glob(f"{self._file.name}*"):
            file.unlink()


class Served:
    """A database on a server: a workspace for each performance, whose rows are deleted after it."""

    def __init__(self, url: str) -> None:
        Store.open(url, MASTER, threaded=False).close()
        self._engine = engine_of(url)
        self.watch = Watch(self._engine)

    def play(self, scenario: Scenario, kept: Kept | None) -> Play:
        return Play(scenario, engine=self._engine, workspace=uuid.uuid4().hex)

    def keep(self, play: Play) -> Kept | None:
        return None

    def clear(self, play: Play) -> None:
        with self._engine.begin() as sql:
            for table in reversed(t.metadata.sorted_tables):
                sql.execute(delete(table).where(table.c.workspace == play.stage.workspace))
        play.stage.close()

    def close(self) -> None:
        self._engine.dispose()
