"""Reading: full, incremental, what moves no modified_date, the site's clock, and how many requests it takes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from civicrm_site import Site, header_stripped, person

from hub.sdk import ContractBroken, ResyncRequired, Upserted
from hub_civicrm import edges
from hub_civicrm.api import Answer

ANNA = person("Anna", "Virtanen", external_identifier="k-1", birth_date="1990-02-28", do_not_phone=True,
              emails=[{"email": "anna@x.fi", "location_type": "Home", "is_primary": True},
                      {"email": "anna@work.fi", "location_type": "Work"}],
              phones=[{"phone": "+358 40 1234567", "phone_type": "Mobile", "location_type": "Home"}],
              addresses=[{"street_address": "Katu 1", "city": "Helsinki", "postal_code": "00100", "country": "FI",
                          "location_type": "Home"}],
              websites=[{"url": "https://anna.example"}], groups=["Newsletter"], tags=["Volunteer"])


def some(count: int) -> Site:
    return Site(*(person(f"P{number}") for number in range(count)))


def test_a_full_read_gives_whole_records() -> None:
    site = Site(ANNA)
    anna = site.id_of("Anna")
    berta = site.users.add(person("Berta"))
    site.users.relate(berta, "Child of", anna, start_date="2001-01-01")
    data = site.pull().record(anna).data
    assert data["contact_type"] == "Individual"
    assert (data["first_name"], data["birth_date"], data["do_not_phone"]) == ("Anna", "1990-02-28", True)
    assert [(e["email"], e["location_type"], e["is_primary"]) for e in data["emails"]] == [
        ("anna@x.fi", "Home", True), ("anna@work.fi", "Work", False)]
    assert data["phones"][0]["phone_type"] == "Mobile"
    assert data["addresses"][0]["country"] == "FI"
    assert data["websites"][0]["url"] == "https://anna.example"
    assert data["groups"] == ["Newsletter"]
    assert data["tags"] == ["Volunteer"]
    assert data["relationships"] == [{"id": 1, "type": "Parent of", "other_id": berta, "direction": "b_a",
                                      "start_date": "2001-01-01", "end_date": None}]
    assert "organization_name" not in data
    assert "modified_date" not in data


def test_a_full_listing_ends_and_has_everybody_alive() -> None:
    site = some(7)
    site.users.trash(site.id_of("P3"))
    pulled = site.pull(page_size=3)
    assert [page.listing for page in pulled.pages][-1] == "ends"
    assert {page.listing for page in pulled.pages[:-1]} == {"partial"}
    assert len({page.listing_id for page in pulled.pages}) == 1
    assert pulled.ids == {row["id"] for row in site.world.tables["Contact"] if not row["is_deleted"]}
    assert all(page.checkpoint is None for page in pulled.pages[:-1])


@pytest.mark.parametrize(("people", "size", "requests"), [(0, 10, 2), (7, 3, 4), (8, 3, 5), (98, 50, 3)])
def test_a_full_read_takes_pages_and_one_requests(people: int, size: int, requests: int) -> None:
    # two contacts are always there: the organisation of the site and the hub's account
    assert some(people).pull(page_size=size).requests == requests


def test_an_idle_read_takes_one_request_and_brings_nothing() -> None:
    site = some(20)
    first = site.pull()
    second = site.pull(first.checkpoint)
    assert (second.requests, second.changes) == (1, [])
    assert site.pull(second.checkpoint).requests == 1


def test_an_incremental_read_brings_what_changed() -> None:
    site = some(20)
    first = site.pull()
    site.clock.pass_(minutes=5)
    site.users.edit(site.id_of("P4"), first_name="Edited")
    site.users.add_row("Email", site.id_of("P5"), email="new@x.fi")
    added = site.users.add(person("New"))
    second = site.pull(first.checkpoint)
    assert second.ids == {site.id_of("Edited"), site.id_of("P5"), added}
    assert second.record(site.id_of("P5")).data["emails"][0]["email"] == "new@x.fi"
    assert second.requests == 2


def test_a_save_that_shows_late_is_still_seen() -> None:
    site = some(5)
    first = site.pull()
    site.clock.pass_(minutes=5)
    site.users.edit(site.id_of("P1"), first_name="Early")
    second = site.pull(first.checkpoint)
    slow = site.id_of("P2")  # began 30 s before the newest change, its transaction ended after our read
    site.world.tables["Contact"].change(slow, {"first_name": "Slow", "modified_date": site.world.now - 30})
    assert slow in site.pull(second.checkpoint).ids


@pytest.mark.fault("C3", guard="hub_civicrm.pull:Mark.start")
def test_two_changes_in_one_second_are_both_seen() -> None:
    site = some(5)
    first = site.pull()
    site.clock.pass_(minutes=5)
    site.users.edit(site.id_of("P1"), nick_name="one")
    second = site.pull(first.checkpoint)
    site.users.edit(site.id_of("P1"), nick_name="two")
    assert site.pull(second.checkpoint).record(site.id_of("P1")).data["nick_name"] == "two"


def test_equal_times_on_a_page_border_lose_nobody() -> None:
    site = some(30)
    first = site.pull()
    site.clock.pass_(minutes=5)
    for number in range(30):
        site.users.edit(site.id_of(f"P{number}"), nick_name="same second")
    assert len(site.pull(first.checkpoint, page_size=7).ids) == 30


def test_the_checkpoint_stays_small() -> None:
    assert len(str(some(300).pull().checkpoint)) < 10_000


# what moves no modified_date


def test_relationship_changes_reach_both_contacts() -> None:
    site = some(5)
    a, b = site.id_of("P1"), site.id_of("P2")
    kept = site.users.relate(a, "Sibling of", site.id_of("P3"))
    first = site.pull()
    site.clock.pass_(minutes=5)
    made = site.users.relate(a, "Spouse of", b)
    second = site.pull(first.checkpoint)
    assert second.ids >= {a, b}
    site.clock.pass_(minutes=5)
    site.users.edit_row("Relationship", kept, end_date="2027-01-01")
    third = site.pull(second.checkpoint)
    assert third.record(a).data["relationships"][0]["end_date"] == "2027-01-01"
    site.users.remove_row("Relationship", made)
    fourth = site.pull(third.checkpoint)
    assert [r["type"] for r in fourth.record(a).data["relationships"]] == ["Sibling of"]
    assert fourth.record(b).data["relationships"] == []
    assert site.pull(fourth.checkpoint).requests == 1


def test_groups_and_tags_are_seen_coming_and_going() -> None:
    site = Site(ANNA, *(person(f"P{number}") for number in range(20)))
    anna, other = site.id_of("Anna"), site.id_of("P7")
    first = site.pull()
    site.users.leave(anna, "Newsletter")
    site.users.tag(other, "Board")
    second = site.pull(first.checkpoint)
    assert second.record(anna).data["groups"] == []
    assert second.record(other).data["tags"] == ["Board"]
    site.users.join(anna, "Newsletter")
    site.users.untag(anna, "Volunteer")
    third = site.pull(second.checkpoint)
    assert third.record(anna).data["groups"] == ["Newsletter"]
    assert third.record(anna).data["tags"] == []
    assert site.pull(third.checkpoint).requests == 1


def test_a_group_change_reads_few_contacts_again() -> None:
    site = some(600)
    first = site.pull()
    site.users.join(site.id_of("P300"), "Board")
    second = site.pull(first.checkpoint)
    assert site.id_of("P300") in second.ids
    assert len(second.ids) <= 3
    assert second.requests == 3


def test_a_digest_moves_with_each_of_its_rows() -> None:
    rows = [{"contact_id": contact, "group_id": group} for contact in (5, 5 + edges.BUCKETS) for group in (1, 2)]

    def digest(listed: list[dict[str, int]]) -> str:
        return edges.digests({"sweep.groups": Answer(listed)})["groups"]

    assert digest(rows) == digest(rows[::-1])
    assert len({digest(rows)} | {digest(rows[:n] + rows[n + 1:]) for n in range(4)}) == 5
    moved = edges.moved({"groups": digest(rows)}, {"groups": digest(rows[1:])}, {"highest": Answer([{"id": 600}])})
    assert moved == {5, 5 + edges.BUCKETS, 5 + 2 * edges.BUCKETS}


def test_employees_stand_at_the_person_not_at_the_employer() -> None:
    site = Site({"contact_type": "Organization", "organization_name": "Oy Ab", "external_identifier": "o-1"},
                person("Anna", employer="o-1"))
    pulled = site.pull()
    assert pulled.record(site.id_of("Anna")).data["employer_id"] == site.id_of("Oy Ab")
    assert pulled.record(site.id_of("Oy Ab")).data["relationships"] == []


# gone


def test_the_trash_is_told_as_trashed_and_a_restored_contact_as_alive() -> None:
    site = some(5)
    first, p1 = site.pull(), site.id_of("P1")
    site.clock.pass_(minutes=5)
    site.users.trash(p1)
    second = site.pull(first.checkpoint)
    assert second.gone(p1).how == "trashed"
    site.clock.pass_(minutes=5)
    site.users.restore(p1)
    assert site.pull(second.checkpoint).record(p1).data["is_deleted"] is False


def test_on_older_sites_the_trash_moves_no_date_and_is_seen_all_the_same() -> None:
    site = Site(*(person(f"P{n}") for n in range(5)), edition="5.77")
    first, p1 = site.pull(), site.id_of("P1")
    site.clock.pass_(minutes=5)
    site.users.trash(p1)
    second = site.pull(first.checkpoint)
    assert second.gone(p1).how == "trashed"
    site.users.restore(p1)
    assert isinstance(site.pull(second.checkpoint)._last(p1), Upserted)


def test_a_merged_contact_names_its_winner() -> None:
    site = some(5)
    first, winner, loser = site.pull(), site.id_of("P1"), site.id_of("P2")
    site.clock.pass_(minutes=5)
    site.users.merge(winner, loser)
    second = site.pull(first.checkpoint)
    assert (second.gone(loser).how, second.gone(loser).into) == ("merged_into", site.ref(winner))
    assert site.fetch(loser)[0] == second.gone(loser)


def test_who_is_deleted_for_good_is_absent_from_the_listing_and_gone_when_asked_for() -> None:
    site = some(5)
    p1, p2 = site.id_of("P1"), site.id_of("P2")
    site.users.destroy(p1)
    site.users.trash(p2)
    assert not site.pull().ids & {p1, p2}
    assert [gone.how for gone in site.fetch(p1, p2)] == ["deleted", "trashed"]  # type: ignore[union-attr]


def test_fetch_answers_in_order_repeats_and_strangers_included() -> None:
    site = some(3)
    a, b = site.id_of("P1"), site.id_of("P2")
    before = site.world.log.requests
    answers = site.fetch(b, "none", a, 9999, b)
    assert [x.ref.native_id for x in answers] == [str(b), "none", str(a), "9999", str(b)]
    assert site.world.log.requests - before == 1


# the site's clock

ZONES = ["UTC", "Europe/Prague", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]


def at(site: Site, *moment: int) -> None:
    """The CRM's clock stands at this moment, in UTC."""
    site.clock.seconds = datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def test_modified_at_is_utc_when_the_site_time_zone_is_known() -> None:
    site = Site(person("Anna"), time_zone="Europe/Prague")
    assert site.pull().record(site.id_of("Anna")).modified_at is None
    changed = datetime(2026, 11, 22, 11, 58, tzinfo=UTC)
    assert site.pull(site_time_zone="Europe/Prague").record(site.id_of("Anna")).modified_at == changed
    at(site, 2027, 7, 1, 12)  # in summer CiviCRM prints winter's times in summer time
    assert site.pull(site_time_zone="Europe/Prague").record(site.id_of("Anna")).modified_at == changed


