"""What was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["fine", "warning", "wrong", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``check``: what was looked at; ``text``: what was seen, a sentence; ``cure``: what to do, "" where it is fine."""

    check: str
    state: State
    text: str
    cure: str = ""
