"""What a kind of system asks of a person: one question a setting, from the connector's own settings."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from hub.errors import UsageError
from hub.refusals import words_of
from hub.sdk.asking import Ask

Shape = Literal["text", "path", "number", "switch", "list", "secret"]
YES, NO = ("yes", "y", "true"), ("no", "n", "false")


@dataclass(frozen=True, slots=True)
class Question:
    """One setting. ``about``: what it is; ``where``: the way to it in the vendor's screens; ``default``: what counts where
    nothing is answered, for those that need no answer."""

    name: str
    text: str
    about: str
    where: str
    shape: Shape
    needed: bool
    default: Any = None


class NotTaken(UsageError):
    """An answer that cannot be used; says why, without quoting it."""


def questions_of(schema: type[BaseModel]) -> tuple[Question, ...]:
    """What is to be asked, in the order of the settings: those marked with ``Ask``, and those without a default. Raises
    UsageError for one of them that no single line can answer."""
    return tuple(_question(name, field) for name, field in schema.model_fields.items()
                 if field.is_required() or _ask(field) is not None)


def _ask(field: FieldInfo) -> Ask | None:
    return next((mark for mark in field.metadata if isinstance(mark, Ask)), None)


def _question(name: str, field: FieldInfo) -> Question:
    ask = _ask(field) or Ask(name)
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return Question(field.alias or name, ask.question, field.description or "", ask.where,
                    _shape(name, set(_kinds(field.annotation))), field.is_required(), default)


def _shape(name: str, kinds: set[Any]) -> Shape:
    shapes: tuple[tuple[type, Shape], ...] = (
        (SecretStr, "secret"), (bool, "switch"), (int, "number"), (float, "number"), (str, "text"), (date, "text"),
        (Path, "path"), (list, "list"), (tuple, "list"))
    for kind, shape in shapes:
        if kind in kinds:
            return shape
    if any(get_origin(k) is Literal for k in kinds):
        return "text"
    raise UsageError(f"The setting {name} cannot be asked for in one line. Fill this system in by hand, in config/hub.toml.")


def _kinds(annotation: Any) -> Iterator[Any]:
    """The alternatives of an annotation, lists without what they hold."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _kinds(each)
    elif origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    else:
        yield origin if origin in (list, tuple) else annotation


def answer_of(question: Question, text: str) -> Any:
    """A line a person typed as the value of a setting; None for an empty line where no answer is needed. Raises NotTaken."""
    if question.shape == "secret":
        return SecretStr(text) if text else _nothing(question)
    text = text.strip()
    if question.shape == "path" and text[:1] == text[-1:] == '"':  # as Windows copies a path
        text = text[1:-1]
    if not text:
        return _nothing(question)
    if not text.isprintable():
        raise NotTaken("it holds a character that cannot be shown. Type it again.")
    if question.shape == "list":
        return [part for each in text.split(",") if (part := each.strip())]
    if question.shape == "switch":
        return _switch(text)
    return _number(text) if question.shape == "number" else text


def _nothing(question: Question) -> None:
    if question.needed:
        raise NotTaken("it is needed.")


def _switch(text: str) -> bool:
    if text.lower() not in (*YES, *NO):
        raise NotTaken("answer yes or no.")
    return text.lower() in YES


def _number(text: str) -> int | float:
    try:
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        raise NotTaken("it must be a number.") from None


def problem(schema: type[BaseModel], name: str, answers: Mapping[str, Any]) -> str:
    """Why the answer to the question ``name`` cannot be used, "" when it can; the others may still be missing."""
    try:
        schema.model_validate(answers)
    except ValidationError as refused:
        for error in refused.errors(include_input=False, include_url=False):
            if error["loc"][:1] == (name,):
                return words_of(error)
    return ""
