"""However many people there are in a chunk, the database is asked the same number of times."""

from __future__ import annotations

import pytest
from engine_stories import STORIES, Story, edits, first_sync, matches_and_verdicts, nothing_changed, statements

FAMILIES = {
    "pull": "INSERT INTO inbox", "identify": "INSERT INTO identity_key", "merge": "INSERT INTO journal_values",
    "plan": "INSERT INTO write", "claim": "INSERT INTO intent", "answer": "UPDATE intent SET state",
}
"""A step of a cycle → a statement that it cannot do without."""
SEVERAL = 7
"""So often at most, in one cycle, one and the same statement is asked for a chunk."""


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.__name__)
def test_as_many_statements_for_many_people_as_for_few(story: Story) -> None:
    """Within one chunk of 500 ids, one batch of 200 writes: none more."""
    few, many = statements(story, 6), statements(story, 90)
    assert few and all(sum(cycle.values()) > 10 for cycle in few)
    for one, other in zip(few, many, strict=True):
        assert {s: (one[s], other[s]) for s in one | other if one[s] != other[s]} == {}


@pytest.mark.parametrize("story", [first_sync, edits, matches_and_verdicts], ids=lambda s: s.__name__)
def test_two_hundred_people_more_are_one_chunk_more(story: Story) -> None:
    """One batch of writes more, and one more part of 500 records and links."""
    few, many = statements(story, 200), statements(story, 400)
    for one, other in zip(few, many, strict=True):
        more = {statement: other[statement] - one[statement] for statement in one | other}
        assert {statement: n for statement, n in more.items() if not 0 <= n <= SEVERAL} == {}
        assert sum(more.values()) < 100


def test_every_step_of_a_cycle_is_counted() -> None:
    (asked,) = statements(first_sync, 20)
    for step, statement in FAMILIES.items():
        assert sum(n for text, n in asked.items() if text.startswith(statement)) in (1, 2), step


def test_a_cycle_without_news_asks_little() -> None:
    (asked,) = statements(nothing_changed, 50)
    assert sum(asked.values()) < 100
