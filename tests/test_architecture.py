"""The floors of the house (ARCHITECTURE.md), proved by reading every import. Nothing here runs the code it reads.

An import inside a function, or one for types only, counts like any other: who knows whom does not depend on when.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLUGINS = sorted(p.name for p in (ROOT / "plugins").iterdir() if (p / "__init__.py").exists())
CONNECTORS = [p for p in PLUGINS if p != "hub_demo"]

FLOORS = (
    ("hub_demo",),
    ("hub.cli",),
    ("hub.web", "hub.daemon"),
    ("hub.app", "hub.organisations", "hub.connecting", "hub.doctor", "hub.rehearsal"),
    ("hub.testing",),
    ("hub.engine", "hub.config", "hub.mapping", "hub.secrets", "hub.sealed", "hub.plugins", "hub.workspace",
     "hub.overlap", "hub.backup", "hub.exporting", "hub.reviewing", "hub.sign_ins", "hub.weighing"),
    ("hub.store", "hub.rules", "hub.sdk", "hub.refusals"),
    ("hub.model", "hub.logs", "hub.toml_lines", "hub.files"),
    ("hub.errors", "hub"),
)
"""The highest first. An import goes down at least one floor; neighbours do not know each other, but for these:"""

NEIGHBOURS = {
    ("hub.backup", "hub.workspace"): "a backup is of the files a workspace has",
    ("hub.app", "hub.organisations"): "the facade asks whether a system is still the organisation it was",
    ("hub.app", "hub.rehearsal"): "and what a changed configuration would do",
    ("hub.config", "hub.mapping"): "the configuration of a system is its settings and its mapping",
    ("hub.config", "hub.plugins"): "the configuration names kinds of connectors",
    ("hub.config", "hub.secrets"): "settings hold references to secrets",
    ("hub.secrets", "hub.sealed"): "a reference may name a sealed secret",
    ("hub.sealed", "hub.workspace"): "secrets are sealed with the workspace's key",
    ("hub.sign_ins", "hub.sealed"): "sign-ins are kept as other secrets are",
    ("hub.sign_ins", "hub.workspace"): "and sealed with the workspace's key",
}
TEST_KIT = {
    "hub.cli.contract": "`hub contract` runs the contract suite",
    "hub_demo": "the invented people of the demo are those of the tests",
}
"""Who may know ``hub.testing``, which otherwise nothing at run time imports."""
SANDBOX_OF_ANOTHER = {"hub_demo": "the demo fills a sandbox behind the hub's back, as the people of that system would"}
ONLY_IN = {
    "sqlalchemy": ("hub.store", "hub.testing"),
    "alembic": ("hub.store",),
    "cryptography": ("hub.store", "hub_outlook"),  # a sign-in by certificate is signed by one, and checked by the sandbox
    "click": ("hub.cli",),
    "rich": ("hub.cli",),
    "splink": ("hub.weighing",),
    "duckdb": ("hub.weighing",),
    "pyarrow": ("hub.weighing",),
    "structlog": ("hub.logs",),
    "tenacity": ("hub.sdk",),
    "httpx": ("hub.sdk", "hub.testing", *PLUGINS),
}
"""What only one floor knows."""
IMPURE = ("asyncio", "datetime", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "tempfile",
          "threading", "time", "uuid")
"""What a pure function has no use for: no clock, no files, no chance, no waiting."""
SYSTEMS = ("baikal", "carddav", "civicrm", "dataverse", "dolibarr", "dynamics", "fastmail", "icloud", "lemonsoft", "limesurvey",
           "mailman", "moodle", "netvisor", "nextcloud", "odoo", "outlook", "pretix", "procountor", "radicale", "salesforce",
           "sharepoint", "tryton", "webropol", "wordpress")
VAGUE = ("common", "helper", "helpers", "manager", "managers", "misc", "util", "utils")
LONGEST = 400
LONGER: dict[str, str] = {}
"""Files over ``LONGEST`` lines, with the reason."""


@dataclass(frozen=True)
class Import:
    """``at``: file and line. ``target``: the module, or the name in it where that is a module."""

    source: str
    target: str
    at: str


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    is_package: bool
    tree: ast.Module
    text: str

    @property
    def place(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


@cache
def modules() -> dict[str, Module]:
    """Every module of the distribution, by dotted name."""
    out = {}
    for base, top in ((ROOT, ROOT / "hub"), *((ROOT / "plugins", ROOT / "plugins" / p) for p in PLUGINS)):
        for path in sorted(top.rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            text = path.read_text(encoding="utf-8")
            out[name] = Module(name, path, is_package, ast.parse(text), text)
    return out


def imports(module: Module) -> Iterator[Import]:
    known = modules()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(module, node)
            targets = [f"{source}.{alias.name}" if f"{source}.{alias.name}" in known else source for alias in node.names]
        else:
            continue
        for target in sorted(set(targets)):
            yield Import(module.name, target, f"{module.place}:{node.lineno}")


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    base = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*base, *filter(None, [node.module])])


@cache
def all_imports() -> tuple[Import, ...]:
    return tuple(found for module in modules().values() for found in imports(module))


def below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def package_of(name: str) -> str:
    """The part of the house a module belongs to: ``hub.rules``, ``hub.config``, ``hub_carddav``, or a foreign one."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "hub" else parts[0]


