"""What the documents say is true: links, commands, options, hooks, fields, numbers of sections."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel

from hub.cli import cli
from hub.config import AuthoritySection, Config, HubSection, LimitsSection, RetentionSection, SystemSection
from hub.model.life import LinkLife
from hub.model.record import How
from hub.model.state import Fate
from hub.plugins import registry
from hub.rules.matching.match import Tier
from hub.sdk import Capabilities, Connector, hookspecs
from hub.sdk.connector import SupportsMerge, SupportsSearch
from hub.testing.contract import CHECKS

ROOT = Path(__file__).parent.parent
PAGES = sorted(p for p in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md"),
                           *(ROOT / "tests").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")))
CODE = sorted(p for top in ("hub", "plugins", "tests") for p in (ROOT / top).rglob("*.py"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"``([^`]+)``|`([^`]+)`")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
IN_A_SPAN, IN_A_BLOCK = re.compile(r"^(?:\S*[\\/])?hub ([a-z-].*)"), re.compile(r"(?:^|[\\/]|\s{2,})hub ([a-z-].*?)(?=\s{2,}|$)")
CONNECTORS = re.compile(r"^\| \[[^\]]+\]\(plugins/hub_(\w+)/README\.md\) \| (\d) \| ([^|]+) \| ([^|]+) \| (\d+) of (\d+) \|",
                        re.MULTILINE)


def ids(pages: list[Path]) -> list[str]:
    return [p.relative_to(ROOT).as_posix() for p in pages]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# ---- links and paths

@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            wrong.append(target)
    assert wrong == []


def anchors(page: Path) -> set[str]:
    """As they are made of headings by the usual renderers."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.replace("`", "").lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_files_that_are_named_exist(page: Path) -> None:
    """``hub/rules/merge.py`` in a code span; a name with a placeholder or a folder still to be made is none."""
    wrong = []
    for found in re.findall(r"`((?:hub|docs|tests|plugins|config|mappings)/[\w./-]+)`", page.read_text(encoding="utf-8")):
        if "hub.toml" in found or found.startswith(("hub/web", "mappings/")):
            continue
        if not (ROOT / found).exists() and not (page.parent / found).exists():
            wrong.append(found)
    assert wrong == []


def test_pages_named_in_the_code_exist() -> None:
    named = {(path, page) for path in CODE for page in re.findall(r"docs/[a-z/-]+\.md", path.read_text(encoding="utf-8"))}
    assert [f"{path.name}: {page}" for path, page in sorted(named) if not (ROOT / page).exists()] == []


@pytest.mark.parametrize("name", ["merge", "design"])
def test_sections_named_in_the_code_exist(name: str) -> None:
    """``(merge.md 5)`` and ``(design.md 4, Guards)``."""
    page = text_of(f"docs/concepts/{name}.md")
    sections = dict(re.findall(r"^## (\d+)\. (.+)$", page, re.MULTILINE))
    wrong = []
    for path in [p for p in CODE if p != Path(__file__)]:
        for numbers, word in re.findall(rf"{name}\.md``?\.? ?((?:\d+[a-h]?(?:, | and | to )?)*)(?:[, :\"]+([A-Z][a-z]+))?",
                                        path.read_text(encoding="utf-8")):
            wrong += [f"{path.name}: {name}.md {n}" for n in re.findall(r"\d+", numbers) if n not in sections]
            if word and name == "design" and f"**{word}" not in page:
                wrong.append(f"{path.name}: {name}.md, {word}")
    assert wrong == []


def test_no_path_of_one_machine() -> None:
    wrong = [f"{path.relative_to(ROOT)}: {found[0]}" for path in [*PAGES, *CODE] if path != Path(__file__)
             if (found := re.search(r"(?<![\w.~>}])/(work|root|home)/[a-z]\w*", path.read_text(encoding="utf-8")))]
    assert wrong == []


# ---- commands

def calls(text: str) -> Iterator[list[str]]:
    """The words of every call of ``hub`` in code spans and blocks."""
    spans = [" ".join((a or b).split()) for a, b in SPAN.findall(FENCE.sub("", text))]
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    for found in [*(f for s in spans for f in IN_A_SPAN.findall(s)), *(f for line in lines for f in IN_A_BLOCK.findall(line))]:
        words = re.split(r", hub | #", found)[0].split()
        yield words[2:] if words[0] == "-C" else words


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_commands_exist(page: Path) -> None:
    wrong = [" ".join(words) for words in calls(page.read_text(encoding="utf-8")) if problem(words)]
    assert wrong == []


def problem(words: list[str]) -> bool:
    """Is there no such command, subcommand or option?"""
    ctx, command = click.Context(cli), cli.get_command(click.Context(cli), words[0].rstrip(".,;"))
    rest = words[1:]
    if command is None:
        return True
    if isinstance(command, click.Group) and rest:
        names = command.list_commands(ctx)
        command = command.get_command(ctx, rest[0].rstrip(".,;"))
        if command is None:
            return not all(name in names for name in re.split(r"[|/]", rest[0]))
        rest = rest[1:]
    options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help", "-h"}
    return any(word.strip("[].,;").startswith("-") and word.strip("[].,;").split("=")[0] not in options for word in rest)


def test_commands_are_found_in_texts() -> None:
    text = "Run `hub plan -o FILE`, then:\n```\n.venv/bin/hub -C x sync --approve    # now\nhub conflicts nonsense\n```\n"
    found = list(calls(text))
    assert found == [["plan", "-o", "FILE"], ["sync", "--approve"], ["conflicts", "nonsense"]]
    assert [problem(words) for words in found] == [False, False, True]
    assert problem(["plan", "--yes"])


