"""The report as a workbook to fill in: instructions, a line for each decision, a line for each pair that may be one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from hub.model.waiting import DIFFERENT, SAME, Asked, Pair, Side, Waiting
from hub.reviewing import form, sheet
from hub.reviewing.reasons import cause, reason
from hub.reviewing.sheet import Column, Line
from hub.reviewing.words import Words

HELP = ("help_1", "help_2", "help_3", "help_pairs", "help_4", "help_5", "help_6")
_OF_DECISIONS = ("help_1", "help_2", "help_3")
_TITLE, _WIDE = 16, 90
"""Points of the title, and characters of a line of the instructions."""


def write(asked: Asked, language: str, path: Path) -> None:
    from openpyxl import Workbook

    told = Words(language)
    book = Workbook()
    _instructions(book.active, told, asked)
    rows = book.create_sheet(told.say["sheet_rows"]) if asked.waiting or not asked.pairs else None
    pairs = book.create_sheet(told.say["sheet_pairs"]) if asked.pairs else None
    choices = sheet.Choices(book)
    says = (told.say["pick"], told.say["pick_wrong"])
    if rows is not None:
        sheet.write(rows, asked.workspace, *_decisions(asked, told), choices, *says)
    if pairs is not None:
        sheet.write(pairs, asked.workspace, *_pairs(asked, told), choices, *says)
    book.active = 1 if asked.count else 0
    book.save(path)


def _instructions(page: Any, told: Words, asked: Asked) -> None:
    from openpyxl.styles import Alignment, Font

    page.title = told.say["sheet_help"]
    page.column_dimensions["A"].width = _WIDE
    places = {"sheet": told.say["sheet_rows"], "pairs": told.say["sheet_pairs"], "choice": told.say["col_choice"],
              "value": told.say["col_value"], "effects": told.say["col_effects"], "typed": told.say["choice_value"],
              "same": told.say["choice_same"], "different": told.say["choice_different"],
              "effect_same": told.say["effect_same"], "effect_different": told.say["effect_different"]}
    lines = [told.say["title"], *told.lead(asked), told.say["personal"], told.say["how"],
             *(told.fill(name, **places) for name in HELP if (asked.pairs or name != "help_pairs") and (
                 asked.waiting or name not in _OF_DECISIONS))]
    for number, line in enumerate(lines, 1):
        cell = page.cell(2 * number - 1, 1)
        sheet.text(cell, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(sheet.FONT, _TITLE if number == 1 else sheet.SIZE, bold=number == 1)
        page.row_dimensions[cell.row].height = sheet.height([(line, _WIDE)]) + (_TITLE if number == 1 else 0)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9  # A4


# ---- decisions

def _decisions(asked: Asked, told: Words) -> tuple[list[Column], list[Line]]:
    systems = sorted({_system(s.system) for w in asked.waiting for s in w.said})
    say = told.say
    columns = [_shown("number", say["col_number"], 6), _shown("name", say["col_name"], 24), _shown("field", say["col_field"], 22),
               _shown("cause", say["col_cause"], 22), _shown("opened", say["col_opened"], 12), _shown("hub", say["hub_now"], 26),
               *(_shown(f"system {name}", name, 26) for name in systems),
               Column(form.CHOICE, say["col_choice"], 26), Column(form.VALUE, say["col_value"], 26),
               Column("effects", say["col_effects"], 70)]
    return columns, [_decision(n, one, told, systems) for n, one in enumerate(asked.waiting, 1)]


def _decision(number: int, one: Waiting, told: Words, systems: list[str]) -> Line:
    cells = {
        "number": str(number), "name": one.name or told.say["nameless"], "field": told.field(one.unit),
        "cause": told.say[f"cause_{one.cause}"], "opened": told.day(one.opened_at),
        "hub": "" if one.is_existence else told.value(one.hub, one.unit),
        **{f"system {name}": "\n".join(_said(one, name, told)) for name in systems}}
    effects = "\n".join(f"{told.choice(c.name)}: {told.effect(c, one)}" for c in one.choices)
    return Line(one.id, one.number, one.mark, {**_keyed(cells), "effects": effects},
                tuple(told.choice(c.name) for c in one.choices))


def _said(one: Waiting, system: str, told: Words) -> Iterator[str]:
    for said in one.said:
        if _system(said.system) == system:
            value = told.say["gone_there"] if one.is_existence else told.value(said.value, one.unit)
            yield value if said.system == system else f"{said.system}: {value}"


def _system(name: str) -> str:
    return name.partition(":")[0]


# ---- pairs

def _pairs(asked: Asked, told: Words) -> tuple[list[Column], list[Line]]:
    say = told.say
    columns = [Column(form.GROUP, "", 0, hidden=True), _shown("number", say["col_number"], 6),
               _shown("cause", say["col_group"], 34), _shown("one", say["col_one"], 38), _shown("other", say["col_other"], 38),
               _shown("reasons", say["col_reasons"], 38), Column(form.CHOICE, say["col_choice"], 26)]
    choices = tuple(say[f"choice_{name}"] for name in (SAME, DIFFERENT))
    lines, count = [], 0
    for group, some in groupby(asked.pairs, key=lambda p: p.group):
        pairs = list(some)
        cells = {"cause": _cause(pairs[0], told), "one": told.fill("whole_group", pairs=told.plural("pairs", len(pairs)))}
        if len(pairs) > 1 and pairs[0].answered_by_group:
            lines.append(Line(group, 0, pairs[0].group_mark, _keyed(cells), choices, head=True))
        for pair in pairs:
            count += 1
            lines.append(_pair(count, pair, told, choices))
    return columns, lines


def _pair(number: int, pair: Pair, told: Words, choices: tuple[str, ...]) -> Line:
    cells = {"number": str(number), "cause": _cause(pair, told), "one": _side(pair.one, told), "other": _side(pair.other, told),
             "reasons": "\n".join(reason(code, told.language) for code in pair.reasons)}
    return Line(pair.id, pair.number, pair.mark, {form.GROUP: pair.group, **_keyed(cells)}, choices)


def _cause(pair: Pair, told: Words) -> str:
    return f"{told.capital(cause(pair.cause, told.language))} ({told.say[f'tier_{pair.tier}']})"


def _side(side: Side, told: Words) -> str:
    return "\n".join([f"{side.name or told.say['nameless']} ({side.system})", *(told.told(u, v) for u, v in side.values)])


def _shown(name: str, heading: str, width: int) -> Column:
    return Column(f"{form.SHOWN} {name}", heading, width)


def _keyed(cells: dict[str, str]) -> dict[str, str]:
    return {f"{form.SHOWN} {name}": value for name, value in cells.items()}
