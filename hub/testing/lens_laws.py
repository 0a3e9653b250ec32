"""The laws of lenses, for tests of mappings and of codecs (extra "testing").

::

    report = check_laws(lens, natives)                  # recorded records, each also as what the others are made to show
    @given(lens_cases(lens))                            # and made-up ones
    def test_mapping(case): check_case(lens, case)

A broken law is an AssertionError that names it; a value no system can store may only be refused with ``BadValue``,
which names its field. Anything else that is raised is a bug and comes through.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from hub.model.units import Projection, SetSchema, primary
from hub.rules.codecs.registry import Codec, Inexpressible
from hub.rules.lenses.check import broken_codec, broken_laws, sample_native, sample_refs, storable, unsaid, values_in
from hub.rules.lenses.lens import NO_REFS, BadValue, Lens, Refs
from hub.rules.normal import member_key

Native = Mapping[str, Any]

TARGETS = ("contact-a", "contact-b")
"""Contacts that have a record in the system, for references."""

_TEXTS = st.text(max_size=30).filter(str.strip) | st.sampled_from(["Anna", "Z\u030ciz\u030cka", "x" * 10_000, "12"])
_MEMBERS = st.sampled_from(["anna@x.fi", "Anna@X.fi", "b@y.fi", "040 1234567", "+358401234567", "112", "Choir"]) | _TEXTS


@dataclass(slots=True)
class Report:
    """How much was tried. ``records``: natives that met the laws; ``refused``: those with text no system can store;
    ``values``: distinct native values per codec."""

    records: int = 0
    refused: int = 0
    values: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        tried = ", ".join(f"{name} {count:,}" for name, count in sorted(self.values.items()))
        return f"{self.records:,} records met the laws, {self.refused:,} refused; distinct values: {tried}"


def check_laws(lens: Lens, natives: Sequence[Native], *, refs: Refs | None = None, wanted: Sequence[Projection] = (),
               ) -> Report:
    """All laws on these records: each is read, and made to show what its neighbour and every one of ``wanted`` says;
    each is also what a new record is made from. ``refs``: who the records point at; made up where not given.

    Raises AssertionError naming the record by its place and the laws it breaks.
    """
    refs = refs if refs is not None else sample_refs(lens, natives)
    report, seen = Report(), _Seen()
    neighbours = [*natives[1:], *natives[:1]]
    for number, (native, other) in enumerate(zip(natives, neighbours, strict=True)):
        seen.add(lens, native)
        try:
            projections = [lens.get(other, refs), *wanted]
            broken = unsaid(lens, projections[0])
        except BadValue as error:
            _assert_named(error)
            projections, broken = [*wanted, {}], []
        try:
            broken += [law for each in projections for start in (native, None)
                       for law in broken_laws(lens, start, each, refs)]
        except BadValue as error:
            _assert_named(error)
            report.refused += 1
            continue
        assert not broken, f"record {number}: {'; '.join(dict.fromkeys(broken))}"
        report.records += 1
    report.values = seen.counts()
    return report


@dataclass(frozen=True, slots=True)
class Case:
    """A record (None: there is none yet), what it is to show, and who it points at."""

    native: Native | None
    wanted: Projection
    refs: Refs = NO_REFS


def check_case(lens: Lens, case: Case) -> None:
    """The laws on one case. Raises AssertionError naming what is broken."""
    try:
        broken = broken_laws(lens, case.native, case.wanted, case.refs)
    except Inexpressible:
        raise  # shape has left out what the system has no word for
    except BadValue as error:
        _assert_named(error)
        return
    assert not broken, "; ".join(broken)


def check_codec(codec: Codec, natives: Sequence[Any]) -> int:
    """The laws of one codec. Returns how many distinct native values were tried. Raises AssertionError."""
    seen = _Seen()
    for native in natives:
        assert not (said := broken_codec(codec, native)), f"codec {codec.name} {said}: {native!r:.80}"
        seen.value(codec.name, native)
    return seen.counts().get(codec.name, 0)


def values(codec: Codec) -> st.SearchStrategy[Any]:
    """Native values that try a codec: its samples, broken and joined ones, letters of all scripts, other types."""
    samples = st.sampled_from(list(codec.samples()))
    text = st.text(max_size=40)
    return samples | text | st.builds(_joined, samples, st.sampled_from(["", " ", "\u0301", "x", ","]), samples) \
        | st.integers(-(2**60), 2**60) | st.booleans() | st.none()


def many_values(codec: Codec, count: int, seed: int = 0) -> list[Any]:
    """``count`` distinct native values and more, the same for every seed: without Hypothesis's search, but fast."""
    chance = random.Random(seed)
    samples = list(codec.samples())
    out: list[Any] = list(samples)
    distinct: set[str] = set()
    while len(distinct) < count:
        distinct.add(repr(out[-1]))
        a, b = chance.choice(samples), chance.choice(samples)
        pick = chance.randrange(4)
        if pick == 0:
            out.append(chance.randrange(-(10**12), 10**12))
        elif pick == 1 and isinstance(a, str):
            cut = chance.randrange(len(a) + 1)
            out.append(a[:cut] + chance.choice("aÄž李\u0301 \u00a0-0,;@.") + a[cut:])
        elif pick == 2:
            out.append(_joined(a, chance.choice([" ", "-", "", "7"]), b))
        else:
            letters = "abcÅöß0123456789-+. @_:/\u0308\U0001f600"
            out.append("".join(chance.choices(letters, k=chance.randrange(30))))
    return out