def test_every_command_is_told_somewhere() -> None:
    told = {words[0] for name in ("README.md", "docs/quickstart.md", "docs/writing-a-connector.md", "CHANGELOG.md")
            for words in calls(text_of(name))}
    changes = text_of("CHANGELOG.md")
    assert [name for name in cli.list_commands(click.Context(cli)) if name not in told and f"`{name}`" not in changes] == []


# ---- the README

def test_the_readme_is_short_and_tests_are_run_as_it_says() -> None:
    readme = text_of("README.md")
    assert readme.count("\n") <= 120
    lines = [line for line in text_of(".ci/run").splitlines() if not re.match(r"\s*(#|set |cd |$)", line)]
    assert len(lines) == 1
    assert f"\n{lines[0]}\n" in readme
    windows = lines[0].replace("python3", "python").replace(" && ", "; ").replace(".venv/bin/", ".venv\\Scripts\\")
    assert f"\n{windows}\n" in readme
    assert windows in text_of(".github/workflows/test.yml")


def test_the_table_of_connectors_is_true() -> None:
    readme = text_of("README.md")
    rows = {row[0]: row[1:4] for row in CONNECTORS.findall(readme)}
    kinds = registry().kinds
    assert rows == {k.kind: (str(k.level.number), k.level.against, k.level.on) for k in kinds.values()}


def test_the_table_says_how_many_checks_run() -> None:
    skipped = Counter(
        found[1] for pattern in tomllib.loads(text_of("tests/skips.toml"))["everywhere"]
        if (found := re.match(r"tests/plugins/(\w+)/test_\w+_contract\.py::\*::test_\w+$", pattern)))
    said = {row[0]: (int(row[4]), int(row[5])) for row in CONNECTORS.findall(text_of("README.md"))}
    assert said == {kind: (len(CHECKS) - skipped[kind], len(CHECKS)) for kind in registry().kinds}


def test_every_connector_has_a_readme_that_names_its_level() -> None:
    for kind in registry().kinds.values():
        text = (kind.mapping.parent / "README.md").read_text(encoding="utf-8")
        assert re.search(rf"\bLevel\b[^0-9]*{kind.level.number}\b", text), kind.kind


# ---- reference

