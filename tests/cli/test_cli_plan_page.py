"""plan --html: one page, irreversible first, nothing on it from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from cli_support import Place, person
from test_cli_story import met

from hub.cli.plan_groups import differences, groups
from hub.cli.plan_words import Words


class Text(HTMLParser):
    """The words of a page, and its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.words.append(" ".join(data.split()))


def read(file: Path) -> Text:
    page = Text()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def planned(place: Place) -> Path:
    """A delete, values taken away, a create and a change wait."""
    met(place)
    place.crm.user_create(person("Eva", "Ek", "eva@example.org", notes="likes <b>tea</b>"))
    place.json("sync", "--approve")
    by_name = {r["given"]: k for k, r in place.mail.records().items()}
    place.mail.user_delete(by_name["Bo"])
    place.json("plan")
    (conflict,) = place.json("conflicts", "list")
    place.json("conflicts", "resolve", conflict["id"], "delete")
    place.mail.user_edit(by_name["Anna"], {"family": "Aho"})
    place.mail.user_edit(by_name["Eva"], {"notes": None})
    place.crm.user_create(person("<script>alert(1)</script>", "Dahl", "cy@example.org"))
    file = place.folder / "plan.html"
    assert place.json("plan", "--html", str(file))["page"] == str(file)
    return file


def test_the_page_tells_irreversible_first(place: Place) -> None:
    page = read(planned(place))
    said = "\n".join(page.words)
    places = [said.index(f"{system}: {what}") for system, what in (
        ("crm", "delete 1 record"), ("crm", "take values away from 1 record"), ("mail", "create 1 record"),
        ("crm", "change 1 record"))]
    assert places == sorted(places)
    assert "This cannot be taken back" in said
    assert all(word in said for word in ("Virtanen", "Aho", "family name", "Bo Ek", "likes <b>tea</b>", "(nothing)"))
    assert "Approved by" in said


def test_the_page_stands_alone_and_values_are_no_markup(place: Place) -> None:
    file = planned(place)
    page, text = read(file), file.read_text(encoding="utf-8")
    assert not {"script", "img", "link", "iframe", "b"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert re.findall(r"https?://|url\(|@import", text) == []
    assert "default-src 'none'" in text


def test_the_terminal_tells_it_in_the_same_order(place: Place) -> None:
    planned(place)
    said = place.run("plan").out
    assert "The plan has 4 writes" in said
    assert said.index("crm: delete 1 record (deleted elsewhere)") < said.index("mail: create 1 record (not there yet)")
    assert "cannot be taken back" in said
    assert "family name: Virtanen → Aho" in said
    assert "notes: likes <b>tea</b> → (nothing)" in said


def test_a_plan_with_nothing_is_a_page_too(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "none.html"
    assert place.run("plan", "--html", str(file)).code == 0
    assert "Nothing: every system has what it should have" in " ".join(read(file).words)
    ran = place.run("plan", "--html", str(tmp_path / "none" / "x.html"))
    assert ran.code == 2
    assert "--html" in ran.err


def test_groups_and_differences() -> None:
    writes = [{"system": s, "op": o, "reason": r, "removals": n} for s, o, r, n in (
        ("b", "update", "behind", 0), ("a", "create", "create", 0), ("b", "update", "behind", 2), ("b", "delete", "undo", 1))]
    assert [(g.system, g.kind, len(g.writes)) for g in groups({"writes": writes})] == [
        ("b", "delete", 1), ("b", "blank", 1), ("a", "create", 1), ("b", "update", 1)]
    assert groups({}) == []
    words = Words()
    found = differences({"emails": {"a": {"v": "A"}}}, {"emails": {"b": {"v": "B"}}})
    assert [(words.label(d), words.value(d, d.before), words.value(d, d.after)) for d in found] == [
        ("e-mail", "A", ""), ("e-mail", "", "B")]
