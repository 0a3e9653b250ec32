"""Reading what changed: the cursor, rows that do not move their party, pages, what is gone, and how many requests it takes."""

from __future__ import annotations

from typing import Any

import pytest
from tryton_site import Site

from hub.sdk import Gone, ResyncRequired, Upserted

ADDRESS, MECHANISM, IDENTIFIER = "party.address", "party.contact_mechanism", "party.identifier"


def people(count: int = 3, **options: Any) -> Site:
    """People, and nothing that happened in the last hour."""
    site = Site(parties=[{"name": f"Anna Aho{n}", "person": True, "emails": [f"anna{n}@example.org"],
                          "addresses": [{"city": "Turku"}], "identifiers": [(None, f"old {n}")]}
                         for n in range(count)], **options)
    site.clock.turn(3600)
    return site


def quiet(site: Site, **settings: Any) -> Any:
    """The checkpoint of a system in which nothing happens any more."""
    mark = site.pull(**settings).checkpoint
    site.clock.turn(600)
    return site.pull(mark, **settings).checkpoint


@pytest.mark.parametrize("postgresql", [False, True])
@pytest.mark.parametrize(("model", "change"), [
    (ADDRESS, {"city": "Oulu"}), (MECHANISM, {"value": "new@example.org"}), (IDENTIFIER, {"code": "new"})])
def test_a_changed_row_moves_its_party_here_though_not_there(model: str, change: dict[str, str], postgresql: bool) -> None:
    site = people(postgresql=postgresql)
    mark = quiet(site)
    before = site.world.rows["party.party"][2]["write_date"]
    site.users.edit_row(model, site.users.rows(model, 2)[0]["id"], **change)
    assert site.world.rows["party.party"][2]["write_date"] == before
    pulled = site.pull(mark)
    assert pulled.ids == {2}
    assert any(next(iter(change.values())) in row.values()
               for rows in pulled.record(2).data.values() if isinstance(rows, list) for row in rows if isinstance(row, dict)) \
        or model == IDENTIFIER  # one without a type is not shown, and moves the version all the same


@pytest.mark.parametrize(("model", "values"), [
    (ADDRESS, {"city": "Oulu"}), (MECHANISM, {"type": "email", "value": "x@example.org"}), (IDENTIFIER, {"code": "x"})])
def test_an_added_row_moves_its_party(model: str, values: dict[str, str]) -> None:
    site = people()
    mark = quiet(site)
    site.users.add_row(model, 2, **values)
    assert site.pull(mark).ids == {2}


def test_a_row_removed_by_itself_shows_in_the_next_full_reading() -> None:
    """Nothing of it is left that could be asked for. The hub lists such a system whole once a day (README)."""
    site = people()
    before, mark = site.read(2), quiet(site)
    site.users.remove_row(ADDRESS, site.users.rows(ADDRESS, 2)[0]["id"])
    assert site.pull(mark).ids == set()
    after = site.pull().record(2)
    assert after.data["addresses"] == []
    assert after.version != before.version


def test_a_row_removed_in_the_partys_form_shows_at_once() -> None:
    site = people()
    mark = quiet(site)
    site.users.edit(2, addresses=[["delete", [site.users.rows(ADDRESS, 2)[0]["id"]]]])
    assert site.pull(mark).record(2).data["addresses"] == []


def test_parties_of_one_transaction_have_one_time_and_none_is_lost() -> None:
    """A cursor with ">" lost the one that was read second (recorded)."""
    site = people(1)
    mark = site.pull().checkpoint
    with site.world.transaction():
        for name in ("One Oy", "Two Oy"):
            site.world.insert("party.party", {"name": name, "code": name, "active": True, "lang": None, "replaced_by": None,
                                              "categories": []})
    pulled = site.pull(mark, page_size=1)
    assert {2, 3} <= pulled.ids


def test_what_began_before_the_newest_and_was_stored_after_it_is_read() -> None:
    """A time is that of a transaction's beginning: a long import shows late, with an early time."""
    site = people(1)
    site.users.edit(1, name="Newest Nurmi")
    mark = site.pull().checkpoint
    late = site.users.add("Late Oy")
    early = site.world.rows["party.party"][1]["write_date"] - 100_000_000  # microseconds
    site.world.rows["party.party"][late].update(write_date=early, create_date=early)
    assert late in site.pull(mark, overlap_s=120).ids
    assert late not in site.pull(mark, overlap_s=60).ids


