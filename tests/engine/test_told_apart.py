"""What a person told apart stays apart, and nobody is joined through a join that was refused for it (merge.md 11)."""

from __future__ import annotations

from hub.store import inbox
from hub.testing.memory import Traits
from hub.testing.stage import Stage


def known(stage: Stage, system: str, given: str) -> tuple[str, str]:
    """A record that is read at once, so that its contact is younger than all before it. Returns its contact and link."""
    stage.clock.turn(1)
    record = stage.vendors[system].user_create({"given": given, "family": f"Family {given}"}).ref.native_id
    stage.plan()
    contact = stage.contact_of(system, record).id
    return contact, next(k.id for k in stage.links(contact) if k.ref.native_id == record)


def say(stage: Stage, *said: tuple[tuple[str, str], tuple[str, str], str]) -> None:
    """Each: two records as ``known`` gives them, and the verdict."""
    with stage.store.writing() as tx:
        for (contact, a), (_, b), verdict in said:
            inbox.add_answer(tx, contact, "match", {"pairs": [[a, b]], "verdict": verdict, "by": "reviewer"})
    stage.plan()


def homes(stage: Stage) -> set[frozenset[str]]:
    """The records that stand on one contact, for each contact."""
    return {frozenset(k.id for k in stage.links(c.id)) for c in stage.contacts() if c.state == "live"}


def test_two_are_not_joined_through_one_who_is_none_of_them() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    aino, bea = known(stage, "crm", "Aino"), known(stage, "crm", "Bea")
    one, two = known(stage, "crm", "Cili"), known(stage, "book", "Cilli")
    say(stage, (one, two, "same"))
    say(stage, (aino, one, "different"), (bea, one, "different"), (aino, two, "same"), (bea, two, "same"))
    assert homes(stage) == {frozenset({aino[1]}), frozenset({bea[1]}), frozenset({one[1], two[1]})}


def test_who_is_not_told_apart_is_joined_all_the_same() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    aino, bea = known(stage, "crm", "Aino"), known(stage, "crm", "Bea")
    one, two = known(stage, "crm", "Cili"), known(stage, "book", "Cilli")
    say(stage, (one, two, "same"))
    say(stage, (aino, one, "different"), (aino, two, "same"), (bea, two, "same"))
    assert homes(stage) == {frozenset({aino[1]}), frozenset({bea[1], one[1], two[1]})}
