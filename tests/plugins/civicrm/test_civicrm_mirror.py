"""Whatever people do in the CRM: who only reads what changed has the same as who reads everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from civicrm_site import Pulled, Site, person

from hub.sdk import Upserted

GROUPS = ("Board", "Newsletter", "Choir")
TAGS = ("Donor", "Volunteer")


class Office:
    """Somebody busy in the CRM, at random but the same for every seed."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.users, self.chance = site, site.users, random.Random(seed)
        self.count = 0

    def work(self) -> None:
        deeds: list[Callable[[], Any]] = [
            self.add, self.edit, self.add_row, self.change_row, self.remove_row, self.relate, self.end, self.join,
            self.leave, self.tag, self.untag, self.trash, self.restore, self.merge, self.employ, self.nothing]
        self.chance.choice(deeds)()
        if self.chance.random() < 0.6:
            self.site.clock.pass_(seconds=self.chance.choice((1, 1, 5, 40, 90, 4000)))

    def someone(self, *, trashed: bool = False) -> int:
        rows: list[int] = [r["id"] for r in self.site.world.tables["Contact"] if r["is_deleted"] == trashed]
        return self.chance.choice(rows or [1])

    def add(self) -> None:
        self.count += 1
        self.users.add(person(f"N{self.count}"))

    def edit(self) -> None:
        self.count += 1
        self.users.edit(self.someone(), nick_name=f"v{self.count}")

    def add_row(self) -> None:
        self.count += 1
        entity, field = self.chance.choice((("Email", "email"), ("Phone", "phone"), ("Website", "url")))
        self.users.add_row(entity, self.someone(), **{field: f"{self.count}@x.fi"})

    def change_row(self) -> None:
        if rows := list(self.site.world.tables["Email"]):
            self.count += 1
            self.users.edit_row("Email", self.chance.choice(rows)["id"], email=f"{self.count}@x.fi")

    def remove_row(self) -> None:
        if rows := list(self.site.world.tables["Email"]):
            self.users.remove_row("Email", self.chance.choice(rows)["id"])

    def relate(self) -> None:
        self.users.relate(self.someone(), self.chance.choice(("Child of", "Spouse of")), self.someone())

    def end(self) -> None:
        if rows := list(self.site.world.tables["Relationship"]):
            row = self.chance.choice(rows)
            if self.chance.random() < 0.5:
                self.users.remove_row("Relationship", row["id"])
            else:
                self.users.edit_row("Relationship", row["id"], is_active=not row["is_active"])

    def join(self) -> None:
        self.users.join(self.someone(), self.chance.choice(GROUPS))

    def leave(self) -> None:
        if rows := [r for r in self.site.world.tables["GroupContact"] if r["status"] == "Added"]:
            row = self.chance.choice(rows)
            self.users.leave(row["contact_id"], self.site.world.tables["Group"].rows[row["group_id"]]["title"])

    def tag(self) -> None:
        contact, name = self.someone(), self.chance.choice(TAGS)
        tag_id = self.users.new_tag(name)
        if all(r["tag_id"] != tag_id for r in self.site.world.tables["EntityTag"].where("entity_id", contact)):
            self.users.tag(contact, name)

    def untag(self) -> None:
        if rows := list(self.site.world.tables["EntityTag"]):
            row = self.chance.choice(rows)
            self.users.untag(row["entity_id"], self.site.world.tables["Tag"].rows[row["tag_id"]]["name"])

    def trash(self) -> None:
        self.users.trash(self.someone())

    def restore(self) -> None:
        self.users.restore(self.someone(trashed=True))

    def merge(self) -> None:
        winner, loser = self.someone(), self.someone()
        if winner != loser:
            self.users.merge(winner, loser)

    def employ(self) -> None:
        person_id, org = self.someone(), self.site.id_of("Default Organization")
        if self.site.world.tables["Contact"].rows[person_id]["contact_type"] == "Individual":
            self.users.edit(person_id, employer_id=self.chance.choice((org, None)))

    def nothing(self) -> None:
        self.site.clock.pass_(hours=2)


def taken(mirror: dict[int, Any], pulled: Pulled) -> dict[int, Any]:
    for change in pulled.changes:
        if isinstance(change, Upserted):
            mirror[int(change.ref.native_id)] = change.record.data
        else:
            mirror.pop(int(change.ref.native_id), None)
    return mirror


@pytest.mark.parametrize("edition", ["6.17.2", "5.77"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Prague"])
@pytest.mark.parametrize("seed", range(8))
def test_changes_add_up_to_everything(edition: Any, zone: str, seed: int) -> None:
    site = Site(*(person(f"P{n}") for n in range(12)), edition=edition, time_zone=zone)
    office, pulled = Office(site, seed), site.pull(page_size=5)
    mirror = taken({}, pulled)
    for _ in range(12):
        for _ in range(office.chance.randrange(1, 4)):
            office.work()
        pulled = site.pull(pulled.checkpoint, page_size=5)
        mirror = taken(mirror, pulled)
    assert mirror == taken({}, site.pull())
