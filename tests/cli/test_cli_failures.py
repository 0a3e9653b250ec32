"""failures: what a system refused, told in words, tried again or dismissed."""

from __future__ import annotations

from typing import Any

import pytest
from cli_support import Place, person

from hub.rules.lenses.lens import Lens
from hub.rules.normal import BadValue
from hub.store import plans
from hub.testing.memory_native import Refusal
from hub.workspace import open_store


@pytest.fixture
def refusing(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A workspace whose mail takes no Anna."""
    real = place.mail.created

    def created(data: Any, collection: Any) -> Any:
        if data["given"] == "Anna":
            raise Refusal("given is refused")
        return real(data, collection)

    monkeypatch.setattr(place.mail, "created", created)
    place.crm.user_create(person("Anna", "Virtanen", "anna@example.org"))
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    place.run("sync", "--approve")
    monkeypatch.setattr(place.mail, "created", real)
    return place


@pytest.mark.fault("V21", guard="hub.engine.push:_refused")
def test_what_was_refused_is_told_in_words(refusing: Place) -> None:
    (one,) = refusing.json("failures", "list")
    assert (one["name"], one["system"], one["op"], one["sent"]) == ("Anna Virtanen", "mail", "create", True)
    assert "given is refused" in one["reason"]
    said = refusing.run("failures", "list").out
    assert "Anna Virtanen is not made in mail: it refused" in said
    assert "given name: Anna" in said
    assert one["id"] in said
    assert refusing.json("status")["refused"] == 1
    assert "hub failures list" in refusing.run("status").out
    assert refusing.run("explain", "Bo Ek").code == 0


@pytest.mark.parametrize("by", ["id", "system", "all"])
def test_retry_tries_again_with_the_next_run(refusing: Place, by: str) -> None:
    assert refusing.json("sync", "--approve")["counts"]["writes"] == 0
    (one,) = refusing.json("failures", "list")
    assert refusing.json("failures", "retry", {"all": "all"}.get(by) or one[by]) == {"retried": 1}
    assert set(refusing.given(refusing.mail)) == {"Bo"}  # not now
    assert refusing.json("sync", "--approve")["counts"]["created"] == 1
    assert set(refusing.given(refusing.mail)) == {"Anna", "Bo"}
    assert refusing.json("failures", "list") == []
    assert "Nothing was refused" in refusing.run("failures", "list").out


def test_dismissed_is_not_told_again_and_not_sent(refusing: Place) -> None:
    (one,) = refusing.json("failures", "list")
    assert refusing.json("failures", "dismiss", one["id"], "--by", "Eva") == {"dismissed": 1, "by": "Eva"}
    assert refusing.json("failures", "list") == []
    assert refusing.json("status")["refused"] == 0
    assert refusing.json("sync", "--approve")["counts"]["writes"] == 0
    (same,) = refusing.json("failures", "list", "--all")
    assert (same["id"], same["dismissed_by"]) == (one["id"], "Eva")
    assert "Dismissed by Eva" in refusing.run("failures", "list", "--all").out
    anna = next(k for k, r in refusing.crm.records().items() if r["given"] == "Anna")
    refusing.crm.user_edit(anna, {"given": "Annika"})  # something changed: it is tried again
    assert refusing.json("sync", "--approve")["counts"]["created"] == 1
    assert refusing.json("failures", "list", "--all") == []


def test_a_dismissal_is_taken_back(refusing: Place) -> None:
    refusing.json("failures", "dismiss", "mail")
    assert refusing.json("failures", "retry", "mail") == {"retried": 1}
    assert refusing.json("sync", "--approve")["counts"]["created"] == 1


@pytest.mark.parametrize(("reason", "told"), [("the same", 0), ("another", 1)])
def test_what_is_parked_again_stays_dismissed_unless_the_reason_is_another(refusing: Place, reason: str, told: int) -> None:
    """A value a system has no word for is parked anew with every plan."""
    refusing.json("failures", "dismiss", "all")
    (before,) = refusing.json("failures", "list", "--all")
    store = open_store(refusing.folder, refusing.database)
    with store.writing() as tx:
        (row,) = plans.all_parked(tx)
        why = row.reason if reason == "the same" else reason
        plans.park(tx, [plans.Parked(row.link, row.version, row.digest, row.lens_hash, why)])
    store.close()
    assert len(refusing.json("failures", "list")) == told
    (after,) = refusing.json("failures", "list", "--all")
    assert (after["since"] == before["since"]) == (reason == "the same")


@pytest.mark.fault("G10", guard="hub.engine.push:_refused")
@pytest.mark.parametrize(("op", "headline", "told"), [
    ("updated", "Anna Virtanen is not changed in mail: it refused", "notes: hello"),
    ("deleted", "Anna Virtanen is not deleted in mail: it refused", "")])
def test_a_change_and_a_delete_that_were_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch, op: str, headline: str, told: str
) -> None:
    anna = place.crm.user_create(person("Anna", "Virtanen", "anna@example.org")).ref.native_id
    place.json("sync", "--approve")

    def refused(*_: Any) -> Any:
        raise Refusal("the record is locked; unlock it in the settings")

    with monkeypatch.context() as patched:
        patched.setattr(place.mail, op, refused)
        if op == "updated":
            place.crm.user_edit(anna, {"notes": "hello"})
        else:
            place.crm.user_delete(anna)
            place.run("sync")
            (item,) = place.json("conflicts", "list")
            place.json("conflicts", "resolve", item["id"], "delete")
        place.run("sync", "--approve")
    (one,) = place.json("failures", "list")
    assert (one["op"], one["sent"], one["system"]) == ({"updated": "update", "deleted": "delete"}[op], True, "mail")
    said = place.run("failures", "list").out
    assert headline in said
    assert "Why: the record is locked; unlock it in the settings" in said
    assert ("It would have been" in said) == bool(told)
    assert told in said
    place.json("failures", "retry", one["id"])
    place.run("sync", "--approve")
    assert place.json("failures", "list") == []
    assert place.given(place.mail).get("Anna", {}).get("notes") == ("hello" if op == "updated" else None)


def test_a_value_a_system_has_no_word_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent; when the mapping can say it, a retry writes it."""
    real = Lens.put

    def put(lens: Lens, native: Any, wanted: Any, refs: Any) -> Any:
        if wanted.get("name.given") == "Quirina":
            raise BadValue("is none of the values of this field", "kind")
        return real(lens, native, wanted, refs)

    with monkeypatch.context() as patched:
        patched.setattr(Lens, "put", put)
        place.crm.user_create(person("Quirina", "Virtanen", "quirina@example.org"))
        place.run("sync", "--approve")
    (one,) = place.json("failures", "list")
    assert (one["op"], one["sent"]) == ("create", False)
    said = place.run("failures", "list").out
    assert "Quirina Virtanen is not made in mail: the value cannot be said there" in said
    assert "Why: kind: is none of the values of this field" in said
    assert place.mail.records() == {}
    assert place.json("failures", "retry", "all") == {"retried": 1}
    place.json("sync", "--approve")
    assert set(place.given(place.mail)) == {"Quirina"}
    assert place.json("failures", "list") == []


def test_nothing_to_retry(place: Place) -> None:
    assert "0 writes tried again" in place.run("failures", "retry", "all").out
    assert "0 failures dismissed" in place.run("failures", "dismiss", "all").out


def test_a_failure_nobody_knows(refusing: Place) -> None:
    for command in ("retry", "dismiss"):
        ran = refusing.run("failures", command, "zz")
        assert ran.code == 2
        assert "hub failures list" in ran.err
    assert refusing.json("failures", "list")[0]["name"] == "Anna Virtanen"
