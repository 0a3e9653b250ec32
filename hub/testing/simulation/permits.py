"""What the oracle asks of the hub's own doing: nothing was made, sent, deleted or decided that nobody permitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.model.state import RULE, UNSET, Cell
from hub.model.units import replaced_by, set_of, split
from hub.rules.rulebook import Rulebook
from hub.rules.scope import scope
from hub.store.journal import Entry
from hub.testing.simulation.cast import Actor
from hub.testing.simulation.people import Users, core, mails
from hub.testing.simulation.site import Site

if TYPE_CHECKING:
    from hub.testing.simulation.oracle import Truth

TICK_S = 2.0
"""A vendor's clock may be a tick behind ours."""
LATER = 1_000
"""Room in a system that keeps rows."""


def judge_permits(truth: Truth, book: Rulebook, actors: dict[str, Actor], users: Users, site: Site | None) -> list[str]:
    """Every violation found, in words. Asked of histories of a site with wishes, and of meetings."""
    out = _buried(truth, book, actors)
    out += _unasked_deletes(truth, book, users)
    out += _owners(truth, book)
    out += _refused_pairs(truth, users)
    out += _late_answers(truth, users)
    out += _undone(truth)
    out += _ousted(truth, actors)
    if not users.confused and not users.guessed:
        out += _mixed(truth, users)
    if book.quiet_s:
        out += _quiet(truth, book, actors)
    if site is not None:
        out += _leaks(truth, actors, site)
    return out + _out_of_scope(truth, book)


# ---- merge.md 10: who is there, and who may end

def _buried(truth: Truth, book: Rulebook, actors: dict[str, Actor]) -> list[str]:
    """At the end every live record of a configured system has a link that lives."""
    known = {(k.ref.system, k.ref.native_id): k for k in truth.links.values()}
    out = []
    for name in sorted(book.systems.keys() - truth.aside):
        for record in sorted(actors[name].vendor.records()):
            link = known.get((name, record))
            if link is None or not link.live:
                out.append(f"buried: {name}:{record} is there, and in the hub {link.life if link else 'nobody'}")
    return out


def _unasked_deletes(truth: Truth, book: Rulebook, users: Users) -> list[str]:
    """A contact ends because somebody deleted a record where that is the rule (or joined it to another, where the system cannot
    say which), or because a person said so; a delete in a plan nobody approved is never sent."""
    out = []
    ended = [e for e in truth.entries if e.cause == "existence answered" and e.changes["verdict"] == "delete"]
    said = {truth.aliases.get(e.contact, e.contact) for e in ended}
    said |= {truth.links[e.changes["link"]].contact for e in ended if e.changes["link"] in truth.links}  # parted since
    by_users = {*users.deleted, *users.merged}
    for e in truth.entries:
        if e.cause == "gone" and e.changes["rule"] == "on_delete propagate":
            link = truth.links[e.changes["link"]]
            there = (link.ref.system, link.ref.native_id)
            rule = book.systems.get(link.ref.system)
            if (rule is None or rule.on_delete == "propagate") and there in by_users:
                said.add(truth.aliases.get(e.contact, e.contact))
    for c in truth.contacts.values():
        if c.state == "deleted" and c.id not in said:
            out.append(f"unasked: contact {c.id} ended, and nobody said so")
    for e in truth.entries:
        if e.cause == "gone" and e.changes["how"] == "left_view" != e.changes["life"]:
            out.append(f"unasked: what left the view of {e.changes['system']} was taken for {e.changes['life']}")
    return out + [f"unapproved: a delete in {system} was sent in a plan nobody approved" for system in truth.unapproved_deletes]


# ---- merge.md 5, 6, 7: whose word counts

def _owners(truth: Truth, book: Rulebook) -> list[str]:
    """A value of a unit with owners came from one of them, or from a person."""
    out = []
    for unit, rule in book.authority.rules.items():
        if rule.owners is None or rule.others == "ask":
            continue
        for c in truth.live():
            cell = c.units.get(unit, UNSET)
            link = truth.links.get(cell.origin)
            if link is not None and cell.value is not None and link.ref.system not in rule.owners:
                out.append(f"owner: {unit} came from {link.ref.system}")
    return out


def _late_answers(truth: Truth, users: Users) -> list[str]:
    """An answer to a question that has another number by now is refused."""
    refused = {(unit, number) for e in truth.entries for unit, number in e.changes.get("refused_answers", ())}
    refused |= {(e.changes["unit"], e.changes["number"]) for e in truth.entries
                if e.cause == "answer refused" and "unit" in e.changes}
    return [f"late: an old answer about {unit} counted" for unit, number in sorted(users.late - refused)]


def _undone(truth: Truth) -> list[str]:
    """An undo takes back what that run set, nothing that was set since; also where that run was itself an undo."""
    last: dict[tuple[str, str], str] = {}
    out = []
    for e in truth.entries:
        units = e.changes.get("units", {})
        if e.cause == "undo":
            out += [f"undo: {unit} was changed since the run that was undone" for unit in units
                    if set_of(unit) is None and last.get((e.contact, unit)) != e.changes["of"]]
        last |= {(e.contact, unit): e.run for unit in units}
    return out


