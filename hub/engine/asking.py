"""Questions and answers: what people see of the hub's state, and the inbox rows their decisions make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.errors import UnknownName, UsageError
from hub.model.life import LIVE
from hub.model.state import UNSET, Cell, Conflict, Units
from hub.model.units import EXISTS, Value, replaced_by, split
from hub.rules.matching.match import explain as explain_reason
from hub.rules.rulebook import Rulebook
from hub.store import contacts, counting, finding, inbox, journal, plans, reviews, systems
from hub.store.contacts import LinkRow
from hub.store.store import Store, Tx, digest

SHORT = 8


def short(id_: str) -> str:
    """The end of an id: what people type."""
    return id_[-SHORT:]


def title(units: Units) -> str:
    """A contact's name for people."""
    full = units.get("name.full", UNSET).value
    parts = [units.get(u, UNSET).value for u in ("name.given", "name.family")]
    return " ".join(str(p) for p in parts if p) or str(full or "(no name)")


# ---- systems and rules

def knows_address(store: Store, name: str, address: str) -> bool:
    """Was the organisation at this address of a system looked at already?"""
    with store.reading() as tx:
        row = systems.all_systems(tx).get(name)
    return row is not None and bool(row.fingerprint.partition(" ")[0] == address)


def note_fingerprint(store: Store, name: str, address: str, fingerprint: str) -> bool:
    """Remember which organisation a system is, and at which address. True, and nothing remembered, when it is another
    one than before."""
    said = f"{address} {fingerprint}"[:200]
    with store.writing() as tx:
        row = systems.know(tx, name)
        if row.fingerprint and row.fingerprint.partition(" ")[2] != said.partition(" ")[2]:
            return True
        if row.fingerprint != said:
            systems.change(tx, name, fingerprint=said)
        return False


def note_rules(store: Store, book: Rulebook, addresses: Mapping[str, str]) -> None:
    """Note which rules each system runs under. Changed rules, and a changed address (``addresses``, by system), ask for
    approval again and have every contact planned anew; links of systems that are no longer configured sleep, and wake
    when the system is back (merge.md 11)."""
    with store.writing() as tx:
        changed = False
        for name, rules in sorted(book.systems.items()):
            row = systems.know(tx, name)
            now = digest(rules.lens.fingerprint, rules.where, rules.allow, rules.on_leave, rules.collection, rules.writes,
                         addresses[name])
            if row.state == "dormant":
                systems.wake(tx, name)
                changed = True
            if row.rules_hash != now:
                systems.change(tx, name, rules_hash=now, approved_plan=None)
                changed = True
        for name, row in systems.all_systems(tx).items():
            if name not in book.systems and row.state != "dormant":
                systems.put_to_sleep(tx, name)
        if changed:
            systems.plan_everybody(tx)


# ---- contacts

def contact_named(store: Store, book: Rulebook, name: str) -> str:
    """The contact a person means: the (end of the) id of a contact or link, a native id as SYSTEM:ID, or a text of its
    name, e-mail or phone that only one contact has."""
    with store.reading() as tx:
        found = _by_id(tx, name) or _by_ref(tx, book, name) or _by_text(tx, name)
    ids = sorted(set(found))
    if not ids:
        raise UnknownName(f'Nobody here is "{name}". Give a name, an e-mail address, SYSTEM:ID or an id that `hub conflicts list` '
                          "shows.")
    if len(ids) > 1:
        raise UsageError(f'"{name}" fits {len(ids)} contacts: {", ".join(short(i) for i in ids[:8])}. Give one of these ids.')
    return ids[0]


def _by_id(tx: Tx, name: str) -> list[str]:
    if len(name) < SHORT:
        return []
    return finding.contacts_ending(tx, name) or finding.contacts_of_link_ending(tx, name)


def _by_ref(tx: Tx, book: Rulebook, name: str) -> list[str]:
    system, _, native = name.partition(":")
    return finding.contacts_of_record(tx, system, native) if system in book.systems and native else []


