"""The columns of a list of contacts: one contact a row, every cell a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from hub.model.listed import Held, Listed

_PARTS = ("street", "postcode", "locality", "region", "country")
Tell = Callable[[Listed], str]


def _scalar(unit: str) -> Tell:
    return lambda one: one.of(unit)


def _first(name: str) -> Tell:
    return lambda one: text(one.sets[name][0]) if one.sets[name] else ""


def _others(name: str) -> Tell:
    return lambda one: _several(text(m) for m in one.sets[name][1:])


def _all(name: str) -> Tell:
    return lambda one: _several(text(m) for m in one.sets[name])


def _part(part: str) -> Tell:
    def tell(one: Listed) -> str:
        value = one.sets["addresses"][0].value if one.sets["addresses"] else None
        return str(value.get(part) or "") if isinstance(value, Mapping) else ""

    return tell


def _keyed(name: str) -> Tell:
    """``member-number: 1234``"""
    return lambda one: _several(f"{m.key.partition(':')[0]}: {m.value}" for m in one.sets[name])


def _consents(one: Listed) -> str:
    """``newsletter:email: granted``"""
    return _several(f"{m.key}: {m.value.get('state', '')}" for m in one.sets["consents"] if isinstance(m.value, Mapping))


def _several(texts: Iterable[str]) -> str:
    return "; ".join(t for t in texts if t)


def text(member: Held) -> str:
    """A member as one text; an address in the order it is written on a letter."""
    value = member.value
    if not isinstance(value, Mapping):
        return str(value)
    place = " ".join(str(value[p]) for p in ("postcode", "locality") if value.get(p))
    return ", ".join(str(t) for t in (value.get("street"), place, value.get("region"), value.get("country")) if t)


COLUMNS: tuple[tuple[str, Tell], ...] = (
    ("id", lambda one: one.id),
    ("kind", lambda one: "organisation" if one.is_org else "person"),
    ("name", lambda one: one.name),
    ("given name", _scalar("name.given")),
    ("middle name", _scalar("name.middle")),
    ("family name", _scalar("name.family")),
    ("prefix", _scalar("name.prefix")),
    ("suffix", _scalar("name.suffix")),
    ("nickname", _scalar("nickname")),
    ("legal name", _scalar("legal_name")),
    ("e-mail", _first("emails")),
    ("other e-mails", _others("emails")),
    ("phone", _first("phones")),
    ("other phones", _others("phones")),
    *((part, _part(part)) for part in _PARTS),
    ("other addresses", _others("addresses")),
    ("employer", lambda one: one.of("employer") or one.of("company")),
    ("title", _scalar("title")),
    ("department", _scalar("department")),
    ("birthday", _scalar("birthday")),
    ("deceased", lambda one: "yes" if one.values.get("deceased") or one.values.get("deathday") else ""),
    ("language", _scalar("preferredLanguage")),
    ("web pages", _all("urls")),
    ("roles", _all("roles")),
    ("groups", _all("groups")),
    ("consents", _consents),
    ("relations", _keyed("relations")),
    ("identifiers", _keyed("identifiers")),
    ("totals", _keyed("totals")),
    ("protected", lambda one: "yes" if one.values.get("protected") else ""),
    ("notes", _scalar("notes")),
    ("systems", lambda one: ", ".join(one.systems)),
)
HEADINGS = tuple(heading for heading, _ in COLUMNS)


def cells(one: Listed) -> list[str]:
    """A row under ``HEADINGS``. Half a character, which no file can hold, becomes a question mark."""
    return [tell(one).encode("utf-8", "replace").decode("utf-8") for _, tell in COLUMNS]


def could_be_a_formula(text: str) -> bool:
    """Would a spreadsheet program calculate this (OWASP, CSV Injection)?"""
    return text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
