"""``hub plan --html``: the plan as one page that can be printed and kept. Nothing on it comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from hub.cli.output import moment, number
from hub.cli.plan_file import write_whole
from hub.cli.plan_words import differences, groups


def plan_page(document: Mapping[str, Any], *, workspace: str, waits: Mapping[str, str]) -> str:
    """The page as HTML. ``document``: what ``Hub.plan_document`` gives, {} for no plan; ``waits``: system → why it waits."""
    from jinja2 import Environment, StrictUndefined

    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = files("hub.cli").joinpath("plan_page.html").read_text(encoding="utf-8")
    return made.from_string(text).render(
        workspace=workspace, made_at=moment(document.get("made_at")), hash=str(document.get("hash", "")), waits=dict(waits),
        groups=groups(document), differences=differences, total=number(len(document.get("writes", ())), "write"),
        only=list(document.get("only", ())))


def write_page(path: Path, page: str) -> None:
    """The file, whole or not at all. Raises UsageError where it cannot be written."""
    write_whole(path, page, option="--html")
