"""By what somebody who was erased is known again. Of these marks only keyed hashes are kept; a name alone is none."""

from __future__ import annotations

from collections.abc import Collection

from hub.rules.matching.keys import STRONG, Key
from hub.rules.matching.match import Profile

GMAIL = ("gmail.com", "googlemail.com")


def marks(p: Profile, shared: Collection[Key] = ()) -> frozenset[Key]:
    """What tells the person from others, as ``(kind, value)``: each identifier, e-mail address and phone by itself and with
    the name, and the name with the birthday, and with the home.

    ``shared``: keys (``hub.rules.matching.keys``) that others have too, a family's address or an office's number. They are
    marks with the name only, or whoever shares them would be held back as well.
    """
    who = p.name or "".join(sorted(name.key for name in p.orgs)[:1])
    out: set[Key] = set()
    alone = [(f"{STRONG}{scheme}", value) for scheme, value in p.identifiers]
    alone += [("email", address) for address in p.emails] + [("phone", number) for number in p.phones]
    for kind, value in alone:
        mark = mailbox(value) if kind == "email" else value
        if (kind, value) not in shared:
            out.add((kind, mark))
        if who:
            out.add((f"{kind}+name", f"{mark}|{who}"))
    if p.name and len(p.birthday) == len("2000-12-31"):
        out.add(("birth+name", f"{p.birthday}|{p.name}"))
    if who:
        out |= {("home+name", f"{home.number} {home.postcode}|{who}") for home in p.homes if home.number and home.postcode}
        out |= {("home+name", f"{door}|{who}") for door in p.doors}
    return frozenset(out)


def mailbox(address: str) -> str:
    """The mailbox an address reaches: without a tag (RFC 5233), at Gmail without dots
    (https://support.google.com/mail/answer/7436150)."""
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '')}@gmail.com" if domain in GMAIL else f"{local}@{domain}"
