"""Normalisers: from a value as typed to the key or form by which it is compared (design.md 4, Sets).

All are pure and idempotent: normalising a normal form gives it back. A value that is none raises ``BadValue``; the
reason never carries the value.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from functools import lru_cache
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from hub.model.units import fold_text

_CACHE = 65_536
_LONGEST = 320
"""Longer texts are not remembered: no address or number is as long, and the memory stays flat."""
_PLAIN_EMAIL = re.compile(r"[!-?A-~]+@[0-9A-Za-z.-]+")  # printable ASCII, one @ between two words
_DATES = [re.compile(form) for form in (
    r"(?P<y>\d{4})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?", r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)", r"--(?P<m>\d\d)-?(?P<d>\d\d)")]
_WEB = re.compile(r"(?:https?://)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)


class BadValue(ValueError):
    """A value that is not what its place needs.

    ``reason``  a clause without the value itself ("is not a date")
    ``at``      the field or unit it stands in, "" where not known yet
    """

    def __init__(self, reason: str, at: str = "") -> None:
        self.reason, self.at = reason, at
        super().__init__(reason)

    def __str__(self) -> str:
        return f"{self.at}: {self.reason}" if self.at else self.reason


def clean(text: str) -> str:
    """The text itself. Raises BadValue for what no system can store: a NUL or a lone surrogate."""
    if "\0" in text:
        raise BadValue("has a NUL character; remove it in the system it comes from")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadValue("has half a character (a lone surrogate); type it again where it comes from") from None
    return text


def email_key(text: str) -> str:
    """The folded address (RFC 5321, RFC 6531, IDNA 2008): trimmed, local part casefolded, domain lower case in NFC.

    Mailboxes that differ only in letter case are one: no provider in use tells them apart.
    Raises BadValue for what is no address.
    """
    return _email_key(text) if len(text) <= _LONGEST else _email_key.__wrapped__(text)


@lru_cache(_CACHE)
def _email_key(text: str) -> str:
    text = clean(text).strip()
    if len(text) > _LONGEST:  # what the validator would say, at length
        raise BadValue("is not an e-mail address")
    try:
        address = validate_email(text, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        raise BadValue("is not an e-mail address") from None
    return f"{_casefold(address.local_part)}@{address.domain}"


def phone_key(text: str, region: str | None = "FI") -> str:
    """E.164 where the number can be one (ITU-T E.164 by phonenumbers), else its digits.

    An extension is kept as RFC 3966 writes it (``+35891234567;ext=5``): two desks behind one number are two phones.
    ``region``: ISO 3166 region a number without country code is read in. Raises BadValue when there is no digit.
    """
    return _phone_key(text, region) if len(text) <= _LONGEST else _phone_key.__wrapped__(text, region)


@lru_cache(_CACHE)
def _phone_key(text: str, region: str | None) -> str:
    key = _read_phone(clean(text), region)
    for _ in range(20):  # "0000000" reads as +358000000, which reads as +35800000 …: a key must be its own key
        if (again := _read_phone(key, region)) == key:
            return key
        key = again
    raise BadValue("is not a phone number")


def _read_phone(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        pass
    else:
        if phonenumbers.is_possible_number(number):
            key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return f"{key};ext={number.extension}" if number.extension else key
    digits = "".join(str(unicodedata.digit(char)) for char in text if unicodedata.category(char) == "Nd")
    if not digits:
        raise BadValue("has no digit, so it is not a phone number")
    return digits


def date_value(text: str) -> str:
    """An ISO 8601 date, possibly partial (RFC 6350 4.3.1): "1990-02-28", "1990-02", "1990", "--02-28".

    The basic forms "19900228" and "--0228" are read too. Raises BadValue for anything else, or no day of a calendar.
    """
    text = text.strip()
    found = next(filter(None, (form.fullmatch(text) for form in _DATES)), None) if text.isascii() else None
    if found is None:
        raise BadValue("is not a date such as 1990-02-28, 1990-02, 1990 or --02-28")
    year, month, day = (found.groupdict().get(name) for name in "ymd")
    if year == "0000" or (month and not 1 <= int(month) <= 12):
        raise BadValue("is not a day of the calendar")
    if month and day and not 1 <= int(day) <= monthrange(int(year or 2000), int(month))[1]:
        raise BadValue("is not a day of the calendar")
    return "-".join(part for part in (year or "-", month, day) if part)


def url_key(text: str) -> str:
    """The address of a page, folded: host in lower case, without ``http(s)://`` and closing slash (RFC 3986 6.2)."""
    key, text = clean(text).strip(), ""
    while key != text:  # "http://http://x" folds as far as it goes
        text = key
        if _OTHER_SCHEME.match(text):
            scheme, _, rest = text.partition(":")
            key = f"{scheme.lower()}:{rest}"
        else:
            host, path = _WEB.fullmatch(text).groups()  # type: ignore[union-attr]  # matches every text
            key = (_casefold(host) + path.rstrip("/")).strip()
    return key


def passes(normal: str, value: Any, region: str | None = "FI") -> bool:
    """Is this a good value for ``UnitSchema.normal`` ("email", "phone", "date", or "" for no demand)?

    Empty (None) passes: it is no value. A phone passes when E.164 can hold it.
    """
    if not normal or value is None:
        return True
    if not isinstance(value, str):
        return False
    try:
        if normal == "email":
            return bool(email_key(value))
        if normal == "phone":
            return phone_key(value, region).startswith("+")
        if normal == "date":
            return bool(date_value(value))
    except BadValue:
        return False
    raise ValueError(f"there is no normaliser {normal!r}")


def member_key(schema_set_name: str, payload: Any, region: str | None = "FI") -> str:
    """The key of a set member whose key says everything (model/contact.py), or "" when the payload is no member.

    A bad e-mail keeps a key (trimmed and casefolded): it is kept and shown, and ``passes`` tells it is bad.
    Raises BadValue for text no system can store.
    """
    if not isinstance(payload, str):
        return ""
    if schema_set_name == "emails":
        return _email_member(payload) if len(payload) <= _LONGEST else _email_member.__wrapped__(payload)
    if schema_set_name == "phones":
        return _phone_member(payload, region)
    if schema_set_name == "urls":
        return url_key(payload)
    return _casefold(fold_text(clean(payload)))


@lru_cache(_CACHE)
def _email_member(text: str) -> str:
    text = clean(text).strip()
    if _PLAIN_EMAIL.fullmatch(text) and "xn--" not in text.lower():
        return text.lower()  # what both ways below give, at a fiftieth of the price
    try:
        return email_key(text)
    except BadValue:
        return _casefold(fold_text(text))


def _phone_member(text: str, region: str | None) -> str:
    try:
        return phone_key(text, region)
    except BadValue:
        clean(text)
        return ""


def _casefold(text: str) -> str:
    """Canonical caseless form (Unicode 3.13, D145), in NFC."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
