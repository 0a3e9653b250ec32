"""The side door: what people do in the CRM's own pages, for tests and the demo. No API, no permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .options import OPTIONS
from .tables import Row
from .world import World

Person = Mapping[str, Any]
"""A contact in the vendor's field names, with ``emails``, ``phones``, ``addresses``, ``websites`` (lists of rows with
``location_type``, ``phone_type``, ``country`` by name), ``groups`` and ``tags`` (lists of names), ``employer``
(external_identifier of an organisation already there)."""

_LISTS = {"emails": "Email", "phones": "Phone", "addresses": "Address", "websites": "Website"}
_NAMES = {"location_type": ("location_type_id", "location_type"), "phone_type": ("phone_type_id", "phone_type"),
          "website_type": ("website_type_id", "website_type"), "country": ("country_id", "country"),
          "state_province": ("state_province_id", "state_province")}


class Users:
    """People at work in one site."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, person: Person) -> int:
        """Enter a person or organisation; gives the id."""
        values = {k: v for k, v in person.items() if k not in (*_LISTS, "groups", "tags", "employer", "prefix")}
        if prefix := person.get("prefix"):
            values["prefix_id"] = _option("individual_prefix", prefix)
        if employer := person.get("employer"):
            values["employer_id"] = self.find(employer)
        contact_id: int = self.world.add_contact(values)["id"]
        self.world.greet(contact_id)
        for key, entity in _LISTS.items():
            for row in person.get(key, ()):
                self.add_row(entity, contact_id, **row)
        for title in person.get("groups", ()):
            self.join(contact_id, title)
        for name in person.get("tags", ()):
            self.tag(contact_id, name)
        return contact_id

    def find(self, external_identifier: str) -> int:
        return int(self.world.tables["Contact"].ids("external_identifier", [external_identifier])[0])

    def edit(self, contact_id: int, **values: Any) -> None:
        self.world.change_contact(contact_id, values)

    def trash(self, contact_id: int) -> None:
        self.world.change_contact(contact_id, {"is_deleted": True})

    def restore(self, contact_id: int) -> None:
        self.world.change_contact(contact_id, {"is_deleted": False})

    def destroy(self, contact_id: int) -> None:
        self.world.destroy(contact_id)

    def merge(self, winner: int, loser: int) -> None:
        merge_contacts(self.world, winner, loser)

    def rows(self, entity: str, contact_id: int) -> Sequence[Row]:
        return self.world.tables[entity].where("contact_id", contact_id)

    def add_row(self, entity: str, contact_id: int, **values: Any) -> int:
        row: Row = {"contact_id": contact_id}
        for name, value in values.items():
            column, options = _NAMES.get(name, (name, ""))
            row[column] = _option(options, value) if options else value
        if entity != "Website":
            row.setdefault("location_type_id", 1)
        if entity == "Phone":
            row.setdefault("phone_type_id", 1)
        if entity == "Email":
            row.setdefault("on_hold", 0)
            row.setdefault("is_bulkmail", False)
        return int(self.world.add_row(entity, row)["id"])

    def edit_row(self, entity: str, row_id: int, **values: Any) -> None:
        self.world.change_row(entity, row_id, values)

    def remove_row(self, entity: str, row_id: int) -> None:
        self.world.remove_row(entity, row_id)

    def group(self, title: str) -> int:
        """The group of that title, made if it is not there."""
        groups = self.world.tables["Group"]
        for row in groups.where("title", title):
            return int(row["id"])
        return int(groups.insert({**dict.fromkeys(self.world.entities["Group"].fields), "title": title,
                                  "name": title.casefold().replace(" ", "_"), "is_active": True})["id"])

    def join(self, contact_id: int, title: str) -> None:
        self._membership(contact_id, title, "Added")

    def leave(self, contact_id: int, title: str) -> None:
        self._membership(contact_id, title, "Removed")

    def _membership(self, contact_id: int, title: str, status: str) -> None:
        group_id = self.group(title)
        for row in self.rows("GroupContact", contact_id):
            if row["group_id"] == group_id:
                self.world.change_row("GroupContact", row["id"], {"status": status})
                return
        self.world.add_row("GroupContact", {"group_id": group_id, "contact_id": contact_id, "status": status})

    def new_tag(self, name: str) -> int:
        tags = self.world.tables["Tag"]
        for row in tags.where("name", name):
            return int(row["id"])
        return int(tags.insert({"name": name, "label": name})["id"])

    def tag(self, contact_id: int, name: str) -> None:
        self.world.add_row("EntityTag", {"entity_table": "civicrm_contact", "entity_id": contact_id,
                                         "tag_id": self.new_tag(name)})

    def untag(self, contact_id: int, name: str) -> None:
        tag_id = self.new_tag(name)
        for row in self.world.tables["EntityTag"].where("entity_id", contact_id):
            if row["tag_id"] == tag_id:
                self.world.remove_row("EntityTag", row["id"])
                return

    def relate(self, contact_id_a: int, name_a_b: str, contact_id_b: int, **values: Any) -> int:
        """``relate(anna, "Child of", berta)``; gives the relationship's id."""
        kind = next(r["id"] for r in self.world.tables["RelationshipType"] if r["name_a_b"] == name_a_b)
        return int(self.world.add_row("Relationship", {
            "contact_id_a": contact_id_a, "contact_id_b": contact_id_b, "relationship_type_id": kind,
            "is_active": True, "created_date": self.world.now, **values})["id"])


def merge_contacts(world: World, winner: int, loser: int) -> None:
    """As recorded (transcripts 133-138): the loser goes to the trash, keeps its external_identifier and its own primary
    e-mail where the winner has one; rows the winner has none of move over; two activities tell of it."""
    for entity in ("Phone", "Email", "Address", "Website"):
        if not world.tables[entity].where("contact_id", winner):
            for row in list(world.tables[entity].where("contact_id", loser)):
                world.tables[entity].change(row["id"], {"contact_id": winner})
    kept, lost = world.contact(winner), world.contact(loser)
    blanks = {name: value for name, value in lost.items()
              if value is not None and kept[name] is None and name not in ("external_identifier", "hash", "api_key")}
    world.change_contact(winner, blanks)
    world.change_contact(loser, {"is_deleted": True})
    world.touch(winner)
    world.touch(loser)
    world.merged[loser] = winner
    told = {"activity_date_time": world.now, "modified_date": world.now, "status_id": 2}
    world.tables["Activity"].insert({**told, "activity_type_id": 51, "target_contact_id": [winner],
                                     "subject": f"Contact ID {loser} has been merged and deleted."})
    world.tables["Activity"].insert({
        **told, "activity_type_id": 52, "target_contact_id": [loser],
        "subject": f"Contact ID {loser} has been merged into Contact ID {winner} and deleted."})


def _option(options: str, name: str) -> int:
    return next(int(o.id) for o in OPTIONS[options] if name in (o.name, o.abbr))
