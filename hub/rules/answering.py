"""People's answers to conflicts, brought into the ledger after all edits (merge.md 7): an edit of the same merge changes
the question."""

from __future__ import annotations

from collections.abc import Iterable

from hub.model.state import NEVER, Answer, Conflict, Contender, Edit, Left
from hub.rules import heirs
from hub.rules.ledger import Ledger


def answer(ledger: Ledger, answers: Iterable[Answer]) -> list[Edit]:
    """An answer is one contender that is fresh and wins; one to an old number is refused, and the person asked again.
    Returns edits that follow."""
    follows: list[Edit] = []
    for given in answers:
        conflict = ledger.conflicts.get(given.unit)
        if conflict is None or conflict.number != given.number:
            ledger.refused.append(given)
        elif given.keep_each:
            _keep_each(ledger, conflict)
        else:
            follows += _choose(ledger, given, conflict)
    return follows


def _keep_each(ledger: Ledger, conflict: Conflict) -> None:
    unit = conflict.unit
    cell = ledger.cell(unit)
    for contender in conflict.contenders:
        if contender.rev is None and contender.link in ledger.links:
            ledger.left[contender.link][unit] = Left(cell.rev, contender.seen)
            ledger.behind[contender.link].pop(unit, None)
        ledger.say(unit, contender.link, "left", contender.value, "a person: keep each", cell.value)
    ledger.close(unit)
    for link, candidate in heirs.discard(ledger, unit, cell.value, conflict.contenders):
        ledger.left[link][candidate] = Left(ledger.rev, ledger.behind[link].pop(candidate, None))


def _choose(ledger: Ledger, given: Answer, conflict: Conflict) -> list[Edit]:
    unit, same = given.unit, ledger.entity.same
    cell = ledger.cell(unit)
    winners = [c for c in conflict.contenders if same(unit, c.value, given.value)]
    losers = [c for c in conflict.contenders if c not in winners]
    follows: list[Edit] = []
    ledger.close(unit)
    if cell.rev != NEVER and same(unit, given.value, cell.value):
        for link in ledger.showing(unit, winners):
            ledger.up_to_date(link, unit)
    else:
        follows = heirs.win(ledger, unit, given.value, given.by, ledger.showing(unit, winners))
    for contender in losers:
        ledger.lose(unit, contender)
        ledger.say(unit, contender.link, "overruled", contender.value, "a person", given.value)
    ledger.say(unit, given.by, "answered", given.value, "a person", cell.value)
    stood = Contender(cell.origin, cell.value, None, None, cell.rev)
    heirs.discard(ledger, unit, given.value, [*losers, stood])
    return follows
