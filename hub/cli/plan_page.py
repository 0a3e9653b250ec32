"""``hub plan --html``: the plan as one page that can be printed and kept. Nothing on it comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from hub.cli.plan_file import write_whole
from hub.cli.plan_groups import differences, groups
from hub.cli.plan_words import Words


def plan_page(document: Mapping[str, Any], *, workspace: str, waits: Mapping[str, str], language: str = "en") -> str:
    """The page as HTML. ``document``: what ``Hub.plan_document`` gives, {} for no plan; ``waits``: system → why it waits."""
    from jinja2 import Environment, StrictUndefined

    words = Words(language, document.get("names"))
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = files("hub.cli").joinpath("plan_page.html").read_text(encoding="utf-8")
    found = groups(document)
    return made.from_string(text).render(
        words=words, say=words.say, language=language, workspace=workspace, made_at=words.moment(document.get("made_at")),
        hash=str(document.get("hash", "")), waits=dict(waits), groups=found, differences=differences,
        total=len(document.get("writes", ())), only=list(document.get("only", ())), rest=list(document.get("approved_rest", ())),
        stirs={s: what for s, what in document.get("stirs", {}).items() if any(g.system == s for g in found)})


def write_page(path: Path, page: str) -> None:
    """The file, whole or not at all. Raises UsageError where it cannot be written."""
    write_whole(path, page, option="--html")
