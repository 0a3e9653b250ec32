"""The upset plot (Lex et al. 2014, doi.org/10.1109/TVCG.2014.2346248) as numbers: where bars and dots stand.

Lists are rows, sets of lists are columns: dots say which lists, the bar above how many people stand in just these.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.overlap.picture import Picture

SETS = 28
"""Columns drawn."""
_LEFT, _TOP, _BARS, _STEP, _ROW, _SIZES = 196, 18, 170, 19, 20, 70
_WIDE_STEP = 28
"""Between bars, where a number above one has four digits or more."""
_LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """``x`` its middle; ``y`` its top, ``height`` all of it, ``pale`` the probable part at the top."""

    x: float
    y: float
    height: float
    pale: float
    people: int
    probable: int
    dots: tuple[int, ...]
    names: str


@dataclass(frozen=True, slots=True)
class Line:
    """A list: ``y`` its middle, ``size`` the length of its bar."""

    y: float
    name: str
    people: int
    size: float


@dataclass(frozen=True, slots=True)
class Plot:
    """All lengths in the units of the picture's view box."""

    width: int
    height: int
    left: int
    base: int
    row: int
    sizes: int
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    hidden_sets: int
    hidden_people: int


def draw_plot(picture: Picture) -> Plot:
    """The plot of a picture; the largest sets first, those of one list included."""
    drawn, hidden = picture.combinations[:SETS], picture.combinations[SETS:]
    largest = max((each.people for each in drawn), default=1)
    widest = max(each.people for each in picture.lists) or 1  # of lists without anybody
    step = _STEP if largest < 1000 else _WIDE_STEP
    base = _TOP + _BARS
    lines = tuple(
        Line(base + 22 + n * _ROW, _short(each.name), each.people, round(_SIZES * each.people / widest, 1))
        for n, each in enumerate(picture.lists))
    bars = []
    for n, each in enumerate(drawn):
        height = max(1.0, round(_BARS * each.people / largest, 1))
        pale = round(height * each.probable / each.people, 1)
        names = ", ".join(picture.lists[place].name for place in each.lists)
        bars.append(Bar(_LEFT + _SIZES + 30 + n * step, round(base - height, 1), height, pale, each.people, each.probable,
                        each.lists, names))
    return Plot(
        width=_LEFT + _SIZES + 40 + step * max(len(drawn), 6), height=base + 22 + _ROW * len(lines), left=_LEFT, base=base,
        row=_ROW, sizes=_SIZES, bars=tuple(bars), lines=lines, hidden_sets=len(hidden),
        hidden_people=sum(each.people for each in hidden))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 8]}…{name[-7:]}"
