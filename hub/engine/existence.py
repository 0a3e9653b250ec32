"""A record that is gone: what that means for its link and its contact (merge.md 10)."""

from __future__ import annotations

from collections.abc import Sequence

from hub.engine.desk import Desk
from hub.engine.erasing import ERASING
from hub.engine.joining import Joining
from hub.model.state import Conflict, Contender
from hub.model.units import EXISTS
from hub.rules.existence import Absence, absence
from hub.store import inbox, plans
from hub.store.contacts import LinkRow
from hub.store.inbox import InboxRow


def item(link: str) -> str:
    """The unit name of the review item about one link's record: ``@exists:<link>``."""
    return f"{EXISTS}:{link}"


def vanish(
    desk: Desk, contact: str, vanished: Sequence[tuple[LinkRow, InboxRow, bool]], edited: bool,
    joins: list[Joining],
) -> None:
    """Apply all absences of one contact at once. Adds to ``joins`` the contacts a vendor's own merge brings together."""
    row = desk.contacts[contact]
    gone_now = {k.id for k, r, _ in vanished if inbox.gone(r).how not in ("left_view", "denied", "merged_into")}
    for link, seen, ours in sorted(vanished, key=lambda v: v[0].id):
        if link.life in ("gone", "merged", "missing"):
            _end_sends(desk, [i for i in desk.intents.get(contact, ()) if i.link == link.id])
            continue
        rules = desk.book.systems[link.ref.system]
        gone = inbox.gone(seen)
        sibling = any(k.id != link.id and k.ref.system == link.ref.system and k.life == "present" and k.id not in gone_now
                      for k in desk.live_links(contact))
        unknown = [i for i in desk.intents.get(contact, ()) if i.link == link.id]
        fate = absence(
            Absence(
                gone.how, seen.confirmed, ours=ours, ours_on_leave=any(i.reason == "on_leave" for i in unknown),
                asleep=link.life in ("left_view", "out", "dormant", "denied"), sibling=sibling,
                behind=any(u not in desk.entity.sets for u in link.behind) or edited or any(i.op != "delete" for i in unknown)),
            rules.on_delete)
        was = link.life, link.tombstone
        link.life, link.tombstone = fate.life, fate.tombstone or link.tombstone
        if fate.life in ("gone", "merged"):
            _end_sends(desk, unknown)
            link.behind.pop(EXISTS, None)
        desk.touch(link)
        if gone.how == "merged_into" and gone.into is not None:
            winner = desk.link_at(gone.into)
            if winner is not None and winner.contact != contact:
                joins.append(Joining(winner.contact, contact, "merged in " + link.ref.system, (winner.link, link.id)))
        if row.state == ERASING:
            link.life = "gone" if link.life == "missing" and seen.confirmed else link.life
        elif fate.act in ("ask", "ask_edited"):
            row.exists_number += 1
            desk.conflicts.setdefault(contact, {})[item(link.id)] = Conflict(
                item(link.id), row.exists_number, "ask" if fate.act == "ask" else "contending",
                (Contender(link.id, None, None, None),), fate.rule)
        elif fate.act == "delete":
            delete_contact(desk, contact)
        if was == (link.life, link.tombstone):
            continue  # it was asked about again, and nothing is new
        desk.write_down(contact, "gone", {"link": link.id, "system": link.ref.system, "how": gone.how, "rule": fate.rule,
                                          "life": fate.life, "tombstone": link.tombstone})
    desk.touch(row)


def _end_sends(desk: Desk, intents: Sequence[plans.IntentRow]) -> None:
    for intent in intents:
        desk.end_send(intent, "done" if intent.op == "delete" else "dropped", "the record is gone")


def delete_contact(desk: Desk, contact: str) -> None:
    """@exists is removed: every other live link is behind on it until its record is deleted too."""
    row = desk.contacts[contact]
    row.state = "deleted"
    row.exists_number += 1
    for link in desk.live_links(contact):
        link.behind[EXISTS] = None
        desk.touch(link)
    desk.touch(row)
