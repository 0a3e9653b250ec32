"""What every codec is: a reversible conversion of one value, native ↔ canonical.

``get`` reads a native value: None for an empty one, ``Unreadable`` where the value says nothing we know.
``put`` writes a canonical value: the codec's ``empty`` for None, ``Inexpressible`` where the system has no word for it.
Both raise ``BadValue`` for text no system can store. What a codec cannot keep it declares in ``loss``; apart from that
``get(put(v))`` is ``v``, and always ``get(put(get(n)))`` is ``get(n)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hub.rules.normal import BadValue, clean

Native = Any
Options = Mapping[str, Any]

SAMPLE_TEXTS: tuple[Any, ...] = (
    "Anna", " Anna  Maria ", "Žižka", "Z\u030ciz\u030cka", "李小龍", "\U0001f469\u200d\U0001f467 Perhe", "O'Brien; \\,\"x\"",
    "a\nb\r\nc\td", "", "   ", "\u00a0", "\u200b", None, 0, 7, True, 1.5, [], {}, "x" * 10_000, "é" * 300, "nul\0",
    "half \ud800",
)
"""Native values that try any codec: decomposed letters, emoji, blanks, long, of another type, impossible ones."""


class Unreadable(BadValue):
    """A native value this codec has no meaning for (an unknown choice). The unit is absent, never empty."""


class Unsplittable(Unreadable):
    """A full name that cannot be taken apart without guessing."""


class Inexpressible(BadValue):
    """A canonical value the system has no words for."""


class OptionError(ValueError):
    """A codec was given an option it cannot use. ``option``: which one, "" when it is about them together."""

    def __init__(self, option: str, reason: str) -> None:
        self.option, self.reason = option, reason
        super().__init__(f"{option}: {reason}" if option else reason)


class Codec:
    """What all codecs share: blanks and ``empty`` are None, both ways.

    ``version`` goes up when ``get`` or ``put`` changes what it gives; links are then re-based, not edited.
    """

    name: ClassVar[str] = ""
    version: ClassVar[int] = 1
    options: ClassVar[tuple[str, ...]] = ("empty",)
    loss: str = ""

    def __init__(self, options: Options | None = None) -> None:
        self.empty: Native = (options or {}).get("empty")
        self.configure(options or {})

    def configure(self, options: Options) -> None:
        """Take the codec's own options. Raises OptionError."""

    def get(self, native: Native) -> Any:
        if native is None or (native == self.empty and type(native) is type(self.empty)):
            return None
        if isinstance(native, str):
            clean(native)
            if not native or native.isspace():
                return None
        return self.read(native)

    def put(self, value: Any) -> Native:
        if isinstance(value, str):
            clean(value)
            if not value or value.isspace():
                return self.empty
        return self.empty if value is None else self.write(value)

    def read(self, native: Native) -> Any:
        return text_of(native)

    def write(self, value: Any) -> Native:
        if not isinstance(value, str):
            raise Inexpressible("is not a text")
        return value

    def samples(self) -> Sequence[Native]:
        """Native values that try this codec hard, the same in every run."""
        return SAMPLE_TEXTS


def one_of(options: Options, name: str, words: tuple[str, ...]) -> str:
    """The option's word; the first one is the default."""
    word = options.get(name, words[0])
    if word not in words:
        raise OptionError(name, "give " + " or ".join(f'"{w}"' for w in words))
    return str(word)


def digits_of(number: int) -> str:
    """A whole number as text. Raises Unreadable for one no system means (Python refuses to write some out)."""
    if number.bit_length() > 1024:
        raise Unreadable("is a number of more than 300 digits")
    return str(number)


def text_of(native: Native) -> str:
    """A native text, or a number as text. Raises Unreadable for anything else."""
    if isinstance(native, str):
        return native
    if type(native) is int:
        return digits_of(native)
    raise Unreadable(f"is {_kind(native)}, where the mapping expects a text")


def _kind(native: Native) -> str:
    return {bool: "true or false", dict: "an object", list: "a list"}.get(type(native), "not a text")
