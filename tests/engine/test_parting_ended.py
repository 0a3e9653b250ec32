"""Two people joined by mistake, one of whom is deleted: parted again, the other one stays (merge.md 11)."""

from __future__ import annotations

import pytest

from hub.engine.asking import conflicts, one_and_two
from hub.store import plans
from hub.testing.memory import Traits
from hub.testing.stage import REVIEWER, Stage

pytestmark = pytest.mark.both_databases


def joined(on_delete: str) -> tuple[Stage, dict[str, str]]:
    """Two of one name, one in crm and book, the other one in list and book; and they were taken for one."""
    only = {"creates": False}
    stage = Stage({n: Traits() for n in ("crm", "list", "book")}, rules={
        "crm": {"on_delete": on_delete, **only}, "list": {"on_delete": on_delete, **only}, "book": only})
    of = {f"{who} {at}": stage.vendors[at].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
          for who, at in (("one", "book"), ("other", "book"), ("one", "crm"), ("other", "list"))}
    stage.settle()
    for pair in ((("crm", of["one crm"]), ("book", of["one book"])), (("list", of["other list"]), ("book", of["other book"])),
                 (("crm", of["one crm"]), ("list", of["other list"]))):
        one_and_two.merge(stage.store, stage.book, *(stage.contact_of(*record).id for record in pair), by=REVIEWER)
        stage.settle()
    return stage, of


@pytest.mark.parametrize("on_delete", ["propagate", "ask"])
@pytest.mark.parametrize(("goes", "where", "stays"), [("one", "crm", "other"), ("other", "list", "one")])
def test_only_whose_record_ended_is_deleted(on_delete: str, goes: str, where: str, stays: str) -> None:
    stage, of = joined(on_delete)
    stage.vendors[where].user_delete(of[f"{goes} {where}"])
    stage.sync(approve=None)
    if on_delete == "ask":
        (asked,) = conflicts.every(stage.store)
        conflicts.resolve(stage.store, asked["id"], "delete", by=REVIEWER, value=None)
        stage.sync(approve=None)
    one_and_two.unmerge(stage.store, stage.book, stage.contact_of("book", of["one book"]).id, by=REVIEWER)
    stage.sync(approve=None)
    with stage.store.reading() as tx:
        assert [w.native_id for w in plans.writes(tx, states=["planned"])] == [of[f"{goes} book"]]
    stage.settle()
    assert set(stage.vendors["book"].records()) == {of[f"{stays} book"]}
    assert stage.contact_of("book", of[f"{stays} book"]).state == "live"


def test_what_was_joined_in_three_steps_is_parted_in_three() -> None:
    stage, of = joined("ask")
    for apart, record in ((2, "one book"), (3, "one book"), (4, "other book")):
        one_and_two.unmerge(stage.store, stage.book, stage.contact_of("book", of[record]).id, by=REVIEWER)
        stage.settle()
        assert len({stage.contact_of(name.split()[1], native).id for name, native in of.items()}) == apart
    assert not any(stage.written().values()) and not conflicts.every(stage.store)
