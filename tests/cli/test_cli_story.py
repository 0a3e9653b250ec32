"""The commands of an ordinary week, each against the systems it says it changed."""

from __future__ import annotations

import json

from cli_support import CONFIG, Place, person


def met(place: Place) -> None:
    """Anna in both, Bo in one; the two Annas are accepted as one, and everything is written."""
    place.crm.user_create(person("Anna", "Virtanen", "anna@example.org", birthday="1990-02-28"))
    place.mail.user_create(person("Anna", "Virtanen", "anna@example.org"))
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.json("plan")
    place.json("matches", "accept", "sure")
    place.json("sync", "--approve", "--by", "Eva")


def test_check_tells_who_we_are(place: Place) -> None:
    told = place.json("check")
    assert [(c["system"], c["error"]) for c in told] == [("crm", ""), ("mail", "")]
    assert {c["health"]["identity"] for c in told} == {"hub@memory"}
    ran = place.run("check", "mail")
    assert ran.code == 0
    assert "mail" in ran.out
    assert "crm" not in ran.out


def test_plan_writes_nothing_and_says_what_it_would(place: Place) -> None:
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    ran = place.run("plan")
    assert ran.code == 0
    assert "1 write" in ran.out
    assert "Bo Ek" in ran.out
    assert place.mail.records() == {}
    told = place.json("plan")
    assert (told["state"], told["plan"]["writes"]) == ("waiting", 1)
    assert [(w["system"], w["op"], w["name"]) for w in told["document"]["writes"]] == [("mail", "create", "Bo Ek")]


def test_apply_does_exactly_the_plan_that_was_shown(place: Place) -> None:
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    file = place.folder / "friday.json"
    told = place.json("plan", "-o", str(file))
    assert json.loads(file.read_text(encoding="utf-8"))["hash"] == told["plan"]["hash"]
    done = place.json("apply", str(file), "--by", "Eva")
    assert (done["state"], done["counts"]["created"]) == ("done", 1)
    assert set(place.given(place.mail)) == {"Bo"}


def test_apply_refuses_a_plan_the_world_moved_away_from(place: Place) -> None:
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    file = place.folder / "friday.json"
    place.json("plan", "-o", str(file))
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    ran = place.run("apply", str(file))
    assert ran.code == 3
    assert "nothing was written" in ran.err
    assert place.mail.records() == {}


def test_sync_waits_for_approval_and_then_goes_on_without(place: Place) -> None:
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    ran = place.run("sync")
    assert ran.code == 3
    assert "hub sync --approve" in ran.err
    assert place.mail.records() == {}
    assert place.run("sync", "--approve").code == 0
    assert set(place.given(place.mail)) == {"Bo"}
    place.mail.user_create(person("Cy", "Dahl", "cy@example.org"))
    assert place.run("sync", "--approve").code == 0
    bo = next(k for k, r in place.crm.records().items() if r["given"] == "Bo")
    place.crm.user_edit(bo, {"family": "Ekman"})
    ran = place.run("sync", "--json")
    assert (ran.code, ran.data["counts"]["updated"]) == (0, 1)
    assert place.given(place.mail)["Bo"]["family"] == "Ekman"
    assert place.json("sync")["counts"]["writes"] == 0


def test_a_pilot_goes_all_the_way_for_one_person(place: Place) -> None:
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    place.json("plan")
    place.json("sync", "--approve", "--only", "cy@example.org")
    assert set(place.given(place.mail)) == {"Cy"}


def test_matches_are_accepted_by_group_and_rejected_for_ever(place: Place) -> None:
    met(place)
    assert len(place.mail.records()) == 2
    assert place.given(place.mail)["Anna"]["birthday"] == "1990-02-28"
    place.crm.user_create(person("Dan", "Berg", "dan@example.org"))
    place.mail.user_create(person("Dan", "Berg", "dan@example.org"))
    place.json("plan")
    (pair,) = place.json("matches", "list")
    assert place.json("matches", "list", "--cause", pair["cause"]) == [pair]
    ran = place.run("matches", "list")
    assert "Dan Berg" in ran.out
    assert pair["id"] in ran.out
    assert place.json("matches", "reject", pair["id"], "--by", "Eva") == {"pairs": 1, "verdict": "different", "by": "Eva"}
    place.json("plan")
    assert place.json("matches", "list") == []


