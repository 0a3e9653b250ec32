"""Contacts by what a person types. Person values are sealed, so a search by name opens every contact."""

from __future__ import annotations

from sqlalchemy import select

from hub.model.life import LIVE
from hub.model.refs import RecordRef
from hub.store import tables as t
from hub.store.contacts import ContactRow, LinkRow, load_contacts, load_links
from hub.store.store import Tx


def all_contacts(tx: Tx) -> list[ContactRow]:
    """Every contact, opened, by id."""
    c = t.contact.c
    ids = tx.sql.execute(select(c.id).where(c.workspace == tx.ws).order_by(c.id)).scalars()
    return list(load_contacts(tx, ids).values())


def contacts_ending(tx: Tx, end: str) -> list[str]:
    """Contacts whose id ends so, those that were merged away too."""
    c = t.contact.c
    return list(tx.sql.execute(select(c.id).where(c.workspace == tx.ws, c.id.endswith(end, autoescape=True))).scalars())


def contacts_of_link_ending(tx: Tx, end: str) -> list[str]:
    """Contacts of the links whose id ends so."""
    k = t.link.c
    return list(tx.sql.execute(
        select(k.contact).where(k.workspace == tx.ws, k.id.endswith(end, autoescape=True))).scalars())


def contacts_of_record(tx: Tx, system: str, native_id: str) -> list[str]:
    """Contacts of the links, ended ones too, of a native id in any collection of a system."""
    k = t.link.c
    return list(tx.sql.execute(
        select(k.contact).where(k.workspace == tx.ws, k.system == system, k.native_id == native_id)).scalars())


def records_of_contacts(tx: Tx) -> dict[str, list[RecordRef]]:
    """contact → the records that are it, those that are missing now included."""
    k = t.link.c
    rows = tx.sql.execute(
        select(k.contact, k.system, k.collection, k.entity, k.native_id)
        .where(k.workspace == tx.ws, k.life.in_(sorted(LIVE))).order_by(k.contact, k.id))
    out: dict[str, list[RecordRef]] = {}
    for r in rows:
        out.setdefault(r.contact, []).append(RecordRef(r.system, r.collection, r.entity, r.native_id))
    return out


def all_records(tx: Tx) -> dict[str, LinkRow]:
    """Every record that is there as far as is known, opened: link → it."""
    k = t.link.c
    return load_links(tx, ids=tx.sql.scalars(select(k.id).where(k.workspace == tx.ws, k.life.in_(sorted(LIVE)))))


def records_there(tx: Tx, system: str, entity: str) -> list[LinkRow]:
    """The records a system has, as far as is known, opened, by native id."""
    k = t.link.c
    ids = tx.sql.execute(select(k.id).where(
        k.workspace == tx.ws, k.system == system, k.entity == entity, k.life.in_(["present", "out"]))).scalars()
    return sorted(load_links(tx, ids=ids).values(), key=lambda link: (link.ref.native_id, link.id))
