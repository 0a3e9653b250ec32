"""A new or changed e-mail address leaves its system when nobody has touched it for a while; what else changed goes at once."""

from __future__ import annotations

from typing import Any

from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

QUIET_S = 120.0
SYSTEMS = {"crm": Traits(), "book": Traits()}


def stage() -> Stage:
    """Bo, from before, in both systems."""
    made = Stage(SYSTEMS, quiet_s=QUIET_S)
    made.vendors["crm"].user_create({"given": "Bo", "family": "Ek", **mail("bo@example.org")})
    made.settle()
    return made


def mail(address: str) -> dict[str, Any]:
    return emails(SYSTEMS["crm"], [address])


def there(stage: Stage) -> dict[str, list[str]]:
    """Given name → e-mail addresses, in the book."""
    return {str(r["given"]): [e["value"] for e in r["emails"]] for r in stage.vendors["book"].records().values()}


def test_a_new_person_waits_it_out_whole_and_is_made_once() -> None:
    s = stage()
    s.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen", **mail("anna@example.org")})
    s.sync()
    assert there(s) == {"Bo": ["bo@example.org"]}
    s.clock.turn(QUIET_S)
    s.sync()
    assert there(s) == {"Bo": ["bo@example.org"], "Anna": ["anna@example.org"]}
    assert s.written() == {"crm": 0, "book": 1}


def test_an_edit_of_something_else_does_not_wait() -> None:
    s = stage()
    (record,) = s.vendors["crm"].records()
    s.vendors["crm"].user_edit(record, {"given": "Bosse", **mail("bosse@example.org")})
    s.sync()
    assert there(s) == {"Bosse": ["bo@example.org"]}
    s.clock.turn(QUIET_S)
    s.sync()
    assert there(s) == {"Bosse": ["bosse@example.org"]}
