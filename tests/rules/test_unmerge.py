"""merge.md 11, Unmerge: two that were joined by mistake are parted; what came since goes with who said it."""

from __future__ import annotations

from typing import Any

import pytest
from merge_stage import ANNA, BERIT, CAROL, GIVEN, MAIL, OTHER, cell, contact, contends, edit, link, replace_, replaced, values

from hub.model.contact import CONTACT
from hub.model.state import Answer, Cell, ContactState, Edit, Left, MergeOutcome
from hub.rules.authority import FREE, Authority
from hub.rules.join import join
from hub.rules.merge import merge
from hub.rules.since import Row, came_since
from hub.rules.unmerge import Before, unmerge

CONSENT = "consents[news:email]"


class Story:
    """crm's contact takes in web's; then edits and answers; then they are parted."""

    def __init__(self, kept: dict[str, Any], other: dict[str, Any], authority: Authority = FREE) -> None:
        self.rev, self.authority = 20, authority
        self.kept = contact({u: cell(v, 5, "crm/1") for u, v in kept.items()}, link("crm"))
        self.other = contact({u: cell(v, 6, "web/1") for u, v in other.items()}, link("web"))
        outcome = join(CONTACT, self.kept, self.other, rev=10, authority=authority)
        self.join = Row(10, outcome.changed, outcome.decisions, dict(self.other.units))
        self.rows: list[Row] = []
        self._take(outcome, {**self.kept.links, **self.other.links})

    def _take(self, outcome: MergeOutcome, links: Any) -> None:
        self.now = outcome.apply(ContactState({}, links))

    def happens(self, *edits: Edit, answers: tuple[Answer, ...] = ()) -> Story:
        self.rev += 1
        outcome = merge(CONTACT, self.now, edits, rev=self.rev, authority=self.authority, answers=answers)
        assert not outcome.refused
        self.rows.append(Row(self.rev, outcome.changed, outcome.decisions))
        self._take(outcome, self.now.links)
        return self

    def written(self, *systems: str) -> Story:
        """Every link shows the contact now."""
        for system in systems or ("crm", "web"):
            there = self.now.links[f"{system}/1"]
            self.now = ContactState(self.now.units, {**self.now.links, there.id: link(system)}, self.now.conflicts)
        return self

    def seen(self, system: str, unit: str) -> int | None:
        return self.now.links[f"{system}/1"].seen(unit, self.now.units[unit].rev if unit in self.now.units else 0)

    def types(self, system: str, unit: str, value: Any) -> Story:
        return self.happens(edit(system, unit, value, self.seen(system, unit)))

    def parted(self) -> tuple[MergeOutcome, MergeOutcome]:
        came = came_since(CONTACT, self.join, self.rows, self.now.units)
        return unmerge(CONTACT, self.now, Before(self.kept.units, frozenset({"crm/1"})),
                       Before(self.other.units, frozenset({"web/1"})), rev=self.rev + 1, came=came)


@pytest.mark.fault("I2", guard="hub.rules.unmerge:unmerge")
def test_without_edits_unmerge_undoes_join() -> None:
    story = Story({GIVEN: "Ann", MAIL: ANNA, "notes": "x"}, {GIVEN: "Berit", OTHER: BERIT, "notes": "x"})
    first, second = story.parted()
    assert (first.units, second.units) == (story.kept.units, story.other.units)
    assert not first.conflicts and not second.conflicts
    for side, system in ((first, "crm/1"), (second, "web/1")):  # behind is only what the other had; of its own it has seen all
        assert all(side.behind[system].get(u, c.rev) == c.rev for u, c in side.units.items())


def test_each_contact_gets_back_value_revision_and_origin() -> None:
    first, second = Story({GIVEN: "Ann"}, {GIVEN: "Berit"}).types("crm", "notes", "hello").written().parted()
    assert first.units[GIVEN] == cell("Ann", 5, "crm/1") and second.units[GIVEN] == cell("Berit", 6, "web/1")


