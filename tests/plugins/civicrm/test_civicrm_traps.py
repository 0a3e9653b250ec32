"""One test per behaviour that bites (recorded on real servers): the sandbox has it, the connector is not bitten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from civicrm_site import Site, person, run

from hub.sdk import AuthFailed, Done, NativeWrite, Refused
from hub_civicrm.sandbox import API_KEY, READER, WRITER

EDITIONS = ("6.17.2", "5.77")


def ask(site: Site, entity: str, action: str, params: dict[str, Any], headers: dict[str, str] | None = None
        ) -> httpx.Response:
    """A call as any client would make it."""

    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site.app), base_url="http://crm.localhost") as c:
            given = {"X-Civi-Auth": f"Bearer {API_KEY}"} if headers is None else headers
            return await c.post(f"/civicrm/ajax/api4/{entity}/{action}", data={"params": json.dumps(params)}, headers=given)

    return run(call())


def values(site: Site, entity: str, action: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    answer = ask(site, entity, action, params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["values"]
    return found


def people(count: int = 5, **options: Any) -> Site:
    return Site(*(person(f"P{n}", external_identifier=f"k-{n}") for n in range(count)), **options)


def test_without_a_credential_the_answer_is_200_and_empty() -> None:
    site = people()
    answer = ask(site, "Contact", "get", {}, {"X-Requested-With": "XMLHttpRequest"})
    assert (answer.status_code, answer.json()["values"]) == (200, [])
    with pytest.raises(AuthFailed):  # the connector's own header is refused as a kind that is not accepted
        site.call(_as_basic)


async def _as_basic(connector: Any) -> Any:
    connector.client._client.auth = httpx.BasicAuth("admin", "admin")
    return await connector.check()


def test_the_ajax_header_is_only_needed_without_a_credential_and_sent_all_the_same() -> None:
    site = people()
    assert ask(site, "Contact", "get", {}).status_code == 200
    assert ask(site, "Contact", "get", {}, {}).status_code == 400
    site.pull()
    assert all(request.headers["X-Requested-With"] == "XMLHttpRequest" for request in site.wire.sent)


@pytest.mark.parametrize("edition", EDITIONS)
def test_refusals_are_read_from_the_body_whatever_the_status(edition: Any) -> None:
    site = people(edition=edition, permissions=READER | {"view debug output", "access deleted contacts"})
    refused = ask(site, "Contact", "update", {"where": [["id", "=", 3]], "values": {"nick_name": "x"}})
    assert refused.status_code == (200 if edition == "5.77" else 403)
    result = site.write(NativeWrite("update", site.ref(3), {"nick_name": "x"}))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"


def test_a_hidden_error_text_is_still_a_refusal() -> None:
    site = people(permissions=WRITER - {"view debug output"})
    site.users.trash(3)
    site.world.accounts[API_KEY] = type(site.world.accounts[API_KEY])(
        2, API_KEY, WRITER - {"view debug output", "access deleted contacts"})
    answer = ask(site, "Contact", "create", {"values": {"external_identifier": "k-0"}})
    assert "Sorry an error occurred" in answer.json()["error_message"]
    result = site.write(site.create("k-0", first_name="New"))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"


@pytest.mark.parametrize("text", ["yesterday-ish", "", "2026-13-45", "NULL"])
@pytest.mark.parametrize("edition", EDITIONS)
def test_an_unreadable_date_matches_every_row(edition: Any, text: str) -> None:
    site = people(edition=edition)
    everybody = values(site, "Contact", "get", {"select": ["id"]})
    assert values(site, "Contact", "get", {"select": ["id"], "where": [["modified_date", ">=", text]]}) == everybody
    assert values(site, "Contact", "get", {"select": ["id"], "where": [["modified_date", ">=", "2099-01-01 00:00:00"]]}) == []


def test_count_past_the_end_is_the_offset() -> None:
    site = people()
    answer = ask(site, "Contact", "get", {"select": ["id"], "limit": 5, "offset": 5000}).json()
    assert (answer["count"], answer["countFetched"], answer["values"]) == (5000, 0, [])
    assert len(site.pull(page_size=2).ids) == 7  # the connector counts rows


def test_there_is_no_default_limit_and_no_useful_order() -> None:
    site = Site(person("Zoe", "Ä"), person("Adam", "B"), *(person(f"P{n}", "C") for n in range(30)))
    ids = [row["id"] for row in values(site, "Contact", "get", {"select": ["id"]})]
    assert len(ids) == 34
    assert ids != sorted(ids)
    site.pull(page_size=7)
    asked = [call for request in site.wire.sent for call in json.loads(_form(request)).values() if call[0] == "Contact"]
    assert all("orderBy" in call[2] for call in asked if call[1] == "get" and call[2].get("limit", 0) > 1)


def _form(request: httpx.Request) -> str:
    from urllib.parse import parse_qs

    return parse_qs(request.content.decode())["calls"][0]


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_trash_is_hidden_by_default_and_by_unique_key_on_older_sites(edition: Any) -> None:
    site = people(edition=edition)
    site.users.trash(site.id_of("P1"))
    assert values(site, "Contact", "get", {"where": [["first_name", "=", "P1"]]}) == []
    by_key = values(site, "Contact", "get", {"where": [["external_identifier", "=", "k-1"]]})
    assert bool(by_key) == (edition == "6.17.2")
    assert site.call(lambda c: c.find("contact", ["k-1"]))["k-1"].data["is_deleted"] is True


def test_without_the_permission_trashed_contacts_look_deleted() -> None:
    site = people(permissions=WRITER - {"access deleted contacts"})
    p1 = site.id_of("P1")
    first = site.pull()
    site.clock.pass_(minutes=5)
    site.users.trash(p1)
    everyone = {"where": [["id", "=", p1], ["is_deleted", "IN", [True, False]]]}
    assert values(site, "Contact", "get", everyone) == []
    assert site.pull(first.checkpoint).changes == []
    assert site.fetch(p1)[0].how == "deleted"  # type: ignore[union-attr]


@pytest.mark.parametrize("edition", EDITIONS)
def test_save_with_match_would_write_into_the_trash_so_match_is_not_used_for_contacts(edition: Any) -> None:
    site = people(edition=edition)
    p1 = site.id_of("P1")
    site.users.trash(p1)
    record = {"external_identifier": "k-1", "contact_type": "Individual", "first_name": "Reborn"}
    answer = ask(site, "Contact", "save", {"records": [record], "match": ["external_identifier"]}).json()
    if edition == "6.17.2":
        assert site.world.tables["Contact"].rows[p1]["first_name"] == "Reborn"
        assert site.world.tables["Contact"].rows[p1]["is_deleted"] is True
    else:
        assert answer["error_message"] == "DB Error: already exists"
    result = site.write(site.create("k-1", first_name="Again"))[0]
    assert isinstance(result, Refused)
    assert "trash" in result.why
    assert str(p1) in result.why
    assert site.world.tables["Contact"].rows[p1]["first_name"] != "Again"


def test_an_external_identifier_in_a_trash_that_cannot_be_seen_is_named_as_such() -> None:
    site = people(permissions=WRITER - {"access deleted contacts"})
    site.users.trash(site.id_of("P1"))
    result = site.write(site.create("k-1", first_name="Again"))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"
    assert "access deleted contacts" in result.why


# modified_date


def test_what_moves_modified_date_is_as_recorded() -> None:
    folder = Path(__file__).parent / "transcripts" / "6.17.2"
    trail = json.loads((folder / "00-modified_date-trail-2.json").read_text(encoding="utf-8"))
    site = people(custom={"Membership_Info": {"Member_number": "String"}}, custom_triggers=False)
    users, p0, p1 = site.users, site.id_of("P0"), site.id_of("P1")
    mail, relation = users.add_row("Email", p0, email="a@x.fi"), users.relate(p0, "Sibling of", p1)

    def triggered() -> None:
        site.world.custom_triggers = True
        users.edit(p0, **{"Membership_Info.Member_number": "2"})

    writes = {
        "Email.update": lambda: users.edit_row("Email", mail, email="b@x.fi"),
        "Email.update with equal values": lambda: users.edit_row("Email", mail, email="b@x.fi"),
        "Contact.update with equal values": lambda: users.edit(p0, first_name="P0"),
        "Contact.update custom field": lambda: users.edit(p0, **{"Membership_Info.Member_number": "1"}),
        "Phone.create": lambda: users.add_row("Phone", p0, phone="1"),
        "GroupContact.create": lambda: users.join(p0, "Board"),
        "EntityTag.create": lambda: users.tag(p0, "Donor"),
        "Relationship.update": lambda: users.edit_row("Relationship", relation, end_date="2027-01-01"),
        "Contact.update custom field, after": triggered,
    }
    seen = []
    for name, before, after, verdict in trail["steps"]:
        assert (before == after) == (verdict == "NOT moved")
        site.clock.pass_(seconds=2)
        was = site.world.tables["Contact"].rows[p0]["modified_date"]
        next(write for known, write in reversed(writes.items()) if name.startswith(known))()
        moved = site.world.tables["Contact"].rows[p0]["modified_date"] != was
        seen.append((name, "moved" if moved else "NOT moved"))
    assert seen == [(name, verdict) for name, _, _, verdict in trail["steps"]]


def test_a_relationship_does_not_move_modified_date_and_is_seen_all_the_same() -> None:
    site = people()
    first, a, b = site.pull(), site.id_of("P1"), site.id_of("P2")
    site.clock.pass_(minutes=5)
    site.users.relate(a, "Spouse of", b)
    assert values(site, "Contact", "get", {"where": [["modified_date", ">=", "2026-11-22T12:00:00Z"]]}) == []
    assert {a, b} <= site.pull(first.checkpoint).ids


def test_times_are_printed_in_the_sites_zone_and_understood_with_an_offset_but_not_in_unix_seconds() -> None:
    site = people(time_zone="Europe/Prague")
    row, = values(site, "Contact", "get", {"select": ["modified_date"], "where": [["first_name", "=", "P4"]]})
    assert row["modified_date"] == "2026-11-22 12:58:00"  # 11:58 UTC
    unix = str(int(site.clock() - 120))
    for text, hit in (("2026-11-22 12:58:00", True), ("2026-11-22T11:58:00Z", True),
                      ("2026-11-22T12:58:00+01:00", True), ("2026-11-22T11:58:00", False), (unix, False)):
        found = values(site, "Contact", "get", {"where": [["first_name", "=", "P4"], ["modified_date", "=", text]]})
        assert bool(found) == hit, text
    # a summer's time is printed in winter's offset, and with a Z it is read an hour off: so it is never asked for so
    site.world.tables["Contact"].change(3, {"modified_date": int(site.clock()) - 180 * 86400})
    row, = values(site, "Contact", "get", {"select": ["modified_date"], "where": [["id", "=", 3]]})
    assert row["modified_date"] == "2026-05-26 13:00:00"  # 12:00 UTC
    for text, hit in (("2026-05-26 13:00:00", True), ("2026-05-26T12:00:00Z", False), ("2026-05-26T11:00:00Z", True)):
        found = values(site, "Contact", "get", {"where": [["id", "=", 3], ["modified_date", "=", text]]})
        assert bool(found) == hit, text
    checkpoint = site.pull().checkpoint
    site.pull(checkpoint)
    assert not any('"modified_date", ">=", "20' in _form(r) and "Z" in _form(r) for r in site.wire.sent)


def test_custom_fields_are_read_and_written_with_the_contact() -> None:
    site = Site(person("Anna", **{"Membership_Info.Member_number": "M-1"}),
                custom={"Membership_Info": {"Member_number": "String"}},
                settings={"custom_fields": ["Membership_Info.Member_number"]})
    anna = site.id_of("Anna")
    assert site.pull().record(anna).data["Membership_Info.Member_number"] == "M-1"
    result = site.write(site.update(anna, **{"Membership_Info.Member_number": "M-2"}))[0]
    assert isinstance(result, Done)
    assert site.read(anna).data["Membership_Info.Member_number"] == "M-2"


# writing


def test_unknown_fields_options_and_bad_dates_are_dropped_silently() -> None:
    site = people()
    made, = values(site, "Contact", "create", {"values": {
        "first_name": "Bad", "nope_field": "x", "gender_id:name": "Robot", "birth_date": "31.12.1999x"}})
    assert (made["nope_field"], made["gender_id"]) == (None, None)
    read, = values(site, "Contact", "get", {"where": [["id", "=", made["id"]]], "select": ["birth_date", "gender_id"]})
    assert (read["birth_date"], read["gender_id"]) == ("1999-12-31", None)
    for patch in ({"nope_field": "x"}, {"birth_date": "31.12.1999x"}):
        assert isinstance(site.write(site.update(made["id"], **patch))[0], Refused)


def test_any_text_is_an_email_and_repeats_are_stored_but_not_made_by_us() -> None:
    site = people()
    p0 = site.id_of("P0")
    for _ in range(2):
        values(site, "Email", "create", {"values": {"contact_id": p0, "email": "not-an-email"}})
    assert len(site.users.rows("Email", p0)) == 2
    rows = site.read(p0).data["emails"]
    new = {"email": "not-an-email", "location_type": "Home"}
    assert isinstance(site.write(NativeWrite("update", site.ref(p0), {"emails": [rows[0], new]},
                                             before={"emails": [rows[0]]}))[0], Done)
    assert len(site.users.rows("Email", p0)) == 2


def test_answers_of_writes_are_raw_echoes_and_are_not_used() -> None:
    site = people(custom={"Membership_Info": {"Member_number": "String"}},
                  settings={"custom_fields": ["Membership_Info.Member_number"]})
    a, b = site.id_of("P0"), site.id_of("P1")
    echo, = values(site, "Relationship", "create", {"values": {
        "contact_id_a": a, "contact_id_b": b, "relationship_type_id:name": "Sibling of", "start_date": "2026-01-01"}})
    assert (echo["start_date"], echo["end_date"]) == ("20260101", "NULL")
    echo, = values(site, "Contact", "update", {"where": [["id", "=", a]], "values": {
        "Membership_Info.Member_number": "M-1"}})
    assert echo["Membership_Info.Member_number"] is None
    result = site.write(site.update(b, **{"Membership_Info.Member_number": "M-2"}))[0]
    assert isinstance(result, Done)
    assert result.record is not None
    assert result.record.data["Membership_Info.Member_number"] == "M-2"
    assert result.record.data["relationships"][0]["start_date"] == "2026-01-01"


def test_save_is_not_atomic_so_each_record_is_a_call_of_its_own() -> None:
    site = people()
    answer = ask(site, "Contact", "save", {"records": [
        {"first_name": "Good", "external_identifier": "A-1"}, {"first_name": "Dup", "external_identifier": "k-0"},
        {"first_name": "Never", "external_identifier": "A-2"}]})
    assert answer.status_code == 500
    assert site.call(lambda c: c.find("contact", ["A-1", "A-2"])).keys() == {"A-1"}
    results = site.write(site.create("B-1", first_name="Good"), site.create("B-2", first_name="x" * 65),
                         site.create("B-3", first_name="Good"))
    assert [type(result) for result in results] == [Done, Refused, Done]


def test_a_duplicate_relationship_is_200_with_an_error_code_inside() -> None:
    site = people()
    a, b = site.id_of("P0"), site.id_of("P1")
    site.users.relate(a, "Spouse of", b)
    twin = {"values": {"contact_id_a": a, "contact_id_b": b, "relationship_type_id:name": "Spouse of"}}
    assert values(site, "Relationship", "create", twin) == [{"duplicate_id": 1, "error_code": "duplicate", "id": 1}]
    stale = {**site.read(b).data, "relationships": []}
    result = site.write(NativeWrite("update", site.ref(b), {"relationships": [{"type": "Spouse of", "other_id": a}]},
                                    before=stale))[0]
    assert isinstance(result, Done)
    assert len(site.world.tables["Relationship"]) == 1


def test_update_and_delete_that_match_nobody_are_200_with_nothing() -> None:
    site = people()
    assert values(site, "Contact", "update", {"where": [["id", "=", 999]], "values": {"nick_name": "x"}}) == []
    assert values(site, "Contact", "delete", {"where": [["id", "=", 999]]}) == []
    for op in ("update", "delete"):
        result = site.write(NativeWrite(op, site.ref(999), {"nick_name": "x"} if op == "update" else {}))[0]
        assert isinstance(result, Refused)
        assert result.reaction == "gone"


def test_null_in_a_location_field_deletes_that_row_so_rows_are_removed_by_id() -> None:
    site = people()
    p0 = site.id_of("P0")
    keep = site.users.add_row("Email", p0, email="keep@x.fi")
    drop = site.users.add_row("Email", p0, email="drop@x.fi")
    site.users.edit_row("Email", drop, is_primary=True)
    values(site, "Contact", "update", {"where": [["id", "=", p0]], "values": {"email_primary.email": None}})
    assert [row["id"] for row in site.users.rows("Email", p0)] == [keep]
    site.write(site.update(p0, emails=[]))
    assert site.users.rows("Email", p0) == []
    sent = [_form(request) for request in site.wire.sent]
    assert not any("_primary." in form for form in sent)


def test_a_merge_trashes_the_loser_which_keeps_its_key_and_primary_email() -> None:
    site = people()
    winner, loser = site.id_of("P1"), site.id_of("P2")
    for contact in (winner, loser):
        site.users.add_row("Email", contact, email=f"{contact}@x.fi")
    made, = values(site, "Contact", "mergeDuplicates", {"contactId": winner, "duplicateId": loser, "mode": "aggressive"})
    assert made == {"merged": [{"main_id": winner, "other_id": loser}], "skipped": []}
    row, = values(site, "Contact", "get", {"select": ["is_deleted", "external_identifier", "email_primary.email"],
                                          "where": [["id", "=", loser]]})
    assert row == {"id": loser, "is_deleted": True, "external_identifier": "k-2", "email_primary.email": f"{loser}@x.fi"}
    assert site.fetch(loser)[0].into == site.ref(winner)  # type: ignore[union-attr]


def test_a_text_with_a_dollar_is_a_variable_in_a_chain_and_is_refused() -> None:
    site = people()
    p0 = site.id_of("P0")
    values(site, "Contact", "get", {"where": [["id", "=", p0]], "chain": {
        "mail": ["Email", "create", {"values": {"contact_id": "$id", "email": "$first_name"}}]}})
    assert site.users.rows("Email", p0)[0]["email"] == "P0"
    result = site.write(site.update(p0, emails=[{"email": "$first_name"}]))[0]
    assert isinstance(result, Refused)


def test_an_employer_makes_a_relationship_and_leaving_ends_it_but_both_stand_only_once() -> None:
    site = Site(*({"contact_type": "Organization", "organization_name": name} for name in ("Oy Ab", "Second")),
                person("Anna"))
    anna, org = site.id_of("Anna"), site.id_of("Oy Ab")
    site.users.relate(anna, "Employee of", site.id_of("Second"))
    done = site.write(site.update(anna, employer_id=str(org)))[0]
    assert isinstance(done, Done)
    assert [r["contact_id_b"] for r in site.world.tables["Relationship"] if r["is_active"]] == [site.id_of("Second"), org]
    assert done.record is not None
    assert [r["other_id"] for r in done.record.data["relationships"]] == [site.id_of("Second")]
    done = site.write(site.update(anna, employer_id=None))[0]
    assert isinstance(done, Done)
    assert [r["is_active"] for r in site.world.tables["Relationship"]] == [True, False]


def test_the_connector_never_deletes_for_good() -> None:
    site = people()
    site.write(*(NativeWrite("delete", site.ref(site.id_of(f"P{n}")), {}) for n in range(5)))
    assert all("useTrash" not in _form(request) for request in site.wire.sent)
    assert len(site.world.tables["Contact"]) == 7
