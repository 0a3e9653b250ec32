"""Writing: what is sent, what is refused and why, what happens when somebody is quicker or nobody answers."""

from __future__ import annotations

from typing import Any

import pytest
from tryton_site import Site, before, lost

from hub.sdk import AuthFailed, Done, NativeRecord, Refused, Throttled, Unknown, WriteResult
from hub_tryton.sandbox import READER

ADDRESS, MECHANISM, IDENTIFIER = "party.address", "party.contact_mechanism", "party.identifier"


def people(count: int = 3, **options: Any) -> Site:
    return Site(parties=[{"name": f"Anna Aho{n}", "person": True, "emails": [f"anna{n}@example.org"],
                          "addresses": [{"city": "Turku", "invoice": True}], "phones": [("mobile", "+358 40 1234567")]}
                         for n in range(count)], **options)


def done(result: WriteResult, *, ours: bool = True) -> NativeRecord:
    """``ours``: the record shows what was sent and nothing else new, so its version is claimed."""
    assert isinstance(result, Done), result
    assert result.record is not None
    assert result.version == (result.record.version if ours else None)
    return result.record


def refused(result: WriteResult) -> Refused:
    assert isinstance(result, Refused), result
    return result


def rows(record: NativeRecord, key: str, **changes: Any) -> list[dict[str, Any]]:
    """A list of the record with its first row changed."""
    first, *rest = record.data[key]
    return [{**first, **changes}, *rest]


def test_only_what_differs_is_sent_and_the_party_moves_with_its_rows() -> None:
    site = people()
    record = site.read(1)
    patch = {"name": "Anna Aho0", "addresses": rows(record, "addresses", city="Oulu", country="FI"),
             "emails": [*record.data["emails"], {"value": "new@example.org"}], "phones": []}
    after = done(site.write(site.update(record, **patch))[0])
    assert site.called == ["search_read", "model.party.address.search", "model.country.country.search_read", "write",
                           "search_read"]
    (ids, values, context), = [params for method, params in site.wire.calls if method == "write"]
    assert ids == [1]
    assert values == {
        "addresses": [["write", [1], {"city": "Oulu", "country": 1}]],
        "contact_mechanisms": [["create", [{"value": "new@example.org", "type": "email"}]], ["delete", [2]]]}
    assert context["_timestamp"].keys() == {"party.party,1", f"{ADDRESS},1", f"{MECHANISM},2"}
    assert (after.data["addresses"][0]["city"], after.data["addresses"][0]["country"]) == ("Oulu", "FI")
    assert after.data["phones"] == []
    party = site.world.rows["party.party"][1]
    assert party["write_date"] == site.users.rows(ADDRESS, 1)[0]["write_date"]


def test_a_create_makes_the_party_with_all_its_rows() -> None:
    site = people(0)
    made = done(site.write(site.create(
        "key-1", name="Berta Borg", emails=[{"value": "b@example.org", "name": "office"}],
        phones=[{"type": "fax", "value": "09 1"}], websites=[{"value": "https://borg.example"}],
        identifiers=[{"type": "fi_ytunnus", "code": "20774740"}],
        addresses=[{"street": "Katu 1\nB 2", "city": "Turku", "country": "SE", "invoice": True}]))[0], ours=False)
    assert (made.data["kind"], made.data["name"], made.data["hub_key"]) == ("person", "Berta Borg", "key-1")
    assert made.data["identifiers"] == [{"id": 1, "type": "fi_ytunnus", "code": "2077474-0"}]  # as Tryton writes it
    assert (made.data["addresses"][0]["country"], made.data["addresses"][0]["invoice"]) == ("SE", True)
    assert made.data["phones"][0]["type"] == "fax"
    assert site.call(lambda connector: connector.find("contact", ["key-1", "key-2"])).keys() == {"key-1"}


def test_a_create_that_was_made_before_is_completed_and_nothing_overwritten() -> None:
    site = people(0)
    write = site.create("key-1", name="Berta Borg", emails=[{"value": "b@example.org"}])
    done(site.write(write)[0])
    site.users.edit(1, name="Berta Björk")
    again = done(site.write(site.create("key-1", name="Berta Borg", emails=[{"value": "b@example.org"}],
                                        phones=[{"type": "phone", "value": "09 1"}]))[0], ours=False)
    assert again.data["name"] == "Berta Björk"
    assert len(again.data["emails"]) == len(again.data["phones"]) == 1
    assert len(site.users.parties()) == 1


def test_a_create_whose_party_was_deactivated_is_refused() -> None:
    site = people(0)
    write = site.create("key-1", name="Berta Borg")
    done(site.write(write)[0])
    site.users.deactivate(1)
    assert "deactivated" in refused(site.write(write)[0]).why


