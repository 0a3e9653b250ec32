"""Laws that can be said of one merge (merge.md 14), for any contact and any edits."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from world_state import AUTHORITIES
from world_systems import PERSON

from hub.model.state import NEVER, UNSET, Cell, Conflict, ContactState, Contender, Edit, LinkState, MergeOutcome
from hub.model.units import attr, member, primary, replaced_by, set_of, split
from hub.rules.authority import FREE, Authority
from hub.rules.contend import is_fresh
from hub.rules.merge import merge

LINKS = ("s0/1", "s1/1", "s2/1")
KEYS = ("a@x.fi", "b@x.fi", "c@x.fi")
SCALARS = ("given", "notes")
UNITS = (*SCALARS, *(member("emails", k) for k in KEYS), *(attr("emails", k, "label") for k in KEYS), primary("emails"))
REV = 50


def value_of(draw: st.DrawFn, unit: str, present: bool = True) -> Any:
    _, key, name = split(unit)
    if unit == primary("emails"):
        return draw(st.sampled_from(KEYS))
    if key is None or name is not None:
        return draw(st.sampled_from(["x", "y", "z"] if present else ["x", "y", "z", None]))
    other = draw(st.sampled_from([k for k in KEYS if k != key]))
    return draw(st.sampled_from([key, key] if present else [key, key, None, {"replaced_by": other, "v": other}]))


@st.composite
def contacts(draw: st.DrawFn) -> ContactState:
    """A contact of three links, as merges may leave it: some behind, some never told. Chains always end."""
    units = {u: Cell(value_of(draw, u), draw(st.integers(1, 9)), draw(st.sampled_from(LINKS)))
             for u in UNITS if draw(st.booleans())}
    for u in [u for u in units if split(u)[2] is not None and member("emails", split(u)[1] or "") not in units]:
        del units[u]
    lead = units.get(primary("emails"))
    if lead is not None and member("emails", lead.value) not in units:
        del units[primary("emails")]
    links = {}
    for i in LINKS:
        behind = {u: draw(st.sampled_from([10, None])) for u in units if draw(st.integers(0, 3)) == 0}
        links[i] = LinkState(i, i.split("/")[0], lambda unit: True, behind)
    return ContactState(units, links)


@st.composite
def merges(draw: st.DrawFn) -> tuple[ContactState, list[Edit], Authority]:
    state = draw(contacts())
    edits = []
    for i in LINKS:
        shows = {k for k in KEYS if member("emails", k) in state.units}
        for unit in UNITS:
            cell = state.units.get(unit, UNSET)
            _, key, name = split(unit)
            if draw(st.integers(0, 3)) or (name is not None and key not in shows):
                continue
            seen = state.links[i].seen(unit, cell.rev)
            if key is None or name is not None:
                value = value_of(draw, unit, unit == primary("emails"))
                base = cell.value if seen == cell.rev else "before"
                if value != base:
                    edits.append(Edit(unit, i, "set", base, value, seen, payload=key if name is not None else None))
            elif key in shows:
                value = value_of(draw, unit, False)
                kind = "remove" if value is None else "replace" if replaced_by(value) else "set"
                if kind != "set" and (kind == "remove" or replaced_by(value) not in shows):
                    edits.append(Edit(unit, i, kind, key, value, seen))  # type: ignore[arg-type]
            else:
                edits.append(Edit(unit, i, "add", None, key, seen))
    return state, edits, draw(st.sampled_from([FREE, FREE, *AUTHORITIES]))


def run(state: ContactState, edits: list[Edit], authority: Authority = FREE, rev: int = REV) -> MergeOutcome:
    return merge(PERSON, state, edits, rev=rev, authority=authority)


@settings(max_examples=400)
@given(merges(), st.integers(0, 99))
def test_a_any_order_of_links_edits_and_units_gives_the_same_outcome(case: Any, seed: int) -> None:
    state, edits, authority = case
    rng = random.Random(seed)
    links, units, shuffled = list(state.links.items()), list(state.units.items()), list(edits)
    for each in (links, units, shuffled):
        rng.shuffle(each)
    assert run(ContactState(dict(units), dict(links)), shuffled, authority) == run(state, edits, authority)


@settings(max_examples=300)
@given(merges())
def test_merging_nothing_afterwards_changes_nothing(case: Any) -> None:
    state, edits, authority = case
    after = run(state, edits, authority).apply(state)
    again = run(after, [], authority, REV + 1)
    assert again.apply(after) == after and not again.decisions and not again.changed


@settings(max_examples=300)
@given(merges())
def test_b_every_edit_has_a_fate(case: Any) -> None:
    """Each scalar edit is current, agrees, contends, or was ended by a named rule that says so."""
    state, edits, authority = case
    found = run(state, edits, authority)
    for edit in edits:
        if set_of(edit.unit) is not None:
            continue
        said = {d.fate for d in found.decisions if (d.unit, d.link) == (edit.unit, edit.link)}
        current = PERSON.same(edit.unit, found.units.get(edit.unit, UNSET).value, edit.value)
        contends = edit.unit in found.conflicts and any(c.link == edit.link for c in found.conflicts[edit.unit].contenders)
        assert current or contends or said & {"overruled", "left", "agreed"}, f"{edit} has no fate"
        assert all(d.rule for d in found.decisions)


@settings(max_examples=300)
@given(merges())
def test_b_no_member_goes_that_nobody_removed_or_replaced(case: Any) -> None:
    state, edits, authority = case
    found = run(state, edits, authority)
    touched = {e.unit for e in edits if e.kind in ("remove", "replace")}
    for unit, cell in state.units.items():
        _, key, name = split(unit)
        if key is not None and name is None and found.units[unit].value != cell.value:
            assert unit in touched or any(replaced_by(e.value) == key for e in edits)


@settings(max_examples=300)
@given(merges())
def test_every_link_that_does_not_assert_a_new_value_is_behind_with_what_it_had_seen(case: Any) -> None:
    state, edits, authority = case
    found = run(state, edits, authority)
    for unit in (u for u in found.changed if u in SCALARS):
        winners, agreed = ({d.link for d in found.decisions if (d.unit, d.fate) == (unit, fate)} for fate in ("won", "agreed"))
        for i in LINKS:
            assert (unit in found.behind[i]) == (i not in winners)
            if i not in winners:
                present = state.units.get(unit, UNSET).rev  # whoever said the same as it has seen it
                assert found.behind[i][unit] == (present if i in agreed else state.links[i].seen(unit, present))


@settings(max_examples=300)
@given(merges())
def test_a_held_unit_keeps_value_and_revision(case: Any) -> None:
    state, edits, authority = case
    found = run(state, edits, authority)
    for unit in found.conflicts:
        if unit in SCALARS:
            assert found.units.get(unit, UNSET) == state.units.get(unit, UNSET)


@settings(max_examples=300)
@given(merges())
def test_e_no_conflict_between_an_edit_and_what_its_author_saw(case: Any) -> None:
    """Alone, an author who has seen the present value is never asked about it."""
    state, edits, _ = case
    for edit in edits:
        cell = state.units.get(edit.unit, UNSET)
        mine = Contender(edit.link, edit.value, edit.base, edit.seen)
        if edit.unit in SCALARS and is_fresh(mine, cell):
            found = run(state, [edit])
            assert not found.conflicts and PERSON.same(edit.unit, found.units[edit.unit].value, edit.value)


@given(st.lists(st.tuples(st.sampled_from(LINKS), st.sampled_from(["x", "y", "z", None])), max_size=12))
def test_e_users_who_always_see_the_present_value_never_conflict(story: list[tuple[str, Any]]) -> None:
    state = ContactState({}, {i: LinkState(i, i, lambda unit: True) for i in LINKS})
    for n, (i, value) in enumerate(story):
        cell = state.units.get("given", UNSET)
        outcome = run(state, [Edit("given", i, "set", cell.value, value, cell.rev)], rev=n + 1)
        assert not outcome.conflicts and outcome.units.get("given", UNSET).value == value
        state = ContactState(outcome.units, state.links)  # everybody is told


@given(st.sampled_from(["x", "y", None]), st.lists(st.sampled_from([3, 2, None]), min_size=3, max_size=3),
       st.sampled_from(AUTHORITIES[:2]))
def test_whoever_says_the_same_agrees_however_late(value: Any, seen: list[int | None], authority: Authority) -> None:
    late = dict(zip(LINKS, seen, strict=True))
    links = {i: LinkState(i, i.split("/")[0], lambda unit: True, {"given": s}) for i, s in late.items()}
    state = ContactState({"given": Cell(value, 5, "s9/1")}, links)
    found = run(state, [Edit("given", i, "set", "before", value, s) for i, s in late.items()], authority)
    assert not found.conflicts and found.units == state.units
    assert not any(found.behind.values())


@given(st.permutations(LINKS), st.lists(st.sampled_from(["x", "y", "z"]), min_size=3, max_size=3))
def test_what_waits_for_a_person_waits_whatever_order_it_came_in(order: list[str], values: list[str]) -> None:
    """Late edits one by one: whoever saw only what was there before contends, and none is forgotten."""
    state = ContactState({"given": Cell("old", 5, "s9/1")}, {i: LinkState(i, i, lambda u: True, {"given": 3}) for i in LINKS})
    said = dict(zip(LINKS, values, strict=True))
    for n, i in enumerate(order):
        state = run(state, [Edit("given", i, "set", "older", said[i], 3)], rev=10 + n).apply(state)
    conflict: Conflict = state.conflicts["given"]
    assert {c.link: c.value for c in conflict.contenders} == said
    assert state.units["given"].value == "old" and conflict.number == 12


@settings(max_examples=300)
@given(merges())
def test_what_is_chosen_is_there(case: Any) -> None:
    """Who is primary is a member that is there, and a replacement leads to somebody who was there once."""
    state, edits, authority = case
    found = run(state, edits, authority)
    lead = found.units.get(primary("emails"), UNSET)
    if lead.value is not None and primary("emails") not in found.conflicts:
        home = found.units.get(member("emails", lead.value), UNSET)
        assert home.value is not None and replaced_by(home.value) is None
    for cell in found.units.values():
        following = replaced_by(cell.value)
        if following is not None:
            assert found.units.get(member("emails", following), UNSET).rev != NEVER
    assert found.units.keys() >= state.units.keys()


def test_the_laws_see_an_edit_that_is_forgotten() -> None:
    """The generators make real edits: over them, all fates happen."""
    seen: set[str] = set()

    @settings(max_examples=200)
    @given(merges())
    def look(case: Any) -> None:
        seen.update(d.fate for d in run(*case).decisions)
    look()
    assert seen >= {"won", "contends", "overruled", "agreed", "left"}


