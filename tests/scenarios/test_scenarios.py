"""Every scenario file is played on the real engine; what it says must come about."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing.scenario import Play, Scenario, Unexpected

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_story_goes_as_told(path: Path) -> None:
    Scenario.read(path).play()


def test_every_verb_is_used_somewhere() -> None:
    verbs = {name.removeprefix("step_") for name in vars(Play) if name.startswith("step_")}
    used = {next(iter(step)) for path in FILES for step in Scenario.read(path).said["steps"]}
    assert used == verbs


def test_titles_differ() -> None:
    titles = [Scenario.read(path).title for path in FILES]
    assert len(set(titles)) == len(titles) >= 12


def _file(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "story.toml"
    path.write_text(text, encoding="utf-8")
    return Scenario.read(path)


WORLD = 'title = "A story"\n[systems.crm]\n[systems.book]\n[[steps]]\ncreate = "anna"\nin = "crm"\nis = {given = "Anna"}\n'


@pytest.mark.parametrize(("step", "told"), [
    ('expect = "anna"\nin = "crm"\nis = {given = "Anne"}', r"step 2 .*given is 'Anna'"),
    ('expect = "anna"\nin = "crm"\nthere = false', "step 2 .*it is there"),
    ('expect_contacts = 3', "step 2 .*it knows 0"),
    ('expect_records = {book = 1}', r"step 2 .*there are \{'book': 0\}"),
    ('expect_conflicts = ["notes"]', r"step 2 .*open are \[\]"),
    ('edit = "matti"\nin = "crm"\nto = {given = "M"}', "step 2 .*nobody here is called matti"),
])
def test_a_story_that_goes_otherwise_is_told_with_its_step(tmp_path: Path, step: str, told: str) -> None:
    with pytest.raises(Unexpected, match=f"A story, {told}"):
        _file(tmp_path, f"{WORLD}[[steps]]\n{step}\n").play()


@pytest.mark.parametrize(("text", "told"), [
    (f'{WORLD}[[steps]]\nfly = "anna"\n', 'there is no step "fly"'),
    (f'{WORLD}[[steps]]\nsync = "now"\n', "sync is one of"),
    ('title = "A story"\n[systems.crm]\n', "has a title, systems and steps"),
    (f'{WORLD}[actors]\nx = 1\n', r"unknown tables \['actors'\]"),
])
def test_a_file_that_is_no_scenario(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        _file(tmp_path, text).play()


def test_a_word_a_step_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="loudly"):
        _file(tmp_path, f"{WORLD}[[steps]]\nsync = 'plan'\nloudly = true\n").play()
