"""The hub as a whole over Lemonsoft and a CRM: what reaches the other, what stays, and that it falls silent."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from lemonsoft_site import Site

import hub_lemonsoft
from hub.testing.cycles import Cycles, memory_lens
from hub.testing.lenses import lens_of
from hub.testing.memory import MemoryConnector, MemorySystem, Traits

LENS = lens_of(Path(hub_lemonsoft.__file__).parent / "mapping.toml")


class Hub:
    """A company's books beside a CRM, and the real engine."""

    def __init__(self) -> None:
        self.site = Site()
        self.crm = MemorySystem("crm", Traits(), self.site.clock, Random(1))
        lenses = {"crm": memory_lens(self.crm.traits), "books": LENS}
        self.cycles = Cycles(lambda: {"crm": MemoryConnector(self.crm), "books": self.site.connector()}, lenses, self.site.clock)

    def sync(self) -> Any:
        self.site.world.log.clear()
        return self.cycles.sync()

    def silent(self) -> bool:
        """Another cycle writes nothing anywhere."""
        return self.sync().tally.writes == 0 and not self.written

    @property
    def written(self) -> list[str]:
        return [line for line in self.site.world.log if not line.startswith("GET ") and line != "POST auth/login"]


def linked() -> tuple[Hub, int, str]:
    """A customer in both, at rest."""
    hub = Hub()
    number = hub.site.organisation()
    hub.sync()
    assert hub.silent()
    return hub, number, next(iter(hub.crm.records()))


def test_an_edit_in_the_crm_changes_that_and_nothing_else_and_then_there_is_silence() -> None:
    hub, number, there = linked()
    before = dict(hub.site.world.customers[number])
    hub.crm.user_edit(there, {"full": "Example Ab"})
    hub.sync()
    assert hub.written == [f"PUT customers/{number}"]
    assert {name for name, value in hub.site.world.customers[number].items() if value != before[name]} == {"name", "modified"}
    assert hub.silent()


def test_a_phone_that_is_emptied_in_the_crm_waits_for_somebody_to_empty_it_in_lemonsoft() -> None:
    """Until then other changes of that customer wait with it; then all of them go on."""
    hub, number, there = linked()
    hub.crm.user_edit(there, {"phones": []})
    assert hub.sync().tally.refused == 1
    assert hub.silent()
    hub.crm.user_edit(there, {"full": "Example Ab"})
    assert hub.sync().tally.refused == 1
    row = hub.site.world.customers[number]
    assert (row["name"], row["phone"]) == ("Example Oy", "+358 9 123456")
    hub.site.users.edit(number, phone=None)
    hub.sync()
    assert hub.site.world.customers[number]["name"] == "Example Ab"
    assert not hub.crm.records()[there]["phones"]
    assert hub.silent()


def test_a_billing_address_edited_in_lemonsoft_keeps_its_country_elsewhere() -> None:
    hub, number, there = linked()
    billing = {"context": "billing", "street": "PL 1", "locality": "Turku", "country": "FI"}
    hub.crm.user_edit(there, {"addresses": [*hub.crm.records()[there]["addresses"], billing]})
    hub.sync()
    hub.site.users.edit(number, invoicing_city="Naantali")
    hub.sync()
    billing = next(row for row in hub.crm.records()[there]["addresses"] if row["context"] == "billing")
    assert (billing["locality"], billing["country"]) == ("Naantali", "FI")
    assert hub.silent()


def test_a_person_without_an_e_mail_is_refused_once_and_made_when_there_is_one() -> None:
    hub = Hub()
    hub.crm.user_create({"kind": "individual", "given": "Anna", "family": "Aho"})
    assert hub.sync().tally.refused == 1
    assert hub.silent()
    hub.crm.user_edit(next(iter(hub.crm.records())), {"emails": [{"value": "anna@example.org"}]})
    hub.sync()
    assert [row["name"] for row in hub.site.world.customers.values()] == ["Anna Aho"]
    assert hub.silent()


def test_a_customer_made_inactive_is_asked_about_and_stays_in_the_crm() -> None:
    hub, number, _ = linked()
    hub.site.users.inactivate(number)
    hub.sync()
    assert len(hub.crm.records()) == 1
    assert not hub.written
