"""merge.md 5, 6, 7 and 9: one unit, forbidden edits, a person's answer, consent."""

from __future__ import annotations

import pytest
from merge_stage import (
    CRM_RULES,
    GIVEN,
    MAIL,
    asked,
    cell,
    contact,
    contends,
    edit,
    fates,
    link,
    merged,
    owned,
    replaced,
    values,
)

from hub.model.state import Answer, Left
from hub.rules.authority import Authority, UnitAuthority

# ---- 5


def test_a_fresh_edit_wins_and_every_other_link_that_covers_the_unit_is_behind() -> None:
    state = contact({GIVEN: "Ann"}, link("crm"), link("web"), link("shop", covers=lambda u: False))
    found = merged(state, edit("crm", GIVEN, "Anna"))
    assert found.units[GIVEN][:3] == ("Anna", 9, "crm/1")
    assert found.behind == {"crm/1": {}, "web/1": {GIVEN: 5}, "shop/1": {}}


def test_a_stale_edit_contends_with_the_present_value() -> None:
    found = merged(contact({GIVEN: "Ann"}, link("crm"), link("web", behind={GIVEN: 3})), edit("web", GIVEN, "Anne", seen=3))
    assert found.units[GIVEN] == cell("Ann")
    assert found.conflicts[GIVEN].contenders == (contends("web", "Anne", 3),)


@pytest.mark.fault("E8", guard="hub.rules.contend:settle")
def test_two_fresh_edits_that_differ_are_a_conflict_and_value_and_revision_stay() -> None:
    found = merged(contact({GIVEN: "Ann"}), edit("crm", GIVEN, "Anna"), edit("web", GIVEN, "Anne"))
    assert found.units[GIVEN] == cell("Ann")
    assert {c.value for c in found.conflicts[GIVEN].contenders} == {"Anna", "Anne"}