def natives(lens: Lens, *, impossible: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Records with a value wherever the lens reads one. ``impossible``: some with text no system can store."""

    @st.composite
    def record(draw: st.DrawFn) -> dict[str, Any]:
        class Drawn:
            def value(self, codec: Codec) -> Any:
                return draw(values(codec) if impossible else values(codec).filter(storable))

            def count(self) -> int:
                return draw(st.integers(0, 4))

        native = sample_native(lens, Drawn())
        for key in draw(st.sets(st.sampled_from(sorted(native)), max_size=2)):
            native[key] = draw(st.sampled_from([None, "", [], {}, "odd"]))
        return native

    return record()


def projections(lens: Lens) -> st.SearchStrategy[Projection]:
    """What the hub may want a record of this lens to show, whether or not the system has words for it."""

    @st.composite
    def projection(draw: st.DrawFn) -> Projection:
        out: Projection = {}
        chosen = draw(st.sets(st.sampled_from(sorted(lens.coverage))))
        for unit in sorted({each for one in chosen for each in lens.together(one)}):
            if unit in lens.entity.units:
                members = lens.entity.units[unit].members
                out[unit] = draw(_scalars(lens, unit) if members is None else _sets(unit, members))
        for name, members in lens.entity.sets.items():
            if members.has_primary and name in out and draw(st.booleans()):
                out[primary(name)] = draw(st.sampled_from([None, *out[name]]))
        return out

    return projection()


def _scalars(lens: Lens, unit: str) -> st.SearchStrategy[Any]:
    if unit == "kind":
        return st.sampled_from(lens.entity.kinds)
    if lens.entity.units[unit].kind == "ref":
        return st.sampled_from([None, *TARGETS])
    if unit in ("deceased", "protected"):
        return st.sampled_from([None, True, False])
    dates = st.sampled_from(["1990-02-28", "1990-02", "1990", "--02-28", "no date"])
    return st.none() | (dates if lens.entity.units[unit].normal == "date" else _TEXTS)


def _sets(name: str, schema: SetSchema) -> st.SearchStrategy[dict[str, Any]]:
    attributes = st.fixed_dictionaries({}, optional=dict.fromkeys(
        schema.attrs, st.none() | st.sampled_from(["home", "work", "cell", "1990-02", "2031-12-31"]) | _TEXTS))
    keys: st.SearchStrategy[tuple[str, Any]]
    if schema.ref:
        keys = st.tuples(st.sampled_from(["spouse", "child", "x:y"]), st.sampled_from(TARGETS)).map(
            lambda pair: (f"{pair[0]}:{pair[1]}", pair[1]))
    elif schema.payload == "key":
        keys = _MEMBERS.filter(storable).map(lambda text: (member_key(name, text), text)).filter(lambda pair: bool(pair[0]))
    elif schema.joined:
        said = st.fixed_dictionaries({"state": st.sampled_from(["granted", "withdrawn"]),
                                      "evidenced_at": st.sampled_from([None, "2025-01-31T12:00:00Z"])})
        keys = st.tuples(st.sampled_from(["newsletter:email", "marketing:email", "marketing:sms", "m:email", "n:email"]),
                         said)
    elif schema.payload == "parts":
        parts = st.dictionaries(st.sampled_from(["street", "locality", "postcode", "region", "country"]),
                                st.sampled_from(["FI", "SE", "Narnia"]) | _TEXTS, min_size=1)
        keys = st.tuples(st.sampled_from(["home", "work", "billing", "other", "summer"]), parts)
    else:
        keys = st.tuples(st.sampled_from(["member-number", "business-id", "national-id", "n"]), _TEXTS)
    return st.lists(st.tuples(keys, attributes, st.sampled_from([None, None, "0", "1"])), max_size=5).map(
        lambda members: {key: {"v": v, "at": at, "a": a} for (key, v), a, at in members})


def lens_cases(lens: Lens) -> st.SearchStrategy[Case]:
    """Cases for ``check_case``: what is wanted is what another record shows, units left out at will, or anything."""

    @st.composite
    def case(draw: st.DrawFn) -> Case:
        sound = draw(st.integers(0, 9)) > 0
        native, other = draw(st.none() | natives(lens, impossible=not sound)), draw(natives(lens, impossible=False))
        refs = sample_refs(lens, [each for each in (native, other) if each is not None])
        refs = Refs({**refs.contact_of, **{f"90{n}": each for n, each in enumerate(TARGETS)}},
                    {**refs.native_of, **{each: f"90{n}" for n, each in enumerate(TARGETS)}})
        if draw(st.booleans()):
            return Case(native, draw(projections(lens)), refs)
        wanted = lens.get(other, refs)
        for unit in draw(st.sets(st.sampled_from(sorted(wanted)), max_size=3)) if wanted else ():
            del wanted[unit]
        return Case(native, wanted, refs)

    return case()


class _Seen:
    """Distinct native values per codec, told apart by type too."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] = {}

    def add(self, lens: Lens, native: Native) -> None:
        for codec, value in values_in(lens, native):
            self.value(codec.name, value)

    def value(self, name: str, value: Any) -> None:
        self._values.setdefault(name, set()).add(f"{type(value).__name__}:{value!r}")

    def counts(self) -> dict[str, int]:
        return {name: len(values) for name, values in self._values.items()}


def _joined(a: Any, between: str, b: Any) -> Any:
    return f"{a}{between}{b}" if isinstance(a, str) and isinstance(b, str) else a


def _assert_named(error: BadValue) -> None:
    assert error.at, "a value was refused without the name of its field"


__all__ = ["Case", "Report", "check_case", "check_codec", "check_laws", "lens_cases", "many_values", "natives",
           "projections", "values"]