def test_a_conflict_is_listed_shown_and_resolved(place: Place) -> None:
    met(place)
    for world, family in ((place.crm, "Aho"), (place.mail, "Ahonen")):
        anna = next(k for k, r in world.records().items() if r["given"] == "Anna")
        world.user_edit(anna, {"family": family})
    assert place.json("sync")["counts"]["writes"] == 0
    (conflict,) = place.json("conflicts", "list")
    assert (conflict["name"], conflict["unit"]) == ("Anna Virtanen", "name.family")
    listed, shown = place.run("conflicts", "list"), place.run("conflicts", "show", conflict["id"])
    assert "Ahonen" in listed.out
    assert "Choices: " in shown.out
    for choice, says in (("zz", "Choices: "), ("value", "--value TEXT")):
        refused = place.run("conflicts", "resolve", conflict["id"], choice)
        assert refused.code == 2
        assert says in refused.err
    assert {c["value"] for c in place.json("conflicts", "show", conflict["id"])["contenders"]} == {"Aho", "Ahonen"}
    place.json("conflicts", "resolve", conflict["id"], "value", "--value", "Aho-Virtanen", "--by", "Eva")
    place.json("sync", "--approve")
    assert place.given(place.crm)["Anna"]["family"] == place.given(place.mail)["Anna"]["family"] == "Aho-Virtanen"
    assert place.json("conflicts", "list") == []
    told = place.json("explain", "anna@example.org", "name.family")
    assert told["units"]["name.family"]["value"] == "Aho-Virtanen"
    assert "Eva" in {h["by"] for h in told["units"]["name.family"]["history"]}
    assert "Aho-Virtanen" in place.run("explain", "Anna Aho-Virtanen", "name.family").out


def test_a_delete_waits_for_a_person(place: Place) -> None:
    met(place)
    bo = next(k for k, r in place.mail.records().items() if r["given"] == "Bo")
    place.mail.user_delete(bo)
    assert place.json("sync")["counts"]["writes"] == 0
    (conflict,) = place.json("conflicts", "list")
    assert conflict["choices"] == ["delete", "keep", "restore"]
    assert "gone in mail" in place.run("conflicts", "list").out
    assert "it was deleted there" in place.run("conflicts", "list").out
    refused = place.run("conflicts", "resolve", conflict["id"], "hub")
    assert refused.code == 2
    assert '"restore"' in refused.err
    assert "delete" in place.run("conflicts", "show", conflict["id"]).out
    place.json("conflicts", "resolve", conflict["id"], "delete")
    assert place.run("sync").code == 3  # a delete is never sent without approval
    assert set(place.given(place.crm)) == {"Anna", "Bo"}
    assert place.run("sync", "--approve").code == 0
    assert set(place.given(place.crm)) == {"Anna"}


def test_status_runs_and_systems_tell_where_we_stand(place: Place) -> None:
    assert "Nothing ran yet" in place.run("runs").out
    met(place)
    stands = place.json("status")
    assert stands["contacts"]["live"] == 2
    assert {s["name"]: s["links"] for s in stands["systems"]} == {"crm": {"present": 2}, "mail": {"present": 2}}
    assert "Contacts: live 2" in place.run("status").out
    assert [r["kind"] for r in place.json("runs", "-n", "1")] == ["sync"]
    assert "created" in place.run("runs").out
    told = place.json("systems")
    assert [s["name"] for s in told["systems"]] == ["crm", "mail"]
    assert told["broken_plugins"] == [{"name": "broken", "problem": "ImportError: no module"}]
    assert "could not be loaded" in place.run("systems").err


