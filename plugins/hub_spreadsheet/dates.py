"""Dates that stand in a sheet as text: read into ISO 8601, and written as the sheet writes them."""

from __future__ import annotations

import re
from datetime import date

_TOKEN = re.compile("yyyy|mm|m|dd|d", re.IGNORECASE)
_PARTIAL = re.compile(r"\d{4}|\d{4}-(0[1-9]|1[0-2])|--(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
"""Dates of which not all is known (RFC 6350 4.3.1)."""


class DateForm:
    """A way to write dates: ``DateForm("d.m.yyyy")``. mm and dd are two digits when written; when read, one will do.

    Raises ValueError for a form without one year, one month and one day.
    """

    def __init__(self, form: str) -> None:
        tokens = [token.lower() for token in _TOKEN.findall(form)]
        if sorted(token[0] for token in tokens) != ["d", "m", "y"]:
            raise ValueError("must name yyyy, m or mm, and d or dd once each, such as d.m.yyyy")
        self.form = form
        pattern, end = "", 0
        for token in _TOKEN.finditer(form):
            digits = "{4}" if token[0][0] in "yY" else "{1,2}"
            pattern += re.escape(form[end:token.start()]) + rf"(?P<{token[0][0].lower()}>[0-9]{digits})"
            end = token.end()
        self._pattern = re.compile(pattern + re.escape(form[end:]))

    def read(self, text: str) -> str | None:
        """ISO 8601, or None for a text that is no date of this form."""
        found = self._pattern.fullmatch(text.strip())
        if found is None:
            return None
        try:
            return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
        except ValueError:
            return None

    def write(self, day: date) -> str:
        shown = {"yyyy": f"{day.year:04}", "mm": f"{day.month:02}", "m": str(day.month), "dd": f"{day.day:02}", "d": str(day.day)}
        return _TOKEN.sub(lambda token: shown[token[0].lower()], self.form)


ISO = DateForm("yyyy-mm-dd")
_LONG, _SHORT = DateForm("dd.mm.yyyy"), DateForm("d.m.yyyy")


class Dates:
    """The dates of one sheet. ``hint``: the form its users write, "" for ISO and 31.12.2024."""

    def __init__(self, columns: list[str], hint: str) -> None:
        self.columns = frozenset(columns)
        self._forms = (DateForm(hint), ISO) if hint else (_LONG, ISO)
        self._hint = self._forms[0] if hint else None

    def read(self, text: str) -> str | None:
        """ISO 8601, possibly partial; None for what is no date."""
        if _PARTIAL.fullmatch(text.strip()):
            return text.strip()
        return next((iso for form in self._forms if (iso := form.read(text))), None)

    def write(self, iso: str, like: list[str]) -> str:
        """A date as text, in the form of the first of ``like`` that is one. What is no whole date is written as it is."""
        day = whole(iso)
        if day is None:
            return iso
        shape = next((form for text in like if (form := self._shape(text))), self._hint or ISO)
        return shape.write(day)

    def _shape(self, text: str) -> DateForm | None:
        for form in self._forms:
            if iso := form.read(text):
                short = form is _LONG and _SHORT.write(date.fromisoformat(iso)) == text.strip() != _LONG.write(
                    date.fromisoformat(iso))
                return _SHORT if short else form
        return None


def whole(iso: object) -> date | None:
    """The day of a whole ISO date."""
    if not isinstance(iso, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", iso):
        return None
    try:
        return date.fromisoformat(iso)
    except ValueError:
        return None
