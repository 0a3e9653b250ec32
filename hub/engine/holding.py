"""Somebody who was erased comes back in a list: the record is held back, and a person is asked. Nothing of it is kept but
where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.engine.identify import Claims, folded, unlinked
from hub.model.refs import RecordRef
from hub.rules.forgetting import marks
from hub.rules.matching import match
from hub.rules.rulebook import Rulebook
from hub.store import erasures, inbox
from hub.store.erasures import RECORD, record_value
from hub.store.inbox import InboxRow
from hub.store.store import Store, Tx, chunks


def hold_back(store: Store, book: Rulebook, run: str, aside: Iterable[str]) -> None:
    """Take new records out of the inbox that show a mark of somebody erased. Those a system keeps for a reason, and those a
    person refused, go unasked; admitted ones, and our own creates found again, pass."""
    with store.reading() as tx:
        if not erasures.any_suppressed(tx):
            return
    for part in chunks(unlinked(store, book, aside)):
        with store.writing() as tx:
            _hold_some(tx, book, run, part)


def _hold_some(tx: Tx, book: Rulebook, run: str, owners: Sequence[str]) -> None:
    rows: dict[str, list[InboxRow]] = {}
    for row in inbox.load(tx, owners, inbox.OBSERVED):
        rows.setdefault(row.owner, []).append(row)
    claimed = Claims(tx, book, run).of(rows)
    new = {o: seen for o, seen in rows.items() if o not in claimed}
    shown = {o: _marks(book, seen) for o, seen in new.items()}
    known = erasures.recognised(tx, {key for some in shown.values() for key in some})
    decided = erasures.states(tx, [seen[-1].ref for o, seen in new.items() if shown[o] & known.keys()])
    out: list[str] = []
    asked: dict[RecordRef, tuple[str, list[str]]] = {}
    for owner, seen in sorted(new.items()):
        mine, ref = sorted(shown[owner] & known.keys()), seen[-1].ref
        if not mine or decided.get(ref) == "admitted":
            continue
        out.append(owner)
        if ref not in decided and not any(kind == RECORD for kind, _ in mine):
            asked[ref] = (known[mine[0]], [kind for kind, _ in mine])
    erasures.hold_back(tx, [(ref, erasure, kinds) for ref, (erasure, kinds) in asked.items()])
    erasures.shred(tx, out)


def _marks(book: Rulebook, seen: Sequence[InboxRow]) -> frozenset[erasures.Key]:
    ref = seen[-1].ref
    profile = match.profile(book.systems[ref.system].lens.read(folded(seen, {})[0]).projection)
    return marks(profile) | {(RECORD, record_value(ref))}
