"""Names of people: one fold, words, and how two names compare.

Everything here is about comparing; what is stored and written keeps its spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from rapidfuzz.distance import DamerauLevenshtein

from hub.rules.matching.shortforms import SHORT_FORMS
from hub.rules.matching.words import GENERATIONS, TITLES

Words = tuple[str, ...]

_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ø": "o", "ı": "i",
                          "æ": "ae", "œ": "oe", "þ": "th"})  # fmt: skip
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")
_WORD = re.compile(r"[^\W_]+")
_NONE: frozenset[int] = frozenset()
SLIP_FROM = 4
"""The shortest name in which one wrong letter is a slip: "Jan" and "Jon" are two names."""
TWO_SLIPS_FROM = 9
"""The shortest family name that may hold two."""


def fold(text: str) -> str:
    """The one fold of matching: case, diacritics, width and invisible characters aside; ß is ss, ł is l, İ and ı are i.

    Look-alikes of other alphabets stay what they are (a Cyrillic а is not a). ``fold(fold(x)) == fold(x)``.
    """
    if text.isascii():
        return text.lower()
    return _bare(_bare(text).casefold()).translate(_LETTERS)


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Cf"))


def words(text: object) -> Words:
    """Folded words of a text; apostrophes join ("O'Connor" is one word), everything else that is no letter splits.

    What is no text (None, a number by mistake) has no words.
    """
    if not isinstance(text, str):
        return ()
    return tuple(_WORD.findall(fold(text.translate(_APOSTROPHES))))


def split_full(full: str) -> tuple[Words, Words, int, bool]:
    """``(given, family, generation, guessed)`` of a name known only in one piece.

    "Nowak, Anna" says which is which; "Anna Nowak" is guessed to end in the family name.
    """
    before, comma, after = full.partition(",")
    if comma and words(after) and words(after)[0] not in GENERATIONS:
        family, generation = without_generation(words(before))
        return _untitled(words(after)), family, generation, False
    name, generation = without_generation(_untitled(words(full)))
    return name[:-1], name[-1:], generation, True


def without_generation(name: Words) -> tuple[Words, int]:
    """The words before a closing "junior", "III" …, and which generation that is (1 the eldest, 0 not said)."""
    if len(name) > 1 and name[-1] in GENERATIONS:
        return name[:-1], GENERATIONS[name[-1]]
    return name, 0


def generation(suffix: object) -> int:
    """The generation a name suffix says, or 0 ("PhD" says none)."""
    return next((GENERATIONS[w] for w in words(suffix) if w in GENERATIONS), 0)


def _untitled(name: Words) -> Words:
    kept = tuple(w for w in name if w not in TITLES)
    return kept or name


def is_slip(a: str, b: str, allowed: int = 1) -> bool:
    """Do they differ by at most so many wrong, missing, added or transposed letters (and are they long enough)?"""
    if min(len(a), len(b)) < SLIP_FROM:
        return False
    return 0 < DamerauLevenshtein.distance(a, b, score_cutoff=allowed) <= allowed


def compare_given(a: Words, b: Words, common: Collection[str] = ()) -> str:
    """One of ``given= given~ given≈ given. given+ given> given? given≠``.

    ``given>``: Maria and Anna Maria, who may be one called by her second name, or a mother and her daughter.
    ``common``: names that many people bear; two of them are two names, never a slip (Anna and Hanna).
    """
    if not a or not b:
        return "given?"
    if "".join(a) == "".join(b):
        return "given=" if any(len(word) > 1 for word in a) else "given."
    first, second = a[0], b[0]
    if set(a) <= set(b) or set(b) <= set(a):
        if all(len(word) == 1 for word in set(a) & set(b)):
            return "given."
        return "given+" if first == second else "given>"
    if a[1:] != b[1:] and a[1:] and b[1:]:
        initials = all(x == y or (x[0] == y[0] and 1 in (len(x), len(y))) for x, y in zip(a, b, strict=False))
        return "given." if initials else "given≠"
    if 1 in (len(first), len(second)):
        return "given." if first[0] == second[0] else "given≠"
    if SHORT_FORMS.get(first, _NONE) & SHORT_FORMS.get(second, _NONE):
        return "given≈"
    if is_slip(first, second) and not (_is_name(first, common) and _is_name(second, common)):
        return "given~"
    return "given≠"


def _is_name(word: str, common: Collection[str]) -> bool:
    return word in common or word in SHORT_FORMS


def compare_family(a: Words, b: Words) -> str:
    """One of ``family= family~ family≈ family+ family? family≠``; ``family≈``: Kowalska and Kowalski."""
    if not a or not b:
        return "family?"
    one, two = "".join(a), "".join(b)
    if one == two:
        return "family="
    if set(a) < set(b) or set(b) < set(a):
        return "family+"
    if one[:-1] == two[:-1] and one[-3:-1] in ("sk", "ck") and {one[-1], two[-1]} == {"a", "i"}:
        return "family≈"
    allowed = 2 if min(len(one), len(two)) >= TWO_SLIPS_FROM else 1
    return "family~" if is_slip(one, two, allowed) else "family≠"
