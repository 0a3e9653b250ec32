"""The page: one self-contained HTML file to look at and print. No script, nothing from outside."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from hub.overlap.fields import FIELDS
from hub.overlap.look import Read
from hub.overlap.people import Someone
from hub.overlap.picture import Picture
from hub.overlap.plot import draw_plot
from hub.overlap.telling import MARK

LANGUAGES = ("fi", "pl", "en")
MOST = 60
"""Rows of a table that names people."""
_SIGNS = {"name=": "name", "name⇄": "like", "given~": "like", "given≈": "like", "given+": "like", "given.": "like",
          "family~": "like", "family≈": "like", "family+": "like", "given>": "like", "org=": "name", "org~": "like",
          "email=": "email", "email/": "email", "phone=": "phone", "phone/": "phone", "birthday=": "birthday",
          "address=": "address", "home~": "address"}  # fmt: skip
"""Reasons of matching → ``sign_…`` in the words."""
_MEMBERS = {"email": "emails", "phone": "phones"}
_PARTS = {"street": "street", "postcode": "postcode", "town": "locality"}
_SCALARS = {"given": "name.given", "family": "name.family", "birthday": "birthday", "company": "company"}


@cache
def words(language: str) -> Mapping[str, str]:
    """The texts of the page in fi, pl or en."""
    told = tomllib.loads(resources.files("hub.overlap").joinpath(f"words_{language}.toml").read_text(encoding="utf-8"))
    return {name: str(text) for name, text in told.items()}


def page(picture: Picture, read: Read, language: str, today: date) -> str:
    """The page as HTML."""
    from jinja2 import Environment, StrictUndefined

    say = words(language)

    def number(count: int) -> str:
        return f"{count:,}" if language == "en" else f"{count:,}".replace(",", "\u00a0")

    def fill(name: str, **counts: Any) -> str:
        return say[name].format(**{k: number(v) if isinstance(v, int) else v for k, v in counts.items()})

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = number
    template = environment.from_string(resources.files("hub.overlap").joinpath("page.html").read_text(encoding="utf-8"))
    drawn = draw_plot(picture)
    return template.render(
        mark=MARK, language=language, say=say, fill=fill, picture=picture, lists=read.lists, problems=read.problems + read.notes,
        day=today.strftime("%d.%m.%Y" if language != "en" else "%Y-%m-%d"), most=MOST, plot=drawn,
        only=picture.people - picture.shared, fields=[f for f in FIELDS if any(f in each.adds for each in picture.lists)],
        invalid=[(each.name, kind, rows[:MOST], max(0, len(rows) - MOST)) for each in picture.lists
                 for kind, rows in each.invalid.items()],
        differ=[(d, [(_name(picture, one), _values(picture, one, d.field)) for one in d.people[:MOST // 6]])
                for d in picture.disagreements],
        doubles=[(_name(picture, one), _rows(picture, one, say, doubled=True)) for one in picture.doubles[:MOST]],
        look=[(_pair(picture, c.a, say), _pair(picture, c.b, say), _why(c.reasons, say)) for c in picture.crowded.look[:MOST]],
        emails=[(each.email, say[f"kind_{each.kind}"], [_name(picture, one) for one in each.people])
                for each in picture.emails[:MOST]],
    )  # fmt: skip


def _name(picture: Picture, one: Someone) -> str:
    return next((name for i in one.records if (name := picture.records[i].name)), "–")


def _rows(picture: Picture, one: Someone, say: Mapping[str, str], *, doubled: bool) -> list[str]:
    """Where the person stands, as "list, row n"; ``doubled``: only lists that have it more than once."""
    places = [picture.records[i].place for i in one.records]
    return [_place(picture, i, say) for i in one.records if not doubled or places.count(picture.records[i].place) > 1]


def _place(picture: Picture, record: str, say: Mapping[str, str]) -> str:
    found = picture.records[record]
    where = say["row" if isinstance(found.number, int) else "record"].format(row=found.number)
    return f"{picture.lists[found.place].name}, {where}"


def _pair(picture: Picture, record: str, say: Mapping[str, str]) -> tuple[str, str]:
    return picture.records[record].name or "–", _place(picture, record, say)


def _why(reasons: Iterable[str], say: Mapping[str, str]) -> str:
    return ", ".join(dict.fromkeys(say[f"sign_{_SIGNS[code]}"] for code in reasons if code in _SIGNS))


def _values(picture: Picture, one: Someone, name: str) -> list[tuple[str, str]]:
    """(value as typed, names of the lists that have it)"""
    found: dict[str, list[str]] = {}
    for record in one.records:
        for value in _typed(picture.records[record].projection, name):
            lists = found.setdefault(value, [])
            title = picture.lists[picture.records[record].place].name
            if title not in lists:
                lists.append(title)
    return [(value, ", ".join(lists)) for value, lists in found.items()]


def _typed(projection: Mapping[str, Any], name: str) -> Sequence[str]:
    if name in _MEMBERS:
        return [str(shown["v"]) for shown in projection[_MEMBERS[name]].values()]
    if name in _PARTS:
        return [str(text) for shown in projection["addresses"].values() if (text := shown["v"].get(_PARTS[name]))]
    return [str(value)] if (value := projection.get(_SCALARS[name])) else []
