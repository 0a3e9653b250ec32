"""Does a record show another person than before? Asked where an id that had ended is seen again: some systems give the ids of
what was purged to whoever comes next."""

from __future__ import annotations

from hub.rules.matching.profile import Profile


def is_another(before: Profile, now: Profile) -> bool:
    """True where both have a name, no word of the names is the same, and nothing else that tells people is: no e-mail address, no
    phone number, no birthday, no identifier. Who changed one name, or all of them but not the address, is no other."""
    was, names = _names(before), _names(now)
    if not was or not names or was & names:
        return False
    signs = (before.emails & now.emails, before.phones & now.phones, set(before.identifiers) & set(now.identifiers))
    return not any(signs) and not (before.birthday and before.birthday == now.birthday)


def _names(profile: Profile) -> set[str]:
    return {*profile.given, *profile.family, *(org.key for org in profile.orgs)} - {""}
