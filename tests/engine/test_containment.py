"""A system that fails, in whatever way, is skipped and named. The others go on as if nothing were."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from hub.engine.asking.status import status
from hub.errors import AuthFailed, ConnectorError, ContractBroken, Misconfigured, ResyncRequired, Throttled, Transient
from hub.model.record import Gone, Page, Upserted
from hub.model.refs import RecordRef
from hub.model.write import Done, NativeWrite, WriteResult
from hub.rules.normal import BadValue
from hub.store import systems
from hub.testing.memory import MemoryConnector, Refusal, Traits
from hub.testing.stage import Stage, emails

ERRORS = [Transient("x: no answer"), Throttled("x: wait", 30), AuthFailed("x: the credentials are wrong"),
          Misconfigured("x: no such site"), ContractBroken("x: HTML"), KeyError("Anna"), RuntimeError("a mistake of Anna's")]
BUGS = (KeyError, RuntimeError)


def three() -> tuple[Stage, str]:
    stage = Stage({"crm": Traits(), "book": Traits(), "list": Traits(conditional=False, returns="none")})
    anna = stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"}).ref.native_id
    stage.settle()
    return stage, anna


def as_without(stage: Stage) -> None:
    """The others agree, nothing of the failing system was taken for anything, and it catches up when it is back."""
    assert [r["given"] for r in stage.vendors["crm"].records().values()] == ["Annika"]
    assert [r["given"] for r in stage.vendors["book"].records().values()] == ["Annika"]
    assert [r["given"] for r in stage.vendors["list"].records().values()] == ["Anna"]
    assert stage.conflicts() == []


def caught_up(stage: Stage) -> None:
    stage.settle()
    assert [r["given"] for r in stage.vendors["list"].records().values()] == ["Annika"]
    assert all(len(v.records()) == 1 for v in stage.vendors.values()) and stage.conflicts() == []


@pytest.mark.fault("P6", guard="hub.engine.cycle:run_cycle")
@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_system_that_cannot_be_read(error: Exception) -> None:
    stage, anna = three()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})

    class Broken(MemoryConnector):
        async def pull(self, entity: str, since: Any) -> AsyncIterator[Any]:
            raise error
            yield

    whole = stage.connectors["list"]
    stage.connectors["list"] = Broken(stage.vendors["list"], stage.faults["list"])
    cycle = stage.sync()
    assert list(cycle.tally.stopped) == ["list"] and "Anna" not in cycle.tally.stopped["list"]
    assert stage.written() == {"crm": 0, "book": 1, "list": 0}
    as_without(stage)
    stage.connectors["list"] = whole
    caught_up(stage)


@pytest.mark.fault("P6", guard="hub.engine.cycle:run_cycle")
@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_system_that_cannot_be_written(error: Exception) -> None:
    stage, anna = three()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})

    class Broken(MemoryConnector):
        async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            raise error

    whole = stage.connectors["list"]
    stage.connectors["list"] = Broken(stage.vendors["list"], stage.faults["list"])
    cycle = stage.sync()
    if isinstance(error, ConnectorError):
        assert list(cycle.tally.stopped) == ["list"]
    else:
        assert cycle.tally.unknown == 1
    as_without(stage)
    stage.connectors["list"] = whole
    caught_up(stage)


def test_connector_that_fails_after_the_write_landed() -> None:
    """An exception nobody expected says nothing about what landed: it is asked about, not written again."""
    stage, anna = three()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    second = stage.vendors["crm"].user_create({"given": "Matti", "family": "Korhonen"}).ref.native_id

    class Broken(MemoryConnector):
        async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            await super().write(entity, batch)
            raise KeyError("id")

    stage.connectors["list"] = Broken(stage.vendors["list"], stage.faults["list"])
    stage.sync()
    stage.connectors["list"] = MemoryConnector(stage.vendors["list"], stage.faults["list"])
    stage.sync()
    assert stage.written()["list"] == 0
    stage.settle()
    assert sorted(str(r["given"]) for r in stage.vendors["list"].records().values()) == ["Annika", "Matti"]
    assert stage.contact_of("crm", second) and stage.conflicts() == []


@pytest.mark.parametrize("answers", [0, 2])
def test_connector_that_answers_more_or_less_than_it_was_asked(answers: int) -> None:
    stage, anna = three()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})

    class Broken(MemoryConnector):
        async def write(self, entity: str, batch: Sequence[NativeWrite]) -> Sequence[WriteResult]:
            done = list(await super().write(entity, batch))
            return [done[0] if done else Done(batch[0].ref)] * answers

    stage.connectors["list"] = Broken(stage.vendors["list"], stage.faults["list"])
    assert stage.sync().tally.unknown == 1
    stage.connectors["list"] = MemoryConnector(stage.vendors["list"], stage.faults["list"])
    caught_up(stage)


@pytest.mark.fault("P8", guard="hub.engine.contained:Contained._are_ours")
@pytest.mark.parametrize("winner", [False, True], ids=["a record", "the winner of a merge"])
def test_connector_that_tells_of_another_systems_records(winner: bool) -> None:
    """Whose record it is decides whom it is shown to: nobody is changed by a record of another system's name."""
    stage, anna = three()
    book = next(iter(stage.vendors["book"].records()))
    mine = RecordRef("list", "", "contact", next(iter(stage.vendors["list"].records())))

    class Broken(MemoryConnector):
        async def pull(self, entity: str, since: Any) -> AsyncIterator[Any]:
            stranger = stage.vendors["book"].shown(stage.vendors["book"]._live(book))
            changed = Upserted(replace(stranger, data={**stranger.data, "given": "Somebody"}, version="other"))
            yield Page((Gone(mine, "merged_into", stranger.ref) if winner else changed,))

    stage.connectors["list"] = Broken(stage.vendors["list"], stage.faults["list"])
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    assert "another system" in stage.sync().tally.stopped["list"]
    as_without(stage)
    stage.connectors["list"] = MemoryConnector(stage.vendors["list"], stage.faults["list"])
    caught_up(stage)


