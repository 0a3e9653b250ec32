"""The languages of pages people are given."""

from __future__ import annotations

import locale
import os

LANGUAGES = ("fi", "pl", "en")


def language_here() -> str:
    """Of this computer, where pages can be in it."""
    named = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    first = next(filter(None, named), "") or (locale.getlocale()[0] or "")
    code = first.lower()
    for language, names in (("fi", ("fi", "finnish")), ("pl", ("pl", "polish"))):
        if code.split("_")[0] in names:
            return language
    return "en"
