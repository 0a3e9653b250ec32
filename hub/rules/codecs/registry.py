"""The closed list of codecs (docs/reference/codecs.md), and how a mapping names one."""

from __future__ import annotations

from collections.abc import Mapping

from hub.rules.codecs.codec import Codec, Inexpressible, OptionError, Options, Unreadable, Unsplittable
from hub.rules.codecs.contact import Country, Date, DatetimeDate, Email, Language, Phone
from hub.rules.codecs.plain import Choice, Flag, Integer, Text

__all__ = [
    "CODECS", "Choice", "Codec", "Country", "Date", "DatetimeDate", "Email", "Flag", "Inexpressible", "Integer",
    "Language", "OptionError", "Phone", "Text", "Unreadable", "Unsplittable", "fingerprint", "make_codec",
]

CODECS: Mapping[str, type[Codec]] = {
    codec.name: codec for codec in (Text, Choice, Flag, Date, DatetimeDate, Integer, Phone, Email, Language, Country)
}


def make_codec(name: str, options: Options) -> Codec:
    """The codec of that name. Raises KeyError for a name that is none, OptionError for an option it cannot use."""
    kind = CODECS[name]
    for option in options:
        if option not in kind.options:
            raise OptionError(option, f"codec {name!r} has no such option")
    return kind(options)


def fingerprint(codec: Codec) -> str:
    """Name and version, for the lens's fingerprint."""
    return f"{codec.name}/{codec.version}"
