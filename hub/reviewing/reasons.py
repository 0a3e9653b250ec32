"""Why two records may be one, in each language. English stands beside the rules themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from hub.reviewing.words import words
from hub.rules.matching.reasons import LEADS, REASONS, WEIGHT, explain

SCHEME = "id:"
"""Begins the part of a cause that names an identifier."""


@cache
def told(language: str) -> Mapping[str, Mapping[str, str]]:
    """The tables ``reasons`` and ``causes`` of fi or pl; of en nothing."""
    if language == "en":
        return {"reasons": {}, "causes": {}}
    return tomllib.loads(resources.files("hub.reviewing").joinpath(f"reasons_{language}.toml").read_text(encoding="utf-8"))


def reason(code: str, language: str) -> str:
    """One reason in words; in English where the language has none (it may come from another version)."""
    code, _, bits = code.partition(WEIGHT)
    said = told(language)["reasons"].get(code) or explain(code)
    return f"{said} ({bits})" if bits else said


def cause(code: str, language: str) -> str:
    """A whole cause, such as "name+email" or "duplicate:name+birthday"."""
    if code in REASONS:
        return reason(code, language)
    lead, _, rest = code.partition(":")
    if lead in LEADS and rest:
        return f"{reason(lead, language)}: {cause(rest, language)}"
    return "; ".join(_part(part, language) for part in code.split("+"))


def _part(part: str, language: str) -> str:
    causes = told(language)["causes"]
    if part in causes or not part.startswith(SCHEME) or SCHEME not in causes:
        return causes.get(part) or explain(part)
    scheme = part.removeprefix(SCHEME)
    return causes[SCHEME].format(scheme=words(language).get(f"key_{scheme}", scheme).lower())
