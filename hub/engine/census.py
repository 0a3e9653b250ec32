"""The census: what a run would change, counted per system before anything is merged (design.md, Guards)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping

from hub.engine.desk import Desk
from hub.model.units import Projection
from hub.rules import guards
from hub.rules.rulebook import Rulebook
from hub.rules.settle import differing
from hub.store import contacts, inbox, systems
from hub.store.store import Store, chunks


def take_census(store: Store, book: Rulebook, listed: Mapping[str, int | None]) -> dict[str, str]:
    """Systems that look like an accident, with the reason; they are set aside, the others go on.

    ``listed``: records of each full listing that ended in this run.
    """
    with store.reading() as tx:
        links = contacts.live_links(tx)
        owners: dict[str, list[str]] = {}
        for owner, system in inbox.owners_waiting(tx, inbox.OBSERVED):
            owners.setdefault(system, []).append(owner)
        out = {}
        for system in sorted({*owners, *listed}):
            if system in book.systems:
                census = _count(Desk(tx, book, ""), system, owners.get(system, []), links.get(system, 0), listed.get(system))
                reason = guards.check_census(census, book.limits)
                if reason is not None:
                    out[system] = reason
    return out


def _count(desk: Desk, system: str, owners: list[str], links: int, listed: int | None) -> guards.Census:
    changed = blanked = gone = back = 0
    by_unit: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    lens = desk.book.systems[system].lens
    for part in chunks(owners):
        known = contacts.load_links(desk.tx, ids=part)
        newest = {row.owner: row for row in inbox.load(desk.tx, known, inbox.OBSERVED)}
        for row in newest.values():
            link = known[row.owner]
            if link.life != "present":
                continue
            if row.kind == "gone":
                gone += row.body["how"] in ("deleted", "trashed", "inactive")
                continue
            back += row.version is not None and row.version in link.past
            native = dict(row.body) if row.complete else {**link.native, **row.body}
            now = lens.read(native).projection
            units = [u for u in differing(desk.entity, link.shadow, now) if desk.entity.units.get(u) is None
                     or desk.entity.units[u].kind != "ref"]
            changed += bool(units)
            by_unit.update(units)
            blanked += sum(1 for u in units if link.shadow.get(u) and not now[u])
            if link.lens_hash == lens.fingerprint:  # another lens may tell less: that is no doing of the system
                silent.update(_told(link.shadow) - now.keys())
    return guards.Census(links, listed, changed, dict(by_unit), blanked, gone, back, _of_all(desk, system, silent))


def _told(shadow: Projection) -> set[str]:
    """Fields with a value, sets with a member."""
    return {unit for unit, value in shadow.items() if value not in (None, {})}


def _of_all(desk: Desk, system: str, silent: Mapping[str, int]) -> dict[str, int]:
    """Those that no live link tells any more: nobody else's record, unchanged, still does."""
    if all(links < guards.SEVERAL for links in silent.values()):
        return {}
    told: Counter[str] = Counter()
    for part in chunks(contacts.live_ids(desk.tx, system)):
        for link in contacts.load_links(desk.tx, ids=part).values():
            told.update(_told(link.shadow))
    return {unit: links for unit, links in silent.items() if told[unit] == links}


def set_aside(store: Store, found: Mapping[str, str], read: Container[str]) -> None:
    """Remember why; a system that looks right again comes back by itself, once it was ``read``."""
    with store.writing() as tx:
        for name, row in systems.all_systems(tx).items():
            if name in found and (row.state != "aside" or row.reason != found[name]):
                systems.change(tx, name, state="aside", reason=found[name])
            elif name not in found and name in read and row.state == "aside":
                systems.change(tx, name, state="active", reason="")