def floor(package: str) -> int | None:
    """How high, 0 the highest; None for what is not ours."""
    return next((n for n, packages in enumerate(FLOORS) if package in packages), None)


def test_every_module_has_a_floor() -> None:
    homeless = {package_of(name) for name in modules() if floor(package_of(name)) is None}
    assert homeless - set(CONNECTORS) == set()


def test_imports_run_downward_only() -> None:
    wrong = []
    for found in all_imports():
        source, target = package_of(found.source), package_of(found.target)
        here, there = floor(source), floor(target)
        if here is None or there is None or source == target or (source, target) in NEIGHBOURS:
            continue
        if there <= here:
            wrong.append(f"{found.at}: {source} must not know {target}")
    assert wrong == []


def test_what_is_allowed_between_neighbours_is_needed() -> None:
    used = {(package_of(i.source), package_of(i.target)) for i in all_imports()}
    assert NEIGHBOURS.keys() <= used
    kit = {i.source for i in all_imports() if below(i.target, "hub.testing")}
    assert {name for name in TEST_KIT if any(below(source, name) for source in kit)} == TEST_KIT.keys()


def test_the_command_line_asks_the_hub() -> None:
    """It knows neither store nor rules; of the engine only the type of what the hub gives back."""
    wrong = [f"{i.at}: {i.target}" for i in all_imports()
             if below(i.source, "hub.cli") and package_of(i.target) in ("hub.store", "hub.rules")]
    assert wrong == []


def test_nothing_at_run_time_knows_the_test_kit() -> None:
    wrong = [i.at for i in all_imports() if below(i.target, "hub.testing") and not below(i.source, "hub.testing")
             and not any(below(i.source, name) for name in TEST_KIT)]
    assert wrong == []


def test_connectors_know_only_the_door() -> None:
    wrong = []
    for found in all_imports():
        plugin = package_of(found.source)
        if plugin not in CONNECTORS or package_of(found.target) == plugin:
            continue
        if found.target.split(".")[0] in ("hub", *PLUGINS) and found.target != "hub.sdk":
            wrong.append(f"{found.at}: {found.target}; everything a connector needs is in hub.sdk")
    assert wrong == []


def test_nobody_knows_a_connector() -> None:
    wrong = [f"{i.at}: {i.target}" for i in all_imports() if package_of(i.target) in CONNECTORS
             and package_of(i.source) not in (package_of(i.target), *SANDBOX_OF_ANOTHER)]
    assert wrong == []
    wrong = [f"{i.at}: {i.target}" for i in all_imports() if package_of(i.source) in SANDBOX_OF_ANOTHER
             and package_of(i.target) in CONNECTORS and not _is_sandbox(i.target)]
    assert wrong == []


def _is_sandbox(name: str) -> bool:
    parts = name.split(".")
    return len(parts) > 1 and parts[1].split("_")[0] == "sandbox"


def test_a_sandbox_knows_nothing_of_its_connector() -> None:
    """Written from the vendor's text alone, it catches what the connector's author misread."""
    sandboxes = {name for name in modules() if package_of(name) in CONNECTORS and _is_sandbox(name)}
    assert {package_of(name) for name in sandboxes} == set(CONNECTORS)
    wrong = [f"{i.at}: {i.target}" for i in all_imports() if i.source in sandboxes
             and i.target.split(".")[0] in ("hub", *PLUGINS) and not _is_sandbox(i.target)]
    assert wrong == []