def test_what_waits_is_kept_apart_from_what_failed(place: Place) -> None:
    """A guard stops with 3; a system that does not answer fails with 1, and the others go on."""
    met(place)
    place.write(CONFIG.replace('world = "mail"', 'world = "mail"\nmay = "nothing"'))
    place.crm.user_create(person("Cy", "Dahl", "cy@example.org"))
    ran = place.run("sync")
    assert ran.code == 1
    assert "mail" in ran.err
    assert place.json("status")["contacts"]["live"] == 3


def test_mapping_show_and_check(place: Place) -> None:
    told = place.json("mapping", "show", "crm")
    assert told["tables"]["contact"]["fields"]["name.given"]["at"] == "given"
    assert "name.given" in place.run("mapping", "show", "shelf").out
    assert [(m["name"], m["entity"]) for m in place.json("mapping", "check")] == [("crm", "contact"), ("mail", "contact")]
    assert place.run("mapping", "check").out.count("is fine") == 2


MANY_PLACES = """\
extends = "shelf"
[contact.fields]
title = { at = ["job.title"], direction = "from" }
[[contact.fields."name.full"]]
at = "company"
only = "org"
[[contact.fields."name.full"]]
at = "full"
only = "individual"
direction = "from"
[contact.sets]
phones = { slots = [ { at = "phone1" }, { at = "phone2" } ] }
addresses = { fixed = [ { key = "home", parts = { street = "street", locality = { at = "home.city" } } } ] }
identifiers = { fixed = [ { scheme = "member-number", at = "number" } ] }
groups = { list = "tags" }
"""


def test_mapping_show_tells_every_place_of_a_unit(place: Place) -> None:
    file = place.folder / "mappings" / "crm.toml"
    file.parent.mkdir()
    file.write_text(MANY_PLACES, encoding="utf-8")
    rows = [line.split() for line in place.run("mapping", "show", "crm").out.splitlines()]
    assert ["name.full", "company", "both", "org"] in rows
    assert ["name.full", "full", "from", "individual"] in rows
    assert ["title", "job.title", "from"] in rows
    assert ["phones", "slots", "phone1,", "phone2", "both"] in rows
    assert ["addresses", "fixed", "home:", "street,", "home.city", "both"] in rows
    assert ["identifiers", "fixed", "member-number:", "number", "both"] in rows
    assert ["groups", "list", "tags", "both"] in rows
    assert place.run("mapping", "show", "mappings/crm.toml").code == 0  # as seen from the workspace


def test_a_run_is_undone(place: Place) -> None:
    met(place)
    anna = next(k for k, r in place.crm.records().items() if r["given"] == "Anna")
    place.crm.user_edit(anna, {"family": "Aho"})
    assert place.json("sync")["counts"]["updated"] == 1
    run = place.json("runs", "-n", "1")[0]["id"][-8:]
    seen = place.run("undo", run)
    assert (seen.code, place.given(place.mail)["Anna"]["family"]) == (0, "Aho")
    assert "Aho" in seen.out
    assert "--yes" in seen.out
    assert place.json("undo", run)["asked"] is False
    place.json("undo", run, "--yes", "--by", "Eva")
    assert place.json("sync", "--approve")["counts"]["updated"] == 1
    assert place.given(place.mail)["Anna"]["family"] == "Virtanen"
    assert "nothing to take back" in place.run("undo", run).out
    assert "Eva" in {h["by"] for h in place.json("explain", "anna@example.org", "name.family")["units"]["name.family"]["history"]}


def test_a_connector_that_was_never_tried_writes_nothing(place: Place) -> None:
    place.write(CONFIG.replace('[systems.mail]\nkind = "shelf"', '[systems.mail]\nkind = "green"'))
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    ran = place.run("plan")
    assert "Nothing to write" in ran.out
    assert "accept_unverified" in ran.out
    place.write(place.config.read_text(encoding="utf-8").replace('kind = "green"', 'kind = "green"\naccept_unverified = true'))
    assert place.json("plan")["plan"]["writes"] == 1
