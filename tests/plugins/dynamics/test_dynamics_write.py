"""Writing: conditions, creates that cannot be doubled, lookups, many at once, lost answers."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from dynamics_site import ACCOUNT, Site, lost

from hub.sdk import Done, NativeWrite, Refused, Unknown
from hub_dynamics.sandbox import role
from hub_dynamics.sandbox.stirring import BYPASS
from hub_dynamics.write import BULK


def key(number: int) -> str:
    return str(uuid.UUID(int=0x40008000 << 32 | number))


def people(site: Site, count: int, **patch: Any) -> list[NativeWrite]:
    return [site.create(key(number), lastname=f"V{number}", **patch) for number in range(1, count + 1)]


def names(site: Site) -> list[str]:
    return sorted(str(row["lastname"]) for row in site.world.tables["contact"].rows.values())


def test_an_update_sends_only_what_changes_on_the_version_it_expects() -> None:
    site = Site()
    anna = site.person()
    write = site.update(anna, jobtitle="Chair")
    done = site.write(write)[0]
    assert isinstance(done, Done)
    assert done.record is not None
    assert done.record.data["jobtitle"] == "Chair"
    sent = site.wire.sent[-1].content.decode()
    assert f"If-Match: {write.expect}" in sent
    assert '{"jobtitle": "Chair"}' in sent
    assert site.world.log.requests == 1


def test_a_moved_record_is_stale_and_stops_no_other() -> None:
    site = Site()
    first, second = site.person("A"), site.person("B")
    writes = [site.update(first, jobtitle="x"), site.update(second, jobtitle="x")]
    site.users.edit(first, nickname="moved")
    results = site.write(*writes)
    assert isinstance(results[0], Refused)
    assert results[0].reaction == "stale"
    assert isinstance(results[1], Done)
    assert site.users.row(first)["jobtitle"] is None


def test_optimistic_concurrency_off_refuses_the_write() -> None:
    site = Site()
    write = site.update(site.person(), jobtitle="x")
    site.world.tables["contact"].optimistic_concurrency = False
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert "optimistic concurrency is off for contact" in result.why


def test_a_create_chooses_its_id_from_the_key() -> None:
    site = Site()
    done = site.write(site.create(key(1), lastname="V"))[0]
    again = site.write(site.create(key(1), lastname="V"))[0]
    assert isinstance(done, Done)
    assert isinstance(again, Done)
    assert done.ref.native_id == again.ref.native_id == key(1)
    assert names(site) == ["V"]


def test_a_key_that_is_no_guid_makes_the_same_id_each_time() -> None:
    site = Site()
    first, second = (site.write(site.create("contract-suite", lastname="V"))[0] for _ in range(2))
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert first.ref == second.ref
    assert site.call(lambda connector: connector.find("contact", ["contract-suite", "other"])).keys() == {"contract-suite"}


def test_the_parent_is_an_account_or_a_contact_and_can_be_taken_away() -> None:
    site = Site()
    org, boss, anna = site.users.add("account", {"name": "Oy Ab"}), site.person("Boss"), site.person()
    for parent in (org, boss, None, org):
        result = site.write(site.update(anna, _parentcustomerid_value=parent))[0]
        assert isinstance(result, Done), result
        assert site.users.row(anna)["parentcustomerid"] == parent
    daughter = site.write(site.create(key(9), ACCOUNT, name="Daughter", _parentaccountid_value=org))[0]
    assert isinstance(daughter, Done)
    assert site.users.row(key(9))["parentaccountid"] == org


def test_a_parent_that_is_not_there_is_refused_before_sending() -> None:
    site = Site()
    anna, boss = site.person(), site.person("Boss")
    org = site.users.add("account", {"name": "Oy Ab"})
    writes = [site.update(anna, _parentcustomerid_value=key(7)), site.update(org, _parentaccountid_value=boss)]
    results = site.write(*writes)
    assert [each.reaction for each in results if isinstance(each, Refused)] == ["rejected", "rejected"]
    assert not any(operation.startswith("PATCH") for operation in site.world.log.operations)


@pytest.mark.fault("I11", guard="hub_dynamics.write:Batch._examine")
def test_a_contact_cannot_become_an_account() -> None:
    site = Site()
    result = site.write(site.update(site.person(), **{"@odata.type": ACCOUNT, "lastname": "x"}))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"


def test_many_creates_go_together_where_probing_finds_it() -> None:
    site = Site()
    results = site.write(*people(site, 12))
    assert all(isinstance(each, Done) and each.version for each in results)
    assert "POST contacts/Microsoft.Dynamics.CRM.CreateMultiple" in site.world.log.operations
    assert site.world.log.requests == 3  # probe, create, read back
    assert len(names(site)) == 12


def test_many_creates_go_one_by_one_where_it_does_not() -> None:
    site = Site()
    site.world.tables["contact"].create_multiple = False
    assert all(isinstance(each, Done) for each in site.write(*people(site, 12)))
    assert not any("CreateMultiple" in operation for operation in site.world.log.operations)
    assert site.world.log.requests == 2


def test_one_bad_create_among_many_is_refused_alone() -> None:
    site = Site()
    writes = [*people(site, 11), site.create(key(12), lastname="x" * 51)]
    results = site.write(*writes)
    assert isinstance(results[-1], Refused)
    assert results[-1].why == "lastname is too long, Dataverse keeps 50 characters"
    assert all(isinstance(each, Done) for each in results[:-1])
    assert len(names(site)) == 11


def test_one_create_made_before_among_many_is_found() -> None:
    site = Site()
    site.write(people(site, 1)[0])
    results = site.write(*people(site, 12))
    assert all(isinstance(each, Done) for each in results)
    assert len(names(site)) == 12


def test_a_lost_answer_to_many_creates_is_read_back() -> None:
    site = Site()
    site.wire.mishap = lost("CreateMultiple")
    results = site.write(*people(site, 12))
    assert all(isinstance(each, Done) for each in results)
    assert len(names(site)) == 12


def test_a_lost_answer_to_a_batch_is_told_record_by_record() -> None:
    site = Site()
    first, second, third = site.person("A"), site.person("B"), site.person("C")
    gone = site.read(third)
    writes = [site.update(first, jobtitle="x"), site.update(second, jobtitle="x"),
              NativeWrite("delete", gone.ref, {}, gone.data, gone.version)]
    site.users.edit(second, nickname="moved")  # so this one was refused, which nobody hears
    site.wire.mishap = lost("$batch")
    results = site.write(*writes)
    assert isinstance(results[0], Done)
    assert isinstance(results[1], Unknown)
    assert isinstance(results[2], Done)


def test_a_create_of_a_record_since_merged_away_is_refused() -> None:
    site = Site()
    site.write(site.create(key(1), lastname="V"))
    site.users.merge(site.person("W"), key(1))
    result = site.write(site.create(key(1), lastname="V"))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "rejected"
    assert "merged" in result.why


def test_a_write_without_its_record_before_finds_the_table() -> None:
    site = Site()
    org = site.users.add("account", {"name": "Oy Ab"})
    results = site.write(NativeWrite("update", site.ref(org), {"name": "Oy Cd"}), NativeWrite("delete", site.ref(key(3)), {}))
    assert isinstance(results[0], Done)
    assert site.users.row(org)["name"] == "Oy Cd"
    assert isinstance(results[1], Refused)
    assert results[1].reaction == "gone"


def test_a_missing_privilege_is_named() -> None:
    site = Site()
    write = site.update(site.person(), jobtitle="x")
    site.world.privileges = role(acts=("Read",))
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert "Create, Write, Append and Append To" in result.why


@pytest.mark.parametrize(("patch", "why"), [
    ({"fullname": "x"}, "fullname is no column"), ({"@odata.etag": "x"}, "@odata.etag is no column"),
    ({"lastname": "a\0b"}, "NUL"), ({"lastname": "\ud800"}, "half a character"),
    ({"_parentcustomerid_value": "Oy Ab"}, "no id of a record"),
])
def test_what_cannot_be_stored_is_refused_before_sending(patch: dict[str, Any], why: str) -> None:
    site = Site()
    write = site.update(site.person(), **patch)
    result = site.write(write)[0]
    assert isinstance(result, Refused)
    assert why in result.why
    assert site.world.log.requests == 0


def test_our_merge_and_what_dynamics_does_not_merge() -> None:
    site = Site()
    winner, loser = site.person("A"), site.person("B", nickname="Bee")
    org = site.users.add("account", {"name": "Oy Ab"})
    refused = site.call(lambda connector: connector.merge(site.ref(winner), site.ref(org)))
    assert isinstance(refused, Refused)
    done = site.call(lambda connector: connector.merge(site.ref(winner), site.ref(loser)))
    assert isinstance(done, Done)
    assert done.record is not None
    assert (done.record.data["lastname"], done.record.data["nickname"]) == ("A", "Bee")
    assert site.users.row(loser)["masterid"] == winner


def test_dynamics_merges_no_deactivated_records() -> None:
    site = Site()
    winner, loser = site.person("W"), site.person("L")
    site.users.deactivate(loser)
    refused = site.call(lambda connector: connector.merge(site.ref(winner), site.ref(loser)))
    assert refused == Refused("rejected", "Dynamics refused the merge: one of the two is deactivated; activate it first")


# ---- quiet mode

@pytest.mark.parametrize(("quiet", "started"), [("no", {"flows": 2, "logic": 2}), ("flows", {"logic": 2}), ("all", {})])
def test_quiet_writes_start_no_more_than_they_say(quiet: str, started: dict[str, int]) -> None:
    site = Site()
    site.world.privileges[BYPASS] = "Global"
    there = site.person("Virtanen")
    update = site.update(there, lastname="Aho")
    made, changed = site.write(site.create(key(1), lastname="Ek"), update, quiet=quiet)
    assert isinstance(made, Done)
    assert isinstance(changed, Done)
    assert +site.world.log.started == started
    assert bool(site.connector(quiet=quiet).stirs) == bool(started)


def test_many_creates_at_once_are_quiet_too() -> None:
    site = Site()
    results = site.write(*people(site, BULK), quiet="flows")
    assert all(isinstance(result, Done) for result in results)
    assert any("CreateMultiple" in one for one in site.world.log.operations)
    assert +site.world.log.started == {"logic": 1}


def test_quiet_without_its_privilege_is_refused_and_check_says_so() -> None:
    site = Site()
    (made,) = site.write(site.create(key(1), lastname="Ek"), quiet="all")
    assert isinstance(made, Refused)
    assert "prvBypassCustomBusinessLogic" in made.why
    health = site.call(lambda connector: connector.check(), quiet="all")
    assert not health.can_write
    assert 'set quiet = "flows"' in health.warnings[0]
    site.world.privileges[BYPASS] = "Global"
    assert site.call(lambda connector: connector.check(), quiet="all").can_write
