"""What is wrong in a configuration file, as a sentence for people: place, problem, cure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from hub.errors import ConfigError
from hub.toml_lines import line_of

UNKNOWN = "extra_forbidden"
TEXT = 'must be a text in quotes, such as "example"'
NUMBER = "must be a number, without quotes"
SWITCH = "must be true or false, without quotes"
LIST = 'must be a list, such as ["one", "two"]'
TABLE = "must be a table of its own, with its names below"

WORDS: Mapping[str, str | Callable[[Mapping[str, Any]], str]] = {
    "missing": "is missing; add it",
    "string_type": TEXT, "string_too_short": lambda c: f"must have at least {_letters(c['min_length'])}",
    "string_too_long": lambda c: f"must have at most {_letters(c['max_length'])}",
    "string_pattern_mismatch": lambda c: f"has not the form it needs ({c['pattern']}); see the connector's README",
    "int_type": NUMBER, "int_parsing": NUMBER, "int_from_float": "must be a whole number",
    "float_type": NUMBER, "float_parsing": NUMBER,
    "bool_type": SWITCH, "bool_parsing": SWITCH,
    "tuple_type": LIST, "list_type": LIST, "set_type": LIST, "frozen_set_type": LIST,
    "dict_type": TABLE, "model_type": TABLE, "model_attributes_type": TABLE,
    "literal_error": lambda c: f"must be {c['expected']}",
    "greater_than_equal": lambda c: f"must be at least {c['ge']:g}",
    "less_than_equal": lambda c: f"must be at most {c['le']:g}",
    "greater_than": lambda c: f"must be more than {c['gt']:g}",
    "less_than": lambda c: f"must be less than {c['lt']:g}",
    "finite_number": "must be a number that is written out, not inf or nan",
}
"""Kind of pydantic's error → what to tell, some with its numbers (https://docs.pydantic.dev/latest/errors/validation_errors/)."""


def refusal(error: ValidationError, model: type[BaseModel], path: Path, *, at: Sequence[str] = ()) -> ConfigError:
    """The first thing a model refused, with file and line. ``at``: where in the file the model's table stands.

    No value is told: it may be a secret in the wrong place.
    """
    found = error.errors(include_input=False, include_url=False)
    first = next((each for each in found if each["type"] == UNKNOWN), found[0])  # a name misspelt is missing too
    place = [*at, *map(str, first["loc"])]
    if first["type"] == UNKNOWN:
        problem = "is not known here" + hint(place[-1], _names(model, first["loc"][:-1]))
    else:
        problem = words_of(first)
    return refused(f"{'.'.join(place)}: this {problem}", path, place)


def words_of(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as what comes after "this": "must be at least 1"."""
    words = WORDS.get(error["type"], error["msg"].removeprefix("Value error, "))
    return words if isinstance(words, str) else words(error.get("ctx", {}))


def refused(text: str, path: Path, place: Sequence[str]) -> ConfigError:
    """The error of a place in a TOML file, with its line as far as the file still tells it."""
    text = text if text.endswith((".", "?")) else f"{text}."
    try:
        line = line_of(path.read_text(encoding="utf-8-sig"), place)
    except (OSError, UnicodeDecodeError):
        line = None
    return ConfigError(text, file=str(path), line=line)


def hint(name: str, known: Iterable[str]) -> str:
    """``; did you mean "emails"?``, or all there are."""
    names = list(known)
    if close := get_close_matches(name, names, 1):
        return f'; did you mean "{close[0]}"?'
    return f"; there are {', '.join(names)}" if names else ""


def _names(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The names a table of the model may have. Keys of dictionaries in between are the writer's own."""
    for step in place:
        field = model.model_fields.get(str(step))
        if field is not None:
            inner = [t for t in (field.annotation, *getattr(field.annotation, "__args__", ()))
                     if isinstance(t, type) and issubclass(t, BaseModel)]
            if not inner:
                return []
            model = inner[0]
    return list(model.model_fields)


def _letters(count: int) -> str:
    return f"{count} letter{'' if count == 1 else 's'}"
