"""Writing: twenty a request, what a moved version means, items refused inside a 200, slots, and lost answers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from outlook_site import Site

from hub.sdk import Done, NativeRecord, NativeWrite, Refused, Unknown, WriteResult
from hub_outlook.sandbox import MAILBOX

OTHER = "chair@association.example"


def reaction(result: WriteResult) -> str:
    assert isinstance(result, Refused)
    return result.reaction


def why(result: WriteResult) -> str:
    assert isinstance(result, Refused)
    return result.why


@pytest.mark.parametrize("honours", [True, False])
def test_an_edit_in_between_is_not_overwritten_whether_or_not_graph_heeds_if_match(honours: bool) -> None:
    site = Site()
    site.world.honours_if_match = honours
    anna, berta = site.person("A"), site.person("B")
    writes = [site.update(anna, jobTitle="Ours"), site.delete(berta)]
    site.users.edit(anna, jobTitle="Theirs")
    site.users.edit(berta, nickName="B")
    assert [reaction(result) for result in site.write(*writes)] == ["stale", "stale"]
    assert site.users.row(anna)["jobTitle"] == "Theirs"
    assert berta in site.users.present()


def test_a_version_that_moved_by_itself_is_no_conflict() -> None:
    site = Site()
    anna = site.person()
    write = site.update(anna, jobTitle="Ours")
    site.users.touch(anna)
    assert isinstance(site.write(write)[0], Done)
    assert site.users.row(anna)["jobTitle"] == "Ours"


def test_a_412_that_is_no_conflict_is_tried_once_more() -> None:
    site = Site()
    anna = site.person()
    write = site.update(anna, jobTitle="Ours")
    site.world.touches = 1
    assert isinstance(site.write(write)[0], Done)
    assert sum(one.startswith("PATCH") for one in site.world.log.operations) == 2
    write = site.update(anna, jobTitle="Again")
    site.world.touches = 2
    assert reaction(site.write(write)[0]) == "stale"


def test_a_412_that_is_a_conflict_stays_one() -> None:
    site = Site()
    anna = site.person()
    write = site.update(anna, jobTitle="Ours")

    def typed_meanwhile(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("$batch") and b'"GET"' in request.content:
            site.users.edit(anna, jobTitle="Theirs")  # after our reading, before our writing
            site.wire.mishap = None
        return answer

    site.wire.mishap = typed_meanwhile
    assert reaction(site.write(write)[0]) == "stale"
    assert site.users.row(anna)["jobTitle"] == "Theirs"


def test_a_batch_holds_twenty_and_updates_are_read_before() -> None:
    site = Site()
    people = [site.person(f"V {number}") for number in range(45)]
    writes = [site.update(one, jobTitle="Chair") for one in people]
    assert all(isinstance(result, Done) for result in site.write(*writes))
    assert site.world.log.requests == 3 + 3 + 2  # two once, to know where the contacts are
    results = site.write(*(site.create(f"key-{number}", surname="New") for number in range(45)))
    assert all(isinstance(result, Done) for result in results)
    assert site.world.log.requests == 3


def test_items_refused_inside_a_200_are_sent_again_after_the_wait_and_the_others_are_not() -> None:
    site = Site()
    site.world.refuses_items = 7
    results = site.write(*(site.create(f"key-{number}", surname=f"New {number}") for number in range(20)))
    assert all(isinstance(result, Done) for result in results)
    assert len(site.users.present()) == 20
    assert site.world.log.requests == 2


def test_items_that_stay_refused_are_for_later() -> None:
    site = Site()
    site.world.refuses_items = 10_000
    results = site.write(site.create("key-1", surname="New"), site.create("key-2", surname="New"))
    assert [reaction(result) for result in results] == ["transient", "transient"]
    assert all(isinstance(result, Refused) and result.retry_after_s == 10 for result in results)
    assert not site.users.present()


def test_one_item_refused_stops_no_other() -> None:
    site = Site()
    anna = site.person()
    results = site.write(site.create("key-1", surname="A"), NativeWrite("update", site.ref("nobody"), {"surname": "x"}),
                         site.create("key-2", surname="B\0"), site.create("key-3", fax="1"), site.delete(anna))
    assert [type(result) for result in results] == [Done, Refused, Refused, Refused, Done]
    assert "surname has a NUL" in why(results[2])
    assert "fax is no property" in why(results[3])


def test_a_create_goes_where_its_collection_says_and_into_the_first_folder_named() -> None:
    site = Site({"mailboxes": [MAILBOX, OTHER], "folders": ["Board", "Contacts"]}, mailboxes=(MAILBOX, OTHER))
    board = site.users.folder(OTHER, "Board")
    there, nowhere, strange = site.write(site.create("key-1", OTHER, surname="A"), site.create("key-2", MAILBOX, surname="B"),
                                         site.create("key-3", "else@association.example", surname="C"))
    assert isinstance(there, Done)
    assert there.ref.collection == OTHER
    assert site.users.item(there.ref.native_id)[1].folder == board
    assert reaction(nowhere) == reaction(strange) == "rejected"


def test_a_create_without_a_collection_goes_into_the_first_mailbox() -> None:
    site = Site()
    result = site.write(site.create("key-1", "", surname="A"))[0]
    assert isinstance(result, Done)
    assert result.ref.collection == MAILBOX
    assert result.record is not None
    assert result.record.ref == result.ref


def test_slots_are_lists_on_the_wire_and_a_name_of_an_address_is_kept() -> None:
    site = Site()
    anna = site.person(emailAddresses=[{"address": "a@x.example", "name": "Anna at work"},
                                       {"address": "b@x.example", "name": "b@x.example"}],
                       businessPhones=["1", "2"], homePhones=[])
    seen = site.record(anna).data
    assert seen["emailAddresses"] == {"first": {"address": "a@x.example", "name": "Anna at work"},
                                      "second": {"address": "b@x.example"}}
    assert (seen["businessPhones"], seen["homePhones"]) == ({"first": "1", "second": "2"}, {})
    emails = {**seen["emailAddresses"], "third": {"address": "c@x.example"}}
    assert isinstance(site.write(site.update(anna, emailAddresses=emails, homePhones={"second": "3"}))[0], Done)
    row = site.users.row(anna)
    assert row["emailAddresses"] == [{"address": "a@x.example", "name": "Anna at work"},
                                     {"address": "b@x.example", "name": "b@x.example"},
                                     {"address": "c@x.example", "name": "c@x.example"}]
    assert row["homePhones"] == ["3"]
    fourth = {**emails, "fourth": {"address": "d@x.example"}}
    assert reaction(site.write(site.update(anna, emailAddresses=fourth))[0]) == "rejected"


def test_a_birthday_is_written_so_that_no_time_zone_moves_it_and_partial_ones_not_at_all() -> None:
    site = Site()
    anna = site.person(birthday="1990-02-27T22:00:00Z")
    assert site.record(anna).data["birthday"] == "1990-02-28"
    site.write(site.update(anna, birthday="1990-03-01"))
    assert site.users.row(anna)["birthday"] == "1990-03-01T11:59:00Z"
    assert reaction(site.write(site.update(anna, birthday="1990-03"))[0]) == "rejected"
    assert isinstance(site.write(site.update(anna, birthday=None))[0], Done)
    assert site.users.row(anna)["birthday"] is None


def lost(site: Site) -> None:
    """The answer to a batch that writes never arrives."""
    def mishap(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not request.extensions["safe"]:
            raise httpx.ReadTimeout("lost")
        return answer

    site.wire.mishap = mishap


def test_a_lost_answer_is_settled_by_reading() -> None:
    site = Site()
    anna, berta = site.person("A"), site.person("B")
    writes = [site.update(anna, jobTitle="Ours"), site.delete(berta), site.create("key-1", surname="New")]
    lost(site)
    results = site.write(*writes)
    assert [type(result) for result in results] == [Done, Done, Done]
    assert len(site.users.present()) == 2


def test_a_create_is_found_by_its_key_whichever_mailbox_it_is_in() -> None:
    site = Site({"mailboxes": [MAILBOX, OTHER]}, mailboxes=(MAILBOX, OTHER))
    made = site.write(site.create("key-1", OTHER, surname="A"))[0]
    assert isinstance(made, Done)
    found = site.call(lambda connector: connector.find("contact", ["key-1", "key-2"]))
    assert {key: record.ref for key, record in found.items()} == {"key-1": made.ref}


def test_a_server_error_of_one_item_is_unknown_unless_it_landed() -> None:
    site = Site()

    def broken(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.extensions["safe"]:
            return answer
        body: dict[str, Any] = json.loads(answer.content)
        for one in body["responses"]:
            one["status"], one["body"] = 503, {"error": {"code": "ServiceUnavailable", "message": "later"}}
        return httpx.Response(200, json=body)

    site.wire.mishap = broken
    assert isinstance(site.write(site.create("key-1", surname="A"))[0], Done)  # it is there: found by its key
    anna = next(iter(site.users.present()))
    assert isinstance(site.write(NativeWrite("update", site.ref(anna), {"surname": "B"}))[0], Done)
    assert isinstance(site.write(NativeWrite("update", site.ref(anna), {"surname": "C", "nickName": ""}))[0], Unknown)


def test_a_thousand_changes_need_as_few_requests_as_the_readme_says() -> None:
    site = Site()
    site.world.limits.largest_page = 200
    people = [site.person(f"Virtanen {number}") for number in range(1000)]
    since = site.pull().checkpoint
    for one in people:
        site.users.edit(one, jobTitle="Chair")
    assert len(site.pull(since).ids) == 1000
    assert site.world.log.requests == 1 + 5
    found = site.call(lambda connector: connector.fetch([site.ref(one) for one in people]))
    assert site.world.log.requests == 50 + 2
    updates = [NativeWrite("update", now.ref, {"jobTitle": "Treasurer"}, now.data, now.version) for now in found
               if isinstance(now, NativeRecord)]
    assert all(isinstance(result, Done) for result in site.write(*updates))
    assert site.world.log.requests == 2 * 50 + 2
    site.write(*(site.create(f"key-{number}", surname="New") for number in range(1000)))
    assert site.world.log.requests == 50
