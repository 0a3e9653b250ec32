"""Codecs for what contacts are made of: dates, phones, e-mail addresses, languages, countries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import phonenumbers

from hub.model.units import fold_text
from hub.rules.codecs.codec import (
    SAMPLE_TEXTS,
    Codec,
    Inexpressible,
    Native,
    OptionError,
    Options,
    Unreadable,
    one_of,
    text_of,
)
from hub.rules.codecs.plain import Choice
from hub.rules.normal import BadValue, date_value, email_key, phone_key

COUNTRIES = frozenset(  # one text: 249 quoted codes would be four times as long
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905
)
"""ISO 3166-1 alpha-2, the 249 codes officially assigned (iso.org/obp, 2026)."""

SAMPLE_DATES = ("1990-02-28", "1990-02", "1990", "--02-28", "--0228", "19900228", "1988-02-29", "1990-02-29",
                "0000-00-00", "31.12.1990", "1990-2-3", *SAMPLE_TEXTS)


class Date(Codec):
    """An ISO date, possibly partial. ``style``: "iso" (1990-02-28) or "basic" (19900228, RFC 6350).

    ``partial = "absent"``: the system has only whole dates. A text that is no date is read as it stands: it is kept
    and shown as bad, and written to no other system.
    """

    name = "date"
    options = ("empty", "style", "partial")

    def configure(self, options: Options) -> None:
        self.basic = one_of(options, "style", ("iso", "basic")) == "basic"
        self.whole = one_of(options, "partial", ("kept", "absent")) == "absent"
        if self.whole:
            self.loss = "partial dates are not written"

    def read(self, native: Native) -> Any:
        text = text_of(native)
        try:
            return date_value(text)
        except BadValue:
            return fold_text(text)

    def write(self, value: Any) -> Native:
        try:
            text = date_value(super().write(value))
        except BadValue as error:
            raise Inexpressible(error.reason) from None
        if self.whole and (len(text) != 10):
            raise Inexpressible("is a partial date, and this system has only whole ones")
        if not self.basic:
            return text
        return text if len(text) == 7 and text[0] != "-" else _basic(text)  # "1990-02" stays: 199002 means nothing

    def samples(self) -> Sequence[Native]:
        return SAMPLE_DATES


class DatetimeDate(Codec):
    """A date kept as a moment: the date as written there, whatever its zone. ``time``: what is written after it."""

    name = "datetime_date"
    options = ("empty", "time")
    loss = "the time of day is not kept; partial dates are not written"

    def configure(self, options: Options) -> None:
        self.time: str = options.get("time", "T00:00:00Z")
        if not isinstance(self.time, str) or self.time[:1] not in ("T", " "):
            raise OptionError("time", 'give what follows the date, such as "T00:00:00Z" or " 00:00:00"')

    def read(self, native: Native) -> Any:
        text = text_of(native)
        try:
            day = date_value(text.strip()[:10])
        except BadValue:
            return fold_text(text)
        return day if len(day) == 10 and text.strip()[10:11] in ("", "T", " ", "t") else fold_text(text)

    def write(self, value: Any) -> Native:
        try:
            text = date_value(super().write(value))
        except BadValue as error:
            raise Inexpressible(error.reason) from None
        if len(text) != 10:
            raise Inexpressible("is a partial date, and this system has only whole ones")
        return text + self.time

    def samples(self) -> Sequence[Native]:
        return [*SAMPLE_DATES, "1990-02-28T00:00:00Z", "1990-02-28 23:59:59", "1990-02-28T12:00:00.000+02:00"]


class Phone(Codec):
    """A phone number. ``style``: "typed" (as it stands) or "e164" where it can be that. ``region``: as in normal."""

    name = "phone"
    options = ("empty", "style", "region")

    def configure(self, options: Options) -> None:
        self.e164 = one_of(options, "style", ("typed", "e164")) == "e164"
        self.region: str | None = options.get("region", "FI")
        if self.region is not None and self.region not in phonenumbers.SUPPORTED_REGIONS:
            raise OptionError("region", 'give a country code of two letters, such as "FI"')
        if self.e164:
            self.loss = "numbers are written as +358…, their spelling is not kept"

    def write(self, value: Any) -> Native:
        text: str = super().write(value)
        if not self.e164:
            return text
        try:
            key = phone_key(text, self.region)
        except BadValue:
            return text
        return key if key.startswith("+") and ";" not in key else text

    def samples(self) -> Sequence[Native]:
        return ["040 1234567", "+358 40 1234567", "09 123 ext. 5", "112", "n/a", "٠٤٠١٢٣٤٥٦٧", *SAMPLE_TEXTS]


class Email(Codec):
    """An e-mail address. ``style``: "typed" (as it stands) or "folded" where it is a good one."""

    name = "email"
    options = ("empty", "style")

    def configure(self, options: Options) -> None:
        self.folded = one_of(options, "style", ("typed", "folded")) == "folded"
        if self.folded:
            self.loss = "addresses are written in lower case"

    def write(self, value: Any) -> Native:
        text: str = super().write(value)
        if not self.folded:
            return text
        try:
            return email_key(text)
        except BadValue:
            return text

    def samples(self) -> Sequence[Native]:
        return ["Anna@Example.ORG", "anna@bücher.example", "a@XN--bcher-kva.example", "not an address", *SAMPLE_TEXTS]


class Language(Codec):
    """A language tag (RFC 5646). ``separator``: "-" or "_" between language and region as the system writes it."""

    name = "language"
    options = ("empty", "separator")

    def configure(self, options: Options) -> None:
        self.separator = one_of(options, "separator", ("-", "_"))

    def read(self, native: Native) -> Any:
        return _tag(text_of(native), Unreadable)

    def write(self, value: Any) -> Native:
        return _tag(super().write(value), Inexpressible).replace("-", self.separator)

    def samples(self) -> Sequence[Native]:
        return ["fi", "sv_FI", "en-GB", "ZH-hant-tw", "se", "fin", "-", "fi-", "Suomi", *SAMPLE_TEXTS]


class Country(Codec):
    """A country: ISO 3166-1 alpha-2 here. ``names``: FI = "Finland" (or a list, the first is written) where the
    system has names; without it the system has alpha-2 codes. ``case``: "upper" or "lower" for those."""

    name = "country"
    options = ("empty", "names", "case")

    def configure(self, options: Options) -> None:
        self.lower = one_of(options, "case", ("upper", "lower")) == "lower"
        names = options.get("names", {})
        if not isinstance(names, Mapping):
            raise OptionError("names", 'give a table such as { FI = "Finland" }')
        if unknown := [code for code in names if code not in COUNTRIES]:
            raise OptionError("names", f"{unknown[0]} is not a code of ISO 3166-1 alpha-2")
        self._names = Choice({"values": names}) if names else None

    def read(self, native: Native) -> Any:
        text = fold_text(text_of(native))
        if self._names is not None:
            try:
                return self._names.get(text)
            except Unreadable:
                pass
        if text.isascii() and text.upper() in COUNTRIES:
            return text.upper()
        raise Unreadable("is a country the mapping does not know; add it there under names")

    def write(self, value: Any) -> Native:
        code = super().write(value).strip().upper()
        if code not in COUNTRIES:
            raise Inexpressible("is not a country code of ISO 3166-1")
        if self._names is not None:
            return self._names.put(code)
        return code.lower() if self.lower else code

    def samples(self) -> Sequence[Native]:
        return ["FI", "se", " no ", "XX", "Finland", *(self._names.samples() if self._names else SAMPLE_TEXTS)]


def _basic(date: str) -> str:
    return "--" + date[2:].replace("-", "") if date.startswith("--") else date.replace("-", "")


_TAG = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")


def _tag(text: str, error: type[BadValue]) -> str:
    """A language tag in its usual case (RFC 5646 2.1.1): language lower, script Title, region UPPER."""
    if not _TAG.fullmatch(text := text.strip()):
        raise error("is not a language tag such as fi or sv-FI")
    first, *rest = text.replace("_", "-").split("-")
    usual = [part.title() if len(part) == 4 and part.isalpha() else part.upper() if len(part) == 2 else part.lower()
             for part in rest]
    return "-".join([first.lower(), *usual])