def test_a_person_becomes_an_organisation_and_back() -> None:
    site = people(1)
    record = done(site.write(site.update(site.read(1), kind="organisation"))[0])
    assert record.data["kind"] == "organisation"
    assert done(site.write(site.update(record, kind="person"))[0]).data["kind"] == "person"


def test_nothing_to_write_is_done_without_writing() -> None:
    site = people(1)
    record = site.read(1)
    done(site.write(site.update(record, name=record.data["name"], emails=record.data["emails"]))[0])
    assert site.called == ["search_read"]


def test_rows_that_somebody_added_stay() -> None:
    """The author of the patch did not know them."""
    site = people(1)
    record = site.read(1)
    site.users.add_row(MECHANISM, 1, type="email", value="added@example.org")
    write = site.update(record, emails=[])
    after = done(site.write(type(write)(write.op, write.ref, write.patch, write.before, None))[0], ours=False)
    assert [row["value"] for row in after.data["emails"]] == ["added@example.org"]


@pytest.mark.parametrize("quicker", [
    lambda site: site.users.edit(1, name="Quick Quist"),
    lambda site: site.users.edit_row(ADDRESS, 1, city="Vaasa"),
])
@pytest.mark.parametrize("postgresql", [False, True])
def test_who_was_quicker_between_reading_and_writing_is_not_overwritten(quicker: Any, postgresql: bool) -> None:
    """The window for a lost update is nothing: Tryton compares the change marks inside its transaction."""
    site = people(1, postgresql=postgresql)
    record = site.read(1)
    site.wire.mishap = before("write", lambda: quicker(site))
    result = refused(site.write(site.update(record, name="Slow Salo", addresses=rows(record, "addresses", city="Oulu")))[0])
    assert result.reaction == "stale"
    assert site.world.rows["party.party"][1]["name"] != "Slow Salo"
    assert site.users.rows(ADDRESS, 1)[0]["city"] != "Oulu"


def test_a_row_that_somebody_changes_by_itself_and_we_do_not_touch_keeps_both_edits() -> None:
    site = people(1)
    record = site.read(1)
    site.wire.mishap = before("write", lambda: site.users.edit_row(MECHANISM, 1, value="quick@example.org"))
    after = done(site.write(site.update(record, name="Slow Salo"))[0], ours=False)
    assert (after.data["name"], after.data["emails"][0]["value"]) == ("Slow Salo", "quick@example.org")


def test_a_row_removed_between_reading_and_writing_is_stale() -> None:
    site = people(1)
    record = site.read(1)
    site.wire.mishap = before("write", lambda: site.users.remove_row(ADDRESS, 1))
    result = refused(site.write(site.update(record, addresses=rows(record, "addresses", city="Oulu")))[0])
    assert result.reaction == "stale"


def test_a_delete_is_stopped_by_a_change_of_any_row() -> None:
    site = people(1)
    record = site.read(1)
    site.wire.mishap = before("delete", lambda: site.users.edit_row(MECHANISM, 1, value="quick@example.org"))
    assert refused(site.write(site.delete(record))[0]).reaction == "stale"
    assert 1 in site.users.parties()


def test_a_version_that_moved_is_stale_without_writing() -> None:
    site = people(1)
    record = site.read(1)
    site.users.edit_row(ADDRESS, 1, city="Vaasa")
    assert refused(site.write(site.update(record, name="Slow Salo"))[0]).reaction == "stale"
    assert site.called == ["search_read"]


def test_one_at_fault_among_many_is_found_by_halves() -> None:
    site = people(8)
    records = [site.read(party) for party in range(1, 9)]
    writes = [site.update(record, name=f"Changed {n}") for n, record in enumerate(records)]
    writes[5] = site.update(records[5], identifiers=[{"type": "fi_ytunnus", "code": "123"}])
    results = site.write(*writes)
    assert "identifier does not fit its type" in refused(results[5]).why
    assert [done(results[n]).data["name"] for n in range(8) if n != 5] == [f"Changed {n}" for n in range(8) if n != 5]
    assert site.called.count("write") == 7


def test_a_party_that_invoices_name_cannot_be_deleted() -> None:
    site = people(2)
    site.users.invoice(1)
    results = site.write(site.delete(site.read(1)), site.delete(site.read(2)))
    assert "other records name it, such as invoices" in refused(results[0]).why
    assert isinstance(results[1], Done)
    assert site.users.parties().keys() == {1}


@pytest.mark.parametrize("act", ["deactivate", "delete", "hide"])
def test_what_is_not_there_any_more_is_gone(act: str) -> None:
    site = people(1)
    record = site.read(1)
    getattr(site.users, act)(1)
    assert refused(site.write(site.update(record, name="Late Lahti"))[0]).reaction == "gone"


