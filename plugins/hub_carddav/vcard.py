"""vCard text ↔ native JSON.

The native record of a card::

    {"uid", "kind", "fn", "nickname", "bday", "title", "note", "rev", "x-hub-marker":   text or None
     "n":   {"family", "given", "additional", "prefix", "suffix"}                         each text or None
     "org": {"name", "unit"}
     "email", "tel", "url": [{"id", "group", "value", "type", "pref"}]
     "adr":                 [{"id", "group", "type", "pref", "pobox", "extended", "street", "locality", "region",
                              "postcode", "country"}]
     "categories":          [text]
     "raw": the whole card, its lines ended by \\n, as XML carries them}

``raw`` is what a write starts from: ``render`` changes only the properties whose native value differs, so what the hub
does not know (PHOTO, IMPP, X-…, parameters) keeps its content. ``group`` (item1) is the row's own name where the card
gives one; ``id`` names the row within this text. A person's card without N shows the parts of an FN of two words, as
the hub reads any full name; of other FNs it cannot tell, and ``n`` is absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub_carddav.contentline import Card, Line, Params, parts
from hub_carddav.names import full_name, is_named
from hub_carddav.rows import TYPES, components, joined, read_rows, write_rows

NAME = ("family", "given", "additional", "prefix", "suffix")
ORG = ("name", "unit")
PEOPLE = ("individual", "org")
"""Kinds that are contacts (RFC 6350 6.1.4)."""
_NO_PEOPLE = ("group", "location", "application", "device", "thing")  # RFC 6350 6.1.4, RFC 6473, RFC 6869
_SHOWS_KIND = {"kind", "fn", "n", "org"}
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?|(\d{4})(?:-(\d\d))?|--(\d\d)-?(\d\d)|--(\d\d)")
_ABSENT_YEAR = "1604"  # X-APPLE-OMIT-YEAR


def parse(text: str) -> dict[str, Any]:
    """The native record of a card. Raises NotACard."""
    return {**_native(Card.read(text)), "raw": text.replace("\r\n", "\n")}


def render(native: Mapping[str, Any], *, rev: str | None = None) -> str:
    """The card as text: ``native["raw"]`` with every property changed whose value there is not the one in ``native``.

    Without ``raw`` a new card is made, in the version ``native["version"]`` or 3.0. ``rev``: the time of the change
    (``20261122T012928Z``), written where the card has a REV or is new. Raises NotACard when ``raw`` is none.
    """
    raw = native.get("raw")
    card = Card.read(raw) if raw else _blank(native)
    now = _native(card)
    wanted = {key: value for key, value in native.items() if key in _WRITTEN and value != now.get(key)}
    _follow(now, wanted)
    for key, value in wanted.items():
        if key in _SETTERS:
            _SETTERS[key](card, value)
    if not raw or _SHOWS_KIND & wanted.keys():
        _set_kind(card, wanted.get("kind") or now["kind"], new=not raw)
    if wanted or not raw:
        _complete(card, native)
        if rev and (not raw or now["rev"]):
            _set_text(card, "REV", rev)
    return card.text()


def _blank(native: Mapping[str, Any]) -> Card:
    card = Card(native.get("version", "3.0"), [])
    card.lines += [Line("VERSION", card.version), Line("UID", card.escaped(native["uid"])), Line("FN", "")]
    if card.version == "3.0":
        card.lines.append(Line("N", ""))
    return card


def _complete(card: Card, native: Mapping[str, Any]) -> None:
    """FN must be there and not be empty (RFC 6350 6.2.1); in 3.0 so must N, of which nothing is said that the card did
    not say (RFC 2426 3.1.2). Strict servers refuse what lenient programs wrote."""
    if not _text(card, "FN"):
        _set_text(card, "FN", full_name(native.get("n") or {}) or _any_name(native))
    name = card.first("N")
    if card.version == "3.0" and not (name and name.value):
        _set_name(card, native.get("n"))


def _native(card: Card) -> dict[str, Any]:
    n, bday = _structure(card, "N", NAME, " "), card.first("BDAY")
    native: dict[str, Any] = {
        "uid": _text(card, "UID"),
        "kind": _kind(card),
        "fn": _text(card, "FN"),
        "n": n,
        "nickname": ", ".join(_list(card, card.all("NICKNAME")[:1])) or None,
        "org": _structure(card, "ORG", ORG, ", "),
        "title": _text(card, "TITLE"),
        "note": _text(card, "NOTE"),
        "bday": _day(card, bday) if bday else None,
        **{key: [row for _, row in read_rows(card, key, card.all(key.upper()))] for key in TYPES},
        "categories": list(dict.fromkeys(_list(card, card.all("CATEGORIES")))),
        "rev": _text(card, "REV"),
        "x-hub-marker": _text(card, "X-HUB-MARKER"),
    }
    if native["fn"] and native["kind"] == "individual" and not any(n.values()):
        words = native["fn"].split()
        if len(words) == 2:
            native["n"] = {**n, "given": words[0], "family": words[1]}
        else:
            del native["n"]
    return native


def _list(card: Card, lines: Sequence[Line]) -> list[str]:
    pieces = (card.plain(piece).strip() for line in lines for piece in parts(line.value, ","))
    return [piece for piece in pieces if piece]


def _text(card: Card, name: str) -> str | None:
    line = card.first(name)
    return card.plain(line.value).strip() or None if line else None


def _structure(card: Card, name: str, order: Sequence[str], joiner: str) -> dict[str, str | None]:
    line = card.first(name)
    return components(card, line.value if line else "", order, joiner)


def _kind(card: Card) -> str:
    """KIND of 4.0, what Apple writes in 3.0, or a card that has nothing but the name of a company."""
    told = (_text(card, "KIND") or _text(card, "X-ADDRESSBOOKSERVER-KIND") or "").lower()
    if told:
        return told if told in (*PEOPLE, *_NO_PEOPLE) else "individual"  # an unknown kind is a person (6.1.4)
    if (_text(card, "X-ABSHOWAS") or "").upper() == "COMPANY":
        return "org"
    company = _structure(card, "ORG", ORG, ", ")["name"]
    nameless = company is not None and company == _text(card, "FN") and not is_named(_structure(card, "N", NAME, " "))
    return "org" if nameless else "individual"


def _day(card: Card, line: Line) -> str | None:
    """ISO 8601, possibly partial; what is no date stays as it is, for a person to see."""
    told = card.plain(line.value).strip()
    found = _DAY.fullmatch(told)
    if not found:
        return told or None
    year, month, day, only_year, its_month, a_month, its_day, lone_month = found.groups()
    if year:
        omitted = (line.param("X-APPLE-OMIT-YEAR") or "") == year
        return f"--{month}-{day}" if omitted else f"{year}-{month}-{day}"
    if only_year:
        return f"{only_year}-{its_month}" if its_month else str(only_year)
    return f"--{a_month}-{its_day}" if a_month else f"--{lone_month}"


def _follow(now: Mapping[str, Any], wanted: dict[str, Any]) -> None:
    """FN is written from the parts of a person's name, ORG from the name of an organisation, in the card's own style.

    A display name that shows something else than the new name would hide the change in every address book.
    """
    kind = wanted.get("kind") or now["kind"]
    if kind != "org" and "n" in wanted and "fn" not in wanted:
        name = full_name(wanted["n"] or {}, like=now["fn"], of=now.get("n"))
        if name:
            wanted["fn"] = name
    if kind == "org" and wanted.get("fn") and now["org"]["name"] in (None, now["fn"]):
        wanted["org"] = {**now["org"], **(wanted.get("org") or {}), "name": wanted["fn"]}


def _any_name(native: Mapping[str, Any]) -> str:
    """FN must not be empty (RFC 6350 6.2.1): something by which a person finds the card."""
    company = (native.get("org") or {}).get("name")
    reach = (row.get("value") for key in ("email", "tel") for row in native.get(key) or ())
    return next(str(name) for name in (native.get("nickname"), company, *reach, native["uid"]) if name)


def _set_text(
    card: Card, name: str, text: str | None, params: Params | None = None, *, listed: bool = False
) -> None:
    line = card.first(name)
    if line and text:
        line.changed(value=card.escaped(text, listed=listed), params=params)
    elif line:
        card.drop(line)
    elif text:
        card.add(Line(name, card.escaped(text, listed=listed), params or []))


def _texts(name: str) -> Callable[[Card, str | None], None]:
    return lambda card, text: _set_text(card, name, text)


def _set_full_name(card: Card, text: str | None) -> None:
    if text:  # it must not go (RFC 6350 6.2.1)
        _set_text(card, "FN", text)


def _set_name(card: Card, value: Mapping[str, Any] | None) -> None:
    line = card.first("N")
    text = joined(card, line.value if line else "", NAME, value or dict.fromkeys(NAME), " ")
    if line:
        kept = [(k, v) for k, v in line.params if k not in ("SORT-AS", "PHONETIC")]  # they describe the old name
        line.changed(value=text, params=kept)
    elif text.strip(";") or card.version != "4.0":
        card.add(Line("N", text))


def _set_org(card: Card, value: Mapping[str, Any] | None) -> None:
    line = card.first("ORG") or Line("ORG", "")
    text = joined(card, line.value, ORG, value or dict.fromkeys(ORG), ", ").rstrip(";")
    if text and line.value:
        line.changed(value=text, params=[(k, v) for k, v in line.params if k != "SORT-AS"])
    elif text:
        card.add(Line("ORG", text))
    else:
        card.drop(line)


def _set_day(card: Card, value: str | None) -> None:
    """3.0: 1985-04-12, a day without a year as Apple writes it; 4.0: 19850412, --0412 (RFC 6350 4.3.1)."""
    params: Params = []
    found = _DAY.fullmatch(value or "")
    if value and not found:
        params = [("VALUE", ["text"])]
    elif value and found and card.version == "4.0" and (found[1] or found[6]):
        value = value[:2] + value[2:].replace("-", "")
    elif found and found[6]:
        value, params = f"{_ABSENT_YEAR}-{found[6]}-{found[7]}", [("X-APPLE-OMIT-YEAR", [_ABSENT_YEAR])]
    _set_text(card, "BDAY", value, params)


def _set_categories(card: Card, names: Sequence[str] | None) -> None:
    text = ",".join(card.escaped(name, listed=True) for name in names or () if name)
    first, *others = card.all("CATEGORIES") or [Line("CATEGORIES", "")]
    for line in others if text else [first, *others]:
        card.drop(line)
    if text and first.value:
        first.changed(value=text)
    elif text:
        card.add(Line("CATEGORIES", text))


def _set_kind(card: Card, kind: str, *, new: bool) -> None:
    """Say the kind where the card does not show it already; 3.0 knows only what Apple writes."""
    if _kind(card) == kind and not (new and kind == "org"):
        return
    if card.version == "4.0" or card.first("KIND"):
        _set_text(card, "KIND", None if kind == "individual" else kind)
    else:
        _set_text(card, "X-ABSHOWAS", "COMPANY" if kind == "org" else None)


def _rows(key: str) -> Callable[[Card, Any], None]:
    return lambda card, rows: write_rows(card, key, rows or [])


_SETTERS: dict[str, Callable[[Card, Any], None]] = {
    "fn": _set_full_name,
    "n": _set_name,
    "nickname": lambda card, text: _set_text(card, "NICKNAME", text, listed=True),
    "org": _set_org,
    "title": _texts("TITLE"),
    "note": _texts("NOTE"),
    "bday": _set_day,
    "categories": _set_categories,
    "x-hub-marker": _texts("X-HUB-MARKER"),
    **{key: _rows(key) for key in TYPES},
}
_WRITTEN = frozenset({*_SETTERS, "kind"})
