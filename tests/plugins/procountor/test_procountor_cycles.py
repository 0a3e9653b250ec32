"""The hub as a whole over Procountor and a CRM: what reaches the other, what stays, and that it falls silent."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from procountor_site import INVOICING, PAYMENT, Site

import hub_procountor
from hub.testing.cycles import Cycles, memory_lens
from hub.testing.lenses import lens_of
from hub.testing.memory import MemoryConnector, MemorySystem, Traits

LENS = lens_of(Path(hub_procountor.__file__).parent / "mapping.toml")


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
        return [line.partition(" ")[0] for line in self.site.world.log if not line.startswith("GET ")]

    def person(self, name: str) -> dict[str, Any]:
        return next(row for row in self.site.world.partners.values() if row["name"] == name)


def test_a_customer_reaches_the_crm_and_an_edit_there_comes_back_and_then_there_is_silence() -> None:
    hub = Hub()
    number = hub.site.organisation()
    hub.sync()
    assert hub.silent()
    there = next(iter(hub.crm.records()))
    hub.crm.user_edit(there, {"full": "Example Ab"})
    hub.sync()
    assert hub.written == ["PATCH"]
    row = hub.site.world.partners[number]
    assert (row["name"], row["invoicingInfo"], row["paymentInfo"]) == ("Example Ab", INVOICING, PAYMENT)
    assert hub.silent()


def test_a_person_of_the_crm_becomes_a_customer_and_an_emptied_phone_is_emptied() -> None:
    hub = Hub()
    hub.crm.user_create({"kind": "individual", "given": "Anna", "family": "Aho",
                         "phones": [{"value": "+358 50 1234567", "label": "cell"}]})
    hub.sync()
    row = hub.person("Anna Aho")
    assert row["registryInfo"]["mobilePhone"] == "+358 50 1234567"
    assert row["registryInfo"]["partnerGroups"][0]["name"] == "Person"
    assert hub.silent()
    there = next(iter(hub.crm.records()))
    hub.crm.user_edit(there, {"phones": []})
    hub.sync()
    assert hub.written == ["PUT"]
    assert "mobilePhone" not in hub.person("Anna Aho")["registryInfo"]
    assert hub.silent()


def test_what_procountor_cannot_store_is_refused_once_and_then_rests() -> None:
    hub = Hub()
    hub.crm.user_create({"kind": "org", "full": "Łódź Oy"})
    cycle = hub.sync()
    assert cycle.tally.refused == 1
    assert not hub.site.world.partners
    assert hub.sync().tally.refused == 0


def test_a_customer_made_inactive_is_asked_about_and_stays_in_the_crm() -> None:
    hub = Hub()
    number = hub.site.organisation()
    hub.sync()
    hub.site.users.inactivate(number)
    hub.sync()
    assert len(hub.crm.records()) == 1
    assert not hub.written