@pytest.mark.parametrize(("patch", "words"), [
    ({"name": "two\nlines"}, "name holds a line break"),
    ({"name": "nul \0"}, "name has a NUL"),
    ({"name": "half \ud800"}, "half a character"),
    ({"name": 5}, "name is not a text"),
    ({"code": "9"}, "code is read only"),
    ({"active": False}, "active is read only"),
    ({"tax": "x"}, "tax is no field"),
    ({"kind": "household"}, "kind is neither"),
    ({"emails": "x"}, "emails is not a list"),
    ({"emails": [{"value": "a\tb"}]}, "emails.value holds a line break or a tab"),
    ({"phones": [{"type": "email", "value": "x"}]}, "phones.type is none of phone, mobile, fax"),
    ({"addresses": [{"city": "Oslo", "country": "NO"}]}, "trytond_import_countries"),
    ({"identifiers": [{"type": "no_such", "code": "1"}]}, "Identifier Types"),
    ({"emails": [{"value": ""}]}, "a value that Tryton requires is missing"),
])
def test_what_cannot_be_stored_is_refused_by_the_name_of_its_field(patch: dict[str, Any], words: str) -> None:
    site = people(1)
    before_it = dict(site.world.rows["party.party"][1])
    result = refused(site.write(site.update(site.read(1), **patch))[0])
    assert result.reaction == "rejected"
    assert words in result.why
    assert site.world.rows["party.party"][1] == before_it


def test_a_street_has_as_many_lines_as_it_likes() -> None:
    site = people(1)
    record = site.read(1)
    after = done(site.write(site.update(record, addresses=rows(record, "addresses", street="Katu 1\nB 2\n3rd floor")))[0])
    assert after.data["addresses"][0]["street"] == "Katu 1\nB 2\n3rd floor"


def test_without_the_category_no_person_can_be_made_and_an_organisation_can() -> None:
    site = people(0, people=None)
    results = site.write(site.create("k1", name="Anna Aho"), site.create("k2", name="Oy Ab", kind="organisation"))
    assert "category of people is not there" in refused(results[0]).why
    assert done(results[1]).data["name"] == "Oy Ab"


def test_a_server_without_accounting_gets_no_flag_for_invoices() -> None:
    site = people(0, invoicing=False)
    made = done(site.write(site.create("k1", name="Anna Aho", addresses=[{"city": "Turku", "invoice": True}]))[0], ours=False)
    assert made.data["addresses"][0]["city"] == "Turku"


@pytest.mark.parametrize("method", ["write", "create", "delete"])
def test_a_lost_answer_is_looked_up(method: str) -> None:
    site = people(2)
    record, other = site.read(1), site.read(2)
    writes = {"write": site.update(record, name="Landed Laine"), "create": site.create("k1", name="New Nieminen"),
              "delete": site.delete(other)}
    site.wire.mishap = lost(method)
    result = site.write(writes[method])[0]
    assert isinstance(result, Done)
    assert site.called.count(method) == 1


def test_a_lost_answer_that_cannot_be_looked_up_is_unknown() -> None:
    site = people(1)
    record = site.read(1)
    calls = 0

    async def mishap(method: str, deliver: Any) -> Any:
        nonlocal calls
        calls += 1
        answer = await deliver()
        if calls > 2:  # the login, and the reading before
            import httpx

            raise httpx.ReadTimeout("lost")
        return answer

    site.wire.mishap = mishap
    assert isinstance(site.write(site.update(record, name="Perhaps Pelto"))[0], Unknown)


def test_a_user_who_may_only_read_is_refused_each_time_with_the_cure() -> None:
    site = people(1)
    result = refused(site.write(site.update(site.read(1), name="No Niemi"), user=READER)[0])
    assert "lacks a right" in result.why


def test_a_wrong_password_raises_before_anything_is_sent() -> None:
    site = people(1)
    write = site.update(site.read(1), name="No Niemi")
    with pytest.raises(AuthFailed):
        site.write(write, password="nonsense-password")


def test_a_login_that_must_wait_says_so() -> None:
    site = people(1)
    write = site.update(site.read(1), name="No Niemi")
    site.world.attempts["hub"] = 6
    with pytest.raises(Throttled):
        site.write(write)


def test_requests_per_thousand_written_records() -> None:
    """Three a batch: read, write, read back; the least possible, one a thousand, would tell nothing of what was stored."""
    site = people(1000)
    records = {change.ref: change.record for change in site.pull(page_size=1000).changes}  # type: ignore[union-attr]
    writes = [site.update(record, name=f"Changed {n}") for n, record in enumerate(records.values())]
    for settings, requests in (({}, 30), ({"writes_per_request": 200}, 15)):
        assert all(isinstance(result, Done) for result in site.write(*writes, **settings))
        assert len(site.called) == requests
        fresh = {change.ref: change.record for change in site.pull(page_size=1000).changes}  # type: ignore[union-attr]
        writes = [site.update(record, name=f"Again {n}") for n, record in enumerate(fresh.values())]
