"""Names of organisations: the legal form taken off, and how two names compare.

"Pohjola Oy" and "OY POHJOLA AB" are one name; "Pohjola ry" is the same name in another kind of form.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from hub.rules.matching.names import Words, is_slip, words
from hub.rules.matching.words import GENERIC

Form = Literal["", "company", "association", "foundation"]

_FORMS: dict[Form, str] = {
    "company": "oy|oyj|oy ab|ab|ab oy|abp|ky|ay|tmi|osk|osakeyhtio|sp z o o|sp z oo|sp zoo|spolka z o o"
               "|spolka z ograniczona odpowiedzialnoscia|sp j|sp k|s a|sa|spolka akcyjna|ltd|limited|plc|llc|llp"
               "|inc|incorporated|corp|corporation|co|gmbh|ag|kg|bv|nv|aps|sarl|sas|srl|sia|uab",
    "association": "ry|r y|rf|r f|rekisteroity yhdistys|registrerad forening|e v|ev|eingetragener verein"
                   "|stowarzyszenie|yhdistys|association|cic",
    "foundation": "fundacja|saatio|saatio sr|sr|foundation|stiftelse|stiftelsen|stiftung",
}  # fmt: skip
_LAST: dict[Words, Form] = {tuple(text.split()): form for form, line in _FORMS.items() for text in line.split("|")}
_FIRST: dict[Words, Form] = {
    (word,): _LAST[word,]
    for word in ("oy", "ab", "fundacja", "stowarzyszenie", "yhdistys", "association", "foundation", "stiftelsen")
}
_LONGEST = max(map(len, _LAST))
DISTINCTIVE = 6
"""Letters a name of one word needs to say something by itself."""


class OrgName(NamedTuple):
    """``key``: the folded words without legal form, in one text; ``form``: the kind of legal form, "" if none."""

    key: str
    form: Form


NAMELESS = OrgName("", "")


def org_name(text: object) -> OrgName:
    """The name with every legal form at its beginning and end taken off, unless nothing would be left."""
    name = words(text)
    kind: Form = ""
    while (cut := _trim(name)) is not None:
        name, form = cut
        kind = kind or form
    return OrgName(" ".join(name), kind)


def _trim(name: Words) -> tuple[Words, Form] | None:
    for size in range(min(_LONGEST, len(name) - 1), 0, -1):
        if name[-size:] in _LAST:
            return name[:-size], _LAST[name[-size:]]
        if name[:size] in _FIRST:
            return name[size:], _FIRST[name[:size]]
    return None


def distinctive(key: str) -> bool:
    """Does the name say something by itself? "Nordwind" and "Aurora Teatteri" do, "Auto" and "Media Group" do not."""
    telling = [w for w in key.split() if w not in GENERIC]
    return len(telling) > 1 or any(len(w) >= DISTINCTIVE for w in telling)


def compare_name(a: str, b: str) -> str:
    """``org=``, ``org~``, ``org+`` or ``org≠`` for two keys; blanks and the order of words are no difference."""
    ours, theirs = set(a.split()), set(b.split())
    if a.replace(" ", "") == b.replace(" ", "") or ours == theirs:
        return "org="
    if min(len(a), len(b)) >= DISTINCTIVE and is_slip(a, b):
        return "org~"
    smaller = min(ours, theirs, key=len)
    return "org+" if smaller <= ours & theirs and distinctive(" ".join(smaller)) else "org≠"
