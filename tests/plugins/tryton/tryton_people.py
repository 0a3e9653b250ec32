"""What people who work in Tryton do, for the contract suite: on a real server by its JSON-RPC, as its administrator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tryton_rpc import Refused, Rpc

from hub.sdk import Native

PARTY = "party.party"
SHOWN = ("name", "code", "active", "addresses.city", "addresses.street", "contact_mechanisms.value", "identifiers.code",
         "categories.name")


def party(native: Native, category: int) -> dict[str, Any]:
    """A record as the connector has it, as one enters it."""
    out: dict[str, Any] = {"name": native["name"]}
    if native.get("kind") == "person":
        out["categories"] = [["add", [category]]]
    mails = [{"type": "email", "value": row["value"]} for row in native.get("emails", ())]
    out["contact_mechanisms"] = [["create", mails]] if mails else []
    key = native.get("hub_key")
    out["identifiers"] = [["create", [{"code": f"contact-hub:{key}"}]]] if key else []
    return out


class People:
    """One administrator at work. ``category``: id of the category of people."""

    def __init__(self, admin: Rpc, category: int) -> None:
        self.admin, self.category = admin, category

    def create(self, native: Native) -> str:
        return str(self.admin.create(PARTY, party(native, self.category)))

    def edit(self, native_id: str, patch: Mapping[str, Any]) -> None:
        self.admin.call(f"model.{PARTY}.write", [int(native_id)], dict(patch))

    def delete(self, native_id: str) -> None:
        self.admin.call(f"model.{PARTY}.delete", [int(native_id)])

    def hide(self, native_id: str) -> None:
        """A rule of the server hides parties of such a name from the group the hub is in."""
        self.edit(native_id, {"name": f"Hidden {native_id}"})

    def merge(self, winner: str, loser: str) -> None:
        """Party, Replace: the wizard of the client."""
        session, start, _ = self.admin.call("wizard.party.replace.create")
        context = {"active_model": PARTY, "active_id": int(loser), "active_ids": [int(loser)]}
        given = {"ask": {"source": int(loser), "destination": int(winner)}}
        self.admin.call("wizard.party.replace.execute", session, {}, start, context=context)
        try:
            self.admin.call("wizard.party.replace.execute", session, given, "replace", context=context)
        except Refused as refused:  # two parties of one name: it asks, and a person says yes
            if "UserWarning" not in str(refused):
                raise
            name = str(refused).split("'")[3]
            self.admin.create("res.user.warning", {"user": 1, "name": name, "always": False})
            self.admin.call("wizard.party.replace.execute", session, given, "replace", context=context)

    def records(self) -> dict[str, Native]:
        """Those people see: active ones."""
        return {str(row["id"]): {name: value for name, value in row.items() if name != "active"}
                for row in self.admin.all_of(PARTY, *SHOWN) if row["active"]}

    def clear(self) -> None:
        """An empty database."""
        ids = [row["id"] for row in self.admin.all_of(PARTY)]
        if ids:
            self.admin.call(f"model.{PARTY}.delete", ids)
