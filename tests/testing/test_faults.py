"""Faults happen as often as said, from one seed, and do what they say."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from memory_calls import pulled, run, update, world, write

from hub.errors import AuthFailed, ContractBroken, Throttled, Transient
from hub.model.record import NativeRecord
from hub.model.write import Refused, Unknown, WriteResult
from hub.testing.faults import Faults
from hub.testing.memory import MemoryConnector, MemorySystem


def faulty(**rates: Any) -> tuple[MemorySystem, MemoryConnector, NativeRecord]:
    crm = world(batch_max=2, batch_mode="partial")
    anna = crm.user_create({"given": "Anna"})
    return crm, MemoryConnector(crm, Faults(random.Random(1), **rates)), anna


@pytest.mark.parametrize(("fault", "error", "result", "lands"), [
    ("lost_before", Transient, Refused, False),
    ("lost_after", Transient, Unknown, True),
    ("server_error", Transient, Unknown, False),
    ("garbled", ContractBroken, Unknown, True),
])
def test_faults_of_a_call(fault: str, error: type[Exception], result: type[WriteResult], lands: bool) -> None:
    crm, connector, anna = faulty(**{fault: 1.0})
    with pytest.raises(error):
        run(connector.fetch([anna.ref]))
    with pytest.raises(error):
        pulled(connector)
    assert isinstance(write(connector, update(anna, given="Ann"))[0], result)
    assert (crm.records()[anna.ref.native_id]["given"] == "Ann") == lands
    assert connector.faults.counts[fault] == 3


def test_faults_that_are_raised_before_anything_is_sent() -> None:
    _, connector, anna = faulty(throttled=1.0, retry_after_s=12)
    with pytest.raises(Throttled) as raised:
        write(connector, update(anna))
    assert raised.value.retry_after_s == 12
    _, connector, anna = faulty(auth_failed=1.0)
    with pytest.raises(AuthFailed):
        write(connector, update(anna))


def test_later_batches_are_refused_and_not_raised() -> None:
    crm, connector, anna = faulty()
    faults = connector.faults
    faults.between = lambda when, op: setattr(faults, "throttled", float(crm.requests > 0))
    results = write(connector, *(update(anna, given=str(n)) for n in range(3)))
    assert [getattr(r, "reaction", "done") for r in results] == ["done", "stale", "transient"]


def test_a_stale_read_is_one_change_old() -> None:
    crm, connector, anna = faulty(stale_read=1.0)
    crm.user_edit(anna.ref.native_id, {"given": "B"})
    crm.user_edit(anna.ref.native_id, {"given": "C"})
    answer = run(connector.fetch([anna.ref]))[0]
    assert isinstance(answer, NativeRecord)
    assert answer.data["given"] == "B"


def test_a_listing_that_breaks_off_and_repeats() -> None:
    crm = world(page=1)
    for _ in range(3):
        crm.user_create({})
    with pytest.raises(Transient):
        pulled(MemoryConnector(crm, Faults(break_off=1.0)))
    pages = pulled(MemoryConnector(crm, Faults(replayed=1.0)))
    assert [len(page.changes) for page in pages] == [1, 2, 2, 1]


def test_a_batch_that_leaves_one_out() -> None:
    crm, connector, anna = faulty(partial_batch=1.0)
    assert isinstance(write(connector, update(anna, given="X"))[0], Refused)
    assert crm.log == []


def test_a_crash_before_and_after() -> None:
    class Crash(BaseException):
        pass

    for moment, landed in (("before", 0), ("after", 1)):
        crm, connector, anna = faulty()

        def crashes(when: str, op: str, moment: str = moment) -> None:
            if when == moment:
                raise Crash

        connector.faults.between = crashes
        with pytest.raises(Crash):
            write(connector, update(anna, given="Ann"))
        assert len(crm.log) == landed


def test_one_seed_one_trouble() -> None:
    def history() -> list[str]:
        _, connector, anna = faulty(lost_before=0.3, lost_after=0.3, server_error=0.3)
        bare = replace(anna, version=None)
        return [type(write(connector, update(bare, given=str(n)))[0]).__name__ for n in range(40)]

    assert history() == history()
    assert len(set(history())) == 3


def test_down_and_calm() -> None:
    _, connector, anna = faulty(down=True, resync=1.0)
    with pytest.raises(Transient):
        pulled(connector)
    assert isinstance(write(connector, update(anna))[0], Refused)
    connector.faults.calm()
    pulled(connector, pulled(connector)[-1].checkpoint)
