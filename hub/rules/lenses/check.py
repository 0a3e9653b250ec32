"""The laws of a lens, checked on given records; and records made from its codecs' samples, the same in every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from hub.model.units import Projection, attr, member, same_text, set_of
from hub.rules.codecs.registry import Codec, Inexpressible, Unreadable
from hub.rules.lenses.lens import Lens, Refs, Unresolved
from hub.rules.lenses.part import Places
from hub.rules.lenses.paths import MISSING, Misfit, laid, reader
from hub.rules.normal import BadValue, clean

UNMAPPED = "x-not-mapped"
"""A key no mapping names, put into sample records and rows: it must come through every put."""

ROUNDS = 24


class Pick(Protocol):
    """Chooses what stands in a sample record."""

    def value(self, codec: Codec) -> Any:
        """A native value to try the codec with."""
        ...

    def count(self) -> int:
        """How many rows a list has."""
        ...


class Rota:
    """Picks sample after sample, the same in every run. ``round_``: where it starts."""

    def __init__(self, round_: int) -> None:
        self._turn = round_ * 5

    def value(self, codec: Codec) -> Any:
        self._turn += 1
        samples = [each for each in codec.samples() if storable(each)]
        return samples[self._turn % len(samples)]

    def count(self) -> int:
        self._turn += 1
        return self._turn % 4


def storable(native: Any) -> bool:
    """Is this a value some system can store?"""
    try:
        return not isinstance(native, str) or clean(native) == native
    except BadValue:
        return False


def sample_native(lens: Lens, pick: Pick) -> dict[str, Any]:
    """A record that has a value wherever the lens reads one."""
    native: dict[str, Any] = {UNMAPPED: "stays"}
    for placed in lens.parts:
        places = placed.part.places
        for path, codec in places.fields:
            try:
                native = laid(native, path, pick.value(codec))
            except Misfit:  # another part put a plain value where this one has an object
                continue
        if places.rows:
            native = laid(native, places.rows, _list(places, pick))
    return native


def _list(places: Places, pick: Pick) -> Any:
    if places.texts:
        texts = [pick.value(places.texts) for _ in range(pick.count())]
        return texts if places.separator is None else places.separator.join(t for t in texts if isinstance(t, str))
    rows: list[Any] = []
    for number in range(pick.count()):
        row: dict[str, Any] = {UNMAPPED: number, **places.where}
        for path, codec in places.row_fields:
            row = laid(row, path, pick.value(codec))
        rows.append(laid(row, places.row_id, number) if places.row_id else row)
    return rows


def values_in(lens: Lens, native: Mapping[str, Any]) -> Iterator[tuple[Codec, Any]]:
    """Every native value of a record, with the codec that reads it."""
    for placed in lens.parts:
        places = placed.part.places
        yield from _values(places.fields, native)
        for row in _rows_of(places, native):
            if places.texts:
                yield places.texts, row
            elif isinstance(row, Mapping):
                yield from _values(places.row_fields, row)


def _rows_of(places: Places, native: Mapping[str, Any]) -> list[Any]:
    """The rows or texts of a list, none where there is no list."""
    try:
        rows = reader(places.rows, None)(native) if places.rows else None
    except Unreadable:
        return []
    if places.texts and isinstance(rows, str):
        return list(rows.split(places.separator))
    return rows if isinstance(rows, list) else []


def _values(fields: Sequence[tuple[tuple[str, ...], Codec]], native: Mapping[str, Any]) -> Iterator[tuple[Codec, Any]]:
    for path, codec in fields:
        try:
            value = reader(path)(native)
        except Unreadable:
            continue
        if value is not MISSING:
            yield codec, value


def broken_laws(lens: Lens, native: Mapping[str, Any] | None, wanted: Projection, refs: Refs) -> list[str]:
    """What of the laws of ``hub.rules.lenses.lens`` this record and these values break; [] when they hold.

    Raises BadValue where a value no system can store stands in them, and nothing else.
    """
    out = []
    held: Projection = {}
    if native is not None:
        held = lens.get(native, refs)
        if patch := lens.put(native, held, refs):
            out.append(f"put of what was just read changes {', '.join(sorted(patch))}")
    shape = lens.shape(wanted, held, {})
    patch = lens.put(native, shape, refs)
    after = {**(native or {}), **patch}
    shown = lens.get(after, refs)
    out += [f"{unit} is not there after it was put" for unit in _lost(lens, shape, shown, held)]
    if again := lens.put(after, {unit: value for unit, value in shape.items() if unit in shown}, refs):
        out.append(f"putting the same twice changes {', '.join(sorted(again))} again")
    if native is not None:
        out += _touched(lens, native, after, patch, refs)
    return out


def _lost(lens: Lens, shape: Projection, shown: Projection, held: Projection) -> list[str]:
    out = []
    for unit, value in shape.items():
        if lens.direction(set_of(unit) or unit) == "to":
            continue
        if unit not in shown:
            silent = unit not in held and (not value or unit in lens.entity.sets)  # half understood rows stay so
            if not silent and len(lens.together(unit)) == 1:  # a full name may be one that cannot be taken apart
                out.append(unit)
        elif unit in lens.entity.sets:
            out += _lost_members(lens, unit, value, shown[unit], known=not held or unit in held)
        elif not lens.entity.same(unit, value, shown[unit]):
            out.append(unit)
    return out


def _lost_members(lens: Lens, name: str, wanted: Mapping[str, Any], shown: Mapping[str, Any], known: bool) -> list[str]:
    """``known``: the set could be read before; where not, it may show more than was put."""
    out = [member(name, key) for key in (wanted.keys() ^ shown.keys() if known else wanted.keys() - shown.keys())]
    for key in wanted.keys() & shown.keys():
        if not lens.entity.same(member(name, key), wanted[key]["v"], shown[key]["v"]):
            out.append(member(name, key))
        out += [attr(name, key, each) for each, value in wanted[key]["a"].items()
                if each not in shown[key]["a"] or not same_text(value, shown[key]["a"][each])]
    return out


def _touched(lens: Lens, native: Mapping[str, Any], after: Mapping[str, Any], patch: Mapping[str, Any],
             refs: Refs) -> list[str]:
    """Native keys and rows the lens does not cover and yet changed."""
    tops = {path[0] for placed in lens.parts for path, _ in placed.part.places.fields}
    tops |= {placed.part.places.rows[0] for placed in lens.parts if placed.part.places.rows}
    out = [f"{key} is not mapped, and changed" for key in patch if key not in tops]
    for placed in lens.parts:
        places = placed.part.places
        if not places.rows or places.texts:
            continue
        before, now = _rows_of(places, native), _rows_of(places, after)
        if before is now:
            continue
        out += _touched_keys(placed.part.at, places, before, now)
        for row in before:
            alone: Projection = {}
            placed.part.read(laid({}, places.rows, [row]), refs, alone, [])
            members = next((value for value in alone.values() if isinstance(value, dict)), None)
            unresolved = any(isinstance(m["v"], Unresolved) for m in (members or {}).values())
            if (not members or unresolved) and row not in now:
                out.append(f"a row of {placed.part.at} that is no member was changed or dropped")
    return out


def _touched_keys(at: str, places: Places, before: Sequence[Any], now: Sequence[Any]) -> list[str]:
    """Keys of rows that no mapping names and yet changed; rows are told apart by their id."""
    if not places.row_id:
        return []
    id_of = reader(places.row_id, None)
    named = {path[0] for path, _ in places.row_fields}
    old = {str(id_of(row)): row for row in reversed(before) if isinstance(row, dict)}
    return [f"{key} in rows of {at} is not mapped, and changed" for row in now
            if isinstance(row, dict) and id_of(row) is not None and (was := old.get(str(id_of(row)))) is not None
            for key in was.keys() | row.keys() if key not in named and row.get(key) != was.get(key)]


def broken_codec(codec: Codec, native: Any) -> str:
    """What is wrong with a codec's answer to a native value, "" when nothing is.

    Its canonical form is stable: reading, writing and reading again gives the same, for a codec with a declared loss
    from the first writing on. Text no system can store is refused.
    """
    try:
        value = codec.get(native)
    except Unreadable:
        return ""
    except BadValue:
        return "" if not storable(native) else "refuses a value that can be stored"
    if not storable(native):
        return "takes a value no system can store"
    try:
        written = codec.put(value)
    except Inexpressible:
        return ""
    again = codec.get(written)
    if not codec.loss and not same_text(again, value):
        return "reads something else after its own writing"
    return "" if same_text(codec.get(codec.put(again)), again) else "gives another value at every writing"


def check_samples(lens: Lens, rounds: int = ROUNDS) -> list[str]:
    """Broken laws on deterministic samples, each once; [] when they hold. What a mapping is checked with at load."""
    found: dict[str, None] = {}
    for codec in {id(c): c for placed in lens.parts for c in placed.part.places.codecs}.values():
        for native in codec.samples():
            if said := broken_codec(codec, native):
                found[f"codec {codec.name} {said}"] = None
    natives = [sample_native(lens, Rota(number)) for number in range(rounds)]
    refs = sample_refs(lens, natives)
    shown = [lens.get(native, refs) for native in natives]
    for number, native in enumerate(natives):
        other = shown[(number + 1) % rounds]
        found.update(dict.fromkeys(unsaid(lens, other)))
        for wanted in (other, _mixed(lens, shown, number)):
            for start in (native, None):
                found.update(dict.fromkeys(broken_laws(lens, start, wanted, refs)))
    return list(found)


def unsaid(lens: Lens, shown: Projection) -> list[str]:
    """What one record shows and yet no other could be made to show, though no loss is declared: [] for a good lens."""
    out = []
    shape = lens.shape(shown, {}, {})
    for unit, value in shown.items():
        if lens.loss(unit) or any(placed.direction == "from" for placed in lens.parts if unit in placed.part.covers):
            continue
        if unit in lens.entity.sets:
            there = {key for key, m in value.items() if not isinstance(m["v"], Unresolved)}
            out += [f"{member(unit, key)} is read but cannot be written" for key in there - shape.get(unit, {}).keys()]
        elif unit in lens.entity.units and lens.entity.units[unit].kind == "text" and unit not in shape:
            out.append(f"{unit} is read but cannot be written")
    return out


def _mixed(lens: Lens, shown: Sequence[Projection], number: int) -> Projection:
    """Each unit from another record, but what stands in one native field, or in one set, from the same."""
    out: Projection = {}
    for unit in sorted(lens.coverage):
        group = min(lens.together(unit.removesuffix(".primary")))
        source = shown[(number + sum(map(ord, group))) % len(shown)]
        if unit in source:
            out[unit] = source[unit]
    return out


def sample_refs(lens: Lens, natives: Sequence[Mapping[str, Any]]) -> Refs:
    """Contacts for every second record the natives point at; the others stay unresolved."""
    ids = sorted({i for native in natives for i in lens.refs_in(native)})
    contact_of = {i: f"contact-{number}" for number, i in enumerate(ids) if number % 2}
    return Refs(contact_of, {contact: i for i, contact in contact_of.items()})
