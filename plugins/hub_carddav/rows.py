"""Repeated properties of a card (EMAIL, TEL, URL, ADR) ↔ rows of the native record.

A row whose content is not changed keeps its property as it was written. ``type`` is one word of a closed list; a
property keeps its TYPE parameters and its Apple label (X-ABLabel in the same group) until its ``type`` is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from hub_carddav.contentline import Card, Line, Params, parts

Row = Mapping[str, Any]

ADDRESS = ("pobox", "extended", "street", "locality", "region", "postcode", "country")
TYPES = {
    "email": ("home", "work", "other"),
    "tel": ("cell", "fax", "pager", "home", "work", "other"),
    "url": ("home", "work", "other"),
    "adr": ("home", "work", "other"),
}
"""The words of ``type``; the one that counts first where a property has several. An address always has one."""
_LABELS = {  # what Apple Contacts writes between _$!< and >!$_
    "home": "home", "work": "work", "mobile": "cell", "iphone": "cell", "homefax": "fax", "workfax": "fax",
    "otherfax": "fax", "pager": "pager", "homepage": None,
}  # fmt: skip


def components(card: Card, value: str, names: Sequence[str], joiner: str) -> dict[str, str | None]:
    """A structured value as texts; a component that is a list is one text."""
    found = parts(value, ";")
    return {name: _component(card, found[i], joiner) if i < len(found) else None for i, name in enumerate(names)}


def joined(card: Card, old: str, order: Sequence[str], values: Row, joiner: str) -> str:
    """The structured value ``old`` with ``values``; what says the same, or lies behind ``order``, stays as it was."""
    pieces = parts(old, ";") if old else []
    pieces += [""] * (len(order) - len(pieces))
    for i, name in enumerate(order):
        wanted = values.get(name) or None
        if name in values and wanted != _component(card, pieces[i], joiner):
            pieces[i] = card.escaped(wanted or "")
    return ";".join(pieces)


def read_rows(card: Card, key: str, lines: Sequence[Line]) -> list[tuple[Line, dict[str, Any]]]:
    """Each property that holds something, with its row. Ids do not depend on the order."""
    found: list[tuple[Line, dict[str, Any]]] = []
    taken: set[str] = set()
    first = _preferred(lines)
    for line in lines:
        value = components(card, line.value, ADDRESS, ", ") if key == "adr" else {"value": _value(card, key, line)}
        if not any(value.values()):
            continue
        name = line.group or blake2b(line.value.encode("utf-8", "replace"), digest_size=6).hexdigest()
        own = next(n for i in range(len(lines) + 1) if (n := f"{name}-{i}" if i else name) not in taken)
        taken.add(own)
        row = {"id": own, "group": line.group or None, "type": _type(card, key, line), "pref": line is first}
        found.append((line, {**row, **value}))
    return found


def write_rows(card: Card, key: str, wanted: Sequence[Row]) -> None:
    """Rows are matched by id, else by content; the others are new. Properties without a row any more go."""
    before = read_rows(card, key, card.all(key.upper()))
    left = {row["id"]: line for line, row in before}
    was = {row["id"]: row for _, row in before}
    new: list[Row] = []
    for row in sorted(wanted, key=lambda row: row.get("id") not in left):
        own = row.get("id") if row.get("id") in left else _same_content(was, left, row)
        if own is None:
            new.append(row)
        else:
            _alter(card, key, left.pop(own), was[own], row)
    for line in left.values():
        card.drop(line)
    for row in new:
        line = Line(key.upper(), "")
        _alter(card, key, line, {}, row)
        card.add(line)
    _settle_preferred(card, key, was, wanted)


def _component(card: Card, piece: str, joiner: str) -> str | None:
    if ("," not in piece and "\\" not in piece) or card.version == "2.1":  # 2.1 knows no lists in components
        return card.plain(piece).strip() or None
    return joiner.join(filter(None, (card.plain(each).strip() for each in parts(piece, ",")))) or None


def _value(card: Card, key: str, line: Line) -> str:
    value = card.plain(line.value).strip()
    scheme = {"tel": "tel:", "email": "mailto:"}.get(key)
    return value[len(scheme):] if scheme and value[: len(scheme)].lower() == scheme else value


def _type(card: Card, key: str, line: Line) -> str | None:
    words = line.words()
    for word in TYPES[key]:
        if word in words:
            return word
    label = card.mate(line, "X-ABLABEL") if line.group else None
    told = card.plain(label.value).strip() if label else ""
    word = told.removeprefix("_$!<").removesuffix(">!$_").lower()
    known = _LABELS.get(word, "other") if word else None
    if known is None:
        return "other" if key == "adr" else None
    return known if known in TYPES[key] else "other"


def _preferred(lines: Sequence[Line]) -> Line | None:
    """The one line marked as preferred: lowest PREF (RFC 6350 5.3), else the first TYPE=PREF (RFC 2426 3.3.1)."""
    ranks: list[tuple[int, int]] = []
    for i, line in enumerate(lines):
        rank = line.param("PREF") or ""
        if rank.isdecimal():
            ranks.append((int(rank), i))
        elif "pref" in line.words():
            ranks.append((1, i))
    return lines[min(ranks)[1]] if ranks else None


def _same_content(was: Mapping[str, Row], left: Mapping[str, Line], row: Row) -> str | None:
    keys = [k for k in row if k not in ("id", "group", "pref")]
    return next((own for own in left if all(was[own].get(k) == row[k] for k in keys)), None)


def _alter(card: Card, key: str, line: Line, was: Row, row: Row) -> None:
    if key == "adr":
        value = joined(card, line.value, ADDRESS, row, ", ")
        if value != line.value:  # LABEL, GEO and TZ describe the old address; X-ABADR is the code of its country
            line.changed(value=value, params=[(k, v) for k, v in line.params if k not in ("LABEL", "GEO", "TZ")])
            country = card.mate(line, "X-ABADR")
            if country and was.get("country") != row.get("country"):
                card.drop(country)
    elif row.get("value") != was.get("value"):
        _set_value(card, key, line, row.get("value") or "")
    if row.get("type") != was.get("type"):
        _set_type(card, key, line, row.get("type"))
    if bool(row.get("pref")) != bool(was.get("pref")):
        _mark(card, line, bool(row.get("pref")))


def _set_value(card: Card, key: str, line: Line, value: str) -> None:
    """A URL is a URI, not text (RFC 2426 3.6.8, RFC 6350 6.7.8); a changed tel: URI becomes text, to keep its blanks."""
    if key == "url":
        line.changed(value=value)
    else:
        line.changed(value=card.escaped(value), params=[(k, v) for k, v in line.params if k != "VALUE" or key != "tel"])


def _set_type(card: Card, key: str, line: Line, kind: str | None) -> None:
    label = card.mate(line, "X-ABLABEL")
    if label:
        card.drop(label)
    params = _without(line.params, set(TYPES[key]))
    line.changed(params=params if kind is None or (kind == "other" and key == "adr") else _with(card, params, kind))


def _mark(card: Card, line: Line, preferred: bool) -> None:
    params = [(k, v) for k, v in _without(line.params, {"pref"}) if k != "PREF"]
    if preferred:
        params = [*params, ("PREF", ["1"])] if card.version == "4.0" else _with(card, params, "pref")
    line.changed(params=params)


def _settle_preferred(card: Card, key: str, was: Mapping[str, Row], wanted: Sequence[Row]) -> None:
    """When who is preferred changed: only that row is marked, whatever other marks a dialect left."""
    lines, chosen = card.all(key.upper()), next((row for row in wanted if row.get("pref")), None)
    if chosen is not None and was.get(chosen.get("id", ""), {}).get("pref"):
        return
    if not any(map(_is_marked, lines)):
        return
    keys = [k for k in chosen or () if k not in ("id", "group", "pref")]
    kept = False
    for line, row in read_rows(card, key, lines):
        mine = not kept and chosen is not None and all(row.get(k) == chosen[k] for k in keys)
        kept = kept or mine
        if not mine and _is_marked(line):
            _mark(card, line, False)


def _is_marked(line: Line) -> bool:
    return "pref" in line.words() or bool(line.param("PREF"))


def _without(params: Params, words: set[str]) -> Params:
    kept: Params = []
    for name, values in params:
        if name in ("TYPE", ""):
            values = [w for value in values for w in value.split(",") if w.strip().lower() not in words]
        if values:
            kept.append((name, values))
    return kept


def _with(card: Card, params: Params, word: str) -> Params:
    """One TYPE word more, as this version writes it."""
    if card.version == "2.1":
        return [*params, ("", [word.upper()])]
    word = word if card.version == "4.0" else word.upper()
    at = next((i for i, (name, _) in enumerate(params) if name == "TYPE"), None)
    if at is None:
        return [*params, ("TYPE", [word])]
    return [*params[:at], ("TYPE", [*params[at][1], word]), *params[at + 1:]]
