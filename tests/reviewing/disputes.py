"""A stage on which people disagree in every way a person is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.engine.asking.answering import take
from hub.engine.asking.waiting import asked
from hub.model.state import Cell
from hub.model.waiting import Asked, Given, Taken, Waiting
from hub.reviewing import answers, report
from hub.rules.authority import UnitAuthority
from hub.store import contacts
from hub.testing.memory import Traits
from hub.testing.stage import Stage, emails

EVIL = '=HYPERLINK("http://evil.example","<script>")'
HARMFUL = (EVIL, "+cmd|'/C calc'!A0", "-2+3", "@SUM(1)", "\tx", "＝1+1", "_x0041_ and _x", "plain\nsecond line")
HIDDEN_STREET, HIDDEN_PHONE = "Salakatu 9", "+358 40 765 4321"
PHONE = {"value": HIDDEN_PHONE, "label": "cell", "primary": True}
NOW = 1_780_000_000.0


class Disputed:
    """crm, book and list; ``crm`` and so on: given name → record. All three agree about everybody at first."""

    def __init__(self, people: Mapping[str, Mapping[str, Any]], seed: int = 0) -> None:
        self.stage = Stage({"crm": Traits(), "book": Traits(), "list": Traits()}, seed=seed,
                           authority={"company": UnitAuthority(("crm",), "ask")})
        for given, more in people.items():
            native = {"given": given, "family": "Virtanen", **emails(self.stage.traits["crm"], [f"{given.lower()}@example.org"])}
            self.stage.vendors["crm"].user_create({**native, **more})
        self.stage.settle()

    def person(self, system: str, given: str, email: str, **more: Any) -> dict[str, Any]:
        """A native record."""
        return {"given": given, "family": "Niemi", **emails(self.stage.traits[system], [email]), **more}

    def record(self, system: str, given: str) -> str:
        return next(i for i, r in self.stage.vendors[system].records().items() if r["given"] == given)

    def native(self, system: str, given: str) -> Mapping[str, Any]:
        return self.stage.vendors[system].records()[self.record(system, given)]

    def edit(self, system: str, given: str, **to: Any) -> None:
        self.stage.vendors[system].user_edit(self.record(system, given), to)

    def delete(self, system: str, given: str) -> None:
        self.stage.vendors[system].user_delete(self.record(system, given))

    def protect(self, given: str) -> None:
        """As if some system had said that the address is protected."""
        row = self.stage.contact_of("crm", self.record("crm", given))
        with self.stage.store.writing() as tx:
            contacts.save_contacts(tx, [replace(row, units={**row.units, "protected": Cell(True, 1, "rule")})], [row.id])

    # ---- what is tested

    def asked(self, **narrowed: Any) -> Asked:
        return asked(self.stage.store, self.stage.book, **narrowed)

    def one(self, **narrowed: Any) -> Waiting:
        (found,) = self.asked(**narrowed).waiting
        return found

    def report(self, file: Path, language: str = "en", **narrowed: Any) -> Path:
        report(self.asked(**narrowed), file, language=language, now=NOW)
        return file

    def read(self, file: Path) -> list[Given]:
        return answers.read(file, self.stage.store.installation)

    def take(self, file: Path, *, by: str = "Eva", dry_run: bool = False) -> Taken:
        return take(self.stage.store, self.stage.book, self.read(file), by=by, dry_run=dry_run)


def everything(seed: int = 0) -> Disputed:
    """One question of each cause but two, and one about somebody protected."""
    home = {"context": "home", "street": "Kotikatu 1", "postcode": "00100", "locality": "Helsinki", "country": "FI"}
    made = Disputed({
        "Anna": {"notes": "old"}, "Bo": {"addresses": [home]}, "Cy": {}, "Dan": {}, "Fia": {"company": "Kulma ry"},
        "Ewa": {"addresses": [{**home, "street": HIDDEN_STREET}],
                "phones": [PHONE]}, "Gus": {}, "Hilja": {}}, seed)
    made.edit("crm", "Anna", family="Aho", notes=EVIL)
    made.edit("book", "Anna", family="Ahonen", notes="second")
    made.edit("crm", "Bo", addresses=[{**home, "id": made.native("crm", "Bo")["addresses"][0]["id"], "street": "Kotikatu 2"}])
    made.edit("book", "Bo", addresses=[{**home, "id": made.native("book", "Bo")["addresses"][0]["id"], "street": "Kotikatu 3"}])
    made.delete("book", "Cy")
    made.delete("list", "Dan")
    made.edit("crm", "Dan", family="Dahl")
    made.edit("book", "Fia", company="Muu Oy")
    made.edit("crm", "Gus", **emails(made.stage.traits["crm"], ["gus at example"], made.native("crm", "Gus")))
    phones = made.native("crm", "Ewa")["phones"]
    made.edit("crm", "Ewa", phones=[{**phones[0], "value": "+358 40 111 1111"}])
    made.edit("book", "Ewa", phones=[{**made.native("book", "Ewa")["phones"][0], "value": "+358 40 222 2222"}])
    made.protect("Ewa")
    made.stage.sync()
    return made


def alike() -> Disputed:
    """Nobody disagrees, and five pairs may be one: two sure ones by name and e-mail (Ida, Jan), two likely ones of one cause
    (Kai, Lea: two slips in a name), and one inside a system (Moa). Ida's address is protected."""
    made = Disputed({})
    crm, book = made.stage.vendors["crm"], made.stage.vendors["book"]
    for given, other, email in (("Ida", "Ida", "ida@example.org"), ("Jan", "Jan", "jan@example.org"),
                                ("Katariina", "Katarina", "kai@example.org"), ("Leokadia", "Leokdia", "lea@example.org")):
        crm.user_create(made.person("crm", given, email, phones=[PHONE] if given == "Ida" else []))
        book.user_create(made.person("book", other, email))
    for _ in range(2):
        crm.user_create(made.person("crm", "Moa", "moa@example.org", birthday="1990-02-28"))
    made.stage.sync(approve=None)
    made.protect("Ida")
    return made