def test_after_a_quiet_time_nothing_is_read_again() -> None:
    site = people()
    told = site.pull(site.pull().checkpoint)
    assert told.ids == {1, 2, 3}  # what is as young as the newest is repeated: something older may still come
    site.clock.turn(600)
    told = site.pull(told.checkpoint)
    assert told.ids == {1, 2, 3}  # for the last time: the server's own clock went on, and nothing came
    assert site.pull(told.checkpoint).ids == set()
    assert site.called == ["search_read"]


def test_a_page_border_between_equal_times_skips_nobody() -> None:
    site = people(7)
    assert site.pull(page_size=2).ids == {1, 2, 3, 4, 5, 6, 7}


def test_what_changes_while_pages_are_read_comes_with_the_next_reading() -> None:
    site = people(5)
    first = site.pull(between=lambda: site.users.edit(1, name="Passed Paasi"), page_size=2)
    assert first.record(1).data["name"] == "Anna Aho0"
    assert site.pull(first.checkpoint, page_size=2).record(1).data["name"] == "Passed Paasi"


def test_what_changes_while_changes_are_read_comes_with_the_next_reading() -> None:
    site = people(5)
    mark = quiet(site)
    for party in (2, 3, 4):
        site.users.edit(party, name=f"Changed {party}")
    told = site.pull(mark, between=lambda: site.users.edit(2, name="Again Ahola"), page_size=2)
    assert site.pull(told.checkpoint, page_size=2).record(2).data["name"] == "Again Ahola"


def test_a_deactivated_party_has_left_the_view_and_is_not_deleted() -> None:
    site = people()
    mark = quiet(site)
    site.users.deactivate(2)
    told = site.pull(mark).last(2)
    assert isinstance(told, Gone)
    assert told.how == "left_view"
    assert site.gone(2).how == "left_view"
    site.users.edit(2, active=True)
    assert isinstance(site.pull(mark).last(2), Upserted)


def test_a_replaced_party_names_the_one_that_stands_for_it() -> None:
    site = people()
    mark = quiet(site)
    site.users.replace(2, 1)
    told = site.pull(mark)
    gone = told.last(2)
    assert isinstance(gone, Gone)
    assert (gone.how, gone.into) == ("merged_into", site.ref(1))
    assert 1 in told.ids  # rows came to it


def test_deleted_and_hidden_are_told_apart_by_ids() -> None:
    site = people(12)
    for party in (2, 4, 5, 6, 7, 8, 9):
        site.users.delete(party)
    site.users.hide(3)
    told = site.fetch(*range(1, 10))
    assert [each.how if isinstance(each, Gone) else "there" for each in told] == [
        "there", "deleted", "denied", *["deleted"] * 6]
    assert site.called == ["search_read", "read", "read"]


def test_a_deleted_party_is_missing_from_the_full_listing_and_from_nothing_else() -> None:
    site = people()
    mark = quiet(site)
    site.users.delete(2)
    assert site.pull(mark).ids == set()
    full = site.pull()
    assert full.ids == {1, 3}
    assert full.pages[-1].listing == "ends"


@pytest.mark.parametrize("mark", [{}, {"form": 0}, {"form": 1, "mark": {"at": "yesterday"}}, {"form": 1, "mark": None}])
def test_a_checkpoint_of_another_form_means_reading_everything(mark: dict[str, Any]) -> None:
    with pytest.raises(ResyncRequired):
        people().pull(mark)


def test_requests_per_thousand_changed_records() -> None:
    """One request a page, whatever changed: the search itself brings the rows. The least possible is the same."""
    site = people(1000)
    mark = quiet(site)
    for party in range(1, 1001):
        site.users.edit(party, name=f"Changed {party}")
    assert len(site.pull(mark).ids) == 1000
    assert site.called == ["search_read"] * 3  # 500 a page, and the last one must be shorter
    assert len(site.pull(mark, page_size=1000).ids) == 1000
    assert site.called == ["search_read"] * 2


def test_requests_of_a_full_reading() -> None:
    site = people(1000)
    site.pull()
    assert len(site.called) == 3 + 6  # pages, and the newest time of each of four models, of two of them in two ways
