"""One run per workspace: who holds the lease, who may take it over, and who may not commit any more."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading

import pytest
from sqlalchemy import select
from store_support import Open

from hub.errors import FenceLost, StoreBusy
from hub.store import contacts
from hub.store import tables as t
from hub.store.contacts import ContactRow
from hub.store.holder import MINE
from hub.store.store import LEASE_S
from hub.testing.clock import VirtualClock

HERE = f"{socket.gethostname()}:{os.getpid()}"


def dead_process() -> str:
    """The name of a process of this host that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    return f"{socket.gethostname()}:{child.pid}/token"


@pytest.mark.fault("S9", guard="hub.store.store:Store.take_lease")
def test_second_run_is_told_at_once_who_holds_the_workspace(open_store: Open) -> None:
    clock = VirtualClock()
    first, second = open_store(clock=clock.now), open_store(clock=clock.now)
    first.take_lease(f"{HERE}/one")
    clock.turn(20)
    with pytest.raises(StoreBusy, match=rf"Another run holds this workspace \({HERE}\).*released in {int(LEASE_S) - 19} s"):
        second.take_lease(f"{HERE}/two")
    first.give_back()
    second.take_lease(f"{HERE}/two")


@pytest.mark.fault("S10", guard="hub.store.store:Store.take_lease")
def test_lease_of_a_process_that_died_is_taken_over_at_once(open_store: Open) -> None:
    clock = VirtualClock()
    open_store(clock=clock.now).take_lease(dead_process())
    second = open_store(clock=clock.now)
    second.take_lease(f"{HERE}/two")
    assert second.epoch == 2


def test_lease_of_a_living_process_is_not_taken_over(open_store: Open) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        open_store().take_lease(f"{socket.gethostname()}:{child.pid}/token")
        with pytest.raises(StoreBusy):
            open_store().take_lease(f"{HERE}/two")
        child.communicate(b"\n")
    open_store().take_lease(f"{HERE}/two")


def test_lease_of_an_earlier_process_of_the_same_number_is_taken_over_at_once(open_store: Open) -> None:
    """In a container every start has the number 1."""
    first, second = open_store(), open_store()
    first.take_lease(f"{HERE}/before the restart")
    MINE.clear()
    second.take_lease(f"{HERE}/after")
    with pytest.raises(FenceLost), first.writing():
        pytest.fail("the fence is checked first")


def test_lease_of_another_host_runs_out(open_store: Open) -> None:
    clock = VirtualClock()
    open_store(clock=clock.now).take_lease("elsewhere:1/x")
    second = open_store(clock=clock.now)
    with pytest.raises(StoreBusy, match="elsewhere:1"):
        second.take_lease(f"{HERE}/two")
    clock.turn(LEASE_S + 1)
    second.take_lease(f"{HERE}/two")


def test_renewed_lease_does_not_run_out(open_store: Open) -> None:
    clock = VirtualClock()
    first, second = open_store(clock=clock.now), open_store(clock=clock.now)
    first.take_lease("elsewhere:1/x")
    clock.turn(LEASE_S - 1)
    first.renew()
    clock.turn(LEASE_S - 1)
    with pytest.raises(StoreBusy):
        second.take_lease(f"{HERE}/two")


def test_run_that_is_busy_with_its_database_keeps_the_lease(open_store: Open) -> None:
    """However long it reconciles: nobody renews for it meanwhile."""
    clock = VirtualClock()
    first, second = open_store(clock=clock.now), open_store(clock=clock.now)
    first.take_lease("elsewhere:1/x")
    for n in range(4):
        clock.turn(LEASE_S / 2)
        with first.writing() as tx:
            contacts.save_contacts(tx, [ContactRow(f"c{n}", "contact")], ())
        with pytest.raises(StoreBusy):
            second.take_lease(f"{HERE}/two")


