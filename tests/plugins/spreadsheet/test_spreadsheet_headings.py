"""The mapping made from headings: it can be loaded whatever they are, and covers what was understood."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.testing.lenses import lens_of
from hub_spreadsheet.headings import mapping_for

MEANINGS = ("given", "family", "full", "middle", "suffix", "email", "phone", "birthday", "street", "postcode", "town", "country",
            "company", "changed", "national-id", "")
HEADING = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())).filter(bool)


def known(heading: str) -> str:
    """As the hub would tell the connector."""
    return {"Etunimi": "given", "Imię": "given", "Sukunimi": "family", "nazwisko": "family", "Katuosoite": "street",
            "Postiosoite": "street", "Puhelin": "phone", "Matkapuhelin": "phone", "Nimi": "full", "Imię i nazwisko": "full",
            "Sukunimi Etunimi": "full"}.get(heading, "")


@given(meanings=st.dictionaries(HEADING, st.sampled_from(MEANINGS), max_size=8))
def test_every_column_is_mapped_once_or_told(tmp_path_factory: pytest.TempPathFactory, meanings: dict[str, str]) -> None:
    made = mapping_for(tuple(meanings), "hub-id", lambda heading: meanings.get(heading, ""))
    assert set(made.left) <= set(meanings)
    assert {h for h, meaning in meanings.items() if not meaning} - {"Job title", "Notes"} <= set(made.left)
    if made.text:
        file = Path(tmp_path_factory.getbasetemp()) / "made.toml"
        file.write_text(made.text, encoding="utf-8")
        assert lens_of(file)


def test_the_key_column_and_second_columns_of_one_meaning() -> None:
    made = mapping_for(("No", "Etunimi", "Sukunimi", "Katuosoite", "Postiosoite", "Puhelin", "Matkapuhelin"), "No", known)
    assert made.left == ("Postiosoite",)
    assert 'slots = [ { at = "Puhelin" }, { at = "Matkapuhelin" } ]' in made.text
    assert made.settings == {"date_columns": []}


@pytest.mark.parametrize(("heading", "told"), [
    ("Imię i nazwisko", 'units = ["name.given", "name.family"]'), ("Sukunimi Etunimi", 'units = ["name.family", "name.given"]'),
    ("Nimi", 'direction = "from"')])
def test_a_whole_name_is_taken_apart_only_where_the_heading_says_the_order(heading: str, told: str) -> None:
    assert told in mapping_for((heading,), "hub-id", known).text
