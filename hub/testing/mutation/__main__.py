"""``python -m hub.testing.mutation``: how many small changes of our rules the tests notice.

Run it in a checkout. ``tests/mutation/tests.toml`` says which tests cover which file; ``tests/mutation/survivors.toml`` why some
mutants survive. Ends with 1 when one survived that nobody explained, with 2 when the
tests fail without any change.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hub.testing.mutation.running import Known, keep, report, sample, tried, unchanged

FOLDER = Path("tests") / "mutation"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.testing.mutation", description=__doc__)
    parser.add_argument("--files", nargs="+", default=["hub/rules/**/*.py"], help="patterns (default hub/rules/**/*.py)")
    parser.add_argument("--sample", type=int, default=200, help="how many mutants (default 200)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default 0)")
    parser.add_argument("--limit", type=float, default=300.0, metavar="SECONDS", help="for the tests of one mutant (default 300)")
    parser.add_argument("--only", metavar="TEXT", help="mutants whose name holds this, of the sample")
    parser.add_argument("--out", type=Path, default=Path("mutation.json"), help="result as JSON (default mutation.json)")
    given = parser.parse_args(argv)
    root = Path.cwd()
    if not (root / FOLDER / "tests.toml").is_file():
        parser.error(f"{FOLDER / 'tests.toml'} is not here: run it in a checkout of the project")
    known = Known(root / FOLDER)
    for line in known.out_of_date(root):
        print(f"survivors.toml explains what is no mutant any more: {line}")
    chosen = sample(root, given.files, given.sample, given.seed)
    if given.only:
        chosen = [(file, m) for file, m in chosen if given.only in f"{file} {m.name}"]
    found = []
    for one in tried(root, known, chosen, given.limit):
        found.append(one)
        print(f"{one.outcome:9} {one.seconds:6.1f} s  {one.file}:{one.line} {one.name}  {one.by or one.why}", flush=True)
        keep(given.out, report(found, files=given.files, seed=given.seed, sample=given.sample))
    if red := unchanged(root, known, found, given.limit):
        print("\n".join(f"over {file} the tests say nothing, unchanged: {why}" for file, why in red.items()))
        return 2
    result = report(found)
    print(", ".join(f"{name} {result[name]}" for name in ("tried", "killed", "timed out", "survived", "explained", "new",
                                                          "share_killed")))
    return 1 if result["new"] else 0


if __name__ == "__main__":
    sys.exit(main())
