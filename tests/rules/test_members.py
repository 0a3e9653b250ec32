"""merge.md 8: sets."""

from __future__ import annotations

from merge_stage import (
    ANNA,
    BERIT,
    CAROL,
    CRM_RULES,
    MAIL,
    OTHER,
    THIRD,
    asked,
    cell,
    contact,
    contends,
    edit,
    fates,
    link,
    merged,
    replace_,
    replaced,
    values,
)

from hub.model.state import Answer, Left

LABEL, PRIMARY = f"{MAIL}.label", "emails.primary"


def test_adds_and_removes_of_different_members_never_meet() -> None:
    found = merged(contact({MAIL: ANNA}), edit("crm", MAIL, None, kind="remove", base=ANNA), edit("web", OTHER, BERIT, 0, "add"))
    assert values(found) == {MAIL: None, OTHER: BERIT} and not found.conflicts


def test_a_removal_by_a_link_behind_on_the_member_is_overruled() -> None:
    state = contact({MAIL: ANNA}, link("crm"), link("web", behind={MAIL: 3}))
    found = merged(state, edit("web", MAIL, None, 3, "remove", base=ANNA))
    assert values(found) == {MAIL: ANNA}
    assert fates(found) == [("web/1", "overruled", "edited elsewhere: kept")]
    assert found.behind["web/1"][MAIL] == 3


def test_a_removal_by_a_link_behind_on_an_attribute_is_overruled() -> None:
    state = contact({MAIL: ANNA, LABEL: "home"}, link("crm"), link("web", behind={LABEL: 3}))
    assert values(merged(state, edit("web", MAIL, None, 5, "remove", base=ANNA)))[MAIL] == ANNA


def test_a_removal_that_meets_an_edit_of_an_attribute_is_overruled() -> None:
    found = merged(contact({MAIL: ANNA, LABEL: "home"}), edit("crm", MAIL, None, kind="remove", base=ANNA),
                   edit("web", LABEL, "work", payload=ANNA))
    assert values(found) == {MAIL: ANNA, LABEL: "work"}


def test_a_late_edit_of_a_removed_members_attribute_brings_it_back() -> None:
    state = contact({MAIL: cell(None, 6), LABEL: "home"}, link("crm"), link("web", behind={MAIL: 5}))
    assert values(merged(state, edit("web", LABEL, "work", payload=ANNA)))[MAIL] == ANNA


def test_a_replacement_takes_attributes_with_their_revisions_and_being_primary() -> None:
    found = merged(contact({MAIL: ANNA, LABEL: cell("home", 3), PRIMARY: ANNA}), replace_("web", ANNA, BERIT))
    assert found.units[MAIL].value == replaced(BERIT)
    assert found.units[f"{OTHER}.label"][:2] == ("home", 3)
    assert found.units[PRIMARY][:2] == (BERIT, 5) and found.units[LABEL].value is None
    assert PRIMARY not in found.behind["web/1"] and found.behind["crm/1"][PRIMARY] == 5


def test_two_replacements_of_one_member_meet_as_any_two_values() -> None:
    found = merged(contact({MAIL: ANNA}), replace_("crm", ANNA, BERIT), replace_("web", ANNA, CAROL))
    assert values(found) == {MAIL: ANNA}
    assert len(found.conflicts[MAIL].contenders) == 2


def test_the_same_replacement_twice_is_agreed() -> None:
    state = contact({MAIL: cell(replaced(BERIT), 6), OTHER: cell(BERIT, 6)}, link("crm"), link("web", behind={MAIL: 5, OTHER: 0}))
    found = merged(state, replace_("web", ANNA, BERIT, 5))
    assert found.units == state.units and not found.conflicts
    assert MAIL not in found.behind["web/1"]


def test_a_late_edit_of_a_replaced_member_follows_the_chain_to_its_end() -> None:
    state = contact({MAIL: cell(replaced(BERIT), 6), OTHER: cell(BERIT, 6), f"{OTHER}.label": "home"})
    found = merged(state, edit("web", LABEL, "work", 5, payload=ANNA))
    assert found.units[f"{OTHER}.label"].value == "work" and LABEL not in found.units


def test_a_late_removal_of_a_replaced_member_is_overruled() -> None:
    state = contact({MAIL: cell(replaced(BERIT), 6), OTHER: cell(BERIT, 6)}, link("crm"), link("web", behind={MAIL: 5}))
    found = merged(state, edit("web", MAIL, None, 5, "remove", base=ANNA))
    assert found.units == state.units and fates(found) == [("web/1", "overruled", "removed what was replaced")]