def test_connector_that_answers_with_other_records_than_it_was_asked_for() -> None:
    """Answers go by their place: one of another record would be taken for the person that was asked about."""
    stage = Stage({"crm": Traits(), "list": Traits(returns="none", batch_max=20, batch_mode="partial")})
    people = [stage.vendors["crm"].user_create({"given": given, "family": "Virtanen"}).ref.native_id
              for given in ("Anna", "Matti")]
    stage.settle()

    class Broken(MemoryConnector):
        async def fetch(self, refs: Sequence[RecordRef]) -> Sequence[Any]:
            return list(reversed(await super().fetch(refs)))

    stage.connectors["list"] = Broken(stage.vendors["list"], stage.faults["list"])
    for record, given in zip(people, ("Annika", "Matias"), strict=True):
        stage.vendors["crm"].user_edit(record, {"given": given})
    assert stage.sync().tally.unknown == 2
    stage.connectors["list"] = MemoryConnector(stage.vendors["list"], stage.faults["list"])
    stage.settle()
    for vendor in stage.vendors.values():
        assert sorted(str(r["given"]) for r in vendor.records().values()) == ["Annika", "Matias"]
    assert stage.conflicts() == []


@pytest.mark.parametrize("method", ["fetch", "find"])
def test_recovery_that_fails_forgets_nothing(method: str) -> None:
    stage, anna = three()
    if method == "fetch":
        stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    else:
        stage.vendors["crm"].user_create({"given": "Matti", "family": "Korhonen"})
    stage.faults["list"].next("lost_after")
    stage.sync()

    async def fail(*_: Any) -> Any:
        raise KeyError("Anna")

    setattr(stage.connectors["list"], method, fail)
    assert list(stage.sync().tally.stopped) == ["list"]
    delattr(stage.connectors["list"], method)
    if method == "find":
        stage.connectors["list"] = MemoryConnector(stage.vendors["list"], stage.faults["list"])
    stage.settle()
    assert sorted(str(r["given"]) for r in stage.vendors["list"].records().values()) == (
        ["Annika"] if method == "fetch" else ["Anna", "Matti"])


def test_wrong_credentials_are_remembered_until_they_are_right() -> None:
    stage, _ = three()

    def state() -> tuple[str, str]:
        with stage.store.reading() as tx:
            row = systems.all_systems(tx)["list"]
            return row.state, row.reason

    stage.vendors["list"].accepts = False
    stage.sync()
    assert state() == ("stopped", "list: the credentials are wrong. Enter them again.")
    stage.sync()
    assert state()[0] == "stopped"
    stage.vendors["list"].accepts = True
    stage.sync()
    assert state() == ("active", "")