# ---- identity

def _refused_pairs(truth: Truth, users: Users) -> list[str]:
    """Two records that a person told apart stand on no one contact, and nobody is asked about them again."""
    homes = {k.id: truth.aliases.get(k.contact, k.contact) for k in truth.links.values() if k.live}
    out = [f"joined: {a} and {b} were told apart" for a, b in sorted(users.apart)
           if a in homes and b in homes and homes[a] == homes[b]]
    return out + [f"asked again: {a} and {b} were told apart" for a, b in sorted(users.apart & truth.asked)]


def _mixed(truth: Truth, users: Users) -> list[str]:
    """No rule joins two people: only a person's mistake does."""
    people: dict[str, set[str]] = {}
    for k in truth.links.values():
        who = users.person_of.get((k.ref.system, k.ref.native_id))
        if k.life == "present" and who is not None:
            people.setdefault(k.contact, set()).add(who)
    return [f"mixed: {', '.join(sorted(some))} are one contact" for some in people.values() if len(some) > 1]


# ---- merge.md 8 and 12: what is written

def _ousted(truth: Truth, actors: dict[str, Actor]) -> list[str]:
    """A system with slots loses an address it holds to the primary alone."""
    out = []
    for e in truth.entries:
        if e.cause != "written" or "emails" not in e.changes["after"]:
            continue
        system = e.changes["system"]
        was, now = (e.changes[side].get("emails") or {} for side in ("before", "after"))
        came = now.keys() - was.keys()
        if not came or len(now) < (actors[system].vendor.traits.slots or LATER):
            continue
        units = _units_before(truth, e)
        standing = {k for k in was.keys() - now.keys()
                    if (v := units.get(f"emails[{k}]")) is not None and replaced_by(v) is None}
        if standing and units.get("emails.primary") not in came:
            out.append(f"ousted: {system} lost {sorted(standing)} to {sorted(came)}")
    return out


def _quiet(truth: Truth, book: Rulebook, actors: dict[str, Actor]) -> list[str]:
    """A new or changed address waits out the quiet period before it leaves; not one that a person took back, or brought back."""
    settled: dict[str, float] = {}
    asked: set[str] = set()
    for e in truth.entries:
        for unit, change in e.changes.get("units", {}).items() if e.cause in ("merge", "undo") else ():
            base, key, name = split(unit)
            if base == "emails" and key is not None and name is None and change[3] is not None and not replaced_by(change[3]):
                settled.setdefault(str(core(key)), e.at)
                asked |= {str(core(key))} if e.cause == "undo" else set()
    born = {str(core(split(u)[1])) for e in truth.entries if e.cause == "born" for u in e.changes["units"]
            if split(u)[0] == "emails"}
    out = []
    for name, actor in sorted(actors.items()):
        for sent in actor.vendor.log:
            before = set(mails(actor.vendor, sent.before)) if sent.before else set()
            for mail in set(mails(actor.vendor, {**(sent.before or {}), **sent.patch})) - before if sent.op != "delete" else ():
                since = settled.get(str(core(mail)))
                if since is not None and core(mail) not in born | asked and sent.at.timestamp() + TICK_S < since + book.quiet_s \
                        and sent.at.timestamp() + TICK_S >= since:
                    out.append(f"quiet: {name} got {mail} {sent.at.timestamp() - since:.0f} s after it was typed")
    return out


def _leaks(truth: Truth, actors: dict[str, Actor], site: Site) -> list[str]:
    """What a system may not get was never sent there."""
    out = []
    for name, actor in sorted(actors.items()):
        for sent in actor.vendor.log:
            if name in site.narrow and sent.patch.get("notes") not in (None, (sent.before or {}).get("notes")):
                out.append(f"leak: {name} was sent notes")
            numbers = [n for n in site.phones if n in repr(sent.patch) and n not in repr(sent.before)]
            if numbers and name != site.shelter and site.shelter:
                out.append(f"leak: {name} was sent the phone of somebody protected")
    return out


def _out_of_scope(truth: Truth, book: Rulebook) -> list[str]:
    """Nothing is made or changed where the contact is out of the filter."""
    out = []
    for e in truth.entries:
        rules = book.systems.get(e.changes["system"]) if e.cause in ("created", "written") else None
        if rules is None or rules.where is None:
            continue
        units = {u: Cell(v, 1, RULE) for u, v in _units_before(truth, e).items()}
        if scope(units, rules.where) != "in":
            out.append(f"scope: a contact out of its filter was {e.cause} in {e.changes['system']}")
    return out


def _units_before(truth: Truth, entry: Entry) -> dict[str, Any]:
    """Units of a contact as they were when something was written, from the journal."""
    shown: dict[str, Any] = {}
    for e in truth.entries:
        if e.contact == entry.contact and e.seq < entry.seq:
            shown |= {unit: change[3] for unit, change in e.changes.get("units", {}).items()}
    return shown
