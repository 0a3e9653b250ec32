"""From writes to the edits of one save: what cannot be done is refused here, by the name of its cell or column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import ContractBroken, Done, NativeWrite, Refused, WriteResult
from hub_spreadsheet import receipts
from hub_spreadsheet.rows import Rows, key_text
from hub_spreadsheet.settings import HUB_ID
from hub_spreadsheet.sheet import Edits
from hub_spreadsheet.texts import folded

_GONE = Refused("gone", "The row is not there any more.")
_STALE = Refused("stale", "The row was changed in the file meanwhile.")


@dataclass(slots=True)
class Draft:
    """A save to be. ``settled``: results that are certain; ``sent``: number of a write → the id of its row and what is
    to stand in it, None for a removed one."""

    edits: Edits = field(default_factory=Edits)
    settled: dict[int, WriteResult] = field(default_factory=dict)
    sent: dict[int, tuple[str, Mapping[str, Any] | None]] = field(default_factory=dict)


def draft(batch: Sequence[NativeWrite], rows: Rows, refused: Mapping[int, Refused]) -> Draft:
    """What of the batch can be written. ``refused``: writes left out."""
    out = Draft(settled=dict(refused))
    if not rows.has_key:
        out.edits.new_column = rows.key
    touched: set[str] = set()
    for number, write in enumerate(batch):
        if number in refused:
            continue
        answer = _create(write, rows, out, number) if write.op == "create" else _change(write, rows, out, number, touched)
        if answer is not None:
            out.settled[number] = answer
    if out.edits:
        for name, line in rows.waiting.items():
            if line.number not in out.edits.removed:
                out.edits.cells.setdefault(line.number, {})[rows.key] = name
    return out


def _change(write: NativeWrite, rows: Rows, out: Draft, number: int, touched: set[str]) -> WriteResult | None:
    name = write.ref.native_id
    if name in rows.shared:
        return Refused("rejected", f"Rows {' and '.join(map(str, rows.shared[name]))} have the same key. Give each its own.")
    line = rows.by_id.get(name)
    if line is None:
        return _GONE
    if name in touched or (write.expect is not None and rows.version(name) != write.expect):
        return _STALE
    if write.op == "delete":
        for column in line.bad:
            if not line.raw.get(column, "").startswith("f:") and (kept := rows.sheet.objection(line.number, column, None)):
                return Refused("rejected", f"The row cannot be removed: {kept}.")
        touched.add(name)
        out.edits.removed.add(line.number)
        out.sent[number] = name, None
        return None
    patch = _patch(write, rows)
    if rows.key in patch and key_text(patch.pop(rows.key)) != name:
        return Refused("rejected", f'The column "{rows.key}" names the row; the hub does not change it.')
    changed = {column: value for column, value in patch.items()
               if column in line.bad or folded(line.values.get(column)) != folded(value)}
    if rows.receipt and changed and rows.receipt not in patch:
        changed[rows.receipt] = patch[rows.receipt] = receipts.changed(line.values.get(rows.receipt), changed, rows.language)
    if why := _objection(rows, line.number, changed):
        return why
    touched.add(name)
    out.sent[number] = name, patch
    if changed:
        out.edits.cells[line.number] = changed
    return None


def _create(write: NativeWrite, rows: Rows, out: Draft, number: int) -> WriteResult | None:
    patch = _patch(write, rows)
    name = key_text(patch.get(rows.key)) or (write.key if rows.makes_key or rows.key == HUB_ID else "")
    if not name:
        return Refused("rejected", f'A new row needs a "{rows.key}", which the hub does not make up. Add the row in the file, or '
                                   "set make_key = true.")
    if name in rows.shared:
        return Refused("rejected", "Several rows have that key already. Give each its own.")
    if name in rows.by_id:  # what an earlier create of ours made; somebody may have typed since
        return Done(rows.ref(name), rows.record(name)) if name == write.key else Refused(
            "rejected", f'Another row has that "{rows.key}" already.')
    wanted = {column: value for column, value in patch.items() if value is not None and value != ""} | {rows.key: name}
    if rows.receipt:
        wanted.setdefault(rows.receipt, receipts.new(rows.language))
    if why := _objection(rows, None, wanted):
        return why
    if name not in {sent for sent, _ in out.sent.values()}:
        out.edits.added.append(wanted)
    out.sent[number] = name, wanted
    return None


def _patch(write: NativeWrite, rows: Rows) -> dict[str, Any]:
    """Without the engine's own key where the sheet has no column for it."""
    patch = dict(write.patch)
    if rows.key != HUB_ID and HUB_ID not in rows.sheet.columns:
        patch.pop(HUB_ID, None)
    return patch


def _objection(rows: Rows, number: int | None, cells: Mapping[str, Any]) -> Refused | None:
    for column, value in cells.items():
        if column not in rows.sheet.columns and column != rows.key:
            if value is None or value == "":
                continue
            return Refused("rejected", f'The sheet has no column "{column}". Add it, or switch it off in the mapping (off = '
                                       "true): then nothing is written there.")
        if why := rows.sheet.objection(number, column, value):
            return Refused("rejected", f'"{column}" cannot be written: {why}.')
    return None


def proved(made: Draft, before: Rows, content: bytes, read: Callable[[bytes], Rows]) -> tuple[Rows, dict[int, Refused]]:
    """The file to be, read again: its rows, and the writes that would not come back as they were sent.

    Raises ContractBroken where a row nobody writes to would not stay as it is.
    """
    after = read(content)
    wrong: dict[int, Refused] = {}
    for number, (name, cells) in made.sent.items():
        line = after.by_id.get(name)
        if cells is None:
            continue
        if line is None:
            wrong[number] = Refused("rejected", "The row could not be written so that it can be read again.")
            continue
        lost = [column for column, value in cells.items()
                if column in after.sheet.columns and (column in line.bad or folded(line.values.get(column)) != folded(value))]
        if lost:
            wrong[number] = Refused("rejected", f'"{lost[0]}" cannot hold this value as it is'
                                                f"{' (it is no date)' if lost[0] in line.bad else ''}.")
    written = {name for name, _ in made.sent.values()}
    for name, line in before.by_id.items():
        if name not in written and (name not in after.by_id or _still(line.raw, before.key) != _still(
                after.by_id[name].raw, before.key)):
            raise ContractBroken(f"A save would change row {line.number}, to which nothing is written; nothing was saved. "
                                 "Open the file and save it anew.")
    return after, wrong


def _still(raw: Mapping[str, str], key: str) -> dict[str, str]:
    """Without formulas, whose stored results are gone until a spreadsheet program calculates them again."""
    return {column: text for column, text in raw.items() if column != key and not text.startswith("f:")}
