"""merge.md 10: what it means that a record is not there any more."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.life import ENDED, LIVE
from hub.model.record import How
from hub.rules.existence import Absence, Fateful, OnDelete, absence


def gone(on_delete: OnDelete = "ask", **more: Any) -> Fateful:
    return absence(Absence(more.pop("how", "deleted"), confirmed=more.pop("confirmed", True), **more), on_delete)


def test_absence_from_a_listing_makes_a_candidate_and_a_read_decides() -> None:
    found = gone("propagate", confirmed=False)
    assert (found.life, found.tombstone, found.act) == ("missing", False, "nothing")


@pytest.mark.parametrize(
    ("on_delete", "life", "act"), [("ask", "missing", "ask"), ("unlink", "gone", "nothing"), ("propagate", "gone", "delete")])
def test_a_fresh_delete_follows_on_delete_of_that_system(on_delete: OnDelete, life: str, act: str) -> None:
    found = gone(on_delete)
    assert (found.life, found.act, found.tombstone) == (life, act, True)


@pytest.mark.fault("E10", guard="hub.rules.existence:absence")
def test_a_stale_delete_keeps_the_contact_and_a_person_is_asked() -> None:
    found = gone("propagate", behind=True)
    assert (found.life, found.act) == ("gone", "ask_edited")


@pytest.mark.parametrize("why", ["asleep", "sibling"])
def test_only_the_link_ends_when_it_was_asleep_or_another_record_of_that_system_stands(why: str) -> None:
    found = gone("propagate", **{why: True})
    assert (found.life, found.act, found.tombstone) == ("gone", "nothing", True)


def test_our_own_delete_is_no_edit_and_leaves_no_tombstone_if_it_came_from_on_leave() -> None:
    assert gone("propagate", ours=True) == Fateful("gone", True, "nothing", "our own delete")
    assert not gone("propagate", ours=True, ours_on_leave=True).tombstone


@pytest.mark.fault("V19", guard="hub.rules.existence:absence")
def test_no_permission_and_out_of_view_are_no_delete() -> None:
    assert gone("propagate", how="denied").life == "denied"
    assert gone("propagate", how="left_view").life == "left_view"
    assert not gone("propagate", how="left_view").tombstone


def test_merged_there_ends_the_link_without_a_tombstone() -> None:
    found = gone("propagate", how="merged_into")
    assert (found.life, found.tombstone, found.act) == ("merged", False, "nothing")


FLAGS = ("ours", "ours_on_leave", "asleep", "sibling", "behind")
ABSENCES = st.builds(Absence, st.sampled_from(get_args(How)), st.booleans(), *[st.booleans()] * len(FLAGS))


@given(ABSENCES, st.sampled_from(get_args(OnDelete)))
def test_laws_of_existence(seen: Absence, on_delete: OnDelete) -> None:
    found = absence(seen, on_delete)
    assert found.life in LIVE | ENDED and found.life not in ("dormant", "out", "present") and found.rule
    if found.act != "nothing":
        assert seen.confirmed and found.tombstone, "whoever is asked about has a tombstone: nothing is made there meanwhile"
        assert not (seen.ours or seen.asleep or seen.sibling)
    if found.act == "delete":
        assert on_delete == "propagate" and not seen.behind, "a contact ends only by a fresh delete where the site said so"
    if not seen.confirmed:
        assert found.life != "gone"
    if found.life == "gone" and not seen.ours:
        assert found.tombstone, "gone always leaves a tombstone"
    if seen.behind and seen.confirmed and found.life == "gone" and found.act == "nothing":
        assert seen.ours or seen.asleep or seen.sibling


@given(ABSENCES, st.sampled_from(get_args(OnDelete)))
def test_a_person_who_is_asked_could_still_say_no(seen: Absence, on_delete: OnDelete) -> None:
    """``ask`` leaves the link live: until the answer nothing ended."""
    found = absence(seen, on_delete)
    if found.act == "ask":
        assert found.life in LIVE and on_delete == "ask"
