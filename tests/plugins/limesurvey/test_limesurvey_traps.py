"""What a real LimeSurvey does that a connector must know: recorded on 6.16.11."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from limesurvey_site import Site, create, update

import hub_limesurvey
from hub.sdk import AuthFailed, Done, Misconfigured, NativeWrite, RecordRef, Refused, Unknown, Upserted, WriteResult
from hub.testing.lens_laws import check_laws
from hub.testing.lenses import Refs, lens_of
from hub_limesurvey.connector import LimeSurvey
from hub_limesurvey.sandbox import READER, SURVEY

LENS = lens_of(Path(hub_limesurvey.__file__).parent / "mapping.toml")


def test_trap_lower_bound_start_is_the_least_id_and_no_offset() -> None:
    site = Site()
    tids = [site.add(lastname=f"Aho{at}") for at in range(12)]
    for tid in (2, 3, 7):
        site.world.people[SURVEY].pop(tid)
    got = [change.ref.native_id for change in site.pull(page_size=3)]
    assert got == [f"{SURVEY}-{tid}" for tid in tids if tid not in (2, 3, 7)]


def test_an_empty_list_is_a_status_and_nobody() -> None:
    assert Site().pull() == []


def test_a_survey_without_a_list_stops_and_is_not_read_as_empty() -> None:
    site = Site()
    site.world.without_list.add(SURVEY)
    with pytest.raises(Misconfigured, match="no participant list"):
        site.pull()


def test_a_survey_that_is_not_there_is_named() -> None:
    with pytest.raises(Misconfigured, match="no survey 7"):
        Site().pull(surveys=[7])


def test_trap_empty_200_is_an_interface_that_is_off_and_not_an_empty_survey() -> None:
    site = Site()
    site.world.interface = "off"
    with pytest.raises(Misconfigured, match="RPC interface is off"):
        site.pull()


def test_trap_empty_200_to_a_write_leaves_its_outcome_unknown() -> None:
    site = Site()
    record = site.read(site.add(lastname="Aho"))

    async def switched_off_midway(connector: LimeSurvey) -> Sequence[WriteResult]:
        ask = connector.api.ask

        async def once(method: str, *params: Any, **how: Any) -> Any:
            site.world.interface = "off" if method == "set_participant_properties" else "json"
            return await ask(method, *params, **how)

        connector.api.ask = once  # type: ignore[method-assign]
        return await connector.write("contact", [update(record, lastname="Lind")])

    assert isinstance(site.call(switched_off_midway)[0], Unknown)
    assert site.world.people[SURVEY][1]["lastname"] == "Aho"


def test_an_interface_that_speaks_xml_is_named() -> None:
    site = Site()
    site.world.interface = "xml"
    with pytest.raises(Misconfigured, match="XML-RPC"):
        site.pull()


def test_a_survey_that_is_gone_is_not_taken_for_a_right_that_lacks() -> None:
    """Recorded: export_responses answers "No permission" for a survey that is not there."""
    with pytest.raises(Misconfigured, match="no survey 7"):
        Site().pull(surveys=[7], answers=["diet"])


def test_trap_locked_address_a_wrong_password_is_tried_once_and_a_lock_is_told() -> None:
    site = Site()

    async def twice(connector: object) -> None:
        for _ in range(2):
            with pytest.raises(AuthFailed, match="three wrong tries"):
                await connector.check()  # type: ignore[attr-defined]

    site.call(twice, password="wrong")
    assert site.world.attempts == 1
    site.world.attempts = 3
    with pytest.raises(AuthFailed, match="locked this computer's address out"):
        site.pull()


def test_a_lapsed_session_is_renewed_once_and_the_last_is_released() -> None:
    site = Site()
    site.add(lastname="Aho")

    async def work(connector: object) -> None:
        for _ in range(2):
            pages = [page async for page in connector.pull("contact", None)]  # type: ignore[attr-defined]
            assert pages[0].changes
            assert len(site.world.sessions) == 1
            site.world.sessions.clear()
        assert [page async for page in connector.pull("contact", None)]  # type: ignore[attr-defined]

    site.call(work)
    assert site.world.log.count("get_session_key") == 3
    assert site.world.log[-1] == "release_session_key"
    assert not site.world.sessions


def test_no_session_and_no_person_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    site = Site()
    site.add(lastname="Aho", email="anna@example.org")
    site.pull()
    assert not any(text in caplog.text for text in ("session0", "anna@example.org", "Aho"))


def test_trap_stripped_markup_is_refused_before_it_is_sent() -> None:
    site = Site()
    result = site.write(create("k-1", firstname="Chloe", lastname="O'Neil <x>"), create("k-2", lastname="Koski"))
    assert isinstance(result[0], Refused)
    assert "strips" in result[0].why
    assert isinstance(result[1], Done)
    assert len(site.world.people[SURVEY]) == 1
    site.world.add(SURVEY, {"lastname": "O'Neil <x>"}, make_token=True)  # this is what the site would have made of it
    assert site.world.people[SURVEY][2]["lastname"] == "O'Neil "


def test_one_bad_address_stops_no_other_and_its_value_is_not_told() -> None:
    result = Site().write(create("k-1", email="no address"), create("k-2", email=" padded@example.org "))
    assert isinstance(result[0], Refused)
    assert result[0].why == "LimeSurvey does not take the value of: email"
    assert isinstance(result[1], Done)
    assert result[1].record is not None
    assert result[1].record.data["email"] == "padded@example.org"


def test_an_opt_out_withdraws_and_so_does_the_blacklist() -> None:
    site = Site()
    tids = [site.add(lastname="Out", emailstatus="OptOut"), site.add(lastname="Black", blacklisted="Y"),
            site.add(lastname="Bounced", emailstatus="bounced")]
    seen = [LENS.read(site.read(tid).data, Refs({})).projection["consents"] for tid in tids]
    assert [set(each) for each in seen[:2]] == [{"survey:email", "newsletter:email", "marketing:email"}] * 2
    assert not seen[2]


def test_a_withdrawal_from_elsewhere_becomes_an_opt_out() -> None:
    site = Site()
    record = site.read(site.add(lastname="Aho"))
    assert isinstance(site.write(update(record, opted_out=True))[0], Done)
    assert site.world.people[SURVEY][1]["emailstatus"] == "OptOut"


def test_nobody_is_taken_off_the_blacklist() -> None:
    site = Site()
    record = site.read(site.add(lastname="Aho", blacklisted="Y"))
    result = site.write(update(record, opted_out=False))[0]
    assert isinstance(result, Refused)
    assert "blacklist" in result.why
    assert site.world.people[SURVEY][1]["blacklisted"] == "Y"


def test_completion_and_chosen_answers_come_back() -> None:
    site = Site()
    done, begun = site.add(lastname="Done"), site.add(lastname="Begun")
    for tid, at in ((done, "2026-02-03 09:00:00"), (begun, None)):
        site.world.answer(SURVEY, site.world.people[SURVEY][tid]["token"], at, diet="vegan", city="Turku")
    records = {change.record.data["tid"]: change.record.data for change in site.pull(answers=["diet"])
               if isinstance(change, Upserted)}
    assert records[done]["answer_diet"] == "vegan"
    assert "answer_city" not in records[done]
    assert "answer_diet" not in records[begun]
    groups = LENS.read(records[done], Refs({})).projection["groups"]
    assert [member["v"] for member in groups.values()] == [f"Survey {SURVEY} completed"]
    assert site.read(done, answers=["diet"]).data == records[done]


def test_a_survey_is_a_collection_and_a_create_goes_where_it_says() -> None:
    site = Site(surveys=(11, 22))
    result = site.write(create("k-1", 22, lastname="Aho"))[0]
    assert isinstance(result, Done)
    assert (result.ref.collection, result.ref.native_id) == ("22", "22-1")
    assert not site.world.people[11]


def test_who_changed_meanwhile_is_not_overwritten() -> None:
    site = Site()
    record = site.read(site.add(lastname="Aho"))
    site.world.change(SURVEY, 1, {"lastname": "Koski"})
    result = site.write(update(record, lastname="Lind"))[0]
    assert isinstance(result, Refused)
    assert result.reaction == "stale"
    assert site.world.people[SURVEY][1]["lastname"] == "Koski"


def test_of_several_addresses_in_one_field_the_first_is_ours_and_the_others_stay() -> None:
    site = Site()
    record = site.read(site.add(email="one@example.org;two@example.org", lastname="Aho"))
    assert set(LENS.get(record.data, Refs({}, {}))["emails"]) == {"one@example.org"}
    result = site.write(update(record, email="new@example.org"))[0]
    assert isinstance(result, Done)
    assert site.world.people[SURVEY][1]["email"] == "new@example.org;two@example.org"
    refused = site.write(update(site.read(1), email="a@example.org;b@example.org"))[0]
    assert isinstance(refused, Refused)
    assert "between two addresses" in refused.why


def test_nothing_a_sync_calls_sends_mail() -> None:
    site = Site()
    record = site.read(site.add(lastname="Aho"))
    site.write(create("k-1", lastname="Lind"), update(record, opted_out=True))
    site.write(NativeWrite("delete", RecordRef("survey", str(SURVEY), "contact", f"{SURVEY}-2"), {}))
    site.pull(answers=["diet"])
    site.call(lambda connector: connector.check())
    assert len(site.world.log) > 10
    assert not [method for method in site.world.log if any(word in method for word in ("invite", "remind", "mail"))]


def test_a_method_that_is_not_on_the_list_never_leaves() -> None:
    site = Site()
    with pytest.raises(ValueError, match="not on the list"):
        site.call(lambda connector: connector.api.ask("invite_participants", SURVEY))
    assert not site.world.log


def test_check_names_a_right_that_lacks_and_a_wrong_code() -> None:
    health = Site().call(lambda connector: connector.check(), user=READER, answers=["diet", "nope"])
    assert not health.can_write
    assert "Participants: create and update" in health.warnings[0]
    assert "no question with the code nope" in health.warnings[1]


def test_the_laws_hold_on_records() -> None:
    site = Site()
    site.add(firstname="Anna", lastname="Aho", email="anna@example.org", language="fi")
    site.add(lastname="Out", emailstatus="OptOut")
    told = [dict(change.record.data) for change in site.pull() if isinstance(change, Upserted)]
    assert check_laws(LENS, told).records == 2
