"""Codecs for plain values: text, choice, flag, integer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.model.units import fold_text
from hub.rules.codecs.codec import (
    SAMPLE_TEXTS,
    Codec,
    Inexpressible,
    Native,
    OptionError,
    Options,
    Unreadable,
    digits_of,
    text_of,
)
from hub.rules.normal import clean


class Text(Codec):
    """Text as it is. ``max``: characters the system keeps; longer ones are cut when written."""

    name = "text"
    options = ("empty", "max")

    def configure(self, options: Options) -> None:
        self.max: int | None = options.get("max")
        if self.max is not None:
            if type(self.max) is not int or self.max < 1:
                raise OptionError("max", "give a whole number of characters, at least 1")
            self.loss = f"texts longer than {self.max} characters are cut"

    def write(self, value: Any) -> Native:
        text: str = super().write(value)
        if self.max is not None and len(text) > self.max:
            return text.strip()[: self.max].rstrip()
        return text


class Choice(Codec):
    """One of a few words. ``values``: canonical = native, or = [native written, other natives read].

    ``default``: the canonical word for natives outside the table, and what is written for words outside it.
    """

    name = "choice"
    options = ("empty", "values", "default")

    def configure(self, options: Options) -> None:
        table = options.get("values")
        if not isinstance(table, Mapping) or not table:
            raise OptionError("values", 'give a table of canonical = native, such as { home = "Home" }')
        self._native: dict[str, Native] = {}
        self._canonical: dict[Any, str] = {}
        for canonical, given in table.items():
            natives = given if isinstance(given, list) else [given]
            if not natives or not all(isinstance(n, str | int | bool) for n in natives):
                raise OptionError("values", f"{canonical}: give a text, a number, true or false, or a list of them")
            self._native[canonical] = natives[0]
            for native in natives:
                if self._canonical.setdefault(_token(native), canonical) != canonical:
                    raise OptionError("values", f"{native!r} stands for two words")
        self.default: str | None = options.get("default")
        if self.default is not None:
            if self.default not in self._native:
                raise OptionError("default", "must be one of the words in values")
            self.loss = f"words outside the table become {self.default!r}"

    @property
    def words(self) -> frozenset[str]:
        """The canonical words the system has."""
        return frozenset(self._native)

    def get(self, native: Native) -> Any:
        if isinstance(native, str):
            clean(native)
        if (word := self._canonical.get(_token(native))) is not None:
            return word
        return super().get(native)

    def read(self, native: Native) -> Any:
        if self.default is None or not isinstance(native, str | int):
            raise Unreadable("is none of the choices of the mapping; add it there under values")
        return self.default

    def write(self, value: Any) -> Native:
        if isinstance(value, str) and value in self._native:
            return self._native[value]
        if self.default is None:
            raise Inexpressible("is none of the choices this system has")
        return self._native[self.default]

    def samples(self) -> Sequence[Native]:
        return [*self._native.values(), "no such choice", "", None, *SAMPLE_TEXTS]


class Flag(Codec):
    """Yes or no. ``true`` and ``false``: the native form, or a list: the first is written, all are read."""

    name = "flag"
    options = ("empty", "true", "false")

    def configure(self, options: Options) -> None:
        forms = {word: options.get(word, default) for word, default in (("true", True), ("false", False))}
        self._native = {word == "true": form[0] if isinstance(form, list) and form else form
                        for word, form in forms.items()}
        self._canonical: dict[Any, bool] = {}
        for word, form in forms.items():
            for native in form if isinstance(form, list) else [form]:
                if self._canonical.setdefault(_token(native), word == "true") != (word == "true"):
                    raise OptionError(word, f"{native!r} stands for both true and false")

    def get(self, native: Native) -> Any:
        if isinstance(native, str):
            clean(native)
        found = self._canonical.get(_token(native))
        return super().get(native) if found is None else found

    def read(self, native: Native) -> Any:
        raise Unreadable("is neither the mapping's true nor its false")

    def write(self, value: Any) -> Native:
        if not isinstance(value, bool):
            raise Inexpressible("is neither true nor false")
        return self._native[value]

    def samples(self) -> Sequence[Native]:
        return [*self._native.values(), True, False, 0, 1, "", "yes", None, *SAMPLE_TEXTS]


class Integer(Codec):
    """A text of digits here, a number there."""

    name = "integer"

    def read(self, native: Native) -> Any:
        if isinstance(native, float) and native.is_integer():
            native = int(native)
        text = text_of(native).strip()
        if not _is_whole(text):
            raise Unreadable("is not a whole number")
        return str(int(text))

    def write(self, value: Any) -> Native:
        text = super().write(value).strip()
        if not _is_whole(text) or str(int(text)) != text:  # 007 is not 7
            raise Inexpressible("is not a whole number")
        return int(text)

    def samples(self) -> Sequence[Native]:
        return [0, 1, -7, 42, 2**53, 5.0, "12", "012", "12 a", *SAMPLE_TEXTS]


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20


def _token(native: Native) -> Any:
    """What tells native words apart: letters without case; 1 and "1" are one, true is not."""
    if isinstance(native, bool):
        return native, "flag"
    if isinstance(native, str):
        return fold_text(native).casefold()
    if isinstance(native, float) and native.is_integer():
        native = int(native)
    return digits_of(native) if isinstance(native, int) else (type(native), "no word")
