"""The numbers behind the page: who stands where, what each list adds, what differs. Plain values, ready for JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from hub.overlap.fields import FIELDS, UNSPLIT, differs, values_of
from hub.overlap.people import Crowded, Someone
from hub.overlap.records import Record
from hub.overlap.shared import Shared, shared_emails
from hub.overlap.tables import People


@dataclass(frozen=True, slots=True)
class ListFigures:
    """One list in numbers.

    ``people``   different people in it; ``only_here``: of these, in no other list
    ``adds``     values it alone knows about people other lists have too, by field
    ``doubled``  rows too many, certainly; ``perhaps``: pairs of its rows to look at
    ``invalid``  numbers of the rows with a value that is none, by kind
    ``stale``    rows last changed more than three years ago, None where the list does not say
    """

    name: str
    form: str
    rows: int
    people: int
    only_here: int
    adds: Mapping[str, int]
    doubled: int
    perhaps: int
    invalid: Mapping[str, tuple[int | str, ...]]
    stale: int | None


@dataclass(frozen=True, slots=True)
class Together:
    """A set of lists, and how many stand in just these. ``probable``: of the people, those with a probable tie: in one of
    the lists at least stands, it may be, somebody else."""

    lists: tuple[int, ...]
    people: int
    probable: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """``compared``: people of whom two lists or more know the field; ``differing``: of these, known differently."""

    field: str
    compared: int
    differing: int
    people: tuple[Someone, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the page and the JSON say.

    ``shared``    people in more than one list; ``probable``: of these, those whom no certain tie shows in two
    ``pairs``     [a][b]: people in list a and list b
    """

    lists: tuple[ListFigures, ...]
    rows: int
    people: int
    shared: int
    probable: int
    everywhere: int
    combinations: tuple[Together, ...]
    pairs: tuple[tuple[int, ...], ...]
    emails: tuple[Shared, ...]
    email_doubles: int
    doubles: tuple[Someone, ...]
    disagreements: tuple[Disagreement, ...]
    crowded: Crowded
    records: Mapping[str, Record]


def draw(lists: Sequence[People], found: Sequence[Record], crowded: Crowded) -> Picture:
    """Count everything. ``found`` and ``crowded`` are of ``records`` and ``tell_apart`` on the same lists."""
    by_id = {r.id: r for r in found}
    stands = {one: tuple(sorted({by_id[i].place for i in one.records})) for one in crowded.people}
    together: Counter[tuple[int, ...]] = Counter(stands.values())
    probable: Counter[tuple[int, ...]] = Counter(where for one, where in stands.items() if not one.certain)
    pairs = [[0] * len(lists) for _ in lists]
    for where, times in together.items():
        for a in where:
            for b in where:
                pairs[a][b] += times
    adds = _added(crowded, by_id, len(lists))
    emails, doubles = shared_emails(crowded, by_id)
    shared = [one for one, where in stands.items() if len(where) > 1]
    return Picture(
        lists=tuple(_figures(n, people, found, crowded, stands, adds[n]) for n, people in enumerate(lists)),
        rows=len(found),
        people=len(crowded.people),
        shared=len(shared),
        probable=sum(not any(len({by_id[i].place for i in core}) > 1 for core in one.cores) for one in shared),
        everywhere=together[tuple(range(len(lists)))] if len(lists) > 1 else 0,
        combinations=tuple(Together(where, times, probable[where])
                           for where, times in sorted(together.items(), key=lambda each: (-each[1], len(each[0]), each[0]))),
        pairs=tuple(map(tuple, pairs)),
        emails=emails,
        email_doubles=doubles,
        doubles=tuple(one for one in crowded.people if len(one.records) > len(stands[one])),
        disagreements=tuple(_disagreements(shared, crowded, by_id)),
        crowded=crowded,
        records=by_id,
    )


def _figures(
    n: int, people: People, found: Sequence[Record], crowded: Crowded, stands: Mapping[Someone, tuple[int, ...]],
    adds: Mapping[str, int],
) -> ListFigures:
    own = [r for r in found if r.place == n]
    here = [where for where in stands.values() if n in where]
    told = [r.stale for r in own if r.stale is not None]
    prefix = f"{n:03}:"
    return ListFigures(
        name=people.name,
        form=people.form,
        rows=len(own),
        people=len(here),
        only_here=sum(where == (n,) for where in here),
        adds=adds,
        doubled=len(own) - len(here),
        perhaps=sum(c.a.startswith(prefix) and c.b.startswith(prefix) for c in crowded.look),
        invalid={kind: tuple(r.number for r in own if kind in r.invalid)
                 for kind in sorted({kind for r in own for kind in r.invalid})},
        stale=sum(told) if told else None,
    )


def _known(one: Someone, crowded: Crowded, records: Mapping[str, Record]) -> dict[str, dict[int, list[Any]]]:
    """field → list → what it knows there; lists that know nothing are left out."""
    known: dict[str, dict[int, list[Any]]] = {name: defaultdict(list) for name in FIELDS}
    for record in one.records:
        for name, value in values_of(crowded.profiles[record]).items():
            known[name][records[record].place].append(value)
    return known


def _added(crowded: Crowded, records: Mapping[str, Record], lists: int) -> list[dict[str, int]]:
    adds: list[Counter[str]] = [Counter() for _ in range(lists)]
    for one in crowded.people:
        if len({records[i].place for i in one.records}) > 1:
            for name, places in _known(one, crowded, records).items():
                if len(places) == 1:
                    adds[next(iter(places))][name] += 1
    return [{name: each[name] for name in FIELDS if each[name]} for each in adds]


def _disagreements(shared: Sequence[Someone], crowded: Crowded, records: Mapping[str, Record]) -> list[Disagreement]:
    compared: Counter[str] = Counter()
    differing: defaultdict[str, list[Someone]] = defaultdict(list)
    for one in shared:
        for name, places in _known(one, crowded, records).items():
            places = {place: told for place, told in places.items() if UNSPLIT not in told}
            if len(places) < 2:
                continue
            compared[name] += 1
            if any(differs(name, x, y) for ours, theirs in combinations(places.values(), 2) for x in ours for y in theirs):
                differing[name].append(one)
    return [Disagreement(name, compared[name], len(differing[name]), tuple(differing[name])) for name in FIELDS if compared[name]]
