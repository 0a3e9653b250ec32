"""Slots: who gets the room (merge.md 8)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.slots import Members, Slot, fill

ONE = (Slot("mail1"),)
THREE = (Slot("mail1"), Slot("mail2"), Slot("mail3"))
WORK_CELL = (Slot("tel1", ("work", "")), Slot("tel2", ("cell",), "cell"))


def members(*keys: str, **labelled: str) -> Members:
    return {key: {"v": key, "at": None, "a": {"label": labelled[key]} if key in labelled else {}}
            for key in (*keys, *labelled)}


def held(**slots: str) -> Members:
    return {key: {"v": key, "at": at, "a": {}} for key, at in slots.items()}


def places(filled: Members) -> dict[str, str]:
    return {key: member["at"] for key, member in filled.items()}


def test_the_primary_gets_the_only_slot() -> None:
    assert places(fill(members("a", "b"), "b", {}, ONE, {"a": 1, "b": 2})) == {"b": "mail1"}


def test_the_primary_takes_the_room_of_one_that_is_held() -> None:
    assert places(fill(members("a", "b"), "b", held(a="mail1"), ONE, {})) == {"b": "mail1"}


def test_a_held_member_stays_when_another_is_older() -> None:
    assert places(fill(members("a", "b"), None, held(b="mail1"), ONE, {"a": 1, "b": 2})) == {"b": "mail1"}


def test_then_the_oldest_then_by_key() -> None:
    filled = fill(members("d", "c", "b", "a"), None, {}, THREE, {"d": 5, "b": 3, "c": 3})
    assert places(filled) == {"b": "mail1", "c": "mail2", "d": "mail3"}


def test_a_held_member_keeps_its_slot_whatever_its_label() -> None:
    assert places(fill(members(a="fax"), None, held(a="tel1"), WORK_CELL, {})) == {"a": "tel1"}


def test_a_slot_that_is_no_more_holds_nobody() -> None:
    assert places(fill(members(a="cell"), None, held(a="tel9"), WORK_CELL, {})) == {"a": "tel2"}


def test_labels_in_the_order_a_slot_declares() -> None:
    assert places(fill(members("old", new="work"), None, {}, WORK_CELL, {"old": 1, "new": 9})) == {"new": "tel1"}


def test_a_label_no_slot_accepts_finds_no_room() -> None:
    assert fill(members(a="fax"), "a", {}, WORK_CELL, {}) == {}


def test_one_displaced_by_the_primary_moves_before_new_ones_come() -> None:
    filled = fill(members("a", "b", "c"), "c", held(a="mail1"), THREE[:2], {"b": 1, "a": 2, "c": 3})
    assert places(filled) == {"c": "mail1", "a": "mail2"}


def test_where_order_means_nothing_a_held_primary_stays() -> None:
    filled = fill(members("a", "b"), "b", held(a="mail1", b="mail2"), THREE, {}, primary_first=False)
    assert places(filled) == {"a": "mail1", "b": "mail2"}


def test_where_order_means_nothing_a_new_primary_takes_a_free_slot_first() -> None:
    filled = fill(members("a", "b"), "b", held(a="mail1"), THREE, {}, primary_first=False)
    assert places(filled) == {"a": "mail1", "b": "mail2"}


def test_where_order_means_nothing_a_new_primary_still_finds_room() -> None:
    assert places(fill(members("a", "b"), "b", held(a="mail1"), ONE, {}, primary_first=False)) == {"b": "mail1"}


KEYS = st.sampled_from("abcdef")
LABELS = st.sampled_from(["work", "cell", "", "fax"])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Members, str | None, Members, tuple[Slot, ...], dict[str, int], bool]:
    labels = draw(st.dictionaries(KEYS, LABELS))
    slots = tuple(Slot(f"s{n}", tuple(accepts)) for n, accepts in enumerate(
        draw(st.lists(st.lists(st.sampled_from(["work", "cell", "", "*"]), min_size=1, max_size=3), max_size=4))))
    holding = draw(st.permutations(sorted(labels)))[: len(slots)]
    there = {key: {"v": key, "at": slot.at, "a": {}} for key, slot in zip(holding, slots, strict=False)
             if draw(st.booleans())}
    primary = draw(st.none() | KEYS)
    return members(**labels), primary, there, slots, draw(st.dictionaries(KEYS, st.integers(1, 9))), draw(st.booleans())


@settings(deadline=None)
@given(worlds())
def test_laws_of_filling(world: tuple[Members, str | None, Members, tuple[Slot, ...], dict[str, int], bool]) -> None:
    wanted, primary, there, slots, order, first = world
    filled = fill(wanted, primary, there, slots, order, primary_first=first)
    ats = [member["at"] for member in filled.values()]
    assert len(set(ats)) == len(ats)
    assert filled.keys() <= wanted.keys()
    lost = (there.keys() & wanted.keys()) - filled.keys()
    assert len(lost) <= 1, "only one can make room for the primary"
    assert not lost or primary in filled
    accepting = {slot.at: slot for slot in slots}
    for key, member in filled.items():
        at_home = key in there and there[key]["at"] == member["at"]
        assert at_home or accepting[member["at"]].rank(member["a"].get("label")) is not None
    free = [slot for slot in slots if slot.at not in ats]
    for key in wanted.keys() - filled.keys():
        assert all(slot.rank(wanted[key]["a"].get("label")) is None for slot in free), "room was left for nobody"
    assert fill(wanted, primary, filled, slots, order, primary_first=first) == filled, "filling again moved somebody"
    backwards = {key: wanted[key] for key in reversed(list(wanted))}
    assert fill(backwards, primary, there, slots, order, primary_first=first) == filled, "the order of members mattered"
