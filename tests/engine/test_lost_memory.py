"""The database is gone, the systems and the master key are there: what the hub made is known again, and nothing is made
twice (docs/decisions/0013-a-create-says-whose-copy-it-is.md)."""

from __future__ import annotations

import pytest

from hub.engine.asking import matches
from hub.store.store import Store
from hub.testing.memory import KEY, Traits
from hub.testing.stage import MASTER, Stage

THREE = {"crm": Traits(), "book": Traits(), "list": Traits(own_key=True, unique_key=False)}


def known(*names: str, traits: dict[str, Traits] = THREE) -> Stage:
    """People of whom nothing is known but a name, typed into the crm and made everywhere."""
    stage = Stage(traits)
    for name in names:
        given, family = name.split()
        stage.vendors["crm"].user_create({"given": given, "family": family})
    stage.settle()
    assert [len(v.records()) for v in stage.vendors.values()] == [len(names)] * len(traits)
    return stage


def lose(stage: Stage, master: bytes = MASTER) -> None:
    """The database is deleted; the next run begins with an empty one."""
    stage.store.close()
    if master == MASTER:
        stage.store = stage.open()
    else:
        stage.store = Store.open("sqlite://", master, clock=stage.clock.now, threaded=False)


def record(stage: Stage, system: str, given: str) -> str:
    (found,) = [k for k, r in stage.vendors[system].records().items() if r["given"] == given]
    return found


def waiting(stage: Stage) -> list[tuple[str, str]]:
    return sorted((m["tier"], m["cause"]) for m in matches.every(stage.store))


@pytest.mark.fault("S8", guard="hub.engine.joining:join_strong")
def test_people_known_only_by_name_are_joined_again_and_nothing_is_written() -> None:
    stage = known("Anna Virtanen", "Bo Ek")
    before = {n: v.records() for n, v in stage.vendors.items()}
    lose(stage)
    cycle = stage.sync()
    assert stage.written() == {"crm": 0, "book": 0, "list": 0}
    assert (cycle.tally.planned, cycle.tally.joined, waiting(stage)) == (0, 4, [])
    assert sorted(len(stage.links(c.id)) for c in stage.contacts()) == [3, 3]
    stage.sync()
    assert stage.written() == {"crm": 0, "book": 0, "list": 0}
    assert {n: v.records() for n, v in stage.vendors.items()} == before
    stage.vendors["list"].user_edit(record(stage, "list", "Bo"), {"family": "Ekman"})
    stage.settle()
    assert {r["family"] for r in stage.vendors["crm"].records().values()} == {"Virtanen", "Ekman"}


def test_copies_know_each_other_when_their_original_is_gone() -> None:
    stage = known("Anna Virtanen")
    stage.vendors["crm"].hide(record(stage, "crm", "Anna"))
    lose(stage)
    stage.sync(approve=None)
    (anna,) = stage.contacts()
    assert sorted(k.ref.system for k in stage.links(anna.id)) == ["book", "list"]


def test_one_made_after_the_first_is_known_too_and_so_on() -> None:
    """A system that joins after a loss gets a copy of what was made from copies: the origin goes on."""
    stage = known("Anna Virtanen", traits={"crm": Traits(), "book": Traits()})
    lose(stage)
    stage.settle()
    stage.vendors["crm"].hide(record(stage, "crm", "Anna"))
    book = record(stage, "book", "Anna")
    new = Stage({"book": Traits(), "list": Traits()}, seed=7)
    new.vendors["book"] = stage.vendors["book"]
    new.connectors["book"] = stage.connectors["book"]
    new.settle()
    there = new.vendors["list"].records()[record(new, "list", "Anna")]
    assert str(there[KEY])[:18] == str(stage.vendors["book"].records()[book][KEY])[:18]
    assert there[KEY] != stage.vendors["book"].records()[book][KEY]


def test_a_copy_somebody_made_into_another_person_stays_apart() -> None:
    """Duplicated with its key in another list, and renamed: that is a person's doing, and asked about."""
    stage = known("Anna Virtanen", traits={"crm": Traits(), "book": Traits()})
    key = stage.vendors["book"].records()[record(stage, "book", "Anna")][KEY]
    stage = with_list(stage)
    stage.vendors["list"].user_create({"given": "Aino", "family": "Virtanen", KEY: key})
    lose(stage)
    stage.sync()
    assert {m for m in waiting(stage) if m[0] == "strong"} == set()
    assert ("likely", "id:hub-key+other-name") in waiting(stage)
    assert sorted(len(stage.links(c.id)) for c in stage.contacts()) == [1, 2]


def test_one_copied_twice_in_a_system_is_for_a_person() -> None:
    stage = known("Anna Virtanen", traits={"crm": Traits(), "book": Traits(unique_key=False)})
    key = stage.vendors["book"].records()[record(stage, "book", "Anna")][KEY]
    stage.vendors["book"].user_create({"given": "Anna", "family": "Virtanen", KEY: key})
    lose(stage)
    stage.sync()
    assert {tier for tier, _ in waiting(stage)} == {"likely"}
    assert stage.written() == {"crm": 0, "book": 0}
    assert len(stage.contacts()) == 3


def test_what_contradicts_is_not_joined() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", "birthday": "1950-05-05"})
    stage.settle()
    stage.vendors["book"].user_edit(record(stage, "book", "Anna"), {"birthday": "1990-02-28"})
    lose(stage)
    stage.sync()
    assert len(stage.contacts()) == 2
    assert stage.written() == {"crm": 0, "book": 0}


def test_another_master_key_knows_nobody_and_takes_nobody_for_known() -> None:
    stage = known("Anna Virtanen", traits={"crm": Traits(), "book": Traits()})
    lose(stage, b"another master key, also 32 byte")
    stage.sync(approve=None)
    assert waiting(stage) == []
    assert len(stage.contacts()) == 2


@pytest.mark.fault("V7", guard="hub.engine.joining:join_strong")
def test_a_new_user_record_with_the_key_joins_only_while_nobody_has_it_there() -> None:
    """In daily work: a card exported from the book and imported into the list is the same person."""
    stage = with_list(known("Anna Virtanen", traits={"crm": Traits(), "book": Traits()}))
    key = stage.vendors["book"].records()[record(stage, "book", "Anna")][KEY]
    stage.vendors["list"].user_create({"given": "Anna", "family": "Virtanen", KEY: key})
    stage.settle()
    assert len(stage.contacts()) == 1
    assert len(stage.vendors["list"].records()) == 1


def with_list(stage: Stage) -> Stage:
    """The same systems and store, and one more system."""
    more = Stage({**stage.traits, "list": Traits(unique_key=False)})
    for name in stage.traits:
        more.vendors[name], more.connectors[name] = stage.vendors[name], stage.connectors[name]
    more.store = stage.store
    more.clock = stage.clock
    return more
