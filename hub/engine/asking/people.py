"""Who is here: found by what a person types, listed by role, group, consent or system, as people read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from hub.engine.asking.words import title
from hub.errors import UnknownName, UsageError
from hub.model.listed import Held, Listed
from hub.model.state import UNSET, Units
from hub.model.units import EntitySchema, attr, primary, replaced_by, split
from hub.rules.consent import GRANTED
from hub.rules.matching.names import fold
from hub.rules.rulebook import Rulebook
from hub.store import finding
from hub.store.contacts import ContactRow
from hub.store.store import Store

PLACES = ("addresses", "phones")
"""What a protected contact does not show."""
_DIGITS_ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to list; "" asks for nothing. ``consent``: "purpose:channel", only who granted it. ``kind``: individual, org.
    ``text``: words of names, e-mail addresses, phone numbers."""

    text: str = ""
    role: str = ""
    group: str = ""
    consent: str = ""
    system: str = ""
    kind: str = ""


def listed(store: Store, book: Rulebook, wanted: Wanted, *, today: str, protected: bool = False) -> list[Listed]:
    """Live contacts that are wanted, by name. ``today``: ISO date, for roles that ended. ``protected``: with identifiers,
    and with addresses and phones of protected contacts. Raises UnknownName for a role, group, consent or system nobody has."""
    if wanted.system and wanted.system not in book.systems:
        raise UnknownName(f'No system is called "{wanted.system}". There are: {", ".join(sorted(book.systems)) or "none"}.')
    if wanted.consent and ":" not in wanted.consent:
        raise UsageError(f'"{wanted.consent}" names no consent: write PURPOSE:CHANNEL, for example newsletter:email.')
    with store.reading() as tx:
        rows = finding.all_contacts(tx)
        records = finding.records_of_contacts(tx)
    live = [r for r in rows if r.state == "live"]
    for set_name, name in (("roles", wanted.role), ("groups", wanted.group), ("consents", wanted.consent)):
        _must_exist(live, set_name, name)
    names = _names(rows)
    found = []
    for row in live:
        systems = tuple(dict.fromkeys(ref.system for ref in records.get(row.id, ())))
        whole = _as_listed(row, book.entity, names, systems)
        if _is_wanted(whole, wanted, today):
            found.append(whole if protected else _without_protected(whole, book.entity))
    return sorted(found, key=lambda one: (fold(one.name), one.id))


def _must_exist(rows: Iterable[ContactRow], set_name: str, name: str) -> None:
    """Raises UnknownName for a word nobody here has: an empty list would look like an answer."""
    if not name:
        return
    known = {key for r in rows for u in r.units if (p := split(u))[0] == set_name and (key := p[1]) is not None and p[2] is None}
    if name.casefold() in {k.casefold() for k in known}:
        return
    close = get_close_matches(name.casefold(), known, 1)
    hint = f' Did you mean "{close[0]}"?' if close else f" There are: {', '.join(sorted(known)[:20]) or 'none'}."
    raise UnknownName(f'Nobody here has "{name}" among the {set_name}.{hint}')


def _names(rows: Iterable[ContactRow]) -> dict[str, str]:
    """Contact id → name, of those merged away the winner's."""
    by_id = {r.id: r for r in rows}
    out = {}
    for row in by_id.values():
        last = row
        while last.into is not None and last.into in by_id:
            last = by_id[last.into]
        out[row.id] = title(last.units)
    return out


def _as_listed(row: ContactRow, entity: EntitySchema, names: Mapping[str, str], systems: tuple[str, ...]) -> Listed:
    values, sets = {}, {}
    for name, unit in entity.units.items():
        if unit.members is not None:
            sets[name] = _members(row.units, entity, name, names)
        elif (value := row.units.get(name, UNSET).value) is not None:
            values[name] = names.get(str(value), "") if unit.kind == "ref" else value
    return Listed(row.id, title(row.units), values, sets, systems)


def _members(units: Units, entity: EntitySchema, name: str, names: Mapping[str, str]) -> tuple[Held, ...]:
    schema, first = entity.sets[name], units.get(primary(name), UNSET).value
    found = []
    for unit, cell in units.items():
        base, key, attribute = split(unit)
        if base != name or key is None or attribute is not None or cell.value is None or replaced_by(cell.value) is not None:
            continue
        attrs = {a: str(v) for a in schema.attrs if (v := units.get(attr(name, key, a), UNSET).value) not in (None, "")}
        value = names.get(str(cell.value), "") if schema.ref else cell.value
        found.append((key != first, cell.rev, key, Held(key, value, attrs, key == first)))
    return tuple(held for *_, held in sorted(found, key=lambda each: each[:3]))


def _is_wanted(one: Listed, wanted: Wanted, today: str) -> bool:
    if wanted.kind and (wanted.kind == "org") != one.is_org:
        return False
    if wanted.system and wanted.system not in one.systems:
        return False
    if wanted.role and not any(_is(m, wanted.role) and _is_now(m, today) for m in one.sets["roles"]):
        return False
    if wanted.group and not any(_is(m, wanted.group) for m in one.sets["groups"]):
        return False
    if wanted.consent and not any(_is(m, wanted.consent) and _is_granted(m) for m in one.sets["consents"]):
        return False
    return not wanted.text or _says(one, wanted.text)


def _is(member: Held, name: str) -> bool:
    return member.key.casefold() == name.casefold()


def _is_granted(member: Held) -> bool:
    return isinstance(member.value, Mapping) and member.value.get("state") == GRANTED


def _is_now(member: Held, today: str) -> bool:
    """Is a role held today? Its dates may be partial: "2026" counts from its first to its last day."""
    begins, ends = member.attrs.get("from", ""), member.attrs.get("until", "")
    return not (begins and begins > today[:len(begins)]) and not (ends and ends < today[:len(ends)])


def _says(one: Listed, text: str) -> bool:
    """Does each word stand in a name or e-mail address, or all digits in a phone number?"""
    digits = re.sub(r"\D", "", text).lstrip("0")
    if len(digits) >= _DIGITS_ENOUGH and not re.search(r"[^\W\d]", text):
        return any(digits in re.sub(r"\D", "", m.key) for m in one.sets["phones"])
    names = [one.of(u) for u in ("name.full", "name.given", "name.middle", "name.family", "nickname", "legal_name", "company")]
    all_said = fold(" ".join([one.name, *names, *(m.key for m in one.sets["emails"])]))
    return all(word in all_said for word in fold(text).split())


def _without_protected(one: Listed, entity: EntitySchema) -> Listed:
    hidden = hidden_units(entity, protected=bool(one.values.get("protected")))
    return Listed(one.id, one.name, {u: v for u, v in one.values.items() if u not in hidden},
                  {s: () if s in hidden else m for s, m in one.sets.items()}, one.systems)


def hidden_units(entity: EntitySchema, *, protected: bool) -> set[str]:
    """Units and sets that are shown only to who asks for protected values; ``protected``: of a protected contact."""
    return {name for name, unit in entity.units.items() if unit.sensitivity != "ordinary"} | (set(PLACES) if protected else set())
