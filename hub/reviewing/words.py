"""The words of the report in each language, and everything in it said with them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from hub.model.contact import CONTACT
from hub.model.units import EXISTS, attr, member, set_of, split
from hub.model.waiting import DIFFERENT, HIDDEN, HUB, KEEP_EACH, SAME, TYPED, VERDICTS, Asked, Choice, Waiting

LANGUAGES = ("fi", "pl", "en")
COMMON = (HUB, TYPED, KEEP_EACH, *VERDICTS)
"""Choices that have a word; all others are names."""
MOST = 2_000
"""Characters of one value that are shown."""
SENTENCE = 80
"""… within a sentence."""
_STAND_INS = ("hidden", "removed", "nothing", "nameless")
_UNKNOWN = "…"
_WITH_OWN_WORD = ("addresses", "identifiers", "totals")
"""Sets whose keys have words."""
_TELLING = ("emails", "phones", "addresses")


@cache
def words(language: str) -> Mapping[str, str]:
    """The texts in fi, pl or en."""
    told = tomllib.loads(resources.files("hub.reviewing").joinpath(f"words_{language}.toml").read_text(encoding="utf-8"))
    return {name: str(text) for name, text in told.items()}


@cache
def choices_by_word(*, of_pairs: bool) -> Mapping[str, str]:
    """What a choice is called, in any language and folded → the choice; ``of_pairs``: of those for pairs."""
    names = (SAME, DIFFERENT) if of_pairs else COMMON
    return {words(language)[f"choice_{name}"].casefold(): name for language in LANGUAGES for name in names}


class Words:
    """One language: ``say`` gives its texts by name."""

    def __init__(self, language: str) -> None:
        self.language, self.say = language, words(language)

    def fill(self, name: str, **places: Any) -> str:
        return self.say[name].format(**{k: self.number(v) if isinstance(v, int) else v for k, v in places.items()})

    def plural(self, name: str, count: int) -> str:
        """``count`` with its noun: Polish has one form for 1, one for 2 to 4, 22 to 24 and so on, and one for the others
        (CLDR plural rules)."""
        few = self.language == "pl" and 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14
        return self.fill(f"{name}_{'one' if count == 1 else 'few' if few else 'many'}", count=count)

    def lead(self, asked: Asked) -> list[str]:
        """How many decisions wait, and how many do not any more."""
        return [self.plural("lead", asked.count) if asked.count else self.say["none"],
                *([self.plural("answered", asked.answered)] if asked.answered else [])]

    def capital(self, text: str) -> str:
        return text[:1].upper() + text[1:]

    def number(self, count: int) -> str:
        return f"{count:,}" if self.language == "en" else f"{count:,}".replace(",", "\u00a0")

    def day(self, seconds: float | None) -> str:
        """Unix seconds as a day here, "" for none: 2026-03-05, 5.3.2026, 05.03.2026."""
        if seconds is None:
            return ""
        day = datetime.fromtimestamp(seconds).astimezone()
        return {"fi": f"{day.day}.{day.month}.{day.year}", "pl": f"{day:%d.%m.%Y}"}.get(self.language, f"{day:%Y-%m-%d}")

    def field(self, unit: str) -> str:
        """The name of a unit: ``addresses[home]`` is a home address."""
        if unit == EXISTS:
            return self.say["unit_record"]
        base, key, name = split(unit)
        label = self.say.get(f"unit_{base.replace('.', '-')}", base)
        if key is None:
            return label
        shown = "" if key == _UNKNOWN else key.partition(":")[0] if CONTACT.sets[base].ref else key
        if base in _WITH_OWN_WORD and f"key_{key}" in self.say:
            label, shown = self.say[f"key_{key}"], ""
        attribute = "" if name is None else self.say.get(f"attr_{name}", name)
        return ", ".join(filter(None, [f"{label}: {shown}" if shown else label, attribute]))

    def value(self, value: Any, unit: str) -> str:
        """A value of a unit as people read it."""
        if value is HIDDEN:
            return self.say["hidden"]
        base, key, name = split(unit)
        if value is None or value == {}:
            return self.say["removed" if key is not None and name is None else "nothing"]
        if isinstance(value, bool):
            return self.say["yes" if value else "no"]
        if isinstance(value, Mapping):
            return _address(value)
        if value == "" and (key is not None or set_of(unit) is None):
            return self.say["nameless"]
        said = self.say.get(f"value_{value}", str(value)) if base == "kind" else str(value)
        return said if len(said) <= MOST else said[:MOST - 1] + "…"

    def told(self, unit: str, value: Any) -> str:
        """A value that stands among others of a record: with its field, where it does not say itself what it is."""
        said = self.value(value, unit)
        return said if value is not HIDDEN and split(unit)[0] in _TELLING else f"{self.field(unit)}: {said}"

    def choice(self, name: str) -> str:
        return self.say[f"choice_{name}"] if name in COMMON else name

    def effect(self, choice: Choice, waiting: Waiting) -> str:
        """What would be written where."""
        systems = ", ".join(choice.systems)
        if waiting.is_existence:
            name = "effect_delete_nowhere" if choice.name == "delete" and not systems else f"effect_{choice.name}"
            return self.fill(name, systems=systems)
        said = self.fill(f"effect_{choice.name if choice.name in COMMON else 'system'}",
                         value=self._quoted(choice.value, waiting.unit))
        if choice.name == KEEP_EACH:
            return said
        return f"{said} {self.fill('written', systems=systems) if systems else self.say['written_nowhere']}"

    def _quoted(self, value: Any, unit: str) -> str:
        """A value within a sentence: as it is typed in quotes, shortened."""
        said = self.value(value, unit)
        if said in (self.say[name] for name in _STAND_INS):
            return said
        return self.say["quoted"].format(value=said if len(said) <= SENTENCE else said[:SENTENCE - 1] + "…")


def every_unit() -> list[str]:
    """A name of each unit, attribute and primary there is."""
    out = list(CONTACT.units)
    for name, schema in CONTACT.sets.items():
        out += [member(name, _UNKNOWN), *(attr(name, _UNKNOWN, a) for a in schema.attrs)]
        out += [f"{name}.primary"] if schema.has_primary else []
    return out


def _address(parts: Mapping[str, Any]) -> str:
    """In the order it is written on a letter; other structured values part by part."""
    place = " ".join(str(parts[p]) for p in ("postcode", "locality") if parts.get(p))
    known = [parts.get("street"), place, parts.get("region"), parts.get("country")]
    rest = [v for k, v in parts.items() if k not in ("street", "postcode", "locality", "region", "country")]
    return ", ".join(str(text) for text in [*known, *rest] if text)
