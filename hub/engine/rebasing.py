"""Links whose lens changed are compared with themselves before anything else is (merge.md 11, "Re-base")."""

from __future__ import annotations

from hub.engine.desk import Desk
from hub.engine.report import Tally
from hub.model.state import UNSET, Edit, LinkState, Units
from hub.model.units import Projection, primary, split
from hub.rules.diff import diff
from hub.rules.lenses.lens import NO_REFS, BadValue, Lens, Refs
from hub.rules.matching import match
from hub.rules.merge import merge
from hub.rules.rebase import rebase
from hub.rules.rulebook import Rulebook
from hub.store import contacts
from hub.store.contacts import LinkRow
from hub.store.store import Store, chunks


def rebase_links(store: Store, book: Rulebook, run: str, tally: Tally) -> None:
    """Re-base every live link that was last read through another lens."""
    with store.reading() as tx:
        ids = contacts.other_lens(tx, {name: rules.lens.fingerprint for name, rules in book.systems.items()})
        homes = sorted({home.contact for home in contacts.homes(tx, ids=ids).values()})
    for part in chunks(homes):
        with store.writing() as tx:
            desk = Desk(tx, book, run)
            desk.take(part)
            stale = [k for c in part for k in desk.live_links(c) if k.ref.system in book.systems
                     and k.lens_hash and k.lens_hash != book.systems[k.ref.system].lens.fingerprint]
            refs = desk.refs_for((k.ref.system, k.native) for k in stale)
            by_contact: dict[str, list[LinkRow]] = {}
            for link in stale:
                by_contact.setdefault(link.contact, []).append(link)
            for contact, links in sorted(by_contact.items()):
                _one(desk, contact, links, refs, tally)
            desk.store()


def _one(desk: Desk, contact: str, links: list[LinkRow], refs: dict[str, Refs], tally: Tally) -> None:
    row = desk.contacts[contact]
    row.units = desk.canonical_units(row.units)
    edits: list[Edit] = []
    for link in links:
        lens = desk.book.systems[link.ref.system].lens
        old = desk.canonical(link.shadow)
        new, waiting = desk.project(link.ref.system, link.native, refs, old)
        desk.wait_for(link, waiting)
        woken = _sleep_and_wake(desk, link, row.units, old, new)
        edits += diff(desk.entity, desk.link_state(link), row.units, woken, {u: new[u] for u in woken})
        old = {**old, **{u: new[u] for u in woken}}
        state = desk.link_state(link)
        unwritten = _unwritten(desk, contact, link, lens, state, new)
        found = rebase(desk.entity, state, row.units, desk.conflicts.get(contact, {}), old, new, unwritten)
        edits += found.edits
        link.behind = {**found.behind, **link.behind}
        # consents keep their dates: the new projection says the same of them
        sets = desk.entity.sets
        if match.profile(link.shadow) != match.profile(new):
            desk.recognise(link)
        link.shadow = {**new, **{u: v for u, v in old.items() if u in sets and sets[u].joined and u in new}}
        link.lens_hash = lens.fingerprint
        desk.touch(link)
    if edits:
        seq = desk.tx.next_seq()
        outcome = merge(desk.entity, desk.state(contact), edits, rev=seq, at=int(desk.tx.now()), authority=desk.book.authority)
        desk.write_down(contact, "mapping", {
            "units": {u: [b.value, b.rev, b.origin, outcome.units[u].value, outcome.units[u].origin]
                      for u, b in outcome.changed.items()},
            "decisions": [[d.unit, d.link, d.fate, d.value, d.rule, d.against] for d in outcome.decisions]}, seq=seq)
        desk.settle(contact, outcome)
        tally.edits += len(edits)
    row.waiting = 1
    desk.touch(row)


def _sleep_and_wake(desk: Desk, link: LinkRow, units: Units, old: Projection, new: Projection) -> Projection:
    """Units that leave the coverage sleep: what was shown and what had been seen is kept. Returns those that are back, as
    they were when they left (merge.md 11)."""
    state = desk.link_state(link)
    for unit in old.keys() - new.keys():
        mine = [u for u in units if split(u)[0] == unit]
        link.asleep[unit] = {"shown": old[unit], "seen": {u: state.seen(u, units[u].rev) for u in mine}}
    woken: Projection = {}
    for unit in [u for u in link.asleep if u in new and u not in old]:
        kept = link.asleep.pop(unit)
        woken[unit] = kept["shown"]
        for u in [u for u in units if split(u)[0] == unit and u not in link.left]:
            if kept["seen"].get(u) != units[u].rev:
                link.behind[u] = kept["seen"].get(u)
    return woken


def _unwritten(desk: Desk, contact: str, link: LinkRow, lens: Lens, state: LinkState, new: Projection) -> frozenset[str]:
    """Units up to date through the old lens whose value the new one would write differently."""
    units = desk.contacts[contact].units
    out = set()
    for unit in units:
        base, key, _ = split(unit)
        if key is not None or unit in link.behind or unit in link.left or not state.covers(unit) or unit == primary(base):
            continue
        if desk.entity.units.get(unit) is None or desk.entity.units[unit].kind == "ref":
            continue
        try:
            shaped = lens.shape({unit: units.get(unit, UNSET).value}, new, {})
            if shaped and lens.put(link.native, shaped, NO_REFS):
                out.add(unit)
        except BadValue:
            continue
    return frozenset(out)