def test_tests_of_a_connector_know_the_door_and_the_test_kit() -> None:
    wrong = []
    for plugin in CONNECTORS:
        folder = ROOT / "tests" / "plugins" / plugin.removeprefix("hub_")
        for path in sorted(folder.rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            module = Module(path.stem, path, False, tree, "")
            wrong += [f"{i.at}: {i.target}" for i in imports(module) if below(i.target, "hub")
                      and not below(i.target, "hub.sdk") and not below(i.target, "hub.testing")]
    assert wrong == []


def test_what_only_one_floor_knows() -> None:
    wrong = [f"{i.at}: {i.target}" for i in all_imports() if (top := i.target.split(".")[0]) in ONLY_IN
             and not any(below(i.source, home) for home in ONLY_IN[top])]
    assert wrong == []


def test_the_model_imports_nothing_of_ours_but_itself() -> None:
    wrong = [f"{i.at}: {i.target}" for i in all_imports() if below(i.source, "hub.model")
             and below(i.target, "hub") and not below(i.target, "hub.model")]
    assert wrong == []


def test_rules_and_model_are_pure() -> None:
    wrong = []
    for name, module in modules().items():
        if not (below(name, "hub.rules") or below(name, "hub.model")):
            continue
        allowed = ("datetime",) if below(name, "hub.model") else ()  # aware moments are values; ``now`` is not
        wrong += [f"{i.at}: {i.target}" for i in imports(module)
                  if (top := i.target.split(".")[0]) in IMPURE and top not in allowed]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                wrong.append(f"{module.place}:{node.lineno}: async")
            if isinstance(node, ast.Call) and _called(node) in ("open", "print", "input", "now", "utcnow", "today"):
                wrong.append(f"{module.place}:{node.lineno}: {_called(node)}()")
    assert wrong == []


def _called(call: ast.Call) -> str:
    named = call.func
    return named.id if isinstance(named, ast.Name) else named.attr if isinstance(named, ast.Attribute) else ""


def test_imports_have_no_circles() -> None:
    """Counting what is imported when a module is loaded."""
    graph: dict[str, set[str]] = {}
    for module in modules().values():
        at_load = ast.Module(list(_at_load(module.tree.body)), [])
        inner = Module(module.name, module.path, module.is_package, at_load, "")
        graph[module.name] = {i.target for i in imports(inner) if i.target in modules()} - {module.name}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join([*trail[trail.index(name):], name])
        if name not in done:
            for target in sorted(graph[name]):
                walk(target, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        walk(name, ())


def _at_load(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from node.orelse
        elif isinstance(node, ast.Import | ast.ImportFrom | ast.Try | ast.If | ast.With):
            yield node


def test_no_system_is_named_in_the_hub() -> None:
    """Data of the matching may name e-mail domains (``example.com``), nothing else."""
    named = re.compile(rf"(?<![\w.@-])({'|'.join(SYSTEMS)})(?!\w*\.\w)", re.IGNORECASE)
    wrong = [f"{module.place}:{number}: {found[0]}" for name, module in modules().items() if below(name, "hub")
             for number, line in enumerate(module.text.splitlines(), 1) if (found := named.search(line))]
    assert wrong == []


def test_files_hold_one_idea() -> None:
    long = {m.place: lines for m in modules().values() if (lines := m.text.count("\n")) > LONGEST}
    assert {place: lines for place, lines in long.items() if place not in LONGER} == {}
    assert LONGER.keys() <= long.keys(), "an exception nobody needs any more"


def test_no_vague_module_names() -> None:
    assert [m.place for m in modules().values() if m.path.stem in VAGUE or m.path.parent.name in VAGUE] == []


def test_text_files_name_their_encoding() -> None:
    """Windows would take another one."""
    wrong = []
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _called(node) in ("read_text", "write_text", "open") and _opens_text(node):
                wrong.append(f"{module.place}:{node.lineno}: {ast.unparse(node)}")
    assert wrong == []


def _opens_text(call: ast.Call) -> bool:
    """``open("f")`` and ``path.open("w")``; not ``Hub.open(folder)`` nor ``"rb"``."""
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return False
    if _called(call) != "open":
        return True
    given = call.args[1:] if isinstance(call.func, ast.Name) else call.args
    modes = [a.value for a in given[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if isinstance(call.func, ast.Name):
        return not modes or "b" not in modes[0]
    return bool(modes) and set(modes[0]) <= set("rwax+t")
