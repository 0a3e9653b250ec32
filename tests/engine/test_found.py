"""What the simulation found, each as a story of its own."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from hub.engine.noting import note_rules
from hub.rules.rulebook import Rulebook
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

PAIR = {"book": Traits(slots=3), "crm": Traits()}


class Killed(BaseException):
    """kill -9."""


class Reaper:
    """Kills the process after so many commits from when it is told to."""

    def __init__(self) -> None:
        self.left = 0

    def __call__(self, when: str) -> None:
        if when == "after commit" and self.left:
            self.left -= 1
            if not self.left:
                raise Killed


@pytest.mark.parametrize("commit", range(1, 16))
def test_a_record_deleted_before_it_was_born_is_not_taken_for_there(commit: int, tmp_path: Path) -> None:
    """Seeds 477 and 259: listed, killed, deleted by its user; the next listing does not have it."""
    reaper = Reaper()
    traits = {"crm": Traits(cursor="token", deletes_seen_as="tombstone", page=2), "book": Traits()}
    stage = Stage(traits, url=f"sqlite:///{(tmp_path / 'hub.db').as_posix()}", hook=reaper)
    crm = stage.vendors["crm"]
    gone = crm.user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    crm.user_create({"given": "Bo", "family": "Ek"})
    reaper.left = commit
    with suppress(Killed):
        stage.sync()
    reaper.left = 0
    stage.close()
    stage.store = stage.open()
    crm.user_delete(gone)
    for _ in range(4):
        stage.sync(accept=frozenset(stage.traits))
    links = [k for c in stage.contacts() for k in stage.links(c.id) if k.ref.native_id == gone]
    stage.close()
    assert all(k.life != "present" for k in links)


def test_a_candidate_deleted_there_keeps_a_second_record_from_being_made() -> None:
    """Seed 282: somebody deleted her in the book; whether the one in the crm is she was not judged yet."""
    stage = Stage(PAIR, rules={"book": {"on_delete": "unlink"}})
    anna = {"given": "Anna", "family": "Virtanen"}
    theirs = stage.vendors["book"].user_create({**anna, **emails(PAIR["book"], ["anna@example.org"])}).ref.native_id
    stage.sync(approve=None)
    stage.vendors["crm"].user_create({**anna, **emails(PAIR["crm"], ["anna@example.org"])})
    stage.vendors["book"].user_delete(theirs)
    for _ in range(3):
        stage.sync()
    assert not stage.vendors["book"].records()


def without(book: Rulebook, name: str) -> Rulebook:
    systems = {n: r for n, r in book.systems.items() if n != name}
    return Rulebook(systems, book.authority, book.limits, book.quiet_s, book.sweep_s)


@pytest.mark.fault("S16", guard="hub.engine.desk:Desk.state")
def test_a_system_that_was_taken_out_has_not_seen_what_came_meanwhile() -> None:
    """Seed 0: an edit made there while it was not configured contends with what came meanwhile."""
    stage = Stage(PAIR)
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "notes": "first"}).ref.native_id
    stage.settle()
    (book,) = stage.records_of(stage.contact_of("crm", crm).id, "book")
    whole, connectors = stage.book, dict(stage.connectors)
    stage.book = without(whole, "book")
    del stage.connectors["book"]
    note_rules(stage.store, stage.book, {"crm": ""})
    stage.vendors["crm"].user_edit(crm, {"notes": "from the crm"})
    stage.sync()
    stage.book, stage.connectors = whole, connectors
    note_rules(stage.store, stage.book, {"crm": "", "book": ""})
    stage.vendors["book"].user_edit(book, {"notes": "from the book"})
    stage.sync()
    (row,) = stage.conflicts()
    assert row.conflict.unit == "notes" and [c.value for c in row.conflict.contenders] == ["from the book"]
    assert stage.vendors["crm"].records()[crm]["notes"] == "from the crm"


def test_a_field_covered_anew_was_not_seen() -> None:
    """Seed 125: the book could not show notes; when its mapping has them, what is typed there asks."""
    stage = Stage(PAIR)
    stage.change_mapping("book", {"fields": {"notes": {"off": True}}})
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "notes": "from the crm"}).ref.native_id
    stage.settle()
    (book,) = stage.records_of(stage.contact_of("crm", crm).id, "book")
    stage.change_mapping("book", {"fields": {"notes": {"off": False}}})
    stage.vendors["book"].user_edit(book, {"notes": "from the book"})
    stage.sync()
    (row,) = stage.conflicts()
    assert row.conflict.unit == "notes"
    assert stage.vendors["crm"].records()[crm]["notes"] == "from the crm"


def test_a_mapping_with_another_word_is_written_through_and_is_nobodys_edit() -> None:
    stage = Stage(PAIR)
    crm = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "company": "Firma"}).ref.native_id
    stage.settle()
    (book,) = stage.records_of(stage.contact_of("crm", crm).id, "book")
    stage.change_mapping("book", {"fields": {"company": {"codec": {"name": "choice", "values": {"Firma": "FIRM"}}}}})
    stage.sync()
    assert stage.vendors["book"].records()[book]["company"] == "FIRM"
    assert (stage.written(), stage.contact_of("crm", crm).units["company"].value) == ({"crm": 0, "book": 1}, "Firma")