@pytest.mark.fault("E13", guard="hub.rules.contend:settle")
def test_two_edits_of_the_same_value_agree_and_the_origin_is_the_first_by_name() -> None:
    found = merged(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anna"), edit("crm", GIVEN, " Anna "))
    assert found.units[GIVEN].origin == "crm/1"
    assert not found.conflicts and found.behind == {"crm/1": {}, "web/1": {}}


def test_a_stale_edit_with_the_present_value_leaves_as_agreed() -> None:
    found = merged(contact({GIVEN: "Ann"}, link("crm"), link("web", behind={GIVEN: 3})), edit("web", GIVEN, "Ann", seen=3))
    assert fates(found) == [("web/1", "agreed", "same value")]
    assert found.behind["web/1"] == {}


def test_a_link_back_at_its_base_withdraws() -> None:
    state = contact({GIVEN: "Ann"}, conflicts=asked(GIVEN, contends("web", "Anne", 4, base="Anja")))
    found = merged(state, edit("web", GIVEN, "Anja"))
    assert not found.conflicts
    assert fates(found) == [("web/1", "withdrew", "back at its base")]
    assert found.behind["web/1"] == {GIVEN: 4}


def test_a_later_edit_of_a_contender_overwrites_it_and_keeps_what_it_had_seen() -> None:
    state = contact({GIVEN: "Ann"}, conflicts=asked(GIVEN, contends("web", "Anne", 4, base="Anja")))
    found = merged(state, edit("web", GIVEN, "Anneli", seen=5))
    assert found.conflicts[GIVEN].contenders == (contends("web", "Anneli", 4, base="Anja"),)
    assert found.conflicts[GIVEN].number == 9


def test_the_first_rule_of_authority_decides_among_several() -> None:
    prefers = Authority({GIVEN: UnitAuthority(prefer=("shop", "web", "crm"))})
    found = merged(contact({GIVEN: "Ann"}), edit("crm", GIVEN, "Anna"), edit("web", GIVEN, "Anne"), authority=prefers)
    assert found.units[GIVEN].value == "Anne"
    assert found.behind["crm/1"] == {GIVEN: 5}
    assert ("crm/1", "overruled", "prefer web") in fates(found)


def test_a_blanking_is_an_edit_like_any_other() -> None:
    assert values(merged(contact({GIVEN: "Ann"}), edit("crm", GIVEN, None))) == {GIVEN: None}


def test_a_value_that_fails_its_normaliser_contends_with_one_that_passes_even_alone() -> None:
    found = merged(contact({"birthday": "1990-01-02"}), edit("crm", "birthday", "in spring"))
    assert found.units["birthday"].value == "1990-01-02"
    assert found.conflicts["birthday"].reason == "invalid"


def test_only_a_person_lets_such_a_value_win() -> None:
    born = contact({"birthday": "1990-01-02"})
    state = merged(born, edit("crm", "birthday", "in spring")).apply(born)
    found = merged(state, answers=[Answer("birthday", 9, "in spring")], rev=10)
    assert values(found) == {"birthday": "in spring"} and not found.conflicts


# ---- 6


def test_correct_overrules_and_the_link_is_behind_with_what_it_had_seen() -> None:
    found = merged(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anne"), authority=CRM_RULES)
    assert found.units[GIVEN] == cell("Ann") and not found.conflicts
    assert found.behind["web/1"] == {GIVEN: 5}
    assert found.corrected == (("web/1", GIVEN),)


@pytest.mark.fault("V22", guard="hub.rules.merge:_Edits._forbidden")
def test_after_three_corrections_it_is_frozen_as_a_conflict() -> None:
    state = contact({GIVEN: "Ann"}, link("crm"), link("web", corrections={GIVEN: 3}))
    found = merged(state, edit("web", GIVEN, "Anne"), authority=CRM_RULES)
    assert found.conflicts[GIVEN].reason == "flapping" and not found.corrected


def test_leave_overrules_and_the_unit_joins_what_the_link_keeps() -> None:
    found = merged(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anne"), authority=owned("leave"))
    assert found.left["web/1"] == {GIVEN: Left(5, 5)} and found.behind["web/1"] == {}


def test_whatever_the_mode_a_forbidden_value_is_left_where_the_contact_never_had_one() -> None:
    found = merged(contact({}), edit("web", GIVEN, "Anne", seen=0), authority=CRM_RULES)
    assert not found.units and found.left["web/1"] == {GIVEN: Left(0, 0)}


def test_ask_lets_it_contend_even_if_it_is_fresh() -> None:
    found = merged(contact({GIVEN: "Ann"}), edit("web", GIVEN, "Anne"), authority=owned("ask"))
    assert found.units[GIVEN] == cell("Ann") and found.conflicts[GIVEN].reason == "ask"


# ---- 7


@pytest.fixture
def question() -> dict:  # type: ignore[type-arg]
    return asked(GIVEN, contends("crm", "Anna"), contends("web", "Anne"))


def test_an_answer_is_fresh_and_wins(question: dict) -> None:  # type: ignore[type-arg]
    found = merged(contact({GIVEN: "Ann"}, conflicts=question), answers=[Answer(GIVEN, 7, "Anne", by="mia")])
    assert found.units[GIVEN][:3] == ("Anne", 9, "mia") and not found.conflicts
    assert found.behind == {"crm/1": {GIVEN: 4}, "web/1": {}}


@pytest.mark.fault("E14", guard="hub.rules.answering:answer")
def test_an_answer_to_another_number_is_refused_and_asked_again(question: dict) -> None:  # type: ignore[type-arg]
    old = Answer(GIVEN, 6, "Anne")
    found = merged(contact({GIVEN: "Ann"}, conflicts=question), answers=[old])
    assert found.refused == (old,) and found.conflicts == question


def test_an_edit_of_the_same_merge_changes_the_question(question: dict) -> None:  # type: ignore[type-arg]
    given = Answer(GIVEN, 7, "Anne")
    found = merged(contact({GIVEN: "Ann"}, conflicts=question), edit("crm", GIVEN, "Anni"), answers=[given])
    assert found.refused == (given,) and found.conflicts[GIVEN].number == 9


def test_keep_each_puts_the_unit_in_left_of_every_contender(question: dict) -> None:  # type: ignore[type-arg]
    found = merged(contact({GIVEN: "Ann"}, conflicts=question), answers=[Answer(GIVEN, 7, keep_each=True)])
    assert found.left == {"crm/1": {GIVEN: Left(5, 4)}, "web/1": {GIVEN: Left(5, 4)}}
    assert not found.conflicts and found.units[GIVEN] == cell("Ann")


def test_an_edit_of_what_was_left_ends_it() -> None:
    state = contact({GIVEN: "Ann"}, link("crm"), link("web", left={GIVEN: Left(5, 4)}))
    found = merged(state, edit("web", GIVEN, "Anneli", seen=4))
    assert found.left["web/1"] == {} and found.conflicts[GIVEN].contenders == (contends("web", "Anneli", 4),)


# ---- 9

CONSENT = "consents[news:email]"


def said(state: str, day: int | None) -> dict[str, str | None]:
    return {"state": state, "evidenced_at": day and f"2026-01-{day:02}", "evidence": "form", "source": "x"}


def test_the_later_statement_wins_whoever_makes_it() -> None:
    state = contact({CONSENT: said("withdrawn", 2)})
    assert values(merged(state, edit("web", CONSENT, said("granted", 3))))[CONSENT]["state"] == "granted"
    assert values(merged(state, edit("web", CONSENT, said("granted", 1))))[CONSENT]["state"] == "withdrawn"


def test_no_owner_stops_a_withdrawal_but_a_grant() -> None:
    only_crm = Authority({"consents": UnitAuthority(owners=("crm",))})
    state = contact({CONSENT: said("granted", 2)})
    assert values(merged(state, edit("web", CONSENT, said("withdrawn", 3)), authority=only_crm))[CONSENT]["state"] == "withdrawn"
    gone = contact({CONSENT: said("withdrawn", 2)})
    assert merged(gone, edit("web", CONSENT, said("granted", 3)), authority=only_crm).units == gone.units


def test_a_member_can_have_an_owner_of_its_own() -> None:
    books = Authority({"addresses": UnitAuthority(owners=("crm",)), "addresses[billing]": UnitAuthority(owners=("shop",))})
    home, billing = {"street": "Old 1"}, {"street": "Old 2"}
    state = contact({"addresses[home]": home, "addresses[billing]": billing}, link("crm"), link("shop"))
    new = {"street": "New 3"}
    found = values(merged(
        state, edit("shop", "addresses[home]", new, base=home), edit("shop", "addresses[billing]", new, base=billing),
        authority=books))
    assert (found["addresses[home]"], found["addresses[billing]"]) == (home, new)
    found = values(merged(state, edit("crm", "addresses[billing]", None, kind="remove", base=billing), authority=books))
    assert found["addresses[billing]"] == billing


def test_the_rule_of_a_member_counts_wherever_it_stands_and_for_its_attributes() -> None:
    everybody, few = UnitAuthority(), UnitAuthority(owners=("crm",))
    for rules in ({"*": everybody, "roles[donor]": few}, {"roles[donor]": few, "*": everybody}):
        found = Authority(rules)
        assert found.rule("roles[donor]") is found.rule("roles[donor].from") is few
        assert found.rule("roles[board]") is found.rule("roles") is found.rule("roles.primary") is everybody


def test_a_statement_that_is_no_longer_made_unsays_nothing() -> None:
    state = contact({CONSENT: said("withdrawn", 2)})
    found = merged(state, edit("web", CONSENT, None, kind="remove"))
    assert found.units == state.units and CONSENT in found.behind["web/1"]


def test_consent_is_never_held() -> None:
    found = merged(contact({}), edit("crm", CONSENT, said("granted", 2)), edit("web", CONSENT, said("withdrawn", 2)))
    assert not found.conflicts and found.units[CONSENT].value["state"] == "withdrawn"


# ---- no result depends on the order


def test_a_merge_without_edits_changes_nothing() -> None:
    state = contact({GIVEN: "Ann", MAIL: "A@x.fi"}, link("crm"), link("web", behind={MAIL: 3}, left={GIVEN: Left(5, 4)}))
    assert merged(state).apply(state) == state
    assert not merged(state).decisions and not merged(state).changed


def test_the_order_of_edits_does_not_matter() -> None:
    state = contact({GIVEN: "Ann", MAIL: "A@x.fi"})
    edits = [edit("crm", GIVEN, "Anna"), edit("web", GIVEN, "Anne"), edit("web", MAIL, replaced("b@x.fi"), kind="replace")]
    assert merged(state, *edits) == merged(state, *reversed(edits))
