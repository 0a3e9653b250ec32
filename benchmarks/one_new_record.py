"""How long the hub looks for who one new record may be, when it knows 100,000 others.

    python one_new_record.py --known 100000 --new 300

The records are invented people and organisations as three systems know them (``hub.testing.people``): families, namesakes,
offices. All but the new ones are put into a database, with their keys; then each new one comes by itself, and what is timed is
what a sync does for it once it has a link: its keys learnt, everybody fetched who shares one, all pairs judged, candidates
written, the transaction committed. The database is opened anew before, so that nothing is remembered from the filling.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.engine import comparing
from hub.model.refs import RecordRef
from hub.model.units import Projection
from hub.rules.matching import match
from hub.store import contacts, identity, reviews
from hub.store.contacts import ContactRow, LinkRow
from hub.store.store import Store, Tx, sqlite_url
from hub.testing.people import make_people

MASTER = b"the master key of one benchmark."
SYSTEMS = ("crm", "staff", "board")
AT_ONCE = 2_000
RECORDS_EACH = 1.7
"""So many records stand for one person in three systems, at least."""
Record = tuple[str, Projection]
"""System, and what it knows."""


def records(count: int, seed: int) -> list[Record]:
    """``count`` records, in no telling order."""
    known = make_people(seed, int(count / RECORDS_EACH), 1000).spread(SYSTEMS)
    every = [(system, projection) for system, some in known.items() for projection in some]
    if len(every) < count:
        raise SystemExit(f"only {len(every)} of {count} records could be invented")
    random.Random(seed).shuffle(every)  # noqa: S311
    return every[:count]


def put(tx: Tx, some: Sequence[Record]) -> list[str]:
    """A contact and a link for each record. Returns the links."""
    links = []
    for system, projection in some:
        contact = ContactRow(tx.new_id(), "contact")
        link = LinkRow(tx.new_id(), contact.id, RecordRef(system, "", "contact", tx.new_id()), shadow=projection, lens_hash="x")
        links.append((contact, link))
    contacts.save_contacts(tx, [c for c, _ in links], ())
    contacts.save_links(tx, [k for _, k in links], ())
    return [k.id for _, k in links]


def learn(tx: Tx, links: Sequence[str], some: Sequence[Record]) -> None:
    profiles = {i: match.profile(projection) for i, (_, projection) in zip(links, some, strict=True)}
    identity.learn_keys(tx, {i: [*match.keys(p), *match.counted(p)] for i, p in profiles.items()})


def times(store: Store, new: Sequence[Record]) -> Iterator[tuple[float, float]]:
    """Seconds of CPU and of time for each."""
    for record in new:
        with store.writing() as tx:
            link = put(tx, [record])
            began, spent = time.perf_counter(), time.process_time()
            learn(tx, link, [record])
            comparing.compare(tx, link)
            identity.compared(tx, link)
        yield time.process_time() - spent, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description="One new record against all that are known.")
    parser.add_argument("--known", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    every = records(given.known + given.new, given.seed)
    with tempfile.TemporaryDirectory(prefix="one-new-record-") as folder:
        url = sqlite_url(Path(folder, "hub.db"))
        store = Store.open(url, MASTER)
        for start in range(given.new, len(every), AT_ONCE):
            some = every[start:start + AT_ONCE]
            with store.writing() as tx:
                links = put(tx, some)
                learn(tx, links, some)
                identity.compared(tx, links)
        store.close()
        store = Store.open(url, MASTER)
        each = list(times(store, every[:given.new]))
        with store.reading() as tx:
            found = len(reviews.candidates(tx))
        store.close()
    print(f"{given.new} new records, one by one, against {given.known:,}; {found} pairs found")
    for name, seconds in zip(("CPU", "time"), zip(*each, strict=True), strict=True):
        took = sorted(1000 * s for s in seconds)
        print(f"{name}: median {statistics.median(took):.1f} ms, 95th percentile {took[int(0.95 * len(took))]:.1f} ms, "
              f"longest {took[-1]:.1f} ms")


if __name__ == "__main__":
    main()