@pytest.mark.fault("S12", guard="hub.store.store:Store.writing")
def test_overtaken_writer_cannot_commit(open_store: Open) -> None:
    clock = VirtualClock()
    slow, quick = open_store(clock=clock.now), open_store(clock=clock.now)
    slow.take_lease("elsewhere:1/x")
    with slow.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("before", "contact")], ())
    clock.turn(LEASE_S + 1)  # it slept
    quick.take_lease(f"{HERE}/two")
    with pytest.raises(FenceLost, match="this run stops and lost nothing"), slow.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("after", "contact")], ())
    with pytest.raises(FenceLost):
        slow.renew()
    slow.give_back()  # of a lease that is not its own any more: nothing happens
    with quick.reading() as tx:
        assert set(contacts.load_contacts(tx, ["before", "after"])) == {"before"}
        assert tx.sql.execute(select(t.lease.c.holder)).scalar_one() == f"{HERE}/two"


def test_forced_takeover(open_store: Open) -> None:
    first, second = open_store(), open_store()
    first.take_lease(f"{HERE}/one")
    second.take_lease(f"{HERE}/two", force=True)
    with pytest.raises(FenceLost), first.writing():
        pytest.fail("the fence is checked first")


def test_a_takeover_waits_for_the_transaction_it_would_overtake(open_store: Open) -> None:
    """Between the look at the fence and the commit nobody may take over."""
    slow, quick = open_store(), open_store()
    slow.take_lease(f"{HERE}/one")
    order: list[str] = []

    def take() -> None:
        quick.take_lease(f"{HERE}/two", force=True)
        order.append("taken")

    thief = threading.Thread(target=take)
    with slow.writing() as tx:
        thief.start()
        thief.join(timeout=0.2)
        contacts.save_contacts(tx, [ContactRow("c1", "contact")], ())
        order.append("written")
    thief.join(timeout=30)
    assert order == ["written", "taken"]
    with quick.reading() as tx:
        assert set(contacts.load_contacts(tx, ["c1"])) == {"c1"}


def test_two_who_ask_at_the_same_moment_do_not_both_get_it(open_store: Open) -> None:
    stores = [open_store() for _ in range(4)]
    got: list[str] = []
    start = threading.Barrier(len(stores))

    def ask(n: int) -> None:
        start.wait()
        try:
            stores[n].take_lease(f"{HERE}/{n}")
            got.append(f"{n}")
        except StoreBusy:
            pass

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(stores))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert len(got) == 1


def test_reviewers_need_no_lease(open_store: Open) -> None:
    open_store().take_lease(f"{HERE}/a run")
    with open_store().writing() as tx:
        contacts.save_contacts(tx, [ContactRow("c1", "contact")], ())


def test_calls_run_in_the_stores_own_thread(open_store: Open) -> None:
    store = open_store()
    names = {asyncio.run(store.call(lambda: threading.current_thread().name)) for _ in range(3)}
    assert len(names) == 1 and threading.current_thread().name not in names
    assert asyncio.run(open_store(threaded=False).call(threading.current_thread)) is threading.current_thread()


@pytest.mark.fault("S14", guard="hub.store.address:write_ahead")
def test_reading_is_one_consistent_view_and_writes_nothing(open_store: Open) -> None:
    one, other = open_store(), open_store()
    with one.reading() as tx:
        assert contacts.load_contacts(tx, ["c1"]) == {}
        with other.writing() as busy:
            contacts.save_contacts(busy, [ContactRow("c1", "contact")], ())
        assert contacts.load_contacts(tx, ["c1"]) == {}
    with one.reading() as tx:
        assert set(contacts.load_contacts(tx, ["c1"])) == {"c1"}


def test_hook_is_called_around_every_commit_and_can_stop_it(open_store: Open) -> None:
    class Stop(BaseException):
        pass

    told: list[str] = []

    def hook(when: str) -> None:
        told.append(when)
        if len(told) == 3:
            raise Stop

    store = open_store(hook=hook)
    with store.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("c1", "contact")], ())
    with pytest.raises(Stop), store.writing() as tx:
        contacts.save_contacts(tx, [ContactRow("c2", "contact")], ())
    assert told == ["before commit", "after commit", "before commit"]
    with store.reading() as tx:
        assert set(contacts.load_contacts(tx, ["c1", "c2"])) == {"c1"}
