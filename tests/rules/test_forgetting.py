"""Marks of somebody erased: no name is one alone, what others share is one only with the name, and spellings make no other."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.rules.forgetting import mailbox, marks
from hub.rules.matching import match
from hub.rules.matching.match import keys, profile

LOCAL = st.text("abcdefghij.", min_size=1, max_size=12).filter(lambda s: s.strip(".") == s and ".." not in s)
PEOPLE = st.fixed_dictionaries({}, optional={
    "name.given": st.sampled_from(["Anna", "Väinö", "Żaneta"]), "name.family": st.sampled_from(["Virtanen", "Żółw", "Aho"]),
    "birthday": st.sampled_from(["1990-02-28", "1990-02", "--02-28"]),
    "emails": st.dictionaries(LOCAL.map(lambda s: f"{s}@example.org"), st.just({"v": "x"}), max_size=2),
    "phones": st.dictionaries(st.sampled_from(["+358401234567", "+48221234567"]), st.just({"v": "x"}), max_size=2),
    "addresses": st.just({"home": {"v": {"street": "Koivukatu 10", "postcode": "00100", "locality": "Helsinki"}}}),
    "identifiers": st.just({"member-number": {"v": "4711"}})})


@given(PEOPLE)
def test_a_name_alone_is_no_mark(person: dict[str, Any]) -> None:
    p = profile(person)
    assert all(value != p.name for _, value in marks(p))
    only = profile({k: v for k, v in person.items() if k.startswith("name.")})
    assert marks(only) == frozenset()


@given(PEOPLE)
def test_what_others_share_is_a_mark_with_the_name_alone(person: dict[str, Any]) -> None:
    p = profile(person)
    shared = {key for key in keys(p) if key[0] in ("email", "phone")}
    found = marks(p, shared)
    assert not [kind for kind, _ in found if kind in ("email", "phone")]
    assert found <= marks(p)
    if p.name:
        assert {kind for kind, _ in found} >= {f"{kind}+name" for kind, _ in shared}


@given(LOCAL, st.text("abc", max_size=4), st.data())
def test_one_mailbox_is_one_mark(local: str, tag: str, data: st.DataObject) -> None:
    assert mailbox(f"{local}+{tag}@example.org") == mailbox(f"{local}@example.org")
    letters = [c for c in local if c != "."]
    dotted = "".join(c + data.draw(st.sampled_from(["", "."])) for c in letters[:-1]) + letters[-1]
    assert mailbox(f"{dotted}+{tag}@googlemail.com") == mailbox(f"{local}@gmail.com")
    assert mailbox(f"{dotted}@example.org") == f"{dotted}@example.org"


def test_the_order_of_names_and_their_letters_make_no_other_mark() -> None:
    one = {"name.given": "Väinö", "name.family": "Järvi", "birthday": "1990-02-28"}
    other = {"name.full": "JÄRVI, Väinö", "birthday": "1990-02-28"}
    assert marks(profile(one)) == marks(match.profile(other)) != frozenset()
