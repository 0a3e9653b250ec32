"""Erasure: every system loses the person or keeps them for a reason, the hub forgets, and who comes back is asked about."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from hub.engine.asking import matches, subjects
from hub.engine.asking.words import short
from hub.engine.cycle import Cycle
from hub.errors import UsageError
from hub.store import contacts, journal
from hub.testing.memory import Traits
from hub.testing.stage import Stage, addresses, emails

pytestmark = pytest.mark.both_databases

ANNA = {"kind": "individual", "given": "Anna", "family": "Virtanen", "birthday": "1990-02-28", "notes": "allergic"}
MAIL = "anna.virtanen@gmail.com"


def met(**traits: Any) -> tuple[Stage, str, str]:
    """Anna and her brother in both systems. Returns the stage and her records in crm and book."""
    stage = Stage({"crm": Traits(), "book": Traits(**traits)})
    rows = emails(stage.traits["crm"], [MAIL])
    crm = stage.vendors["crm"].user_create({**ANNA, **rows}).ref.native_id
    stage.vendors["crm"].user_create({"kind": "individual", "given": "Ville", "family": "Virtanen"})
    stage.settle()
    return stage, crm, stage.records_of(stage.contact_of("crm", crm).id, "book")[0]


def erase(stage: Stage, crm: str, **keep: str) -> None:
    subjects.ask(stage.store, stage.book, f"crm:{crm}", keep, by="officer")


def unapproved(stage: Stage) -> Cycle:
    return stage.sync(approve=None)


def receipts(stage: Stage) -> list[dict[str, str]]:
    return [{r["system"]: r["outcome"] for r in e["records"]} for e in subjects.subjects(stage.store)["erasures"]]


def names(stage: Stage, system: str) -> list[str]:
    return sorted(str(r["given"]) for r in stage.vendors[system].records().values())


def test_it_goes_from_every_system_in_one_run_and_needs_no_second_approval() -> None:
    stage, crm, _ = met()
    erase(stage, crm)
    cycle = unapproved(stage)
    assert (cycle.tally.deleted, cycle.tally.erased, cycle.state) == (2, 1, "done")
    assert names(stage, "crm") == names(stage, "book") == ["Ville"]
    assert receipts(stage) == [{"crm": "deleted", "book": "deleted"}]
    assert [c.units["name.given"].value for c in stage.contacts()] == ["Ville"]
    stage.sync()
    assert stage.written() == {"crm": 0, "book": 0}


@pytest.mark.fault("G7", guard="hub.store.erasures:shred")
def test_what_is_left_in_the_hub_cannot_be_read_and_the_journal_holds() -> None:
    stage, crm, _ = met()
    contact = stage.contact_of("crm", crm).id
    erase(stage, crm)
    unapproved(stage)
    with stage.store.reading() as tx:
        assert contacts.load_contacts(tx, [contact]) == {}
        rows = journal.of_contacts(tx, [contact])
        assert rows and all(not row.changes for row in rows)
        assert tx.learn([contact]) == [contact]
        assert journal.verify(tx) is None


@pytest.mark.fault("G3", guard="hub.engine.erasing:_begin")
def test_a_system_keeps_its_record_for_a_reason() -> None:
    stage, crm, book = met()
    erase(stage, crm, book="accounting act")
    unapproved(stage)
    assert names(stage, "crm") == ["Ville"] and names(stage, "book") == ["Anna", "Ville"]
    assert receipts(stage) == [{"crm": "deleted", "book": "kept"}]
    stage.vendors["book"].user_edit(book, {"notes": "paid"})  # its own business: neither read nor asked about
    stage.sync()
    assert names(stage, "crm") == ["Ville"] and subjects.subjects(stage.store)["returned"] == []
    assert len(stage.contacts()) == 1


def test_who_may_not_delete_sees_it_deleted_by_hand() -> None:
    stage, crm, book = met()
    stage.rules["book"] = {"deletes": False}
    stage.book = stage._rulebook()
    erase(stage, crm)
    assert unapproved(stage).tally.erased == 0
    assert receipts(stage) == [{"crm": "deleted", "book": "open"}]
    stage.vendors["book"].user_edit(book, {"notes": "typed meanwhile"})
    stage.sync()
    assert names(stage, "crm") == ["Ville"]  # nothing of it goes anywhere
    stage.vendors["book"].user_delete(book)
    assert stage.sync().tally.erased == 1
    assert receipts(stage) == [{"crm": "deleted", "book": "deleted"}]


def test_an_open_one_ends_with_a_reason() -> None:
    stage, crm, _ = met()
    stage.rules["book"] = {"deletes": False}
    stage.book = stage._rulebook()
    erase(stage, crm)
    contact = stage.contact_of("crm", crm).id
    unapproved(stage)
    subjects.ask(stage.store, stage.book, contact, {"book": "contract until 2030"}, by="officer")
    assert unapproved(stage).tally.erased == 1
    assert receipts(stage) == [{"crm": "deleted", "book": "kept"}]


def test_each_word_about_it_is_noted_with_what_is_kept_by_then() -> None:
    stage, crm, book = met()
    contact = stage.contact_of("crm", crm).id
    (kept,) = (k.id for k in stage.links(contact) if k.ref.native_id == book)
    stage.faults["crm"].down = True
    for keep in ({"book": "accounting act"}, {}):
        subjects.ask(stage.store, stage.book, contact, keep, by="officer")
        unapproved(stage)
    with stage.store.reading() as tx:
        said = [e for e in journal.of_contacts(tx, [contact]) if e.cause == "erase"]
    (erasure,) = subjects.subjects(stage.store)["erasures"]
    assert [(short(e.changes["erasure"]), e.changes["kept"]) for e in said] == [(erasure["id"], [kept])] * 2
    assert {e.actor for e in said} == {"officer"} and receipts(stage) == [{"crm": "open", "book": "kept"}]


@pytest.mark.fault("G1", guard="hub.engine.erasing:finish_erasing")
def test_a_system_that_is_down_is_waited_for() -> None:
    stage, crm, _ = met()
    erase(stage, crm)
    stage.faults["book"].next("auth_failed", on="write")
    assert stage.sync(approve=None).tally.erased == 0
    assert names(stage, "crm") == ["Ville"] and names(stage, "book") == ["Anna", "Ville"]
    assert unapproved(stage).tally.erased == 1
    assert names(stage, "book") == ["Ville"]


def test_an_edit_on_the_way_does_not_save_the_record() -> None:
    stage, crm, book = met()
    erase(stage, crm)
    stage.vendors["book"].user_edit(book, {"notes": "edited"})
    stage.vendors["crm"].user_edit(crm, {"given": "Anni"})
    stage.settle()
    assert names(stage, "crm") == names(stage, "book") == ["Ville"]


def test_a_lost_answer_to_its_delete_is_settled() -> None:
    stage, crm, _ = met()
    erase(stage, crm)
    stage.faults["book"].next("lost_after", on="write")
    unapproved(stage)
    assert unapproved(stage).tally.erased + sum(not e["done_at"] for e in subjects.subjects(stage.store)["erasures"]) <= 1
    unapproved(stage)
    assert receipts(stage) == [{"crm": "deleted", "book": "deleted"}]


def test_a_lost_answer_to_its_create_is_found_and_deleted_too() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    crm = stage.vendors["crm"].user_create({**ANNA, **emails(stage.traits["crm"], [MAIL])}).ref.native_id
    stage.faults["book"].next("lost_after", on="write")
    stage.sync()
    assert names(stage, "book") == ["Anna"]
    erase(stage, crm)
    stage.settle()
    assert names(stage, "crm") == names(stage, "book") == []
    assert receipts(stage) == [{"crm": "deleted", "book": "deleted"}]


def disguises() -> list[dict[str, Any]]:
    """Anna as stale lists may have her: a hundred ways."""
    spellings = [MAIL, MAIL.upper(), "annavirtanen@gmail.com", "a.n.n.a.virtanen@gmail.com", "Anna.Virtanen+list@gmail.com",
                 "anna.virtanen@googlemail.com", "  anna.virtanen@gmail.com ", "AnnaVirtanen+2019@GMAIL.com"]
    people = [("Anna", "Virtanen"), ("ANNA", "VIRTANEN"), ("Virtanen", "Anna"), ("anna", "virtanen"), (None, None),
              ("A.", "Virtanen"), ("Anna Maria", "Virtanen"), (unicodedata.normalize("NFD", "Ånna"), "Virtanen"), ("Anna", None),
              ("Anna", "Mäkinen")]
    by_mail = [{"given": g, "family": f, "email": e} for e in spellings for g, f in people]
    named = [("Anna", "Virtanen"), ("VIRTANEN", "ANNA"), (" anna ", "virtanen"), ("Ánna", "Virtanen"), ("ANNA", "virtanen")]
    by_birthday = [{"given": g, "family": f, "birthday": "1990-02-28"} for g, f in named]
    phones = ["+358401234567", "040 123 4567", "0401234567", "00358 40 1234567", "+358 (40) 123-45 67"]
    by_phone = [{"given": g, "family": f, "phone": p} for p in phones for g, f in (named[0], (None, "V"), ("Anna", "Mäkinen"))]
    return by_mail + by_birthday + by_phone


@pytest.mark.fault("G2", guard="hub.engine.holding:hold_back")
def test_a_stale_list_brings_the_person_back_a_hundred_times() -> None:
    assert len(disguises()) == 100
    stage = Stage({"crm": Traits(), "book": Traits(), "sheet": Traits(cursor="none", deletes_seen_as="absence")})
    phone = {"phones": [{"id": "1", "value": "+358 40 123 4567", "label": None, "primary": True}]}
    crm = stage.vendors["crm"].user_create({**ANNA, **phone, **emails(stage.traits["crm"], [MAIL])}).ref.native_id
    stage.settle()
    erase(stage, crm)
    unapproved(stage)
    for d in disguises():
        rows = emails(stage.traits["sheet"], [d["email"]]) if "email" in d else {}
        if "phone" in d:
            rows["phones"] = [{"id": "1", "value": d["phone"], "label": None, "primary": True}]
        told = {k: d.get(k) for k in ("given", "family", "birthday")}
        stage.vendors["sheet"].user_create({"kind": "individual", **told, **rows})
    stage.vendors["sheet"].user_create({"kind": "individual", "given": "Anna", "family": "Virtanen"})  # a name alone is nobody
    for _ in range(3):
        stage.sync()
    assert names(stage, "crm") == names(stage, "book") == ["Anna"]
    assert [c.units["name.given"].value for c in stage.contacts()] == ["Anna"]
    assert len(subjects.subjects(stage.store)["returned"]) == 100


def test_let_in_and_keep_out() -> None:
    stage, crm, _ = met()
    erase(stage, crm)
    unapproved(stage)
    back = [stage.vendors["crm"].user_create({**ANNA, "given": given, **emails(stage.traits["crm"], [MAIL])}).ref.native_id
            for given in ("Anna", "Anne")]
    stage.sync()
    assert names(stage, "book") == ["Ville"]
    found = {r["record"]: r["id"] for r in subjects.subjects(stage.store)["returned"]}
    assert found.keys() == set(back)
    subjects.decide(stage.store, [found[back[1]]], subjects.REFUSED, by="officer")
    subjects.decide(stage.store, [found[back[0]]], subjects.ADMITTED, by="officer")
    stage.settle()
    assert names(stage, "book") == ["Anna", "Ville"]
    stage.settle()
    assert {r["state"] for r in subjects.subjects(stage.store)["returned"]} == {"admitted", "refused"}


def test_an_address_of_a_family_marks_only_with_the_name() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    home = emails(stage.traits["crm"], ["home@example.org"])
    anna = stage.vendors["crm"].user_create({**ANNA, **home}).ref.native_id
    stage.vendors["crm"].user_create({"kind": "individual", "given": "Ville", "family": "Virtanen", **home})
    stage.settle()
    erase(stage, anna)
    unapproved(stage)
    stage.vendors["crm"].user_create({"kind": "individual", "given": "Eino", "family": "Virtanen", **home})
    stage.vendors["crm"].user_create({"kind": "individual", "given": "Anna", "family": "Virtanen", **home})
    stage.settle()
    assert names(stage, "book") == ["Eino", "Ville"]
    assert len(subjects.subjects(stage.store)["returned"]) == 1


def test_a_trash_is_told() -> None:
    stage, crm, _ = met()
    stage.rules["book"] = {"delete_leaves": "trash"}
    stage.book = stage._rulebook()
    seen = subjects.preview(stage.store, stage.book, f"crm:{crm}", {})
    assert {r["system"]: r["outcome"] for r in seen["records"]} == {"crm": "deleted", "book": "in the trash there"}
    erase(stage, crm)
    unapproved(stage)
    assert receipts(stage) == [{"crm": "deleted", "book": "in the trash there"}]


def test_keeping_where_nothing_is_is_refused() -> None:
    stage, crm, _ = met()
    with pytest.raises(UsageError, match="no record in books"):
        subjects.preview(stage.store, stage.book, f"crm:{crm}", {"books": "law"})


def test_undo_of_a_run_passes_over_who_was_erased() -> None:
    from hub.engine.asking import undoing

    stage, crm, _ = met()
    ville = next(i for i, r in stage.vendors["crm"].records().items() if r["given"] == "Ville")
    stage.vendors["crm"].user_edit(crm, {"notes": "both"})
    stage.vendors["crm"].user_edit(ville, {"notes": "both"})
    run = stage.sync().run
    erase(stage, crm)
    unapproved(stage)
    found = undoing.preview(stage.store, stage.book, run)
    assert [b["name"] for b in found["back"]] == ["Ville Virtanen"]


@pytest.mark.fault("G5", guard="hub.engine.asking.subjects:everything_of")
def test_an_everything_file_has_every_value() -> None:
    stage, crm, _ = met()
    found = subjects.everything_of(stage.store, stage.book, f"crm:{crm}")
    assert found["values"]["notes"]["value"] == "allergic" and found["values"]["notes"]["from"] == "crm"
    assert {r["system"] for r in found["records"]} == {"crm", "book"}
    assert [addresses(stage.traits[r["system"]], r["fields"]) for r in found["records"]] == [[MAIL], [MAIL]]
    assert {h["what"] for h in found["history"]} >= {"born", "created"}


def test_who_may_be_the_same_person_is_named_and_stays() -> None:
    """And where a person said already that they are one, the join comes first, or half of the person would stay."""
    stage = Stage({n: Traits() for n in ("crm", "book")}, rules={n: {"creates": False} for n in ("crm", "book")})
    told = {"given": "Anna", "family": "Virtanen", **emails(Traits(), ["anna@example.org"])}
    records = {n: v.user_create(told).ref.native_id for n, v in stage.vendors.items()}
    stage.sync()
    anna = stage.contact_of("crm", records["crm"]).id
    seen = subjects.preview(stage.store, stage.book, anna, {})
    assert [(p["contact"], p["same"]) for p in seen["perhaps"]] == [(stage.contact_of("book", records["book"]).id, False)]
    matches.judge(stage.store, ["sure"], "same", by="officer")
    with pytest.raises(UsageError, match="Run `hub plan` first"):
        subjects.ask(stage.store, stage.book, anna, {}, by="officer")
    stage.plan()
    subjects.ask(stage.store, stage.book, anna, {}, by="officer")
    stage.settle()
    assert not any(v.records() for v in stage.vendors.values())
