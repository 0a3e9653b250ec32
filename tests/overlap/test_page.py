"""The page and its words: three languages, nothing from outside, nothing unescaped."""

from __future__ import annotations

import re
import string
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hub.overlap.fields import FIELDS
from hub.overlap.headers import MEANINGS
from hub.overlap.look import look, read_lists
from hub.overlap.page import _SIGNS, LANGUAGES, page, words
from hub.overlap.plot import SETS, draw_plot
from hub.overlap.shared import KINDS

TODAY = date(2026, 6, 1)
EVIL = '<script src="//evil.example/x.js"></script>'


def test_the_three_languages_say_the_same() -> None:
    english = words("en")
    for language in LANGUAGES:
        told = words(language)
        assert told.keys() == english.keys()
        assert [name for name, text in told.items() if not text.strip()] == []
        assert {name: places(text) for name, text in told.items()} == {name: places(text) for name, text in english.items()}


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_a_word_for_all_that_is_shown() -> None:
    told = words("en")
    needed = [f"field_{name}" for name in (*MEANINGS, *FIELDS) if name != "other"]
    needed += [f"kind_{kind}" for kind in KINDS] + [f"sign_{sign}" for sign in _SIGNS.values()]
    assert [name for name in needed if name not in told] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_of_narrow_columns_say_where_they_may_be_divided(language: str) -> None:
    """Browsers know the syllables of few languages, and printing makes the columns narrower still."""
    heads = ("rows", "people", "only_here", "adds", "doubled", "perhaps", "invalid", "stale", *(f"field_{f}" for f in FIELDS))
    pieces = [piece for name in heads for piece in re.split(r"[\s\u00ad-]", words(language)[name])]
    assert [piece for piece in pieces if len(piece) > 8] == []


def made(tmp_path: Path, language: str) -> str:
    (tmp_path / "a.csv").write_text(f"Name,Mail,Phone,Town\nBo Ek,bo@example.org,040 1234567,Turku\nEva {EVIL},e@example.org,,\n",
                                    encoding="utf-8")
    (tmp_path / "b.csv").write_text("Etunimi;Sukunimi;Sähköposti;Postitoimipaikka\nBo;Ek;bo@example.org;Tampere\n"
                                    "Eva;Ek;bo@example.org;\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("nothing", encoding="utf-8")
    read = read_lists([tmp_path])
    return page(look(read, "FI", TODAY), read, language, TODAY)


class Seen(HTMLParser):
    """Tags, whether they close, and what they would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs
                       if name in ("src", "href", "action", "xlink:href", "data") or name.startswith("on")]
        if tag not in ("meta", "br", "rect", "circle", "line", "col"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_loads_nothing(tmp_path: Path, language: str) -> None:
    html = made(tmp_path, language)
    seen = Seen()
    seen.feed(html)
    assert seen.open == []
    assert not seen.tags & {"script", "link", "iframe", "img", "object", "form", "base"}
    assert seen.loads == []
    assert not re.search(r"https?:|url\(|@import|//evil", html.replace(EVIL, "").replace("&#34;//evil", ""))
    assert EVIL not in html
    assert f'lang="{language}"' in html
    for name in ("title", "upset", "lists", "differ", "look", "emails", "columns", "personal"):
        assert words(language)[name] in seen.text
    assert "c.csv, row 1" in seen.text
    assert "Tampere" in seen.text  # a town the lists disagree about


def test_the_first_sentence_has_the_main_figures(tmp_path: Path) -> None:
    assert "2 lists have 4 rows and 3 different people. 1 of them stand in more than one list (0 of these probably), 2 in " \
           "one list only, 1 in all." in made(tmp_path, "en")


def test_one_list_has_no_overlap_to_draw(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Name,Mail\nBo Ek,bo@example.org\n", encoding="utf-8")
    read = read_lists([tmp_path])
    html = page(look(read, "FI", TODAY), read, "en", TODAY)
    assert "1 rows hold 1 different people." in html
    assert "<svg" not in html


def test_the_plot_draws_the_largest_sets_and_counts_the_others(tmp_path: Path) -> None:
    everybody = [f"P{chr(97 + n)}x Q{chr(97 + n)}y" for n in range(26)]
    for n in range(6):
        lines = [f"{name},{name.split()[0]}@example.org" for at, name in enumerate(everybody * 2) if at >> n & 1]
        (tmp_path / f"{n}.csv").write_text("\n".join(["Name,Mail", *lines]), encoding="utf-8")
    picture = look(read_lists([tmp_path]), "FI", TODAY)
    plot = draw_plot(picture)
    assert len(plot.bars) == min(SETS, len(picture.combinations))
    assert sum(bar.people for bar in plot.bars) + plot.hidden_people == picture.people
    assert all(0 <= bar.x < plot.width and bar.y >= 0 and bar.pale <= bar.height for bar in plot.bars)
    assert [line.name for line in plot.lines] == [f"{n}.csv" for n in range(6)]
