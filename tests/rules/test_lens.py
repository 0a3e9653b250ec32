"""Lenses: what is read, what is written, what stays as it is."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from hub.model.contact import CONTACT
from hub.model.units import EXISTS, Projection
from hub.rules.lenses.lens import BadValue, Lens, MappingError, Refs, Unlinked, Unresolved, build_lens, unresolved

KIND = 'fields.kind = { at = "type", codec = { name = "choice", values = { individual = "P", org = "C" } } }\n'
LABEL = '{ at = "loc", codec = { name = "choice", values = { home = "Home", work = "Work" } } }'
EMAILS = f"""
[sets.emails]
rows = "emails"
value = "email"
row_id = "id"
primary = "main"
attrs.label = {LABEL}
row_defaults = {{ on_hold = 0 }}
"""


def lens_of(text: str) -> Lens:
    return build_lens(tomllib.loads(text), CONTACT)


def m(v: Any, at: str | None = None, **a: Any) -> dict[str, Any]:
    return {"v": v, "at": at, "a": a}


def row(number: int, email: str | None, **more: Any) -> dict[str, Any]:
    return {"id": number, "email": email, **more}


def shown_after(lens: Lens, native: dict[str, Any], wanted: Projection, refs: Refs | None = None) -> Projection:
    refs = refs or Refs()
    patch = lens.put(native, lens.shape(wanted, lens.get(native, refs), {}), refs)
    return lens.get({**native, **patch}, refs)


# scalars

@pytest.mark.fault("T12", guard="hub.rules.lenses.scalars:Field.read")
def test_blank_is_empty_and_missing_is_absent() -> None:
    lens = lens_of('fields."name.given" = { at = "first" }\nfields.notes = { at = "note" }')
    assert lens.get({"first": "  "}) == {"name.given": None}


def test_a_system_may_leave_out_what_is_empty() -> None:
    lens = lens_of('missing = "empty"\nfields.notes = { at = "note" }' + EMAILS)
    assert lens.get({}) == {"notes": None, "emails": {}, "emails.primary": None}
    assert lens.put({}, {"notes": None, "emails": {}}) == {}
    assert lens.put({}, {"notes": "x"}) == {"note": "x"}


def test_paths_lead_through_objects_and_the_rest_of_them_stays() -> None:
    lens = lens_of('fields."name.given" = { at = "n.first" }\nfields."name.family" = { at = "n.last" }')
    native = {"n": {"first": "Anna", "last": None, "x": 1}, "y": 2}
    assert lens.get(native) == {"name.given": "Anna", "name.family": None}
    patch = lens.put(native, {"name.given": "Anne", "name.family": "Aho"})
    assert patch == {"n": {"first": "Anne", "last": "Aho", "x": 1}}
    assert native == {"n": {"first": "Anna", "last": None, "x": 1}, "y": 2}


def test_a_list_names_keys_that_hold_a_dot() -> None:
    lens = lens_of('fields.title = { at = ["email_primary.title"] }')
    assert lens.get({"email_primary.title": "x"}) == {"title": "x"}


def test_a_path_through_a_list_reads_as_absent_and_is_not_written() -> None:
    lens = lens_of('fields.title = { at = "n.title" }')
    assert lens.read({"n": [1]}).problems[0].at == "n.title"
    assert lens.get({"n": [1]}) == {}
    with pytest.raises(BadValue, match=r"^title: lies inside a list"):
        lens.put({"n": [1]}, {"title": "x"})


@pytest.mark.fault("T1", guard="hub.model.units:fold_text")
def test_the_same_value_in_another_spelling_is_not_rewritten() -> None:
    lens = lens_of('fields."name.given" = { at = "first" }')
    assert lens.put({"first": "Z\u030ciz\u030cka "}, {"name.given": "Žižka"}) == {}


def test_a_cut_value_is_written_once() -> None:
    lens = lens_of('fields.notes = { at = "note", codec = { name = "text", max = 4 } }')
    assert lens.shape({"notes": "Hevosella"}, {}, {}) == {"notes": "Hevo"}
    assert lens.put({"note": "Hevo"}, {"notes": "Hevosella"}) == {}
    assert lens.put({"note": None}, {"notes": "Hevosella"}) == {"note": "Hevo"}
    assert "4 characters" in lens.loss("notes")


def test_a_text_of_a_list_outside_the_table_of_its_choice_is_no_member_and_no_problem() -> None:
    lens = lens_of('sets.roles = { list = "tags", codec = { name = "choice", values = { donor = "Donor", member = "Member" } } }')
    native = {"tags": ["Red", "Donor"]}
    seen = lens.read(native, Refs())
    assert (seen.projection["roles"].keys(), seen.problems) == ({"donor"}, ())
    assert lens.put(native, {"roles": {"member": {"v": "member", "at": None, "a": {}}}}) == {"tags": ["Red", "Member"]}


def test_an_unknown_choice_is_absent_and_told() -> None:
    lens = lens_of(KIND)
    reading = lens.read({"type": "Robot"})
    assert reading.projection == {}
    assert [(p.unit, p.at) for p in reading.problems] == [("kind", "type")]


@pytest.mark.fault("V15", guard="hub.rules.lenses.scalars:Field.shape")
def test_what_cannot_be_said_is_left_out_of_the_shape_and_refused_by_name() -> None:
    lens = lens_of('fields.birthday = { at = "born", codec = { name = "date", partial = "absent" } }')
    assert lens.shape({"birthday": "--02-28"}, {}, {}) == {}
    assert lens.shape({"birthday": "--02-28"}, {"birthday": "1990-02-28"}, {}) == {"birthday": "1990-02-28"}
    with pytest.raises(BadValue, match=r"^birthday: "):
        lens.put(None, {"birthday": "--02-28"})


@pytest.mark.fault("T4", guard="hub.rules.normal:clean")
def test_text_no_system_can_store_is_refused_by_the_name_of_its_field() -> None:
    lens = lens_of('fields."name.given" = { at = "n.first" }' + EMAILS)
    with pytest.raises(BadValue, match=r"^n\.first: .*NUL"):
        lens.get({"n": {"first": "a\0"}})
    with pytest.raises(BadValue, match=r"^emails\[\]\.email: .*surrogate"):
        lens.get({"emails": [row(1, "a\ud800@x.fi")]})
    with pytest.raises(BadValue, match=r"^name\.given: "):
        lens.put({"n": {"first": "a"}}, {"name.given": "a\0"})
    with pytest.raises(BadValue, match=r"^name\.given: "):
        lens.shape({"name.given": "a\0"}, {}, {})
    reading = lens.read({"n": {"first": "a\0"}, "emails": []})
    assert reading.projection == {"emails": {}, "emails.primary": None}
    assert [p.unit for p in reading.problems] == ["name.given"]


def test_directions() -> None:
    lens = lens_of("""
        fields.title = { at = "title", direction = "from" }
        fields.notes = { at = "notes", direction = "to" }
        fields.nickname = { at = "nick", direction = "create_only" }
        fields.company = { at = "company", direction = "none" }
    """)
    native = {"title": "a", "notes": "a", "nick": "a", "company": "a"}
    wanted = {"title": "b", "notes": "b", "nickname": "b", "company": "b"}
    assert lens.get(native) == {"title": "a", "nickname": "a"}
    assert lens.put(native, wanted) == {"notes": "b"}
    assert lens.put(None, wanted) == {"notes": "b", "nick": "b"}
    assert lens.shape(wanted, lens.get(native), {}) == {"notes": "b"}
    assert lens.shape(wanted, {}, {}) == {"notes": "b", "nickname": "b"}
    assert lens.coverage == {"title", "notes", "nickname"}
    assert [lens.direction(u) for u in ("title", "notes", "nickname", "company", EXISTS)] == [
        "from", "to", "create_only", "none", "both"]


def test_only_for_one_kind() -> None:
    lens = lens_of(KIND + """
        fields."name.full" = [ { at = "label", only = "individual", direction = "from" }, { at = "org", only = "org" } ]
    """)
    assert lens.get({"type": "C", "org": "Oy", "label": "x"}) == {"kind": "org", "name.full": "Oy"}
    assert lens.get({"type": "P", "org": "Oy", "label": "x"}) == {"kind": "individual", "name.full": "x"}
    assert lens.get({"type": "?", "org": "Oy", "label": "x"}) == {}
    assert lens.put({"type": "C", "org": "Oy"}, {"name.full": "Ab"}) == {"org": "Ab"}
    assert lens.put({"type": "P", "label": "x", "org": "Oy"}, {"name.full": "Ab"}) == {}
    assert lens.put(None, {"kind": "org", "name.full": "Ab"}) == {"type": "C", "org": "Ab"}


def test_a_system_of_persons_only() -> None:
    lens = lens_of('fields.kind = { fixed = "individual" }\nfields."name.given" = { at = "first", only = "individual" }')
    assert lens.get({"first": "Anna"}) == {"kind": "individual", "name.given": "Anna"}
    assert lens.put({"first": "Anna"}, {"kind": "org", "name.given": "Anne"}) == {"first": "Anne"}
    assert lens.put(None, {"name.given": "Anne"}) == {"first": "Anne"}
    assert lens.shape({"name.given": "Anne"}, {}, {}) == {"name.given": "Anne"}


# references

EMPLOYER = 'fields.employer = { at = "employer_id", codec = "integer" }'


def test_references() -> None:
    lens, refs = lens_of(EMPLOYER), Refs({"7": "acme"}, {"acme": "7"})
    assert lens.refs_in({"employer_id": 7}) == ("7",)
    assert lens.get({"employer_id": 7}, refs) == {"employer": "acme"}
    assert lens.get({"employer_id": 8}, refs) == {"employer": Unresolved("8")}
    assert lens.get({"employer_id": None}, refs) == {"employer": None}
    assert lens.targets_in({"employer": "acme"}) == ("acme",)
    assert lens.put({"employer_id": 8}, {"employer": "acme"}, refs) == {"employer_id": 7}
    assert lens.put({"employer_id": 7}, {"employer": "acme"}, refs) == {}
    assert lens.put({"employer_id": 7}, {"employer": None}, refs) == {"employer_id": None}


def test_an_unresolved_reference_is_never_written() -> None:
    lens = lens_of(EMPLOYER)
    assert lens.put({"employer_id": 7}, {"employer": Unresolved("8")}) == {}
    with pytest.raises(Unlinked, match=r"^employer: "):
        lens.put({"employer_id": 7}, {"employer": "acme"})


RELATIONS = """
[sets.relations]
rows = "rels"
row_id = "id"
key = { at = "kind", codec = { name = "choice", values = { spouse = "Spouse of" } } }
value = "to"
codec = "integer"
attrs.from = { at = "since" }
"""


def test_relations() -> None:
    lens, refs = lens_of(RELATIONS), Refs({"7": "bo", "8": "cy"}, {"bo": "7", "cy": "8"})
    native = {"rels": [{"id": 1, "kind": "Spouse of", "to": 7, "since": "2001"}, {"id": 2, "kind": "Spouse of", "to": 9},
                       {"id": 3, "kind": "Cousin of", "to": 8}]}
    seen = lens.get(native, refs)
    assert seen == {"relations": {"spouse:bo": m("bo", "1", **{"from": "2001"}),
                                  "spouse:?9": m(Unresolved("9"), "2", **{"from": None})}}
    assert unresolved(seen) == ("9",)
    assert lens.refs_in(native) == ("7", "9")
    wanted = {"relations": {"spouse:cy": m("cy", **{"from": "2002"})}}
    assert lens.targets_in(wanted) == ("cy",)
    after = lens.put(native, wanted, refs)
    assert after == {"rels": [native["rels"][1], native["rels"][2], {"kind": "Spouse of", "to": 8, "since": "2002"}]}
    assert lens.covers("relations[spouse:zz]")
    assert not lens.covers("relations[cousin:zz]")


# the full name in one text

FULL = 'fullname = { at = "name", units = ["name.given", "name.family"] }'
LAST_FIRST = 'fullname = { at = "name", units = ["name.family", "name.given"], separator = ", " }'


@pytest.mark.fault("T18", guard="hub.rules.lenses.scalars:FullName._split")
def test_a_full_name_is_split_only_in_one_way() -> None:
    assert lens_of(FULL).get({"name": " Anna  Aho "}) == {"name.given": "Anna", "name.family": "Aho"}
    assert lens_of(FULL).get({"name": None}) == {"name.given": None, "name.family": None}
    assert lens_of(LAST_FIRST).get({"name": "Aho, Anna Maria"}) == {"name.family": "Aho", "name.given": "Anna Maria"}
    for name in ("Anna Maria Aho", "Anna"):
        reading = lens_of(FULL).read({"name": name})
        assert reading.projection == {}
        assert {p.unit for p in reading.problems} == {"name.given", "name.family"}


def test_a_full_name_is_written_from_its_parts() -> None:
    lens = lens_of(FULL)
    assert lens.put({"name": "Anna Aho"}, {"name.given": "Anne"}) == {"name": "Anne Aho"}
    assert lens.put(None, {"name.given": "Anna Maria", "name.family": "Aho"}) == {"name": "Anna Maria Aho"}
    assert lens.put({"name": "Anna Maria Aho"}, {"name.given": "Anna Maria", "name.family": "Aho"}) == {}
    assert lens.put({"name": "Anna Aho"}, {"name.given": None, "name.family": None}) == {"name": None}
    assert lens.together("name.given") == {"name.given", "name.family"}
    with pytest.raises(BadValue, match="together"):
        lens.put({"name": "Anna Maria Aho"}, {"name.given": "Anne"})


# sets in rows

def test_rows() -> None:
    native = {"emails": [row(1, "Anna@X.fi", main=False, loc="Home"), row(2, "b@x.fi", main=1, loc="Boat"), row(3, None)]}
    assert lens_of(EMAILS).get(native) == {
        "emails": {"anna@x.fi": m("Anna@X.fi", "1", label="home"), "b@x.fi": m("b@x.fi", "2")}, "emails.primary": "b@x.fi"}


def test_rows_that_stay_are_not_touched_and_new_ones_come_last() -> None:
    lens = lens_of(EMAILS)
    native = {"emails": [row(1, "Anna@X.fi", main=True, loc="Home", x=1), "odd", row(3, None), row(4, "c@x.fi", loc="Work")]}
    wanted = {"emails": {"new@x.fi": m("New@x.fi", label="work"), "anna@x.fi": m("ANNA@x.fi", label="home")}}
    assert lens.put(native, wanted) == {"emails": [
        row(1, "Anna@X.fi", main=True, loc="Home", x=1), "odd", row(3, None),
        {"on_hold": 0, "email": "New@x.fi", "loc": "Work"}]}


def test_a_label_the_system_lacks_leaves_the_one_it_has() -> None:
    lens = lens_of(EMAILS)
    native = {"emails": [row(1, "a@x.fi", main=True, loc="Home")]}
    wanted = {"emails": {"a@x.fi": m("a@x.fi", "1", label="boat")}, "emails.primary": "a@x.fi"}
    assert lens.put(native, wanted) == {}
    assert lens.shape(wanted, lens.get(native), {}) == lens.get(native)


def test_a_new_row_shows_the_label_that_is_wanted_else_the_one_new_rows_have() -> None:
    lens = lens_of(EMAILS.replace("on_hold = 0", 'loc = "Work"'))
    said, unsaid = m("a@x.fi", label="home"), m("b@x.fi", label=None)
    assert lens.shape({"emails": {"a@x.fi": said, "b@x.fi": unsaid}}, {}, {}) == {
        "emails": {"a@x.fi": said, "b@x.fi": m("b@x.fi", label="work")}}


def test_the_primary_moves() -> None:
    lens = lens_of(EMAILS)
    native = {"emails": [row(1, "a@x.fi", main=True), row(2, "b@x.fi", main=False)]}
    assert lens.put(native, {"emails.primary": "b@x.fi"}) == {
        "emails": [row(1, "a@x.fi", main=False), row(2, "b@x.fi", main=True)]}
    assert lens.put(native, {"emails.primary": "gone@x.fi"}) == {}
    assert lens.shape({"emails.primary": "gone@x.fi"}, lens.get(native), {}) == {}


def test_the_first_row_shows_a_member_and_its_doubles_go_with_it() -> None:
    lens = lens_of(EMAILS)
    native = {"emails": [row(1, "A@x.fi", loc="Home"), row(2, "a@x.fi", loc="Work", main=True)]}
    seen = lens.get(native)
    assert seen == {"emails": {"a@x.fi": m("A@x.fi", "1", label="home")}, "emails.primary": "a@x.fi"}
    assert lens.put(native, seen) == {}
    assert lens.put(native, {"emails": {"a@x.fi": m("A@x.fi", label="work")}}) == {
        "emails": [row(1, "A@x.fi", loc="Work"), row(2, "a@x.fi", loc="Work", main=True)]}
    assert lens.put(native, {"emails": {}}) == {"emails": []}


def test_a_replacement_stays_in_the_row_it_names() -> None:
    lens = lens_of(EMAILS)
    native = {"emails": [row(1, "ana@x.fi", loc="Home", x=1), row(2, "b@x.fi")]}
    wanted = {"emails": {"anna@x.fi": m("anna@x.fi", "1", label="home"), "b@x.fi": m("b@x.fi", "2")}}
    assert lens.shape(wanted, lens.get(native), {})["emails"]["anna@x.fi"]["at"] == "1"
    assert lens.put(native, wanted) == {"emails": [row(1, "anna@x.fi", loc="Home", x=1), row(2, "b@x.fi")]}


def test_a_replacement_without_a_label_has_that_of_the_row() -> None:
    lens = lens_of(EMAILS.replace("on_hold = 0", 'loc = "Work"'))
    seen = lens.get({"emails": [row(1, "ana@x.fi", loc="Home")]})
    heir = lens.shape({"emails": {"anna@x.fi": m("anna@x.fi", "1")}}, seen, {})
    assert heir["emails"] == {"anna@x.fi": m("anna@x.fi", "1", label="home")}
    stranger = lens.shape({"emails": {"anna@x.fi": m("anna@x.fi", "9")}}, seen, {})
    assert stranger["emails"] == {"anna@x.fi": m("anna@x.fi", label="work")}


def test_other_ways_to_say_the_primary() -> None:
    first = lens_of('sets.emails = { rows = "mail", value = "v", primary = "first" }')
    native = {"mail": [{"v": "a@x.fi"}, {"v": "b@x.fi"}]}
    assert first.get(native)["emails.primary"] == "a@x.fi"
    assert first.put(native, {"emails.primary": "b@x.fi"}) == {"mail": [{"v": "b@x.fi"}, {"v": "a@x.fi"}]}
    pref = lens_of('sets.emails = { rows = "mail", value = "v", primary = { at = "pref", style = "pref" } }')
    native = {"mail": [{"v": "a@x.fi", "pref": 2}, {"v": "b@x.fi", "pref": "1"}, {"v": "c@x.fi"}]}
    assert pref.get(native)["emails.primary"] == "b@x.fi"
    assert pref.put(native, {"emails.primary": "c@x.fi"}) == {
        "mail": [{"v": "a@x.fi", "pref": 2}, {"v": "b@x.fi", "pref": 2}, {"v": "c@x.fi", "pref": 1}]}
    assert pref.put({"mail": [{"v": "a@x.fi"}]}, {"emails.primary": None}) == {}


def test_rows_shared_by_two_sets() -> None:
    lens = lens_of("""
        sets.emails = { rows = "ways", value = "v", where = { type = "mail" } }
        sets.phones = { rows = "ways", value = "v", where = { type = "tel" } }
    """)
    native = {"ways": [{"type": "mail", "v": "a@x.fi"}, {"type": "tel", "v": "040 1234567"}, {"type": "fax", "v": "1"}]}
    seen = lens.get(native)
    assert (list(seen["emails"]), list(seen["phones"])) == (["a@x.fi"], ["+358401234567"])
    assert lens.put(native, {"emails": {}, "phones": {"112": m("112")}}) == {
        "ways": [{"type": "fax", "v": "1"}, {"type": "tel", "v": "112"}]}


@pytest.mark.fault("V20", guard="hub.rules.lenses.rows:RowSet._rows")
def test_a_list_that_is_none_is_not_read_as_empty() -> None:
    lens = lens_of(EMAILS)
    assert lens.get({"emails": "odd"}) == {}
    assert lens.get({}) == {}
    with pytest.raises(BadValue, match=r"^emails: is not a list"):
        lens.put({"emails": "odd"}, {"emails": {}})


ADDRESSES = """
[sets.addresses]
rows = "adr"
row_id = "id"
key = { at = "loc", codec = { name = "choice", values = { home = "Home", work = "Work" } } }
[sets.addresses.parts]
street = "street"
locality = "city"
country = { at = "land", codec = { name = "country", names = { FI = "Suomi" } } }
"""


def test_structured_members() -> None:
    lens = lens_of(ADDRESSES)
    native = {"adr": [{"id": 1, "loc": "Home", "street": "Katu 1", "city": "Oulu", "land": "Suomi", "x": 1},
                      {"id": 2, "loc": "Boat", "street": "Laituri"}]}
    seen = lens.get(native)
    assert seen == {"addresses": {"home": m({"street": "Katu 1", "locality": "Oulu", "country": "FI"}, "1")}}
    wanted = {"addresses": {"home": m({"street": "Katu 2", "country": "FI"}), "work": m({"street": "Tie 3", "country": "SE"}),
                            "billing": m({"street": "Ei"})}}
    assert lens.put(native, wanted)["adr"] == [
        {"id": 1, "loc": "Home", "street": "Katu 2", "city": None, "land": "Suomi", "x": 1},
        {"id": 2, "loc": "Boat", "street": "Laituri"}, {"loc": "Work", "street": "Tie 3", "land": None}]
    assert lens.shape(wanted, seen, {})["addresses"] == {
        "home": m({"street": "Katu 2", "country": "FI"}, "1"), "work": m({"street": "Tie 3"})}


def test_half_an_address_is_none() -> None:
    """An unknown country read as no country would blank it everywhere else."""
    reading = lens_of(ADDRESSES).read({"adr": [{"loc": "Home", "street": "Katu 1", "land": "Narnia"}]})
    assert reading.projection == {}
    assert [(p.unit, p.at) for p in reading.problems] == [("addresses", "adr[].land")]


def test_consent_rows_with_a_key_of_two_fields() -> None:
    lens = lens_of("""
        [sets.consents]
        rows = "consents"
        key = [ { at = "purpose" }, { at = "channel" } ]
        [sets.consents.parts]
        state = { at = "ok", codec = { name = "choice", values = { granted = "Y", withdrawn = "N" } } }
        evidenced_at = "on"
    """)
    native = {"consents": [{"purpose": "news", "channel": "email", "ok": "Y", "on": "2025-01-01"}, {"purpose": "x", "ok": "Y"}]}
    seen = lens.get(native)
    assert seen == {"consents": {"news:email": m({"state": "granted", "evidenced_at": "2025-01-01"})}}
    wanted = {"consents": {**seen["consents"], "news:sms": m({"state": "withdrawn"})}}
    assert lens.put(native, wanted)["consents"][2:] == [{"purpose": "news", "channel": "sms", "ok": "N"}]


# lists, slots, fixed places

def test_lists_of_texts() -> None:
    lens = lens_of('sets.groups = { list = "tags" }\nsets.roles = { list = "kinds", separator = "," }')
    native = {"tags": ["Choir", "choir", {"odd": 1}, ""], "kinds": "donor, Member"}
    seen = lens.get(native)
    assert seen == {"groups": {"choir": m("Choir")}, "roles": {"donor": m("donor"), "member": m("Member")}}
    wanted = {"groups": {"band": m("Band")}, "roles": {"member": m("member"), "a,b": m("a,b"), "helper": m("helper")}}
    assert lens.put(native, wanted) == {"tags": [{"odd": 1}, "", "Band"], "kinds": " Member,helper"}
    assert lens.shape(wanted, seen, {})["roles"] == {"member": m("Member"), "helper": m("helper")}


SLOTS = """
[sets.phones]
slots = [ { at = "work", accepts = ["work", ""] }, { at = "cell", accepts = ["cell"], label = "cell" }, { at = "home" } ]
"""


def test_slots() -> None:
    lens = lens_of(SLOTS)
    native = {"work": "n/a", "cell": "040 1234567", "home": "+358 40 1234567"}
    seen = lens.get(native)
    assert seen == {"phones": {"+358401234567": m("040 1234567", "cell", label="cell")}}
    wanted = {"phones": {**seen["phones"], "112": m("112", label="work")}}
    shape = lens.shape(wanted, seen, {})
    assert shape == {"phones": {"112": m("112", "work"), **seen["phones"]}}
    assert lens.put(native, shape) == lens.put(native, wanted) == {"work": "112"}
    assert lens.put(native, {"phones": {}}) == {"cell": None, "home": None}
    assert lens.put(None, shape) == {"work": "112", "cell": "040 1234567", "home": None}
    assert lens.covers("phones[x].label")
    assert not lens.covers("phones.primary")


def test_slots_are_known_whole_or_not_at_all() -> None:
    assert lens_of(SLOTS).get({"work": "112", "cell": None}) == {}
    assert lens_of(SLOTS).get({"work": "112", "cell": None, "home": ["x"]}) == {}


def test_the_first_slot_is_the_primary() -> None:
    lens = lens_of('sets.emails = { slots = [ { at = "m1" }, { at = "m2" } ], primary = "first" }')
    native = {"m1": "a@x.fi", "m2": "b@x.fi"}
    seen = lens.get(native)
    assert seen["emails.primary"] == "a@x.fi"
    assert lens.put(native, {"emails.primary": "b@x.fi"}) == {"m1": "b@x.fi", "m2": "a@x.fi"}
    wanted = {"emails": {**seen["emails"], "c@x.fi": m("c@x.fi")}, "emails.primary": "c@x.fi"}
    shape = lens.shape(wanted, seen, {"b@x.fi": 1, "a@x.fi": 2, "c@x.fi": 3})
    assert shape["emails.primary"] == "c@x.fi"
    assert {key: member["at"] for key, member in shape["emails"].items()} == {"c@x.fi": "m1", "b@x.fi": "m2"}
    assert shown_after(lens, native, wanted)["emails.primary"] == "c@x.fi"


def test_who_is_primary_decides_the_room_where_the_system_has_no_word_for_it() -> None:
    lens = lens_of('sets.emails = { slots = [ { at = "mail" } ] }')
    seen = lens.get({"mail": "a@x.fi"})
    wanted = {"emails": {**seen["emails"], "b@x.fi": m("b@x.fi")}}
    assert list(lens.shape(wanted, seen, {})["emails"]) == ["a@x.fi"]
    shape = lens.shape({**wanted, "emails.primary": "b@x.fi"}, seen, {})
    assert list(shape["emails"]) == ["b@x.fi"]
    assert "emails.primary" not in shape


def test_an_address_too_long_for_the_field_is_left_out_not_cut() -> None:
    lens = lens_of('sets.emails = { slots = [ { at = "mail" } ], codec = { name = "text", max = 8 } }')
    assert lens.shape({"emails": {"anna@x.fi": m("anna@x.fi")}}, {}, {}) == {"emails": {}}


def test_fixed_places() -> None:
    lens = lens_of("""
        sets.identifiers.fixed = [ { scheme = "member-number", at = "ext" }, { scheme = "n", at = "num", codec = "integer" } ]
        [sets.addresses]
        fixed = [
            { key = "work", parts = { street = "a1.line1", locality = "a1.city" } },
            { key = "home", parts = { street = "a2" } },
        ]
        primary = "first"
    """)
    native = {"ext": "M-1", "num": None, "a1": {"line1": "Katu", "city": None, "x": 1}, "a2": ""}
    seen = lens.get(native)
    assert seen == {"identifiers": {"member-number": m("M-1", "ext")},
                    "addresses": {"work": m({"street": "Katu"}, "a1.line1")}, "addresses.primary": "work"}
    wanted = {"identifiers": {"n": m("12"), "other": m("z")}, "addresses": {"home": m({"street": "Tie"})}}
    assert lens.put(native, wanted) == {"ext": None, "num": 12, "a1": {"line1": None, "city": None, "x": 1}, "a2": "Tie"}
    assert lens.shape(wanted, seen, {}) == {
        "identifiers": {"n": m("12", "num")}, "addresses": {"home": m({"street": "Tie"}, "a2")}, "addresses.primary": None}
    assert lens.covers("identifiers[n]")
    assert not lens.covers("identifiers[other]")


def test_a_value_the_place_cannot_take_leaves_what_stands_there() -> None:
    lens = lens_of('sets.identifiers.fixed = [ { scheme = "n", at = "num", codec = "integer" } ]')
    seen = lens.get({"num": 5})
    wanted = {"identifiers": {"n": m("A-5")}}
    assert lens.shape(wanted, seen, {}) == seen
    assert lens.put({"num": 5}, wanted) == {}


# consents in flags

FLAGS = """
sets.consents.flags = [ { at = "no_mail", withdraws = ["m:email", "n:email"] }, { at = "out", withdraws = ["n:email"] } ]
"""


def said(state: str, at: str | None = None) -> dict[str, Any]:
    return m({"state": state, "evidenced_at": at, "evidence": None, "source": "form"})


def test_a_flag_withdraws_all_it_names_and_says_nothing_when_it_is_down() -> None:
    lens = lens_of(FLAGS)
    assert lens.get({"no_mail": False, "out": 0}) == {"consents": {}}
    seen = lens.get({"no_mail": True, "out": True})["consents"]
    assert seen == {key: m({"state": "withdrawn", "evidenced_at": None, "evidence": "no_mail", "source": "flag"}, "no_mail")
                    for key in ("m:email", "n:email")}


@pytest.mark.parametrize(("wanted", "patch"), [
    ({}, {}),
    ({"m:email": said("withdrawn")}, {}),
    ({"m:email": said("granted", "2025-01-01")}, {}),
    ({"m:email": said("granted"), "n:email": said("granted", "2025-01-01")}, {}),
    ({"m:email": said("granted", "2025-01-01"), "n:email": said("granted", "2025-01-01")}, {"no_mail": False}),
])
def test_a_flag_is_lowered_only_by_evidence_for_all(wanted: dict[str, Any], patch: dict[str, Any]) -> None:
    assert lens_of(FLAGS).put({"no_mail": True, "out": False}, {"consents": wanted}) == patch


def test_a_flag_is_raised_only_where_no_other_shows_the_withdrawal() -> None:
    lens = lens_of(FLAGS)
    assert lens.put({"no_mail": False, "out": False}, {"consents": {"m:email": said("withdrawn")}}) == {"no_mail": True}
    assert lens.put({"no_mail": False, "out": True}, {"consents": {"n:email": said("withdrawn")}}) == {}
    assert lens.put(None, {"consents": {}}) == {"no_mail": False, "out": False}


def test_no_direction_stops_a_withdrawal() -> None:
    lens = lens_of(FLAGS + 'sets.consents.direction = "from"')
    up = {"consents": {"m:email": said("withdrawn")}}
    assert lens.put({"no_mail": False, "out": False}, up) == {"no_mail": True}
    assert list(lens.shape(up, {"consents": {}}, {})["consents"]) == ["m:email", "n:email"]
    granted = {"consents": {key: said("granted", "2025-01-01") for key in ("m:email", "n:email")}}
    assert lens.put({"no_mail": True, "out": True}, granted) == {}
    only_to = lens_of(FLAGS + 'sets.consents.direction = "to"')
    assert list(only_to.get({"no_mail": True, "out": False})["consents"]) == ["m:email", "n:email"]


# what a lens says about itself

def test_coverage() -> None:
    lens = lens_of(KIND + EMAILS)
    assert lens.coverage == {"kind", "emails", "emails.primary", "emails[].label"}
    assert all(lens.covers(u) for u in ("kind", "emails", "emails[a@x.fi]", "emails[a@x.fi].label", "emails.primary", EXISTS))
    assert not any(lens.covers(u) for u in ("notes", "phones", "phones[1]", "phones.primary", "addresses[home]"))
    assert lens.entity is CONTACT


def test_the_fingerprint_moves_with_the_mapping_only() -> None:
    base = lens_of(EMAILS)
    assert lens_of(EMAILS).fingerprint == base.fingerprint
    assert lens_of('on_leave = "freeze"\n' + EMAILS).fingerprint == base.fingerprint
    assert lens_of(EMAILS.replace("Home", "House")).fingerprint != base.fingerprint
    assert build_lens(tomllib.loads(EMAILS), CONTACT, "SE").fingerprint != base.fingerprint


def test_phones_are_read_in_the_sites_region() -> None:
    lens = build_lens(tomllib.loads(SLOTS), CONTACT, "SE")
    assert list(lens.get({"work": "08 123 456", "cell": None, "home": None})["phones"]) == ["+468123456"]


def test_what_a_changed_slot_means() -> None:
    lens = lens_of('slot_change = "add"\nsets.groups = { list = "g" }\nsets.roles = { list = "r", slot_change = "replace" }')
    assert [lens.slot_change(name) for name in ("groups", "roles", "emails")] == ["add", "replace", "replace"]


@pytest.mark.fault("P4", guard="hub.rules.lenses.build:_Reader._no_unit_twice")
@pytest.mark.parametrize(("text", "path", "words"), [
    ('fields."name.givn" = { at = "x" }', "fields.name.givn", "did you mean 'name.given'"),
    ('fields.emails = { at = "x" }', "fields.emails", "put it under sets"),
    ('fields.title = { att = "x" }', "fields.title.att", "did you mean 'at'"),
    ('fields.title = { at = "" }', "fields.title.at", "native path"),
    ('fields.title = "x"', "fields.title", "give a table"),
    ('fields.title = { at = "x", codec = "txt" }', "fields.title.codec", "did you mean 'text'"),
    ('fields.title = { at = "x", codec = "fullname" }', "fields.title.codec", "stands under fullname"),
    ('fields.title = { at = "x", codec = { name = "text", mx = 1 } }', "fields.title.codec.mx", "did you mean 'max'"),
    ('fields.title = { at = "x", codec = { name = "text", max = 0 } }', "fields.title.codec.max", "at least 1"),
    ('fields.title = { at = "x", codec = 5 }', "fields.title.codec", "name of a codec"),
    ('fields.title = { at = "x", direction = "up" }', "fields.title.direction", "there are both"),
    ('fields.title = { at = "x", only = "robot" }', "fields.title.only", "there are individual, org"),
    ('fields.title = { at = "x", only = "org" }', "fields.kind", "map the unit kind"),
    (KIND + 'fields.title = [ { at = "x" }, { at = "y", only = "org" } ]', "fields.title", "mapped twice"),
    (FULL + '\nfields."name.given" = { at = "x" }', "fields.name.given", "mapped twice"),
    ('fullname = { at = "x", units = ["name.gven"] }', "fullname.units", "did you mean 'name.given'"),
    ('fullname = { at = "x", separator = "" }', "fullname.separator", "give a text"),
    ('sets.emials = { rows = "x", value = "y" }', "sets.emials", "did you mean 'emails'"),
    ('sets.emails = { value = "y" }', "sets.emails", "exactly one of"),
    ('sets.emails = { rows = "x", list = "x" }', "sets.emails", "exactly one of"),
    ('sets.emails = { rows = "x" }', "sets.emails.value", "which key"),
    ('sets.emails = { rows = "x", value = "v", attrs = { lable = "l" } }', "sets.emails.attrs.lable", "did you mean 'label'"),
    ('sets.emails = { rows = "x", value = "v", primary = { at = "p", style = "no" } }', "sets.emails.primary.style",
     "there are at, codec"),
    ('sets.urls = { rows = "x", value = "v", primary = "p" }', "sets.urls.primary", "no primary member"),
    ('sets.addresses = { rows = "x", key = "k" }', "sets.addresses.parts", "where the parts"),
    ('sets.addresses = { rows = "x", parts = { street = "s" } }', "sets.addresses.key", "member's key"),
    ('sets.addresses = { rows = "x", key = "k", parts = { stret = "s" } }', "sets.addresses.parts.stret",
     "did you mean 'street'"),
    ('sets.addresses = { list = "x" }', "sets.addresses", "key of their own"),
    ('sets.emails = { slots = [] }', "sets.emails.slots", "list of tables"),
    ('sets.emails = { slots = [ { at = "x", accept = [] } ] }', "sets.emails.slots.0.accept", "did you mean 'accepts'"),
    ('sets.emails = { slots = [ { at = "x", accepts = "home" } ] }', "sets.emails.slots.0.accepts", "list of labels"),
    ('sets.groups = { slots = [ { at = "x", label = "a" } ] }', "sets.groups.slots.0.label", "no label"),
    ('sets.emails = { slots = [ { at = "x" } ], primary = "p" }', "sets.emails.primary", "first"),
    ('sets.emails = { fixed = [ { key = "a", at = "x" } ] }', "sets.emails.fixed", "use slots"),
    ('sets.identifiers = { fixed = [ { at = "x" } ] }', "sets.identifiers.fixed.0.key", "member key"),
    ('sets.emails = { flags = [ { at = "x", withdraws = ["a:b"] } ] }', "sets.emails.flags", "consents only"),
    ('sets.consents = { flags = [ { at = "x", withdraws = ["ab"] } ] }', "sets.consents.flags.0.withdraws", "name the consents"),
    (FLAGS + 'sets.consents.direction = "none"', "sets.consents.direction", "off = true"),
    ('sets.relations = { rows = "x", value = "v" }', "sets.relations.key", "member's key"),
    ('field.title = { at = "x" }', "field", "did you mean 'fields'"),
    ('missing = "perhaps"', "missing", "there are absent, empty"),
    ('sets = 5', "sets", "give a table"),
])
def test_mistakes_are_named_with_place_and_cure(text: str, path: str, words: str) -> None:
    with pytest.raises(MappingError) as caught:
        lens_of(text)
    assert ".".join(caught.value.path) == path
    assert words in caught.value.problem
