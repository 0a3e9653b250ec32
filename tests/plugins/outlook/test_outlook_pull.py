"""Reading: many folders and mailboxes, what moves between them, what is removed, and what Graph is free to do meanwhile."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from outlook_site import Site

from hub.sdk import AuthFailed, ContractBroken, Gone, Misconfigured, NativeRecord, ResyncRequired, Upserted
from hub_outlook.native import day
from hub_outlook.sandbox import MAILBOX

OTHER = "chair@association.example"


def gone(change: Any) -> str:
    assert isinstance(change, Gone)
    return change.how


def test_all_folders_of_all_mailboxes_are_read_and_a_mailbox_is_a_collection() -> None:
    site = Site({"mailboxes": [MAILBOX, OTHER]}, mailboxes=(MAILBOX, OTHER))
    board = site.users.folder(MAILBOX, "Board")
    inner = site.users.folder(MAILBOX, "Board 2025", board)
    made = {site.person("A"), site.person("B", folder=board), site.person("C", folder=inner), site.person("D", mailbox=OTHER)}
    got = site.pull()
    assert got.ids == made
    assert list(got.pages[-1].collections) == [MAILBOX, OTHER]
    assert {change.ref.collection for change in got.changes} == {MAILBOX, OTHER}
    assert got.checkpoint["links"][MAILBOX].keys() == {"", board, inner}


def test_a_full_read_asks_once_for_the_folders_and_once_for_each_page() -> None:
    site = Site()
    site.users.folder(MAILBOX, "Board")
    site.world.limits.largest_page = 10
    for number in range(25):
        site.person(f"Virtanen {number}")
    got = site.pull()
    assert len(got.ids) == 25
    assert site.world.log.requests == 1 + 3 + 1
    site.pull(got.checkpoint)
    assert site.world.log.requests == 1 + 1 + 1


def test_only_the_folders_named_are_read() -> None:
    site = Site({"folders": ["board"]})
    board, private = site.users.folder(MAILBOX, "Board"), site.users.folder(MAILBOX, "Private")
    mine = site.person("A", folder=board)
    site.person("B", folder=private)
    main = site.person("C")
    got = site.pull()
    assert got.ids == {mine}
    site.users.move(mine, private)
    assert gone(site.pull(got.checkpoint).last(mine)) == "left_view"
    assert [gone(site.read(one)) for one in (mine, main)] == ["left_view", "left_view"]
    site.users.move(mine, board)
    assert isinstance(site.read(mine), NativeRecord)


def test_folders_nobody_has_are_named() -> None:
    site = Site({"folders": ["Bord"]})
    with pytest.raises(Misconfigured, match="folders"):
        site.pull()


def test_a_new_folder_is_found_and_read_whole() -> None:
    site = Site()
    site.person("A")
    since = site.pull().checkpoint
    folder = site.users.folder(MAILBOX, "Board")
    new = site.person("B", folder=folder)
    got = site.pull(since)
    assert got.ids == {new}
    assert {page.listing for page in got.pages} == {"none"}
    assert site.pull(got.checkpoint).ids == set()


@pytest.mark.parametrize("back", [False, True])
def test_a_contact_moved_between_folders_stays_the_same_contact(back: bool) -> None:
    site = Site()
    folder = site.users.folder(MAILBOX, "Board")
    anna = site.person(folder=folder if back else "")
    since = site.pull().checkpoint
    site.users.move(anna, "" if back else folder)
    got = site.pull(since)
    assert got.ids == {anna}
    assert not any(isinstance(change, Gone) for change in got.changes)
    assert site.pull(got.checkpoint).ids == set()


def test_what_is_deleted_is_trashed_and_what_is_erased_is_deleted() -> None:
    site = Site()
    anna, berta, cilla = site.person("A"), site.person("B"), site.person("C")
    since = site.pull().checkpoint
    site.users.delete(anna)
    site.users.erase(berta)
    got = site.pull(since)
    assert (gone(got.last(anna)), gone(got.last(berta))) == ("trashed", "deleted")
    assert cilla not in got.ids
    site.users.restore(anna)
    assert isinstance(site.pull(got.checkpoint).last(anna), Upserted)


def test_a_folder_that_is_gone_means_reading_everything() -> None:
    site = Site()
    folder = site.users.folder(MAILBOX, "Board")
    anna = site.person(folder=folder)
    since = site.pull().checkpoint
    box = site.users.box(MAILBOX)
    site.world.remove_folder(box, folder)
    with pytest.raises(ResyncRequired):
        site.pull(since)
    assert anna not in site.pull().ids
    assert gone(site.read(anna)) == "trashed"


@pytest.mark.parametrize("status", [410, 400, 404])
def test_a_lost_delta_token_is_named_whatever_its_status(status: int) -> None:
    site = Site()
    site.person()
    since = site.pull().checkpoint
    site.world.expired_status = status
    site.users.forget_changes()
    with pytest.raises(ResyncRequired):
        site.pull(since)
    assert site.pull(site.pull().checkpoint).ids == set()


def test_properties_missing_from_a_change_are_left_out_and_not_emptied() -> None:
    site = Site()
    anna = site.person(jobTitle="Chair", businessPhones=["+358 9 1234567"])
    since = site.pull().checkpoint
    site.users.edit(anna, jobTitle="Treasurer")
    told = site.pull(since).record(anna)
    assert not told.complete
    assert told.data["jobTitle"] == "Treasurer"
    assert not told.data.keys() & {"surname", "businessPhones", "emailAddresses", "birthday"}


def test_changes_that_come_twice_and_in_another_order_end_alike() -> None:
    site = Site()
    site.world.replays = True
    site.world.limits.largest_page = 3
    anna, berta = site.person("A"), site.person("B")
    since = site.pull().checkpoint
    site.users.edit(anna, jobTitle="Chair")
    site.users.delete(berta)
    got = site.pull(since)
    assert got.record(anna).data["jobTitle"] == "Chair"
    assert gone(got.last(berta)) == "trashed"


@pytest.mark.fault("V6", guard="hub_outlook.api:IMMUTABLE")
def test_ids_are_immutable_in_every_answer() -> None:
    site = Site()
    folder = site.users.folder(MAILBOX, "Board")
    anna = site.person()
    site.users.move(anna, folder)
    assert site.pull().ids == {anna}
    prefer = [request.headers.get("Prefer", "") for request in site.wire.sent
              if request.method == "GET" and "/v1.0/" in request.url.path]
    assert prefer
    assert all('IdType="ImmutableId"' in one for one in prefer)


def test_one_mailbox_that_cannot_be_read_stops_no_other_and_goes_on_later() -> None:
    site = Site({"mailboxes": [MAILBOX, OTHER]}, mailboxes=(MAILBOX, OTHER))
    anna, berta = site.person("A"), site.person("B", mailbox=OTHER)
    full = site.pull()
    site.world.scope = {MAILBOX}
    site.users.edit(anna, jobTitle="Chair")
    site.users.edit(berta, jobTitle="Chair")
    got = site.pull(full.checkpoint)
    assert got.ids == {anna}
    assert len(got.warnings) == 1
    assert OTHER in got.warnings[0]
    assert "scope in Exchange" in got.warnings[0]
    assert list(site.pull().pages[-1].collections) == [MAILBOX]  # what was not read is not absent
    site.world.scope = None
    assert site.pull(got.checkpoint).ids == {berta}


@pytest.mark.parametrize(("arrange", "error", "words"), [
    (lambda site: setattr(site.world, "scope", set()), AuthFailed, "scope in Exchange"),
    (lambda site: setattr(site.world, "roles", set()), AuthFailed, "scope in Exchange"),
    (lambda site: setattr(site.users.box(MAILBOX), "enabled", False), Misconfigured, "no licence"),
    (lambda site: site.world.mailboxes.clear(), Misconfigured, "no such user"),
])
def test_no_mailbox_that_can_be_read_stops_the_system_with_the_cure(arrange: Any, error: type[Exception], words: str) -> None:
    site = Site()
    arrange(site)
    with pytest.raises(error, match=words):
        site.pull()


def test_a_mailbox_that_is_not_configured_any_more_is_out_of_sight() -> None:
    site = Site(mailboxes=(MAILBOX, OTHER))
    assert gone(site.read(site.person(mailbox=OTHER), OTHER)) == "left_view"


@pytest.mark.parametrize("body", [{"value": "none"}, {}, {"value": [5]}, {"value": [{"id": "x"}], "@odata.deltaLink": "x"},
                                  {"value": []}, {"value": [{"@removed": {"reason": "deleted"}}], "@odata.deltaLink": "x"}])
def test_a_broken_list_is_never_an_empty_one(body: Any) -> None:
    site = Site()
    site.wire.mishap = lambda request, answer: (
        httpx.Response(200, json=body) if request.url.path.endswith("/contacts/delta") else answer)
    with pytest.raises(ContractBroken):
        site.pull()


@pytest.mark.parametrize(("moment", "is_on"), [
    ("1990-02-28T11:59:00Z", "1990-02-28"),      # as Exchange and this connector write it
    ("1990-02-28T00:00:00Z", "1990-02-28"),      # midnight UTC, as a plain date is taken
    ("1990-02-27T22:00:00Z", "1990-02-28"),      # midnight in Helsinki
    ("1990-06-30T21:00:00Z", "1990-07-01"),      # the same in summer
    ("1990-02-28T08:00:00Z", "1990-02-28"),      # midnight in Los Angeles
    ("1990-02-28T12:00:00Z", "1990-02-28"),      # noon
    ("1990-01-01T00:00:00Z", "1990-01-01"),
    ("1989-12-31T23:00:00+00:00", "1990-01-01"),
])
def test_a_birthday_is_a_day(moment: str, is_on: str) -> None:
    assert day(moment) == is_on


def test_four_at_once_in_a_mailbox_are_never_exceeded() -> None:
    site = Site()
    site.world.limits.concurrent = 4
    refs = [site.person(f"V {number}") for number in range(45)]
    found = site.call(lambda connector: connector.fetch([site.ref(one) for one in refs]))
    assert all(isinstance(one, NativeRecord) for one in found)
    assert site.world.log.throttled == 0


def test_a_folder_made_since_the_connector_looked_is_found_and_deleted_items_are_asked_about_once() -> None:
    site = Site()
    anna, others = site.person("A"), [site.person(f"V {number}") for number in range(8)]

    async def work(connector: Any) -> list[Any]:
        await connector.fetch([site.ref(others[0])])
        site.users.move(anna, site.users.folder(MAILBOX, "Board"))
        for one in others[:5]:
            site.users.delete(one)
        site.world.log.clear()
        return list(await connector.fetch([site.ref(one) for one in (anna, *others)]))

    found = site.call(work)
    assert [isinstance(one, NativeRecord) for one in found] == [True] + [False] * 5 + [True] * 3
    assert site.world.log.requests == 1 + 2  # the contacts; the folders once for the new one, and once for Deleted Items
