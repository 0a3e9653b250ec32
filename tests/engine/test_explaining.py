"""What `hub explain` tells of a contact."""

from __future__ import annotations

import pytest

from hub.engine.asking import explaining, one_and_two
from hub.engine.asking.words import title
from hub.testing.memory import Traits
from hub.testing.stage import REVIEWER, Stage

pytestmark = pytest.mark.both_databases


def test_an_employer_that_was_joined_away_is_told_as_the_contact_it_stands_in_now() -> None:
    """The id that is told is one that can be explained in turn."""
    stage = Stage({"crm": Traits(), "book": Traits()})
    crm = stage.vendors["crm"]
    firms = [crm.user_create({"kind": "org", "full": name}).ref.native_id for name in ("Oy Ab", "Ab Oy Helsinki")]
    people = [crm.user_create({"given": name, "family": "Aho", "employer": firm}).ref.native_id
              for name, firm in zip(("Anna", "Bo"), firms, strict=True)]
    stage.settle()
    one_and_two.merge(stage.store, stage.book, *(stage.contact_of("crm", firm).id for firm in firms), by=REVIEWER)
    stage.settle()
    told = [explaining.explain(stage.store, stage.book, stage.contact_of("crm", person).id, "employer") for person in people]
    assert {t["units"]["employer"]["value"] for t in told} == {stage.contact_of("crm", firms[0]).id}
    assert {t["units"]["employer"]["who"] for t in told} == {title(stage.contact_of("crm", firms[0]).units)}


def test_the_id_of_who_was_joined_away_means_the_contact_it_stands_in_now() -> None:
    stage = Stage({"crm": Traits(), "book": Traits()})
    made = [stage.vendors["crm"].user_create({"given": name, "family": "Aho"}).ref.native_id for name in ("Anna", "Anneli")]
    stage.settle()
    before = [stage.contact_of("crm", record).id for record in made]
    one_and_two.merge(stage.store, stage.book, *before, by=REVIEWER)
    stage.settle()
    now = stage.contact_of("crm", made[0]).id
    assert {explaining.explain(stage.store, stage.book, each[-8:], None)["contact"] for each in before} == {now}
