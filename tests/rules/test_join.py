"""merge.md 11: a new record is a contact of its own, and joined; nothing is lost or invented by it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from merge_stage import ANNA, BERIT, CRM_RULES, GIVEN, MAIL, OTHER, asked, cell, contact, contends, link, owned, replaced

from hub.model.contact import CONTACT
from hub.model.state import NEVER, UNSET, ContactState, Left, MergeOutcome
from hub.model.units import replaced_by, set_of
from hub.rules.join import birth, join

LABEL, LEAD = f"{MAIL}.label", "emails.primary"
CONSENT = "consents[news:email]"


def joined(kept: ContactState, other: ContactState, **more: Any) -> MergeOutcome:
    return join(CONTACT, kept, other, rev=9, **more)


def crm(**units: Any) -> ContactState:
    return contact({u.replace("__", "."): v for u, v in units.items()}, link("crm"))


def web(units: dict[str, Any], **more: Any) -> ContactState:
    return contact({u: cell(v, 6, "web/1") for u, v in units.items()}, link("web", **more))


# ---- birth

def test_every_value_of_a_new_contact_carries_one_revision_and_is_from_its_link() -> None:
    shown = {GIVEN: "Ann", "notes": None, "emails": {ANNA: {"v": ANNA, "a": {"label": "home"}}}, LEAD: ANNA}
    units, left = birth(CONTACT, shown, "web/1", "web", rev=3)
    assert {u: c.value for u, c in units.items()} == {GIVEN: "Ann", MAIL: ANNA, LABEL: "home", LEAD: ANNA}
    assert {(c.rev, c.origin) for c in units.values()} == {(3, "web/1")} and not left


def test_values_a_system_may_not_set_are_left() -> None:
    units, left = birth(CONTACT, {GIVEN: "Ann", "notes": "x"}, "web/1", "web", rev=3, authority=CRM_RULES)
    assert set(units) == {"notes"} and left == {GIVEN: Left(3, 3)}


# ---- per unit

def test_the_same_is_agreed() -> None:
    found = joined(crm(name__given="Ann"), web({GIVEN: "Ann "}))
    assert found.units[GIVEN] == cell("Ann") and not found.conflicts
    assert found.behind == {"crm/1": {}, "web/1": {}}


def test_what_one_side_never_had_is_filled() -> None:
    found = joined(crm(name__given="Ann"), web({"notes": "x"}))
    assert found.units["notes"] == cell("x", 6, "web/1")
    assert found.behind == {"crm/1": {"notes": None}, "web/1": {GIVEN: None}}


def test_both_have_one_and_differ_they_contend_and_neither_has_seen_the_other() -> None:
    found = joined(crm(name__given="Ann"), web({GIVEN: "Anna"}))
    assert found.conflicts[GIVEN].contenders == (contends("web", "Anna", None, rev=6),)
    assert found.units[GIVEN] == cell("Ann") and found.behind["web/1"] == {GIVEN: 6}


def test_sets_are_united() -> None:
    found = joined(crm(**{MAIL: ANNA}), web({OTHER: BERIT}))
    assert {MAIL, OTHER} <= set(found.units) and not found.conflicts
    assert found.behind["crm/1"][OTHER] is None and found.behind["web/1"][MAIL] is None


def test_who_is_primary_and_labels_are_no_conflict_the_older_stays() -> None:
    found = joined(crm(**{MAIL: ANNA, LABEL: "home", LEAD: ANNA}), web({MAIL: ANNA, LABEL: "work", OTHER: BERIT, LEAD: BERIT}))
    assert (found.units[LABEL].value, found.units[LEAD].value) == ("home", ANNA) and not found.conflicts
    assert {d.rule for d in found.decisions} == {"joined: the older stays"}


def test_what_stands_beside_a_value_both_have_is_known_and_written_nowhere() -> None:
    found = joined(crm(**{MAIL: ANNA}), web({MAIL: ANNA, LABEL: "home", LEAD: ANNA, OTHER: BERIT, f"{OTHER}.label": "work"}))
    assert (found.units[LABEL].value, found.units[LEAD].value) == ("home", ANNA)
    assert found.behind["crm/1"] == {OTHER: None, f"{OTHER}.label": None, "emails": None}  # a new value comes with its label
    assert found.left == {"crm/1": {LABEL: Left(6, 6), LEAD: Left(6, 6)}, "web/1": {}}


def test_who_sleeps_has_not_seen_what_he_is_left_with() -> None:
    """What he typed before he is awake again was typed without it (simulated: site, meetings 53088)."""
    kept = contact({MAIL: ANNA}, link("crm", awake=False))
    assert joined(kept, web({MAIL: ANNA, LABEL: "work"})).left["crm/1"] == {LABEL: Left(6, None)}


def test_consents_are_joined() -> None:
    def said(state: str, day: str) -> dict[str, Any]:
        return {"state": state, "evidenced_at": day, "evidence": "", "source": ""}
    found = joined(crm(**{CONSENT: said("granted", "2026-02-01")}), web({CONSENT: said("withdrawn", "2026-02-02")}))
    assert found.units[CONSENT].value["state"] == "withdrawn" and not found.conflicts


def test_a_member_that_was_removed_contends_with_one_that_is_there() -> None:
    found = joined(crm(**{MAIL: None}), web({MAIL: ANNA}))
    assert found.conflicts[MAIL].contenders == (contends("web", ANNA, None, rev=6),)


def test_open_questions_of_both_stay_open() -> None:
    kept = contact({GIVEN: "Ann"}, link("crm"), conflicts=asked(GIVEN, contends("crm", "Anne", 4)))
    other = contact({"notes": cell("x", 6)}, link("web"), conflicts=asked("notes", contends("web", "y", 4)))
    assert set(joined(kept, other).conflicts) == {GIVEN, "notes"}


def test_an_edit_that_has_seen_the_other_contacts_revision_replaces_its_contender() -> None:
    other = contact({GIVEN: cell("Anna", 6, "web/1")}, link("web"), conflicts=asked(GIVEN, contends("web", "in spring", 6)))
    found = joined(crm(name__given="Ann"), other)
    assert [c.value for c in found.conflicts[GIVEN].contenders] == ["in spring"]


def test_what_a_link_was_behind_on_it_is_still() -> None:
    found = joined(crm(name__given="Ann"), web({GIVEN: "Ann"}, behind={GIVEN: 2}))
    assert found.behind["web/1"] == {GIVEN: 2}


def test_a_value_left_in_mode_leave_stays_left_and_in_mode_correct_it_is_behind() -> None:
    other = contact({"notes": cell("x", 6, "web/1")}, link("web", left={GIVEN: Left(6, 6)}))
    assert joined(crm(name__given="Ann"), other, authority=owned("leave")).left["web/1"] == {GIVEN: Left(5, 6)}
    assert joined(crm(name__given="Ann"), other, authority=owned("correct")).behind["web/1"][GIVEN] == 6


def test_what_was_left_and_is_not_any_more_is_behind_even_with_the_revision_it_had_seen() -> None:
    """A link that was parted from this contact before may have seen its revision and still keep another value."""
    other = contact({}, link("web", left={GIVEN: Left(0, 5)}))
    assert joined(crm(name__given="Ann"), other).behind["web/1"] == {GIVEN: 5}


# ---- properties

SHOWN = st.fixed_dictionaries({}, optional={
    GIVEN: st.sampled_from(["Ann", "Anna", None]), "notes": st.sampled_from(["x", None]), LEAD: st.sampled_from([ANNA, BERIT]),
    "emails": st.dictionaries(st.sampled_from([ANNA, BERIT]), st.sampled_from([None, "home", "work"])),
})


def born(shown: dict[str, Any], system: str, rev: int) -> ContactState:
    read = {**shown}
    if "emails" in shown:
        read["emails"] = {k: {"v": k, "at": None, "a": {"label": label}} for k, label in shown["emails"].items()}
    units, left = birth(CONTACT, read, f"{system}/1", system, rev=rev)
    return ContactState(units, {f"{system}/1": link(system, left=left)})


def stands(state: MergeOutcome | ContactState) -> dict[str, set[str]]:
    """Unit → what is current or contends. Labels and the primary left out: there the older stays."""
    out = {u: {str(c.value)} for u, c in state.units.items() if c.value is not None and replaced_by(c.value) is None}
    for u, q in state.conflicts.items():
        out.setdefault(u, set()).update(str(c.value) for c in q.contenders)
    return {u: v for u, v in out.items() if not u.endswith((".label", ".primary"))}


@given(SHOWN, SHOWN)
def test_nothing_is_removed_or_blanked_by_joining_whoever_is_kept(first: dict[str, Any], second: dict[str, Any]) -> None:
    one, two = born(first, "crm", 1), born(second, "web", 2)
    found, turned = joined(one, two), joined(two, one)
    both = {u: stands(one).get(u, set()) | stands(two).get(u, set()) for u in {**stands(one), **stands(two)}}
    assert stands(found) == stands(turned) == both
    assert all(c.value is not None for c in found.units.values())


@given(SHOWN, SHOWN)
def test_a_link_that_does_not_show_what_came_out_is_behind(first: dict[str, Any], second: dict[str, Any]) -> None:
    one, two = born(first, "crm", 1), born(second, "web", 2)
    found = joined(one, two)
    for state, name in ((one, "crm/1"), (two, "web/1")):
        for unit, now in found.units.items():
            if not CONTACT.same(unit, now.value, state.units.get(unit, UNSET).value):
                arranged = unit.endswith((".label", ".primary"))
                assert unit in found.behind[name] or (arranged and unit in found.left[name])
            elif state.units.get(unit, UNSET).rev != NEVER and set_of(unit) is None:
                assert unit not in found.behind[name]


def test_a_replaced_primary_goes_to_what_replaced_it() -> None:
    found = joined(crm(**{MAIL: replaced(BERIT), OTHER: BERIT}), web({LEAD: ANNA}))
    assert found.units[LEAD].value == BERIT


def test_a_primary_that_is_gone_goes_to_the_oldest_member_there_is() -> None:
    kept = crm(**{MAIL: None, OTHER: cell(BERIT, 7), f"{OTHER}.label": cell("work", 3)})
    found = joined(kept, web({LEAD: ANNA, "emails[c@x.fi]": "c@x.fi"}))
    assert found.units[LEAD].value == "c@x.fi"


# ---- addresses, in parts

HOME = "addresses[home]"


def test_who_says_all_that_the_other_says_and_more_stands() -> None:
    less = {"street": "Kungsgatan 1", "locality": "Stockholm"}
    more = {"street": " Kungsgatan  1", "locality": "Stockholm", "country": "SE"}
    for first, second in ((less, more), (more, less)):
        found = joined(crm(**{HOME: cell(first)}), web({HOME: second}))
        assert found.units[HOME].value == more and not found.conflicts


def test_addresses_that_differ_in_a_part_contend() -> None:
    found = joined(crm(**{HOME: cell({"street": "A 1", "country": "SE"})}), web({HOME: {"street": "B 1"}}))
    assert HOME in found.conflicts