@pytest.mark.parametrize("zone", ZONES)
def test_the_cursor_is_right_in_any_time_zone(zone: str) -> None:
    site = Site(*(person(f"P{n}") for n in range(3)), time_zone=zone)
    first = site.pull()
    assert site.pull(first.checkpoint).changes == []
    for name in ("P1", "P2"):
        site.clock.pass_(minutes=5)
        site.users.edit(site.id_of(name), nick_name="x")
        second = site.pull(first.checkpoint)
        assert second.ids == {site.id_of(name)}
        site.clock.pass_(minutes=5)
        first = site.pull(second.checkpoint)


@pytest.mark.fault("C4", guard="hub_civicrm.pull:Mark.printed_now")
@pytest.mark.parametrize(("before", "after"), [("Europe/Prague", "UTC"), ("UTC", "Europe/Prague"),
                                               ("America/St_Johns", "Pacific/Kiritimati")])
def test_changes_after_the_site_moved_its_time_zone_are_seen(before: str, after: str) -> None:
    site = Site(*(person(f"P{n}") for n in range(3)), time_zone=before)
    first = site.pull()
    site.clock.pass_(minutes=5)
    site.world.zone = ZoneInfo(after)
    site.users.edit(site.id_of("P1"), nick_name="x")
    second = site.pull(first.checkpoint)
    assert site.id_of("P1") in second.ids
    site.clock.pass_(minutes=5)
    assert site.pull(site.pull(second.checkpoint).checkpoint).requests == 1