def _by_text(tx: Tx, text: str) -> list[str]:
    wanted = text.casefold().strip()
    return [row.id for row in finding.all_contacts(tx) if row.state == "live" and _says(row.units, wanted)]


def _says(units: Units, wanted: str) -> bool:
    if wanted == title(units).casefold():
        return True
    return any(split(u)[1] is not None and split(u)[2] is None and str(split(u)[1]).casefold() == wanted for u in units)


# ---- status and runs

def status(store: Store, book: Rulebook, of_systems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Where the workspace stands."""
    with store.reading() as tx:
        waiting: Counter[str] = Counter()
        for system, op, _reason, state, n in plans.counts(tx):
            if state in ("planned", "ready", "claimed"):
                waiting[f"{system} {op}"] += n
        last = journal.runs(tx, 1)
        return {
            "contacts": counting.contacts_by_state(tx), "conflicts": reviews.count_conflicts(tx),
            "matches": len(reviews.candidates(tx)), "writes_waiting": dict(waiting),
            "unknown_outcomes": len(plans.open_intents(tx)), "refused": len(plans.all_parked(tx)),
            "last_run": _run(last[0]) if last else None, "systems": list(of_systems)}


def runs(store: Store, limit: int) -> list[dict[str, Any]]:
    with store.reading() as tx:
        return [_run(r) for r in journal.runs(tx, limit)]


def note_report(store: Store, run: str, state: str, report: Mapping[str, Any]) -> None:
    """What a run counted, with what only the caller knows (requests)."""
    with store.writing() as tx:
        journal.end_run(tx, run, state, report)


def _run(r: Any) -> dict[str, Any]:
    return {"id": r.id, "kind": r.kind, "state": r.state, "started_at": r.started_at, "ended_at": r.ended_at, "report": r.report}


# ---- plans

def plan_document(store: Store, book: Rulebook, plan: str) -> dict[str, Any]:
    """A plan as data: counts by system, kind and reason, and every write with what it changes."""
    with store.reading() as tx:
        row = plans.plan_row(tx, plan)
        if row is None:
            raise UnknownName(f"No plan {plan}.")
        rows = plans.writes(tx, plan=plan)
        people = contacts.load_contacts(tx, [w.contact for w in rows])
        counts = [dict(zip(("system", "op", "reason", "state", "count"), each, strict=True)) for each in plans.counts(tx, plan=plan)]
        return {
            "format": "contact-hub plan", "plan": row.id, "hash": row.hash, "state": row.state, "made_at": row.made_at,
            "counts": counts, "writes": [{
                "number": w.number, "system": w.system, "op": w.op, "reason": w.reason, "contact": w.contact,
                "name": title(people[w.contact].units) if w.contact in people else "", "native_id": w.native_id,
                "state": w.state, "why": w.why, "before": w.before, "after": w.after,
            } for w in rows]}


# ---- conflicts

def conflicts(store: Store, book: Rulebook) -> list[dict[str, Any]]:
    """All open conflicts, oldest first."""
    with store.reading() as tx:
        rows = reviews.load_conflicts(tx)
        return _conflicts(tx, rows)


def conflict_named(store: Store, book: Rulebook, name: str) -> dict[str, Any]:
    with store.reading() as tx:
        return _conflicts(tx, [_find(tx, name)])[0]


def _find(tx: Tx, name: str) -> reviews.ConflictRow:
    found = [r for r in reviews.load_conflicts(tx) if r.id.endswith(name)]
    if len(found) != 1 or not name:
        raise UnknownName(f'No open conflict is called "{name}". See `hub conflicts list`.' if not found else
                          f'"{name}" fits {len(found)} conflicts; give more of its id.')
    return found[0]


def _conflicts(tx: Tx, rows: Sequence[reviews.ConflictRow]) -> list[dict[str, Any]]:
    people = contacts.load_contacts(tx, {r.contact for r in rows})
    links = contacts.load_links(tx, contacts={r.contact for r in rows})
    out = []
    for r in rows:
        units = people[r.contact].units
        cell = units.get(r.conflict.unit, UNSET)
        asserting = {c.link: links[c.link].ref.system for c in r.conflict.contenders if c.link in links}
        out.append({
            "id": short(r.id), "contact": r.contact, "name": title(units), "unit": r.conflict.unit.partition(":")[0],
            "number": r.conflict.number, "reason": r.conflict.reason, "note": r.conflict.note, "opened_at": r.opened_at,
            "hub": shown(cell.value), "contenders": [
                {"system": asserting.get(c.link, c.link), "value": shown(c.value), "instead_of": shown(c.base)}
                for c in r.conflict.contenders],
            "choices": ["delete", "keep", "restore"] if r.conflict.unit.startswith(EXISTS) else
                       [*dict.fromkeys(asserting.values()), "hub", "value", "keep-each"],
        })
    return out


def shown(value: Value) -> Value:
    """A value as people read it: of a replacement, the new one."""
    return value.get("v", value["replaced_by"]) if replaced_by(value) is not None else value


def resolve(store: Store, book: Rulebook, name: str, choice: str, *, by: str, value: str | None) -> dict[str, Any]:
    """Put a person's answer into the inbox."""
    with store.writing() as tx:
        row = _find(tx, name)
        conflict = row.conflict
        if conflict.unit.startswith(EXISTS):
            if choice not in ("delete", "keep", "restore"):
                raise UsageError('This record is missing in its system. Answer "delete" (end the contact everywhere), "keep" '
                                 '(leave the others as they are) or "restore" (make it again there).')
            inbox.add_answer(tx, row.contact, "exists", {
                "unit": conflict.unit, "number": conflict.number, "verdict": choice, "by": by})
        else:
            body = _choice(tx, row, conflict, choice, value)
            inbox.add_answer(tx, row.contact, "conflict", {"unit": conflict.unit, "number": conflict.number, "by": by, **body})
        return {"conflict": short(row.id), "choice": choice}


def _choice(tx: Tx, row: reviews.ConflictRow, conflict: Conflict, choice: str, value: str | None) -> dict[str, Any]:
    units = contacts.load_contacts(tx, [row.contact])[row.contact].units
    if choice == "keep-each":
        return {"keep_each": True}
    if choice == "hub":
        return {"value": units.get(conflict.unit, UNSET).value}
    if choice == "value":
        if value is None:
            raise UsageError("Give the value: `hub conflicts resolve ID value --value TEXT`.")
        return {"value": _typed(conflict, value)}
    links = contacts.load_links(tx, contacts=[row.contact])
    found = [c for c in conflict.contenders if c.link in links and links[c.link].ref.system == choice]
    if not found:
        raise UsageError(f'"{choice}" is no choice here. Choices: a system that contends, hub, value, keep-each.')
    return {"value": found[0].value}


def _typed(conflict: Conflict, text: str) -> Value:
    """What a person typed, in the form the unit has."""
    base, key, name = split(conflict.unit)
    if key is not None and name is None:
        from hub.rules.normal import member_key

        new = member_key(base, text, None)
        return text if new == key else {"replaced_by": new, "v": text}
    return text.strip() or None


# ---- matches

def matches(store: Store, book: Rulebook) -> list[dict[str, Any]]:
    """Open candidates, by cause; each with both records' names and the reasons in words."""
    with store.reading() as tx:
        rows = reviews.candidates(tx)
        links = contacts.load_links(tx, ids={x for r in rows for x in (r.link_a, r.link_b)})
        return [{
            "id": f"{short(r.link_a)}-{short(r.link_b)}", "tier": r.tier, "cause": r.cause, "score": round(r.score, 3),
            "reasons": [explain_reason(x) for x in r.reasons],
            "records": [_record(links[x]) for x in (r.link_a, r.link_b) if x in links],
            "links": [r.link_a, r.link_b],
        } for r in rows]


def _record(link: LinkRow) -> dict[str, Any]:
    units = {u: Cell(v, 1, "") for u, v in link.shadow.items() if u.startswith("name.")}
    emails = sorted((link.shadow.get("emails") or {}).keys())
    return {"system": link.ref.system, "native_id": link.ref.native_id, "name": title(units), "emails": emails}


def judge(store: Store, book: Rulebook, names: Iterable[str], verdict: str, *, by: str) -> int:
    """Judge candidates by id, cause, or tier ("sure"). Returns how many pairs."""
    if verdict not in ("same", "different", "unsure"):
        raise UsageError('A verdict is "same", "different" or "unsure".')
    with store.writing() as tx:
        rows = reviews.candidates(tx)
        pairs: dict[tuple[str, str], str] = {}
        for name in names:
            found = [r for r in rows if name in (r.cause, r.tier, f"{short(r.link_a)}-{short(r.link_b)}")]
            if not found:
                raise UnknownName(f'No open match is called "{name}". See `hub matches list` for ids and causes.')
            pairs.update({(r.link_a, r.link_b): r.cause for r in found})
        links = contacts.load_links(tx, ids={x for p in pairs for x in p})
        by_contact: dict[str, list[tuple[str, str]]] = {}
        for a, b in sorted(pairs):
            by_contact.setdefault(links[a].contact, []).append((a, b))
        for contact, some in by_contact.items():
            inbox.add_answer(tx, contact, "match", {"pairs": some, "verdict": verdict, "by": by})
        return len(pairs)


# ---- explain

def explain(store: Store, book: Rulebook, name: str, unit: str | None) -> dict[str, Any]:
    """Why a contact's values are what they are: since when, from where, by which rule, who was overruled, where it is
    written and where not."""
    contact = contact_named(store, book, name)
    with store.reading() as tx:
        row = contacts.load_contacts(tx, [contact])[contact]
        links = list(contacts.load_links(tx, contacts=[contact]).values())
        entries = journal.of_contacts(tx, [contact, *_merged(tx, contact)])
    names = {k.id: k.ref.system for k in links}
    if unit is not None and not any(u == unit or split(u)[0] == unit for u in row.units):
        raise UnknownName(f'{title(row.units)} has no "{unit}". It has: {", ".join(sorted({split(u)[0] for u in row.units}))}.')
    units = {}
    for u in sorted(row.units):
        if unit is None or u == unit or split(u)[0] == unit:
            units[u] = _why(u, row.units[u], links, names, entries)
    return {
        "contact": contact, "name": title(row.units), "state": row.state, "units": units,
        "links": [{"system": k.ref.system, "native_id": k.ref.native_id, "life": k.life, "behind": sorted(k.behind),
                   "left": sorted(k.left)} for k in links]}


def _merged(tx: Tx, contact: str) -> list[str]:
    return [i for i, into in contacts.aliases(tx).items() if into == contact]


def _why(
    unit: str, cell: Cell, links: Sequence[LinkRow], names: Mapping[str, str], entries: Sequence[journal.Entry]
) -> dict[str, Any]:
    history = []
    for e in entries:
        change = e.changes.get("units", {}).get(unit)
        decisions = [d for d in e.changes.get("decisions", ()) if d[0] == unit]
        if change is None and not decisions:
            continue
        history.append({
            "row": e.seq, "at": e.at, "by": e.actor, "cause": e.cause,
            "from": shown(change[0]) if change else None, "to": shown(change[3]) if change else None,
            "decisions": [{"system": names.get(d[1], d[1]), "fate": d[2], "value": shown(d[3]), "rule": d[4]}
                          for d in decisions]})
    live = [k for k in links if k.life in LIVE]
    return {
        "value": shown(cell.value), "since_row": cell.rev, "from": names.get(cell.origin, cell.origin), "history": history,
        "behind": sorted(k.ref.system for k in live if unit in k.behind),
        "left": sorted(k.ref.system for k in live if unit in k.left)}
