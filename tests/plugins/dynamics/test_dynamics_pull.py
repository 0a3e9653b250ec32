"""Reading: delta links of two tables, what they leave open, merges, deactivation, limits."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from dynamics_site import ACCOUNT, CONTACT, Site

from hub.sdk import Gone, ResyncRequired, Throttled, Upserted
from hub_dynamics.sandbox import Column


def test_both_tables_are_one_listing_accounts_first() -> None:
    site = Site()
    org = site.users.add("account", {"name": "Oy Ab"})
    anna = site.person(parentcustomerid=org)
    got = site.pull()
    assert [change.ref.native_id for change in got.changes] == [org, anna]
    assert got.record(org).data["@odata.type"] == ACCOUNT
    assert got.record(anna).data["@odata.type"] == CONTACT
    assert got.record(anna).data["_parentcustomerid_value"] == org
    assert site.world.log.requests == 2


def test_a_quiet_poll_takes_one_request_a_table() -> None:
    site = Site()
    site.person()
    since = site.pull().checkpoint
    assert not site.pull(since).changes
    assert site.world.log.requests == 2


def test_deactivation_is_an_update() -> None:
    site = Site()
    anna = site.person()
    since = site.pull().checkpoint
    site.users.deactivate(anna)
    assert site.pull(since).record(anna).data["statecode"] == 1
    assert site.read(anna).data["statecode"] == 1


@pytest.mark.parametrize("table", ["contact", "account"])
def test_a_merge_names_the_winner_in_changes_listings_and_fetch(table: str) -> None:
    site = Site()
    winner, loser = (site.users.add(table, {}) for _ in range(2))
    since = site.pull().checkpoint
    site.users.merge(winner, loser)
    gone = Gone(site.ref(loser), "merged_into", site.ref(winner))
    got = site.pull(since)
    assert got.last(loser) == gone
    assert isinstance(got.last(winner), Upserted)
    assert site.pull().last(loser) == gone
    assert site.fetch(loser) == [gone]


def test_a_tombstone_and_the_lookups_it_empties() -> None:
    site = Site()
    org = site.users.add("account", {"name": "Oy Ab"})
    anna = site.person(parentcustomerid=org)
    since = site.pull().checkpoint
    site.users.delete(org)
    got = site.pull(since)
    assert got.last(org) == Gone(site.ref(org), "deleted")
    assert got.record(anna).data["_parentcustomerid_value"] is None


def test_made_and_deleted_between_two_polls_is_a_tombstone_of_nobody() -> None:
    site = Site()
    since = site.pull().checkpoint
    guid = site.person()
    site.users.delete(guid)
    assert site.pull(since).last(guid) == Gone(site.ref(guid), "deleted")


@pytest.mark.parametrize("status", [400, 403, 404, 410, 412, 500])
def test_an_expired_link_asks_for_everything_whatever_its_status(status: int) -> None:
    site = Site()
    site.world.expired_status = status
    site.person()
    since = site.pull().checkpoint
    site.users.forget_changes()
    with pytest.raises(ResyncRequired, match="expired"):
        site.pull(since)
    assert site.pull(site.pull().checkpoint).changes == []


@pytest.mark.fault("V2", guard="hub_dynamics.pull:Pull.since")
def test_all_records_instead_of_changes_ask_for_everything() -> None:
    """As older versions of the vendor's page say of a link that is too old: no error, and no deletes."""
    site = Site()
    site.person()
    since = site.pull().checkpoint

    async def forgetful(request: httpx.Request, deliver: Any) -> httpx.Response:
        if "deltatoken" in str(request.url):
            url = str(request.url).split("&$deltatoken")[0].split("&%24deltatoken")[0]
            headers = {**request.headers, "Prefer": "odata.track-changes"}
            return await site.wire.site.handle_async_request(httpx.Request("GET", url, headers=headers))
        answer: httpx.Response = await deliver()
        return answer

    site.wire.mishap = forgetful
    with pytest.raises(ResyncRequired, match="all records"):
        site.pull(since)


@pytest.mark.fault("V5", guard="hub_dynamics.pull:Pull._changes")
def test_what_is_gone_for_another_reason_has_left_the_view() -> None:
    """OData JSON 4.0, 10.3: the reason is "deleted", or "changed" when it only left the result."""
    site = Site()
    anna = site.person()
    since = site.pull().checkpoint
    site.users.delete(anna)

    async def mishap(request: httpx.Request, deliver: Any) -> httpx.Response:
        answer = await deliver()
        text = (await answer.aread()).replace(b'"reason":"deleted"', b'"reason":"changed"')
        return httpx.Response(answer.status_code, content=text)

    site.wire.mishap = mishap
    assert site.pull(since).last(anna) == Gone(site.ref(anna), "left_view")


