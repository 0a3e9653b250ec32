"""Writing: patches to calls, one result a write, and what is known after a failure."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from civicrm_site import Site, person

from hub.sdk import Done, NativeWrite, Refused, Unknown

ANNA = person("Anna", "Virtanen", external_identifier="k-anna",
              emails=[{"email": "anna@x.fi", "location_type": "Home", "is_primary": True},
                      {"email": "anna@work.fi", "location_type": "Work"}], groups=["Board"], tags=["Volunteer"])


def anna_and_others(**options: Any) -> Site:
    return Site({"contact_type": "Organization", "organization_name": "Oy Ab", "external_identifier": "k-org"}, ANNA,
                person("Berta", external_identifier="k-berta"), **options)


def test_a_create_makes_the_contact_and_its_rows_and_reads_them_back() -> None:
    site = anna_and_others()
    org = site.id_of("Oy Ab")
    for title in ("Newsletter", "Board"):
        site.users.group(title)
    site.users.new_tag("Donor")
    result = site.write(site.create(
        "hub-1", first_name="Čeněk", last_name="Ö", birth_date="1990-02-28", employer_id=str(org), do_not_mail=True,
        emails=[{"email": "c@x.fi", "location_type": "Work", "is_primary": True}],
        phones=[{"phone": "+358 40 1", "phone_type": "Mobile", "location_type": "Home"}],
        addresses=[{"street_address": "Katu 1", "city": "Turku", "postal_code": "20100", "country": "FI",
                    "location_type": "Home"}],
        websites=[{"url": "https://c.example"}], groups=["Newsletter"], tags=["Donor"],
        relationships=[{"type": "Sibling of", "other_id": str(site.id_of("Berta"))}]))[0]
    assert isinstance(result, Done)
    assert result.record is not None
    data = result.record.data
    assert data == site.read(int(result.ref.native_id)).data
    assert result.version == site.read(int(result.ref.native_id)).version
    assert data["external_identifier"] == "hub-1"
    assert (data["first_name"], data["employer_id"], data["do_not_mail"]) == ("Čeněk", org, True)
    assert [e["email"] for e in data["emails"]] == ["c@x.fi"]
    assert data["phones"][0]["phone_type"] == "Mobile"
    assert data["addresses"][0]["country"] == "FI"
    assert (data["groups"], data["tags"]) == (["Newsletter"], ["Donor"])
    assert [r["type"] for r in data["relationships"]] == ["Sibling of"]


def test_an_update_touches_only_what_the_patch_names() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    before = site.read(anna).data
    result = site.write(site.update(anna, first_name="Anne", nick_name=None))[0]
    assert isinstance(result, Done)
    assert result.record is not None
    assert result.record.data == {**before, "first_name": "Anne"}


def test_rows_are_changed_added_and_removed_by_id() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    home, work = site.read(anna).data["emails"]
    result = site.write(site.update(anna, emails=[{**home, "email": "anne@x.fi", "is_primary": False},
                                                  {"email": "third@x.fi", "location_type": "Other", "is_primary": True}]))[0]
    assert isinstance(result, Done)
    assert result.record is not None
    first, third = result.record.data["emails"]
    assert (first["id"], first["email"], first["is_primary"]) == (home["id"], "anne@x.fi", False)
    assert (third["email"], third["location_type"], third["is_primary"]) == ("third@x.fi", "Other", True)
    assert work["id"] not in {first["id"], third["id"]}


def test_a_row_added_in_the_crm_meanwhile_stays() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    known = site.read(anna).data
    site.users.add_row("Email", anna, email="users@x.fi", location_type="Other")
    write = NativeWrite("update", site.ref(anna), {"emails": [known["emails"][0]]}, before=known)  # expects no version
    result = site.write(write)[0]
    assert isinstance(result, Done)
    assert result.record is not None
    assert [e["email"] for e in result.record.data["emails"]] == ["anna@x.fi", "users@x.fi"]


def test_a_row_to_change_that_is_gone_is_stale() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    known = site.read(anna).data
    site.users.remove_row("Email", known["emails"][1]["id"])
    patch = {"emails": [known["emails"][0], {**known["emails"][1], "email": "other@x.fi"}]}
    result = site.write(NativeWrite("update", site.ref(anna), patch, before=known))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "stale"


def test_groups_and_tags_are_joined_and_left() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    site.users.group("Newsletter")
    site.users.new_tag("Donor")
    for groups, tags in ((["Newsletter"], ["Donor"]), (["Board", "Newsletter"], []), ([], ["Volunteer"])):
        result = site.write(site.update(anna, groups=groups, tags=tags))[0]
        assert isinstance(result, Done)
        assert result.record is not None
        assert (result.record.data["groups"], result.record.data["tags"]) == (groups, tags)
    statuses = {row["status"] for row in site.users.rows("GroupContact", anna)}
    assert statuses == {"Removed"}  # left, not deleted: the CRM keeps who was in


def test_a_relationship_is_made_from_either_end_and_ended_not_deleted() -> None:
    site = anna_and_others()
    anna, berta = site.id_of("Anna"), site.id_of("Berta")
    made = site.write(site.update(anna, relationships=[{"type": "Parent of", "other_id": berta}]))[0]
    assert isinstance(made, Done)
    row = next(iter(site.world.tables["Relationship"]))
    assert (row["contact_id_a"], row["contact_id_b"], row["relationship_type_id"]) == (berta, anna, 1)
    assert site.read(berta).data["relationships"][0]["type"] == "Child of"
    again = site.write(site.update(berta, relationships=[*site.read(berta).data["relationships"]]))[0]
    assert isinstance(again, Done)
    ended = site.write(site.update(anna, relationships=[]))[0]
    assert isinstance(ended, Done)
    assert ended.record is not None
    assert ended.record.data["relationships"] == []
    assert len(site.world.tables["Relationship"]) == 1


def test_a_patch_that_is_there_already_is_done_without_a_write() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    write = site.update(anna, first_name="Anna", nick_name="", emails=site.read(anna).data["emails"])
    site.world.log.clear()
    assert isinstance(site.write(write)[0], Done)
    assert (site.world.log.requests, site.world.log.mutations) == (1, 0)


def test_a_batch_takes_two_requests_and_three_with_creates() -> None:
    site = Site(*(person(f"P{n}") for n in range(100)))
    updates = [site.update(site.id_of(f"P{n}"), nick_name="x") for n in range(100)]
    site.world.log.clear()
    assert all(isinstance(r, Done) for r in site.write(*updates))
    assert site.world.log.requests == 2
    site.world.log.clear()
    assert all(isinstance(r, Done) for r in site.write(*(site.create(f"n-{n}", first_name="N") for n in range(100))))
    assert site.world.log.requests == 3


def test_a_delete_puts_into_the_trash_and_never_further() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    result = site.write(NativeWrite("delete", site.ref(anna), {}, expect=site.read(anna).version))[0]
    assert isinstance(result, Done)
    assert site.world.tables["Contact"].rows[anna]["is_deleted"] is True
    again = site.write(NativeWrite("delete", site.ref(anna), {}))[0]
    assert isinstance(again, Refused)
    assert again.reaction == "gone"


@pytest.mark.parametrize("how", ["trash", "destroy"])
def test_who_is_gone_is_not_written(how: str) -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    write = site.update(anna, first_name="x")
    getattr(site.users, how)(anna)
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert result.reaction == "gone"


def test_a_contact_edited_since_it_was_read_is_stale_and_untouched() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    write = site.update(anna, first_name="hub")
    site.users.edit(anna, last_name="user")
    others = site.update(site.id_of("Berta"), nick_name="B")
    stale, done = site.write(write, others)
    assert isinstance(stale, Refused)
    assert stale.reaction == "stale"
    assert isinstance(done, Done)
    assert site.read(anna).data["first_name"] == "Anna"


@pytest.mark.fault("E17", guard="hub_civicrm.write:Job.call")
def test_an_edit_between_reading_and_writing_is_not_overwritten() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    write = site.update(anna, first_name="hub", emails=[])
    site.clock.pass_(minutes=1)

    async def user_first(request: httpx.Request, deliver: Any) -> httpx.Response:
        site.users.edit(anna, last_name="user")
        answer: httpx.Response = await deliver()
        return answer

    site.wire.next(2, user_first)
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert result.reaction == "stale"
    data = site.read(anna).data
    assert (data["first_name"], data["last_name"], len(data["emails"])) == ("Anna", "user", 2)


def test_the_guard_does_not_lock_out_a_contact_whose_printed_time_never_was() -> None:
    from datetime import UTC, datetime

    site = anna_and_others(time_zone="Europe/Prague")
    anna = site.id_of("Anna")
    site.clock.seconds = datetime(2027, 3, 28, 0, 30, tzinfo=UTC).timestamp()  # 01:30, in summer printed as 02:30
    site.users.edit(anna, last_name="edited")
    site.clock.pass_(hours=5)
    assert isinstance(site.write(site.update(anna, first_name="hub"))[0], Done)
    assert site.read(anna).data["first_name"] == "hub"

    async def wait(request: httpx.Request, deliver: Any) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "1000"})

    site.users.edit(anna, last_name="again")
    site.world.tables["Contact"].change(anna, {"modified_date": int(site.clock()) - 5 * 3600})
    write = site.update(anna, first_name="second")
    site.wire.next(3, wait)  # the one without the guard: something was sent before, so nothing is raised
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert (result.reaction, result.retry_after_s) == ("transient", 1000)


def test_a_row_given_without_its_id_stays_the_row_it_was() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    before = site.read(anna).data["emails"]
    result = site.write(site.update(anna, emails=[{k: v for k, v in row.items() if k != "id"} for row in before]))[0]
    assert isinstance(result, Done)
    assert result.record is not None
    assert result.record.data["emails"] == before


# creates and their key


def test_a_repeated_create_makes_no_second_contact() -> None:
    site = anna_and_others()
    first, = site.write(site.create("hub-1", first_name="Cilla"))
    second, = site.write(site.create("hub-1", first_name="Cilla"))
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert first.ref == second.ref
    assert len(site.world.tables["Contact"].where("external_identifier", "hub-1")) == 1


def test_a_half_made_create_is_completed_and_what_a_user_wrote_stays() -> None:
    site = anna_and_others()
    made = site.users.add(person("Changed by a user", last_name=None, external_identifier="hub-1"))
    result, = site.write(site.create("hub-1", first_name="Cilla", last_name="Lind",
                                     emails=[{"email": "c@x.fi", "location_type": "Home", "is_primary": True}]))
    assert isinstance(result, Done)
    assert result.ref == site.ref(made)
    assert result.record is not None
    data = result.record.data
    assert (data["first_name"], data["last_name"]) == ("Changed by a user", "Lind")
    assert [e["email"] for e in data["emails"]] == ["c@x.fi"]


def test_find_looks_own_keys_up_the_trash_included() -> None:
    for edition in ("6.17.2", "5.77"):
        site = anna_and_others(edition=edition)
        site.users.trash(site.id_of("Berta"))
        found = site.call(lambda c: c.find("contact", ["k-anna", "k-berta", "k-none"]))
        assert found.keys() == {"k-anna", "k-berta"}
        assert found["k-berta"].data["is_deleted"] is True


# refusals


@pytest.mark.fault("T3", guard="hub_civicrm.limits:unfit")
@pytest.mark.parametrize(("patch", "named"), [
    ({"first_name": "x" * 65}, "first_name"),
    ({"emails": [{"email": "x" * 250 + "@x.fi"}]}, "emails.email"),
    ({"phones": [{"phone": "0" * 33}]}, "phones.phone"),
    ({"addresses": [{"street_address": "x" * 97}]}, "addresses.street_address"),
    ({"nick_name": "smile \U0001f600"}, "nick_name"),
    ({"birth_date": "31.12.1999"}, "birth_date"),
    ({"birth_date": "1990-02"}, "birth_date"),
    ({"do_not_email": "no"}, "do_not_email"),
    ({"emails": [{"email": "$money@x.fi"}]}, "emails.email"),
    ({"employer_id": "Oy Ab"}, "employer_id"),
    ({"nope_field": "x"}, "nope_field"),
    ({"contact_type": "Organization"}, "contact_type"),
    ({"relationships": [{"type": "Enemy of", "other_id": 1}]}, "relationships"),
    ({"emails": "x"}, "emails"),
])
def test_what_cannot_be_stored_is_refused_before_sending_and_named(patch: dict[str, Any], named: str) -> None:
    site = anna_and_others()
    write = site.update(site.id_of("Anna"), **patch)
    site.world.log.clear()
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"
    assert named in result.why
    assert "smile" not in result.why
    assert "$money" not in result.why
    assert site.world.log.mutations == 0


def test_emoji_are_written_where_the_site_can_keep_them() -> None:
    site = anna_and_others()
    anna = site.id_of("Anna")
    assert isinstance(site.write(site.update(anna, nick_name="\U0001f600"), four_byte_characters=True)[0], Done)
    assert site.read(anna).data["nick_name"] == "\U0001f600"


def test_one_refused_record_does_not_stop_the_others() -> None:
    site = anna_and_others()
    results = site.write(site.create("hub-1", first_name="Good"),
                         site.create("hub-2", first_name="Bad", groups=["No such group"]),
                         site.update(site.id_of("Berta"), first_name="x" * 65),
                         site.update(site.id_of("Anna"), nick_name="fine"))
    assert [type(result) for result in results] == [Done, Refused, Refused, Done]


def test_names_the_site_does_not_have_are_refused_before_sending() -> None:
    site = anna_and_others()
    site.world.log.clear()
    for patch in ({"groups": ["Board", "No such group"]}, {"tags": ["No such tag"]}):
        result = site.write(site.create("hub-1", first_name="Cilla", **patch))[0]
        assert isinstance(result, Refused)
        assert result.reaction == "rejected"
        assert "No such" in result.why
    assert site.world.log.mutations == 0


def group_vanishes(site: Site) -> Any:
    """A group is deleted in the CRM after it was looked up: the chain stops at it, the contact before it is stored."""

    async def mishap(request: httpx.Request, deliver: Any) -> httpx.Response:
        site.world.tables["Group"].remove(site.users.group("Newsletter"))
        answer: httpx.Response = await deliver()
        return answer

    site.users.group("Newsletter")
    return mishap


def test_a_refusal_after_a_part_was_stored_is_unknown_and_the_retry_completes_it() -> None:
    site = anna_and_others()
    create = site.create("hub-1", first_name="Cilla", emails=[{"email": "c@x.fi"}], groups=["Newsletter"])
    site.wire.next(2, group_vanishes(site))
    first = site.write(create)[0]
    assert isinstance(first, Unknown)
    assert "part" in first.why
    site.users.group("Newsletter")
    second = site.write(create)[0]
    assert isinstance(second, Done)
    assert second.record is not None
    assert second.record.data["groups"] == ["Newsletter"]
    assert len(second.record.data["emails"]) == 1


def test_a_refusal_of_the_whole_is_rejected() -> None:
    site = anna_and_others()
    write = site.update(site.id_of("Anna"), groups=["Board", "Newsletter"])
    site.wire.next(2, group_vanishes(site))
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"
    assert "group_id" in result.why