def test_the_hour_that_is_printed_twice_loses_nothing() -> None:
    site = Site(*(person(f"P{n}") for n in range(3)), time_zone="Europe/Prague")
    at(site, 2027, 10, 31, 0, 58)  # 02:58 summer time
    site.users.edit(site.id_of("P0"), nick_name="before")
    mark, seen = site.pull().checkpoint, set[int]()
    for name, moment in (("P1", (2027, 10, 31, 1, 10)), ("P2", (2027, 10, 31, 2, 5))):  # 02:10 again, 03:05
        at(site, *moment)
        site.users.edit(site.id_of(name), nick_name="x")
        pulled = site.pull(mark)
        seen, mark = seen | pulled.ids, pulled.checkpoint
    assert seen >= {site.id_of("P1"), site.id_of("P2")}


def test_a_quiet_site_loses_nothing_when_summer_time_ends() -> None:
    site = Site(*(person(f"P{n}") for n in range(3)), time_zone="Europe/Prague")
    at(site, 2027, 10, 31, 0, 30)
    site.users.edit(site.id_of("P0"), nick_name="the last change in summer time")
    at(site, 2027, 10, 31, 0, 50)
    mark = site.pull().checkpoint
    assert mark["mark"]["quiet"] is True
    at(site, 2027, 10, 31, 1, 5)
    site.users.edit(site.id_of("P1"), nick_name="the first one after it")
    at(site, 2027, 10, 31, 9)
    assert site.id_of("P1") in site.pull(mark).ids


