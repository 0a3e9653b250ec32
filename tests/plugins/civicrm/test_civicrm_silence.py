"""Writing when something goes wrong on the way: what is known, what is not, and what is never repeated."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from civicrm_site import Site, answer_lost, header_stripped, never_arrives, no_connection, person
from test_civicrm_write import anna_and_others

from hub.sdk import AuthFailed, Done, NativeWrite, Refused, Unknown


@pytest.mark.parametrize("mishap", [answer_lost])
def test_a_lost_answer_is_settled_by_reading(mishap: Any) -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    writes = [site.update(anna, first_name="hub"), site.create("hub-1", first_name="Cilla"),
              NativeWrite("delete", site.ref(site.id_of("Berta")), {})]
    site.wire.next(2, mishap)
    results = site.write(*writes)
    assert [type(result) for result in results] == [Done, Done, Done]


def test_what_never_arrived_is_unknown_and_not_repeated() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    writes = [site.update(anna, first_name="hub"), site.create("hub-1", first_name="Cilla"),
              NativeWrite("delete", site.ref(site.id_of("Berta")), {})]
    site.world.log.clear()
    site.wire.next(2, never_arrives)
    assert [type(result) for result in site.write(*writes)] == [Unknown, Unknown, Unknown]
    assert site.world.log.mutations == 0


def test_silence_and_then_nothing_at_all_is_unknown() -> None:
    site = anna_and_others()
    site.wire.next(2, answer_lost)
    for number in range(3, 20):
        site.wire.next(number, never_arrives)
    assert isinstance(site.write(NativeWrite("update", site.ref(site.id_of("Anna")), {"first_name": "hub"}))[0], Unknown)


def test_a_server_error_after_sending_is_unknown_unless_it_landed() -> None:
    async def broken_after(request: httpx.Request, deliver: Any) -> httpx.Response:
        await deliver()
        return httpx.Response(500, html="<html>gone wrong</html>")

    async def broken_before(request: httpx.Request, deliver: Any) -> httpx.Response:
        return httpx.Response(502, html="<html>bad gateway</html>")

    site = anna_and_others()
    anna = site.id_of("Anna")
    site.wire.next(2, broken_after)
    assert isinstance(site.write(NativeWrite("update", site.ref(anna), {"first_name": "hub"}))[0], Done)
    site.wire.next(2, broken_before)
    assert isinstance(site.write(NativeWrite("update", site.ref(anna), {"first_name": "two"}))[0], Unknown)


def test_without_a_connection_nothing_was_written() -> None:
    site = anna_and_others()
    for number in range(2, 8):
        site.wire.next(number, no_connection)
    result = site.write(NativeWrite("update", site.ref(site.id_of("Anna")), {"first_name": "hub"}))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "transient"


@pytest.mark.parametrize("number", [1, 2])
def test_a_stripped_header_stops_the_system_and_writes_nothing(number: int) -> None:
    async def stripped(request: httpx.Request, deliver: Any) -> httpx.Response:
        return await site.wire.site.handle_async_request(header_stripped(request))

    site = anna_and_others()
    write = site.update(site.id_of("Anna"), first_name="hub")
    site.world.log.clear()
    site.wire.next(number, stripped)
    with pytest.raises(AuthFailed):
        site.write(write)
    assert site.world.log.mutations == 0


def test_a_read_only_account_is_refused_record_by_record() -> None:
    from hub_civicrm.sandbox import READER

    site = anna_and_others(permissions=READER | {"view debug output"})
    result = site.write(NativeWrite("update", site.ref(site.id_of("Anna")), {"first_name": "hub"}))[0]
    assert isinstance(result, Refused)
    assert "permission" in result.why or "role" in result.why


def test_the_crms_own_merge_keeps_the_winners_values_and_trashes_the_loser() -> None:
    site = Site(person("Anna", external_identifier="a"), person("Anne", "Other", job_title="Chair"))
    one, two = site.id_of("Anna"), site.id_of("Anne")
    done = site.call(lambda c: c.merge(site.ref(one), site.ref(two)))
    assert isinstance(done, Done)
    assert done.record is not None
    assert (done.record.data["first_name"], done.record.data["job_title"]) == ("Anna", "Chair")
    assert site.fetch(two)[0].into == site.ref(one)  # type: ignore[union-attr]


def test_trouble_after_the_first_request_is_told_per_record() -> None:
    site = Site(*(person(f"P{n}") for n in range(4)))
    writes = [site.update(site.id_of(f"P{n}"), nick_name="x") for n in range(4)]

    async def wait(request: httpx.Request, deliver: Any) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "1000"})

    site.wire.next(3, wait)
    results = site.write(*writes, writes_per_request=2)
    assert [type(result) for result in results] == [Done, Done, Refused, Refused]
    assert [result.retry_after_s for result in results[2:]] == [1000, 1000]  # type: ignore[union-attr]