def test_what_came_since_follows_the_link_it_came_from() -> None:
    first, second = Story({GIVEN: "Ann"}, {}).written().types("web", "notes", "hello").parted()
    assert values(first) == {GIVEN: "Ann"} and values(second) == {"notes": "hello"}


def test_of_several_each_side_keeps_its_own_last() -> None:
    """A value that the other side's user typed over comes back on its own side."""
    story = Story({GIVEN: "Ann"}, {}).written().types("web", GIVEN, "Beata").written().types("crm", GIVEN, "Annika")
    first, second = story.parted()
    assert (first.units[GIVEN].value, second.units[GIVEN].value) == ("Annika", "Beata")


def test_what_both_asserted_both_keep() -> None:
    story = Story({}, {}).happens(edit("crm", "notes", "hello", 0), edit("web", "notes", "hello", 0))
    assert [values(side) for side in story.parted()] == [{"notes": "hello"}] * 2


def test_a_reviewers_pick_follows_the_link_whose_value_was_picked() -> None:
    story = Story({GIVEN: "Ann"}, {GIVEN: "Berit"})
    number = story.now.conflicts[GIVEN].number
    first, second = story.happens(answers=(Answer(GIVEN, number, "Berit", by="mia"),)).written().parted()
    assert (first.units[GIVEN].value, second.units[GIVEN].value) == ("Ann", "Berit")


def test_what_a_reviewer_typed_follows_those_he_was_asked_about() -> None:
    story = Story({"notes": "x"}, {GIVEN: "Berit"}).written("web").happens(edit("web", GIVEN, "Beata", 3))
    number = story.now.conflicts[GIVEN].number
    first, second = story.happens(answers=(Answer(GIVEN, number, "Birgit", by="mia"),)).parted()
    assert GIVEN not in first.units and second.units[GIVEN].value == "Birgit"


def test_a_replacement_goes_with_who_made_it_and_nobody_loses_an_address() -> None:
    story = Story({MAIL: ANNA}, {MAIL: ANNA}).written().happens(replace_("web", ANNA, BERIT, 5)).written()
    first, second = story.happens(replace_("crm", BERIT, CAROL, story.seen("crm", OTHER))).parted()
    assert values(first)[MAIL] == ANNA or values(first).get(f"emails[{CAROL}]") == CAROL
    assert values(second) == {MAIL: replaced(BERIT), OTHER: BERIT}


def test_what_the_other_side_made_of_an_address_is_no_matter_of_this_one() -> None:
    story = Story({MAIL: ANNA, OTHER: BERIT}, {MAIL: ANNA}).written().happens(replace_("web", ANNA, BERIT, 5)).written()
    first, second = story.parted()
    assert values(first) == {MAIL: ANNA, OTHER: BERIT}
    assert values(second) == {MAIL: replaced(BERIT), OTHER: BERIT}


def test_a_link_is_behind_where_it_shows_the_other_persons_value() -> None:
    first, second = Story({GIVEN: "Ann", MAIL: ANNA}, {}).written().parted()
    assert second.behind["web/1"] == {GIVEN: 5, MAIL: 5, "emails": None}
    assert first.behind["crm/1"] == {}


def test_what_a_link_still_has_to_take_away_it_still_has_to_after_a_second_parting() -> None:
    story = Story({GIVEN: "Ann"}, {})
    story.now = ContactState(story.now.units, {**story.now.links, "crm/1": link("crm", behind={MAIL: 3})})
    first, _ = story.parted()
    assert first.behind["crm/1"] == {MAIL: 3, "emails": None}


def test_what_a_person_let_a_link_keep_it_keeps_against_the_same_value() -> None:
    story = Story({GIVEN: "Ann"}, {GIVEN: "Ann"})
    story.now = ContactState(story.now.units, {**story.now.links, "web/1": link("web", left={GIVEN: Left(5, 5)})})
    assert story.parted()[1].left["web/1"] == {GIVEN: Left(6, 6)}


