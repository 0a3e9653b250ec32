"""What is wrong in a configuration file, in words: place, problem, cure, and never the value."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hub.refusals import refusal


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int = Field(3, ge=1, le=9)
    ratio: float = Field(0.5, gt=0, lt=1)
    way: Literal["up", "down"] = "up"
    code: str = Field("ab", min_length=2, max_length=3, pattern="^[a-z]+$")
    names: tuple[str, ...] = ()
    on: bool = False

    @field_validator("names")
    @classmethod
    def _few(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(names) > 1:
            raise ValueError("names more than one; leave one.")
        return names


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    needed: str
    parts: dict[str, Inner] = Field(default_factory=dict)


def told(tmp_path: Path, line: str) -> Any:
    """The error for a line that stands in a part; it is the third of the file."""
    file = tmp_path / "x.toml"
    file.write_text(f'needed = "hunter2"\n[parts.one]\n{line}\n', encoding="utf-8")
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    error = refusal(refused.value, Outer, file)
    assert (error.file, error.line) == (str(file), 3)
    return str(error)


@pytest.mark.parametrize(("line", "says"), [
    ("siez = 3", 'parts.one.siez: this is not known here; did you mean "size"?'),
    ("zzz = 3", "parts.one.zzz: this is not known here; there are size, ratio, way, code, names, on."),
    ('size = "s3cret"', "parts.one.size: this must be a number, without quotes."),
    ("size = 2.5", "parts.one.size: this must be a whole number."),
    ("size = 0", "parts.one.size: this must be at least 1."),
    ("size = 10", "parts.one.size: this must be at most 9."),
    ("ratio = 0", "parts.one.ratio: this must be more than 0."),
    ("ratio = 1", "parts.one.ratio: this must be less than 1."),
    ('way = "s3cret"', "parts.one.way: this must be 'up' or 'down'."),
    ('code = "a"', "parts.one.code: this must have at least 2 letters."),
    ('code = "abcd"', "parts.one.code: this must have at most 3 letters."),
    ('code = "s3"', "parts.one.code: this has not the form it needs (^[a-z]+$); see the connector's README."),
    ("code = 3", 'parts.one.code: this must be a text in quotes, such as "example".'),
    ('names = "s3cret"', 'parts.one.names: this must be a list, such as ["one", "two"].'),
    ('names = ["a", "s3cret"]', "parts.one.names: this names more than one; leave one."),
    ('on = "s3cret"', "parts.one.on: this must be true or false, without quotes."),
])  # fmt: skip
def test_each_mistake_has_its_place_and_cure(tmp_path: Path, line: str, says: str) -> None:
    found = told(tmp_path, line)
    assert found.endswith(says)
    assert "s3cret" not in found
    assert "hunter2" not in found


def test_a_name_misspelt_is_told_rather_than_the_one_missing(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate({"neded": "x"})
    assert str(refusal(refused.value, Outer, file)).endswith('neded: this is not known here; did you mean "needed"?')
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate({})
    error = refusal(refused.value, Outer, file, at=("systems", "crm"))
    assert str(error).endswith("systems.crm.needed: this is missing; add it.")
    assert error.line is None  # the file is gone meanwhile