def test_hooks_protocols_and_capabilities_are_documented() -> None:
    page = text_of("docs/writing-a-connector.md")
    hooks = [name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")]
    assert hooks
    methods = [name for protocol in (Connector, SupportsSearch, SupportsMerge) for name, value in vars(protocol).items()
               if callable(value) and not name.startswith("_") and name != "Settings"]
    assert {"pull", "find", "merge"} <= set(methods)
    assert [name for name in (*hooks, *methods) if f"`{name}" not in page] == []
    assert [name for name in Capabilities.__dataclass_fields__ if f"`{name}`" not in page] == []
    assert [way for way in get_args(How) if f"`{way}`" not in page] == []


@pytest.mark.parametrize(("section", "heading"), [
    (HubSection, "`[hub]`"), (SystemSection, "`[systems.NAME]`"), (AuthoritySection, '`[authority."UNIT"]`'),
    (LimitsSection, "`[limits]`"), (RetentionSection, "`[retention.NAME]`"),
])
def test_the_configuration_is_documented(section: type[BaseModel], heading: str) -> None:
    page = text_of("docs/reference/config.md")
    part = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert part
    for name, field in section.model_fields.items():
        row = next((line for line in part.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1]), "")
        assert row, f"{name} is not in the table of {heading}"
        default = field.get_default(call_default_factory=True) if not field.is_required() else None
        if isinstance(default, bool | int | float | str):
            shown = f'"{default}"' if isinstance(default, str) else str(default).lower()
            assert re.search(rf"(?<![\w.]){re.escape(shown)}(?![\w.])", row.split("|")[2]), f"{name} is {shown} by default"


def test_the_configuration_has_no_other_sections() -> None:
    assert set(Config.model_fields) == {"hub", "systems", "authority", "limits", "retention"}


def test_the_journal_is_documented() -> None:
    """Every cause that is written down, with every key of its changes."""
    page = text_of("docs/reference/journal.md").partition("## What the causes say")[2]
    causes: dict[str, set[str]] = {}
    for path in sorted((ROOT / "hub" / "engine").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "write_down":
                cause, changes = node.args[1], node.args[2]
                keys = {k.value for k in changes.keys if isinstance(k, ast.Constant)} if isinstance(changes, ast.Dict) else set()
                for each in (cause.body, cause.orelse) if isinstance(cause, ast.IfExp) else (cause,):
                    assert isinstance(each, ast.Constant), f"{path.name}:{node.lineno}: a cause is a plain text"
                    causes.setdefault(str(each.value), set()).update(map(str, keys))
    assert len(causes) > 8
    rows = dict(re.findall(r"^\| `([a-z ]+)` \| (.+) \|$", page, re.MULTILINE))
    assert rows.keys() == causes.keys()
    assert {cause: left for cause, keys in causes.items() if (left := {k for k in keys if f"`{k}`" not in rows[cause]})} == {}


def test_the_merge_names_every_state_and_fate() -> None:
    page = text_of("docs/concepts/merge.md")
    assert [word for word in (*get_args(LinkLife), *get_args(Fate)) if not re.search(rf"\b{word}\b", page)] == []
    assert [tier for tier in Tier if tier.value not in text_of("docs/concepts/design.md").lower()] == []


# ---- words and decisions

def test_the_words_of_the_glossary_are_our_words() -> None:
    """Each stands in code or documents, and what is "elsewhere called" otherwise names no module of ours."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|([^|]*)\|$", text_of("docs/glossary.md"), re.MULTILINE)[2:]
    assert len(rows) > 30
    all_text = "\n".join(p.read_text(encoding="utf-8").lower() for p in [*CODE, *PAGES] if p.name != "glossary.md")
    words = [word.strip() for row in rows for word in row[0].split(",")]
    assert [word for word in words if word.lower() not in all_text] == []
    assert len(words) == len(set(words))


DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_decisions_are_numbered() -> None:
    assert [int(p.name[:4]) for p in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=ids(DECISIONS))
def test_a_decision_says_what_was_given_up(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]}: ")
    assert text.count("\n") <= 40
    places = [text.find(f"**{part}.**") for part in ("Context", "Choice", "What we gave up")]
    assert -1 not in places
    assert places == sorted(places)


def test_the_pins_and_the_licence_are_there() -> None:
    project: dict[str, Any] = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0"
    licence = text_of("LICENSE")
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in licence
    assert licence.rstrip().endswith("limitations under the License.")
