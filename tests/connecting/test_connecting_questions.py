"""One question a setting: its shape, its help, and what is made of the line a person types."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.connecting.questions import NotTaken, Question, answer_of, problem, questions_of
from hub.errors import UsageError
from hub.plugins import registry
from hub.sdk import Ask

KINDS = sorted(registry().kinds)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Ask("Address", where="In the address bar.")] = Field(min_length=8, description="Where it is")
    key: SecretStr
    pin: Annotated[SecretStr | None, Ask("PIN")] = None
    file: Annotated[Path | None, Ask("File")] = None
    deep: Annotated[bool, Ask("Everything?")] = False
    depth: Annotated[int, Ask("How deep")] = Field(default=3, ge=1)
    share: Annotated[float, Ask("How much")] = 0.5
    books: Annotated[list[str], Ask("Books")] = []
    kinds: Annotated[tuple[str, ...], Ask("Kinds")] = ("one", "two")
    way: Annotated[Literal["in", "out"], Ask("Way")] = "in"
    page_size: int = 500
    tables: dict[str, str] = {}


QUESTIONS = {q.name: q for q in questions_of(Settings)}


def test_marked_settings_and_those_without_a_default_are_asked_in_their_order() -> None:
    assert list(QUESTIONS) == ["url", "key", "pin", "file", "deep", "depth", "share", "books", "kinds", "way"]
    assert QUESTIONS["url"] == Question("url", "Address", "Where it is", "In the address bar.", "text", True)
    assert QUESTIONS["key"] == Question("key", "key", "", "", "secret", True)
    assert [QUESTIONS[n].shape for n in ("pin", "file", "deep", "depth", "share", "books", "kinds", "way")] == [
        "secret", "path", "switch", "number", "number", "list", "list", "text"]
    assert not QUESTIONS["pin"].needed
    assert QUESTIONS["kinds"].default == ("one", "two")


def test_a_setting_no_line_can_answer_is_left_to_the_editor() -> None:
    class Deep(BaseModel):
        tables: dict[str, str]

    with pytest.raises(UsageError, match=r"setting tables cannot be asked for in one line.*config/hub\.toml"):
        questions_of(Deep)


@pytest.mark.parametrize(("name", "line", "value"), [
    ("url", "  https://x.example.org ", "https://x.example.org"), ("pin", "", None), ("deep", "yes", True), ("deep", "N", False),
    ("deep", "", None), ("depth", "7", 7), ("depth", "-7", -7), ("share", "0.25", 0.25), ("books", "A, B b ,,", ["A", "B b"]),
    ("books", "", None), ("file", '"C:\\lists\\board.csv"', "C:\\lists\\board.csv"), ("file", "/a b.csv", "/a b.csv"),
])
def test_a_line_becomes_a_value(name: str, line: str, value: Any) -> None:
    assert answer_of(QUESTIONS[name], line) == value


def test_a_secret_is_taken_as_it_was_typed() -> None:
    assert answer_of(QUESTIONS["key"], " s3 cret ").get_secret_value() == " s3 cret "


@pytest.mark.parametrize(("name", "line", "why"), [
    ("url", "", "it is needed"), ("url", "  ", "it is needed"), ("key", "", "it is needed"),
    ("deep", "perhaps", "answer yes or no"), ("depth", "three", "must be a number"),
    ("url", "https://x.example.org\x1b[2J", "cannot be shown"),
])
def test_what_cannot_be_used_is_said_without_quoting_it(name: str, line: str, why: str) -> None:
    with pytest.raises(NotTaken, match=why) as refused:
        answer_of(QUESTIONS[name], line)
    assert not line.strip() or line not in str(refused.value)


def test_the_settings_have_the_last_word_and_do_not_quote_either() -> None:
    assert problem(Settings, "url", {"url": "https://x.example.org"}) == ""  # the others may still be missing
    assert problem(Settings, "url", {"url": "short"}) == "must have at least 8 letters"
    assert problem(Settings, "depth", {"url": "https://x.example.org", "depth": 0}) == "must be at least 1"
    assert problem(Settings, "way", {"way": "kanarie-7f3a"}) == "must be 'in' or 'out'"


@pytest.mark.parametrize("kind", KINDS)
def test_every_connector_can_be_asked_for_and_says_where_the_answers_are(kind: str) -> None:
    """Each setting has a help; every secret says where it is found in the vendor's screens."""
    questions = questions_of(registry().kinds[kind].settings)
    assert questions
    assert [q.name for q in questions if not q.about] == []
    assert [q.name for q in questions if q.shape == "secret" and not q.where] == []
    assert [q.name for q in questions if q.text == q.name] == []  # a few words, no name of a field


@pytest.mark.parametrize(("kind", "name", "value", "says"), [
    ("spreadsheet", "path", "list.csv", "must be the path in full"), ("spreadsheet", "path", "/list.pdf", "must be a .csv"),
    ("civicrm", "site_time_zone", "Moon/Base", "is no time zone"),
    ("dynamics", "client_id", "no id!", "has not the form it needs"),
])
def test_what_a_connector_refuses_goes_on_behind_it(kind: str, name: str, value: str, says: str) -> None:
    """As "it must be …" here, and "this must be …" for a config."""
    assert says in problem(registry().kinds[kind].settings, name, {name: value})
