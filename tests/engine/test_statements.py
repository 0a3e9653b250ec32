"""However many people there are in a chunk, the database is asked the same number of times."""

from __future__ import annotations

import pytest
from engine_stories import STORIES, Story, statements


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.__name__)
def test_as_many_statements_for_many_people_as_for_few(story: Story) -> None:
    few, many = statements(story, 6), statements(story, 90)
    assert few and all(sum(cycle.values()) > 10 for cycle in few)
    for one, other in zip(few, many, strict=True):
        assert {s: (one[s], other[s]) for s in one | other if one[s] != other[s]} == {}


def test_a_cycle_without_news_asks_little() -> None:
    (asked,) = statements(STORIES[1], 50)
    assert sum(asked.values()) < 90