def test_an_answer_replaces_every_discarded_candidate_by_the_chosen_one() -> None:
    state = contact({MAIL: ANNA}, conflicts=asked(MAIL, contends("crm", replaced(BERIT), 5), contends("web", replaced(CAROL), 5)))
    found = merged(state, answers=[Answer(MAIL, 7, replaced(BERIT))])
    assert values(found) == {MAIL: replaced(BERIT), OTHER: BERIT, THIRD: replaced(BERIT)}
    assert THIRD in found.behind["web/1"] and THIRD in found.behind["crm/1"]


def test_a_replacement_that_stood_until_the_answer_is_discarded_too() -> None:
    state = contact({MAIL: cell(replaced(BERIT), 6, "crm/1"), OTHER: cell(BERIT, 6, "crm/1")},
                    conflicts=asked(MAIL, contends("web", replaced(CAROL), 5)))
    found = merged(state, answers=[Answer(MAIL, 7, replaced(CAROL))])
    assert values(found) == {MAIL: replaced(CAROL), OTHER: replaced(CAROL), THIRD: CAROL}


def test_a_contender_that_types_over_its_own_candidate_overwrites_its_contender() -> None:
    state = contact({MAIL: ANNA}, conflicts=asked(MAIL, contends("crm", replaced(BERIT), 5), contends("web", replaced(CAROL), 5)))
    found = merged(state, replace_("web", CAROL, "d@x.fi", 0))
    assert {c.value["replaced_by"] for c in found.conflicts[MAIL].contenders} == {BERIT, "d@x.fi"}


def test_back_to_the_member_withdraws() -> None:
    state = contact({MAIL: ANNA}, conflicts=asked(MAIL, contends("web", replaced(CAROL), 5, base=ANNA)))
    found = merged(state, replace_("web", CAROL, ANNA, 0))
    assert not found.conflicts and values(found)[MAIL] == ANNA


def test_a_primary_whose_member_is_gone_passes_to_the_oldest() -> None:
    state = contact({MAIL: ANNA, OTHER: cell(BERIT, 4), THIRD: cell(CAROL, 3), PRIMARY: ANNA})
    assert values(merged(state, edit("web", MAIL, None, kind="remove", base=ANNA)))[PRIMARY] == CAROL


def test_who_chose_a_primary_that_is_gone_does_not_contend_any_more() -> None:
    state = contact({MAIL: ANNA, OTHER: BERIT, THIRD: cell(None, 6), PRIMARY: ANNA},
                    conflicts=asked(PRIMARY, contends("crm", CAROL, 5), contends("web", BERIT, 5)))
    found = merged(state, edit("web", PRIMARY, BERIT))
    assert ("crm/1", "overruled", "its member is gone") in fates(found)
    assert not found.conflicts and found.units[PRIMARY].value == BERIT


def test_where_nobody_chose_a_primary_none_is_invented() -> None:
    assert PRIMARY not in merged(contact({MAIL: ANNA, OTHER: BERIT}), edit("web", MAIL, None, kind="remove", base=ANNA)).units


def test_when_anything_in_a_set_changes_the_whole_set_is_looked_at_again_for_each_link() -> None:
    found = merged(contact({MAIL: ANNA}), edit("web", OTHER, BERIT, 0, "add"))
    assert all("emails" in behind for behind in found.behind.values())


def test_a_member_a_system_may_not_remove_is_put_back() -> None:
    found = merged(contact({MAIL: ANNA}), edit("web", MAIL, None, kind="remove", base=ANNA), authority=CRM_RULES)
    assert values(found) == {MAIL: ANNA} and MAIL in found.behind["web/1"]


def test_who_is_left_with_another_label_keeps_it_when_he_corrects_the_member() -> None:
    """An undo took his label away elsewhere; he kept it, and corrects the address."""
    label = f"{MAIL}.label"
    state = contact({MAIL: ANNA, label: cell("home", 5)}, link("crm"), link("web", left={label: Left(5, 7)}))
    found = merged(state, replace_("web", ANNA, BERIT))
    assert found.left["web/1"] == {f"{OTHER}.label": Left(5, 7)} and found.units[f"{OTHER}.label"].value == "home"
