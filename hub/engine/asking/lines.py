"""What becomes of one line of answers: it is accepted, was taken before, or is refused, and why in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.model.waiting import Given, Refused

WHY = {
    "unknown": "it names nothing this workspace asked. Answer in the lines of the report and add none.",
    "tampered": "its hidden key was changed. Make a new report and answer there.",
    "altered": "its question was changed, or cells of several lines were mixed up (by sorting only some columns?). Answer only "
               "in the columns for answers; make a new report and answer this one there.",
    "closed": "it is not open any more: it was answered, or settled itself when a system changed. Nothing is left to decide.",
    "stale": "the question changed since the report was made. Make a new report and answer there.",
    "answered": "it is answered already, and differently; that answer takes effect with the next run. If it is wrong, correct "
                "it in one of the systems after that run.",
    "judged": "it is answered already, and differently; that answer takes effect with the next run. If that joins what are "
              "two, part them with `hub unmerge` after it.",
    "no_value": "its choice is another value, and none is given. Give the value, or choose one from the list.",
    "both": "it gives a value, and its choice is not another value. Empty the value, or choose another value.",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What goes into the inbox."""

    contact: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same answer was taken before; it takes effect with the next run."""


Told = Accepted | Repeated | Refused


def refused(given: Given, code: str, why: str = "") -> Refused:
    return Refused(given.sheet, given.line, code, why or WHY[code])


def impossible(given: Given, possible: Sequence[str]) -> Refused:
    return refused(given, "impossible", f"its choice is none of: {', '.join(possible)}. Choose from the list in the cell.")


def once(given: Sequence[Given], told: Sequence[Told]) -> list[Told]:
    """Of several answers to one question none counts where they differ, and one where they are the same."""
    same: dict[str, list[int]] = {}
    for place, (line, what) in enumerate(zip(given, told, strict=True)):
        if isinstance(what, Accepted):
            same.setdefault(line.id, []).append(place)
    out = list(told)
    for places in same.values():
        differ = any(told[p] != told[places[0]] for p in places)
        for place in places if differ else places[1:]:
            others = ", ".join(str(given[p].line) for p in places if p != place)
            out[place] = refused(given[place], "double", (
                f"line {others} answers the same question differently. Leave one." if differ
                else f"line {others} gives the same answer, which counts. Delete this line."))
    return out
