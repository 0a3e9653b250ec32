"""failures: what a system refused, told in words, tried again or dismissed."""

from __future__ import annotations

from typing import Any

import pytest
from cli_support import Place, person

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
    store = open_store(refusing.folder)
    with store.writing() as tx:
        (row,) = plans.all_parked(tx)
        why = row.reason if reason == "the same" else reason
        plans.park(tx, [plans.Parked(row.link, row.version, row.digest, row.lens_hash, why)])
    store.close()
    assert len(refusing.json("failures", "list")) == told
    (after,) = refusing.json("failures", "list", "--all")
    assert (after["since"] == before["since"]) == (reason == "the same")


def test_a_failure_nobody_knows(refusing: Place) -> None:
    for command in ("retry", "dismiss"):
        ran = refusing.run("failures", command, "zz")
        assert ran.code == 2
        assert "hub failures list" in ran.err
    assert refusing.json("failures", "list")[0]["name"] == "Anna Virtanen"
