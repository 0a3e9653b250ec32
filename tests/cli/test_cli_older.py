"""A database brought back by hand, a copied file or a dump of a server: it is known to be an older one, and only compares."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_support import Place, person
from postgres_server import cloned
from test_cli_story import met

pytestmark = pytest.mark.both_databases


@pytest.fixture
def earlier(place: Place, new_postgres: Callable[[], str]) -> tuple[Place, Callable[[], None]]:
    """A workspace, and a way to put its database back to how it stands now."""
    met(place)
    file = place.folder / "state" / "hub.db"
    then = cloned(place.database, new_postgres()) if place.database else shutil.copy(file, file.with_suffix(".copy"))

    def back() -> None:
        if place.database:
            config = place.config.read_text(encoding="utf-8")
            place.write(config.replace(place.database, str(then)))
        else:
            for name in ("-wal", "-shm"):
                file.with_name(file.name + name).unlink(missing_ok=True)
            shutil.copy(then, file)

    return place, back


def test_an_older_database_only_compares(earlier: tuple[Place, Callable[[], None]]) -> None:
    place, back = earlier
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    assert place.json("sync")["counts"]["created"] == 1
    back()
    place.crm.user_create(person("Di", "Eld", "di@example.org"))
    before = place.mail.records()
    refused = place.run("sync")
    assert refused.code == 3 and "has an older database than before and only reads and compares" in refused.err
    assert place.json("plan")["plan"]["writes"] == 1  # Di; Cy is known again
    assert "older database" in place.run("status").out
    assert place.run("sync", "--approve").code == 3 and place.mail.records() == before
    assert place.json("restore", "--confirm") == {"confirmed": True}
    assert place.run("sync").code == 3 and place.mail.records() == before  # what was approved then does not count
    assert place.json("sync", "--approve")["counts"]["created"] == 1
    assert place.json("sync")["counts"]["writes"] == 0
    assert place.json("status")["restored"] is None


def test_who_was_erased_since_is_forgotten_first(earlier: tuple[Place, Callable[[], None]]) -> None:
    place, back = earlier
    place.json("subject", "erase", "bo@example.org", "--yes")
    assert place.run("sync").code == 0
    back()
    assert place.json("find", "Ek") == []
    assert place.json("status")["restored"] is not None


def test_one_to_which_nothing_happened_since_is_no_older_one(earlier: tuple[Place, Callable[[], None]]) -> None:
    place, back = earlier
    back()
    assert place.json("sync")["counts"]["writes"] == 0


def test_a_workspace_copied_to_another_computer_goes_on_there(place: Place, tmp_path: Path) -> None:
    met(place)
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    shutil.copytree(place.folder, tmp_path / "moved")
    moved = Place(tmp_path / "moved", place.crm, place.mail)
    assert moved.json("sync")["counts"]["created"] == 1


@pytest.mark.parametrize("told", ["", "[]", '{"epoch": 5}', "no json"])
def test_a_sign_nobody_can_read_is_none(place: Place, told: str) -> None:
    met(place)
    (place.folder / "state" / "seen.json").write_text(told, encoding="utf-8")
    assert place.json("sync")["counts"]["writes"] == 0
    assert '"epoch": 3' in (place.folder / "state" / "seen.json").read_text(encoding="utf-8")