def test_the_hour_that_is_skipped_loses_nothing() -> None:
    site = Site(*(person(f"P{n}") for n in range(3)), time_zone="Europe/Prague")
    at(site, 2027, 3, 28, 0, 30)  # 01:30; an hour later it is printed as 02:30, which there never was
    site.users.edit(site.id_of("P0"), nick_name="before")
    at(site, 2027, 3, 28, 0, 50)
    mark = site.pull().checkpoint
    at(site, 2027, 3, 28, 1, 2)  # 03:02
    mark = site.pull(mark).checkpoint
    at(site, 2027, 3, 28, 1, 10)
    site.users.edit(site.id_of("P1"), nick_name="x")
    at(site, 2027, 3, 28, 1, 40)
    site.users.edit(site.id_of("P2"), nick_name="x")
    assert site.pull(mark).ids >= {site.id_of("P1"), site.id_of("P2")}


def test_an_account_without_a_creation_time_reads_further_back_and_loses_nothing() -> None:
    site = Site(*(person(f"P{n}") for n in range(3)), time_zone="Europe/Prague")
    site.world.tables["Contact"].change(2, {"created_date": None})
    at(site, 2027, 10, 31, 0, 50)
    mark = site.pull().checkpoint
    at(site, 2027, 10, 31, 1, 5)
    site.users.edit(site.id_of("P1"), nick_name="x")
    assert site.id_of("P1") in site.pull(mark).ids


# what must not be believed


def test_a_checkpoint_of_another_form_asks_for_a_resync() -> None:
    good = dict(some(1).pull().checkpoint)
    for stored in ({}, {"form": 0}, {"form": 1}, {**good, "mark": {**good["mark"], "at": "soon"}}):
        with pytest.raises(ResyncRequired):
            some(1).pull(stored)


def test_an_answer_that_ignores_the_date_is_not_taken_for_changes() -> None:
    site = some(5)
    checkpoint = site.pull().checkpoint
    asked = "2026-11-22+11%3A58%3A01"

    async def date_lost(request, deliver):  # type: ignore[no-untyped-def]
        text = request.content.decode()
        assert asked in text
        changed = type(request)(request.method, request.url, content=text.replace(asked, "yesterday-ish"), headers={
            k: v for k, v in request.headers.items() if k != "content-length"})
        return await site.wire.site.handle_async_request(changed)

    site.wire.next(1, date_lost)
    with pytest.raises(ContractBroken, match="modified_date"):
        site.pull(checkpoint)


def test_a_stripped_header_is_no_emptied_crm() -> None:
    from hub.sdk import AuthFailed

    site = some(5)
    checkpoint = site.pull().checkpoint

    async def stripped(request, deliver):  # type: ignore[no-untyped-def]
        return await site.wire.site.handle_async_request(header_stripped(request))

    for since in (None, checkpoint):
        site.wire.next(1, stripped)
        with pytest.raises(AuthFailed, match="anonymous"):
            site.pull(since)
