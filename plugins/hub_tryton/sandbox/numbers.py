"""Numbers Tryton checks: an identifier that does not fit its type is refused (party/party.py, check_code; python-stdnum).

Finnish business id: seven digits, weights 7 9 10 5 8 4 2, modulo 11 (prh.fi, "Business ID", read 2026-11-22 in python-stdnum's
fi/ytunnus.py). VAT numbers: only Finnish ones here, "FI" and the business id.
"""

from __future__ import annotations

import re

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)
LABELS = {"fi_ytunnus": "Finnish Business Identifier", "eu_vat": "European VAT Number"}


def formatted(kind: str | None, code: str) -> str | None:
    """As Tryton stores it; None when it is not valid."""
    if kind == "fi_ytunnus":
        digits = re.sub(r"[ -]", "", code)
        return f"{digits[:-1]}-{digits[-1]}" if _fits(digits) else None
    if kind == "eu_vat":
        compact = re.sub(r"[ -]", "", code).upper()
        return compact if compact.startswith("FI") and _fits(compact[2:]) else None
    return code


def _fits(digits: str) -> bool:
    if not re.fullmatch(r"[0-9]{8}", digits):
        return False
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False)) % 11
    return rest != 1 and int(digits[7]) == (0 if rest == 0 else 11 - rest)
