"""A plan in words, in Finnish, Polish and English."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from hub.cli.output import clean, moment
from hub.cli.plan_groups import Difference, Group
from hub.model.contact import CONTACT

KEYED = ("addresses", "identifiers", "totals", "consents")
"""Sets whose key says what a member is: a home address, a member number, letters by e-mail."""
_LETTER = ("street", "postcode", "locality", "region", "country")


@cache
def words(language: str) -> Mapping[str, str]:
    """The texts in fi, pl or en."""
    told = tomllib.loads(resources.files("hub.cli").joinpath(f"plan_words_{language}.toml").read_text(encoding="utf-8"))
    return {name: str(text) for name, text in told.items()}


class Words:
    """One language. ``names``: contact id → who that is, for values that name another contact."""

    def __init__(self, language: str = "en", names: Mapping[str, str] | None = None) -> None:
        self.language, self.say, self.names = language, words(language), names or {}

    def fill(self, name: str, **places: Any) -> str:
        """The text of that name; with ``count`` the one for 1 or for more, where there are two."""
        if "count" in places and f"{name}_one" in self.say:
            name = f"{name}_one" if places["count"] == 1 else f"{name}_many"
        return self.say[name].format(**{k: self.number(v) if isinstance(v, int) else v for k, v in places.items()})

    def number(self, count: int) -> str:
        return f"{count:,}" if self.language == "en" else f"{count:,}".replace(",", "\u00a0")

    def moment(self, seconds: float | None) -> str:
        """Unix seconds as this computer's day and minute."""
        told = moment(seconds)[:16]
        if self.language == "en" or not told:
            return told
        day, _, time = told.partition(" ")
        return f"{'.'.join(reversed(day.split('-')))} {time}"

    def title(self, group: Group) -> str:
        """``crm: delete 3 records (deleted elsewhere)``"""
        why = self.say.get(f"reason_{group.reason}", group.reason)
        return f"{group.system}: {self.fill(f'group_{group.kind}', count=len(group.writes))} ({why})"

    def stirs(self, system: str, what: Iterable[str]) -> str:
        """That writing there may start something by itself."""
        return self.fill("stirs", system=system, what=", ".join(what))

    def label(self, of: Difference) -> str:
        """The name of a value: ``address, home``."""
        label = self.say.get(f"unit_{of.unit.replace('.', '-')}", of.unit)
        if of.unit not in KEYED or not of.key:
            return label
        return f"{label}, {', '.join(self.say.get(f'key_{part}', part) for part in of.key.split(':'))}"

    def value(self, of: Difference, value: Any) -> str:
        """A value as people read it, "" for nothing."""
        if isinstance(value, list):
            first, *rest = value
            return ", ".join(filter(None, [self.value(of, first), *(self._attribute(one) for one in rest)]))
        if value is None:
            return ""
        if isinstance(value, bool):
            return self.say["yes" if value else "no"]
        if isinstance(value, Mapping):
            return self._parts(value)
        text = str(value)
        base = CONTACT.units.get(of.unit)
        if base is not None and (base.kind == "ref" or (base.members is not None and base.members.ref)):
            text = self.names.get(text, text)
        if of.unit == "kind":
            text = self.say.get(f"value_{text}", text)
        return clean(text).replace("\n", " ")

    def _attribute(self, value: Any) -> str:
        """``home``; a place, a day."""
        return clean(self.say.get(f"key_{value}", str(value))).replace("\n", " ")

    def _parts(self, value: Mapping[str, Any]) -> str:
        """An address as on a letter; of a consent what was said and when; else part by part."""
        if "state" in value:
            state = str(value["state"])
            said = [self.say.get(f"state_{state}", state), value.get("evidenced_at")]
        else:
            place = " ".join(str(value[p]) for p in ("postcode", "locality") if value.get(p))
            rest = [v for k, v in value.items() if k not in _LETTER]
            said = [value.get("street"), place, value.get("region"), value.get("country"), *rest]
        return clean(", ".join(str(one) for one in said if one not in (None, "")))