def test_account_that_may_only_read() -> None:
    stage, anna = three()
    stage.vendors["list"].read_only = True
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    cycle = stage.sync()
    assert "may only read" in cycle.tally.stopped["list"]
    as_without(stage)
    stage.vendors["list"].read_only = False
    caught_up(stage)


@pytest.mark.fault("V1", guard="hub.engine.pull:pull")
def test_checkpoint_that_died_means_reading_all_again() -> None:
    stage, anna = three()
    stage.vendors["list"].expire()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    cycle = stage.sync()
    assert cycle.pulls["list"].resynced and cycle.tally.stopped == {}
    assert stage.written() == {"crm": 0, "book": 1, "list": 1}
    caught_up(stage)


def test_checkpoint_that_dies_again_and_again_stops_only_that_system() -> None:
    stage, anna = three()
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})

    class Forgetful(MemoryConnector):
        async def pull(self, entity: str, since: Any) -> AsyncIterator[Any]:
            raise ResyncRequired("x: read everything again")
            yield

    stage.connectors["list"] = Forgetful(stage.vendors["list"], stage.faults["list"])
    assert list(stage.sync().tally.stopped) == ["list"]
    as_without(stage)
    stage.connectors["list"] = MemoryConnector(stage.vendors["list"], stage.faults["list"])
    caught_up(stage)


@pytest.mark.fault("V17", guard="hub.engine.push:_refused")
def test_refused_record_is_parked_alone_until_it_changes() -> None:
    stage = Stage({"crm": Traits(), "book": Traits(fields=frozenset({"given", "family", "emails"}))})
    vendor = stage.vendors["book"]
    anna = stage.vendors["crm"].user_create({"given": "Anna", **emails(Traits(), ["anna@example.org"])}).ref.native_id
    stage.vendors["crm"].user_create({"given": "Matti"})
    real, asked = vendor.created, []

    def created(data: Any, collection: Any) -> Any:
        asked.append(data["given"])
        if data["given"] == "Anna":
            raise Refusal("given is refused")
        return real(data, collection)

    vendor.created = created  # type: ignore[method-assign]
    assert stage.sync().tally.refused == 1
    assert [r["given"] for r in vendor.records().values()] == ["Matti"]
    stage.sync()
    stage.sync()
    assert sorted(asked) == ["Anna", "Matti"]
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    stage.settle()
    assert sorted(str(r["given"]) for r in vendor.records().values()) == ["Annika", "Matti"]
    assert refused(stage) == 0


def refused(stage: Stage) -> int:
    return int(status(stage.store, [])["refused"])


def test_value_a_system_has_no_word_for_holds_nothing_else_up() -> None:
    stage, anna = three()
    stage.change_mapping("list", {"fields": {"notes": {"codec": "date"}}})
    stage.vendors["crm"].user_edit(anna, {"given": "Annika", "notes": "calls on Mondays"})
    stage.settle()
    (there,) = stage.vendors["list"].records().values()
    assert (there["given"], there["notes"]) == ("Annika", None)
    assert [r["notes"] for r in stage.vendors["book"].records().values()] == ["calls on Mondays"]


def test_value_that_cannot_be_stored_parks_that_record_and_no_other() -> None:
    """It is shown, and forgotten when it was put right."""
    stage, anna = three()
    stage.vendors["crm"].user_create({"given": "Matti", "family": "Korhonen"})
    lens = stage.book.systems["list"].lens
    real = lens.put

    def put(native: Any, wanted: Any, refs: Any = None) -> Any:
        if wanted.get("name.given") == "Annika":
            raise BadValue("has half a character", "name.given")
        return real(native, wanted, refs)

    lens.put = put  # type: ignore[method-assign]
    stage.vendors["crm"].user_edit(anna, {"given": "Annika"})
    stage.sync()
    stage.sync()
    assert sorted(str(r["given"]) for r in stage.vendors["list"].records().values()) == ["Anna", "Matti"]
    assert refused(stage) == 1
    stage.vendors["crm"].user_edit(anna, {"given": "Anne"})
    stage.settle()
    assert sorted(str(r["given"]) for r in stage.vendors["list"].records().values()) == ["Anne", "Matti"]
    assert refused(stage) == 0
