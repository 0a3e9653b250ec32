"""What must be true at the end of a history: the oracle of the simulation in memory, and what can be seen through the sandboxes'
own side doors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hub.model.contact import CONTACT
from hub.model.state import UNSET
from hub.model.units import Value, replaced_by, set_of, split
from hub.rules.normal import member_key
from hub.rules.rulebook import Rulebook
from hub.rules.shape import held, is_held
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Store
from hub.testing.simulation import oracle
from hub.testing.simulation.doubles import findable
from hub.testing.simulation.enduring import keeps_its_own
from hub_demo.real.offices import Office
from hub_demo.real.offices.office import NAMES
from hub_demo.real.people import KINDS, Crowd

MAILING = "consents[marketing:email]"


def judge(store: Store, book: Rulebook, offices: Mapping[str, Office], crowd: Crowd) -> list[str]:
    """Every violation found, in words. Empty: the history was clean."""
    truth = oracle.Truth(store)
    out = [] if truth.broken is None else [f"journal: the chain breaks at row {truth.broken}"]
    out += oracle.fates(truth, book, crowd) + oracle.soundness(truth, crowd) + oracle.no_resurrection(truth)
    out += oracle.one_correction(truth, crowd) + keeps_its_own(truth, crowd.typed) + findable(truth)
    out += _agreement(truth, book, offices) + _nobody_forgotten(truth, offices)
    out += _consents(truth, offices, crowd) + _no_doubles(truth, offices, crowd) + _no_invention(truth, crowd)
    return out


# ---- agreement: what users see is what the hub has

def _agreement(truth: oracle.Truth, book: Rulebook, offices: Mapping[str, Office]) -> list[str]:
    out = []
    for contact in truth.live():
        units_held = held({r.conflict.unit: r.conflict for r in truth.conflicts if r.contact == contact.id}, contact.units)
        for link in truth.links.values():
            system = link.ref.system
            if link.contact != contact.id or link.life != "present" or link.id in truth.parked or system in truth.aside:
                continue
            if link.ref.native_id not in offices[system].people():
                out.append(f"ghost: a record of {system} is present in the hub and not there")
                continue
            out += _one(book, offices[system], contact, link, units_held)
    return out


def _one(book: Rulebook, office: Office, contact: ContactRow, link: LinkRow, units_held: frozenset[str]) -> list[str]:
    out = []
    rules, record = book.systems[office.kind], link.ref.native_id
    for unit in office.units:
        if is_held(unit, units_held) or unit in link.left or not book.authority.may_write(office.kind, unit):
            continue
        shown, wanted = office.read(record, unit), contact.units.get(unit, UNSET).value
        if not CONTACT.same(unit, shown, wanted) and rules.lens.covers(unit) and not _half(office, record, wanted, units_held):
            out.append(f"differs: {link.ref} shows {unit}={shown!r}, the hub has {wanted!r}")
    if not any(set_of(u) == "emails" for u in units_held | frozenset(link.left)):
        there, keys = {member_key("emails", mail) for mail in office.mails(record)}, _mails(contact)
        room = office.room
        if (room is None and there != keys) or (room is not None and (not there <= keys or len(there) < min(room, len(keys)))):
            out.append(f"differs: {link.ref} shows {sorted(there)}, the hub has {sorted(keys)}")
    return out


def _half(office: Office, record: str, wanted: Value, units_held: frozenset[str]) -> bool:
    """Is it one half of a name whose other half is held? A record made meanwhile has this half alone, and where a name is one
    field nobody can tell which of the two it is."""
    words = [word for unit in NAMES if (word := office.read(record, unit))]
    return words == [wanted] and any(is_held(unit, units_held) for unit in NAMES)


def _mails(contact: ContactRow) -> set[str]:
    return {key for unit, cell in contact.units.items() if (p := split(unit))[0] == "emails" and (key := p[1]) is not None
            and p[2] is None and cell.value is not None and replaced_by(cell.value) is None}


def _nobody_forgotten(truth: oracle.Truth, offices: Mapping[str, Office]) -> list[str]:
    return [f"forgotten: {kind}:{record} has no contact" for kind, office in offices.items() for record in office.people()
            if kind not in truth.aside and truth.link_at(kind, record) is None]


# ---- consent

def _consents(truth: oracle.Truth, offices: Mapping[str, Office], crowd: Crowd) -> list[str]:
    out = []
    for kind, record in sorted(crowd.withdrawn):
        link = truth.link_at(kind, record)
        if link is None or (kind, record) in crowd.deleted or (kind, record) in crowd.merged:
            continue
        contact = truth.contacts[truth.aliases.get(link.contact, link.contact)]
        value = contact.units.get(MAILING, UNSET).value
        if contact.state != "live":
            continue
        if not value or value.get("state") != "withdrawn":
            out.append(f"consent: the withdrawal in {kind}:{record} is not known")
            continue
        out += [f"consent: {k.ref} may still be mailed" for k in truth.links.values()
                if k.contact == contact.id and k.life == "present" and k.id not in truth.parked
                and k.ref.native_id in (office := offices[k.ref.system]).people()
                and office.opted_out(k.ref.native_id) is False]
    return out


# ---- nobody twice, nothing invented

def _no_doubles(truth: oracle.Truth, offices: Mapping[str, Office], crowd: Crowd) -> list[str]:
    """Of one contact no system gets two records. A record nobody typed, and no create is known to have made, is one whose answer
    was lost: where the hub's key or marker stands in the record it must have been found again."""
    made: Counter[tuple[str, str]] = Counter()
    for kind, office in offices.items():
        for record in office.people():
            link = truth.link_at(kind, record)
            if (kind, record) not in crowd.person_of and link is not None and link.created_by_write in truth.written_for:
                made[kind, truth.written_for[link.created_by_write]] += 1
    return [f"doubled: {kind} has {count} records made for one contact" for (kind, _), count in made.items() if count > 1]


def _no_invention(truth: oracle.Truth, crowd: Crowd) -> list[str]:
    return [f"invented: {unit}={cell.value!r} was typed by nobody" for contact in truth.live()
            for unit, cell in contact.units.items()
            if unit in KINDS and cell.value is not None and cell.value not in crowd.texts]
