"""Nobody is made twice when the answers to creates are lost; and this would notice if somebody were."""

from __future__ import annotations

from unittest.mock import patch

from hub.testing.lost_creates import KINDS, lose_creates
from hub.testing.memory import Traits
from hub.testing.simulation.planted import PLANTED
from hub.testing.simulation.site import Mistaken
from hub.testing.stage import Stage


def test_nobody_is_doubled_and_nobody_is_missing() -> None:
    found = lose_creates(40, seed=5)
    assert all(found.lost[name] >= 10 for name in KINDS)
    assert found.cycles and not any(found.doubled.values()) and not any(found.missing.values())


def test_a_hub_that_makes_again_what_was_not_answered_is_caught() -> None:
    with PLANTED["writing: a lost answer to a create is a failure, and it is made again"].plant():
        found = lose_creates(5, most=2)
    assert any(found.doubled.values())


def test_a_listing_that_is_not_believed_does_not_tell_that_a_create_is_lost() -> None:
    """It showed nobody, for once, and the system was set aside; the record was made a second time (simulated: site, meetings
    62679)."""
    stage = Stage({"crm": Traits(), "book": Traits(own_key=False, unique_key=False, marker=True)})
    stage.vendors["crm"].user_create({"given": "Anna", "family": "Virtanen"})
    stage.settle()
    stage.vendors["crm"].user_create({"given": "Bo", "family": "Ek"})
    stage.faults["book"].next("lost_after")
    stage.sync()
    with patch.dict(stage.connectors, book=Mistaken(stage.connectors["book"], "emptied")):
        stage.sync()
    stage.settle()
    assert sorted(str(r["given"]) for r in stage.vendors["book"].records().values()) == ["Anna", "Bo"]