def test_other_columns_ask_for_everything() -> None:
    site = Site(custom={"contact": {"new_memberno": Column("string", 20)}})
    since = site.pull().checkpoint
    with pytest.raises(ResyncRequired, match="Other columns"):
        site.pull(since, contact_columns=("new_memberno",))


@pytest.mark.parametrize("stored", [{}, {"form": 0}, {"form": 1, "links": {}}, {"form": 1, "links": {"contact": "x"}}])
def test_a_checkpoint_of_another_form_asks_for_everything(stored: dict[str, Any]) -> None:
    with pytest.raises(ResyncRequired):
        Site().pull(stored)


def test_the_checkpoint_outlives_a_new_address() -> None:
    site = Site()
    since = json.loads(json.dumps(site.pull().checkpoint))
    assert "localhost" not in json.dumps(since)
    anna = site.person()
    assert site.pull(since, url="http://renamed.localhost").ids == {anna}


@pytest.mark.fault("V25", guard="hub_dynamics.pull:Pull.everything")
def test_an_edit_during_a_long_first_read_is_not_lost() -> None:
    """Of a record that stood on the first page: the accounts come first."""
    site = Site()
    firms = sorted(site.users.add("account", {"name": f"Oy {number}"}) for number in range(7))
    site.clock.turn(3600)
    got = site.pull(between=lambda: site.users.edit(firms[0], name="Edited"), page_size=3)
    told = [c.record.data.get("name") for c in got.changes if isinstance(c, Upserted) and c.ref.native_id == firms[0]]
    later = site.pull(got.checkpoint, page_size=3)
    told += [c.record.data.get("name") for c in later.changes if isinstance(c, Upserted) and c.ref.native_id == firms[0]]
    assert told[0].startswith("Oy ") and told[-1] == "Edited"


def test_changes_on_many_pages_with_tombstones_behind() -> None:
    site = Site()
    people = [site.person(f"V{number}") for number in range(9)]
    since = site.pull().checkpoint
    for guid in people[:4]:
        site.users.delete(guid)
    for guid in people[4:]:
        site.users.edit(guid, nickname="x")
    got = site.pull(since, page_size=2)
    assert got.ids == set(people)
    assert sum(isinstance(change, Gone) for change in got.changes) == 4


def test_custom_columns_and_option_sets() -> None:
    site = Site({"contact_columns": ("new_memberno", "new_level")}, custom={"contact": {
        "new_memberno": Column("string", 20), "new_level": Column("choice", options=(100000000, 100000001))}})
    anna = site.person(new_memberno="M-1", new_level=100000000)
    assert site.read(anna).data["new_level"] == 100000000
    done, refused = site.write(site.update(anna, new_level=100000001, new_memberno="M-2"), site.update(anna, new_level=7))
    assert site.users.row(anna)["new_memberno"] == "M-2"
    assert (type(done).__name__, type(refused).__name__) == ("Done", "Refused")


@pytest.mark.parametrize("limit", ["requests", "execution_s", "concurrent"])
def test_each_service_protection_limit_is_waited_for(limit: str) -> None:
    site = Site()
    anna = site.person()
    if limit == "concurrent":
        site.world.busy = 52
        waited = site.clock.sleep

        async def until_free(seconds: float, /) -> None:
            site.world.busy = 0
            await waited(seconds)

        site.clock.sleep = until_free  # type: ignore[method-assign]
    else:
        setattr(site.world.limits, limit, 1)
        site.world.limits.retry_after_s = 10
        site.world.limits.cost_s = 2
    start = site.clock.now()
    if limit == "concurrent":
        assert anna in site.pull().ids
        assert site.clock.now() - start >= 10
    else:
        with pytest.raises(Throttled) as raised:  # after four attempts; the window is longer than they wait
            site.pull()
        assert raised.value.retry_after_s == 10
        assert site.clock.now() - start >= 30


def test_many_ids_are_read_in_one_request() -> None:
    site = Site()
    people = [site.person(f"V{number}") for number in range(250)]
    answers = site.fetch(*people, "00000000-0000-4000-8000-00000000dead", "no guid")
    assert [isinstance(each, Gone) for each in answers] == [False] * 250 + [True, True]
    assert site.world.log.requests == 1


@pytest.mark.parametrize("strip", ["@odata.etag", "contactid", "lastname"])
def test_a_row_without_what_was_asked_for_breaks_the_contract(strip: str) -> None:
    from hub.sdk import ContractBroken

    site = Site()
    site.person()

    async def stripped(request: httpx.Request, deliver: Any) -> httpx.Response:
        answer = await deliver()
        if "/contacts" not in str(request.url):
            return answer  # type: ignore[no-any-return]
        body = json.loads(await answer.aread())
        body["value"] = [{name: value for name, value in row.items() if name != strip} for row in body["value"]]
        return httpx.Response(200, json=body)

    site.wire.mishap = stripped
    with pytest.raises(ContractBroken):
        site.pull()