def test_who_contends_goes_on_contending_on_his_side() -> None:
    story = Story({GIVEN: "Ann"}, {"notes": "x"}).written().happens(edit("crm", GIVEN, "Anna", 3))
    first, second = story.parted()
    assert first.conflicts[GIVEN].contenders == (contends("crm", "Anna", 3),) and not second.conflicts


def test_the_question_the_join_itself_asked_is_gone() -> None:
    story = Story({GIVEN: "Ann"}, {GIVEN: "Berit"})
    assert GIVEN in story.now.conflicts
    assert not any(side.conflicts for side in story.parted())


def test_consents_stand_as_strong_as_each_side_said_them() -> None:
    def said(state: str, day: int) -> dict[str, Any]:
        return {"state": state, "evidenced_at": f"2026-01-{day:02}", "evidence": "", "source": ""}
    story = Story({}, {}).happens(edit("web", CONSENT, said("withdrawn", 3)), edit("crm", CONSENT, said("granted", 4)))
    assert values(story.parted()[1])[CONSENT]["state"] == "withdrawn"
    assert values(story.parted()[0])[CONSENT]["state"] == "granted"


def test_a_primary_whose_member_did_not_come_along_passes_to_the_oldest() -> None:
    lead = "emails.primary"
    story = Story({MAIL: ANNA, lead: ANNA}, {OTHER: BERIT}).written().types("crm", lead, BERIT)
    first, second = story.parted()
    assert first.units[lead] == Cell(ANNA, story.rev + 1, "rule")
    assert lead not in second.units


def test_a_link_born_since_stays_with_the_kept_contact() -> None:
    story = Story({GIVEN: "Ann"}, {GIVEN: "Ann"})
    story.now = ContactState(story.now.units, {**story.now.links, "shop/1": link("shop")}, story.now.conflicts)
    first, second = story.parted()
    assert set(first.behind) == {"crm/1", "shop/1"} and set(second.behind) == {"web/1"}


def test_what_a_third_contact_brought_stays_with_the_kept_one() -> None:
    story = Story({GIVEN: "Ann"}, {OTHER: BERIT})
    third = {"title": cell("chair", 7, "shop/1")}
    outcome = join(CONTACT, story.now, ContactState(third, {"shop/1": link("shop")}), rev=21)
    story.rows.append(Row(21, outcome.changed, outcome.decisions, third))
    story._take(outcome, {**story.now.links, "shop/1": link("shop")})
    first, second = story.parted()
    assert values(first) == {GIVEN: "Ann", "title": "chair"} and values(second) == {OTHER: BERIT}


def _joined_later(story: Story, third: dict[str, Cell]) -> None:
    story.written()
    outcome = join(CONTACT, story.now, ContactState(third, {"shop/1": link("shop")}), rev=40)
    story.rows.append(Row(40, outcome.changed, outcome.decisions, third))
    story._take(outcome, {**story.now.links, "shop/1": link("shop")})
    story.rev = 40


def test_what_a_third_contact_agreed_on_with_the_other_side_is_a_question_now() -> None:
    story = Story({GIVEN: "Ann"}, {GIVEN: "Ann"}).written().types("web", GIVEN, "Anna")
    _joined_later(story, {GIVEN: cell("Anna", 7, "shop/1")})
    first, second = story.parted()
    assert (first.units[GIVEN].value, second.units[GIVEN].value) == ("Ann", "Anna")
    question = first.conflicts[GIVEN]
    assert (question.reason, [(c.link, c.value) for c in question.contenders]) == ("contending", [("shop/1", "Anna")])
    assert GIVEN not in second.conflicts


def test_a_label_a_third_contact_agreed_on_is_no_question() -> None:
    label = f"{MAIL}.label"
    story = Story({MAIL: ANNA, label: "home"}, {MAIL: ANNA, label: "home"}).written().types("web", label, "work")
    _joined_later(story, {MAIL: cell(ANNA, 7, "shop/1"), label: cell("work", 7, "shop/1")})
    first, second = story.parted()
    assert (first.units[label].value, second.units[label].value) == ("home", "work")
    assert not first.conflicts and not second.conflicts
