"""What all commands share: help, JSON, tables, progress, and how fast they start."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli_support import Place, person
from click.testing import CliRunner

from hub import __version__
from hub.cli import COMMANDS, cli, output
from hub.cli.output import Output, cell, clean


def leaves() -> list[tuple[str, click.Command]]:
    """Every command by its whole name."""
    found = []
    ctx = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", leaf) for inner, leaf in command.commands.items()]
        else:
            found.append((name, command))
    return found


@pytest.mark.parametrize(("name", "command"), leaves())
def test_every_command_helps_with_an_example_and_speaks_json(name: str, command: click.Command) -> None:
    told = CliRunner().invoke(cli, [*name.split(), "--help"])
    assert told.exit_code == 0
    assert "Example" in told.stdout
    assert f"hub {name.split()[0]}" in told.stdout
    assert "--json" in told.stdout


def test_the_help_lists_all_commands_and_loads_no_module_but_click() -> None:
    """So it comes at once."""
    code = "import sys; sys.argv = ['hub', '--help']\nfrom hub.cli import main\ntry: main()\nexcept SystemExit: pass\n" \
           "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    *told, modules = done.stdout.strip().splitlines()
    assert all(any(line.strip().startswith(name) for line in told) for name in COMMANDS)
    assert not {"sqlalchemy", "pydantic", "rich", "httpx", "structlog", "asyncio"} & set(modules.split())


def test_version_is_told() -> None:
    assert CliRunner().invoke(cli, ["--version"]).stdout == f"contact-hub {__version__}\n"


def test_the_workspace_comes_from_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_WORKSPACE", str(place.folder))
    told = CliRunner().invoke(cli, ["systems", "--json"], catch_exceptions=False)
    assert [s["name"] for s in json.loads(told.stdout)["systems"]] == ["crm", "mail"]


class Terminal(io.StringIO):
    """Somebody looks."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_are_tables_and_progress(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    place.crm.user_create(person("Bo", "Ek", "bo@example.org"))
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    with pytest.raises(SystemExit) as left:
        cli(["-C", str(place.folder), "plan"])
    assert left.value.code == 0
    shown = screen.getvalue()
    assert "\x1b[" in shown
    assert "Bo Ek" in shown
    assert "plan…" in shown or "requests" in shown


def test_in_a_pipe_nothing_is_cut_and_nothing_coloured(capsys: pytest.CaptureFixture[str]) -> None:
    show = Output()
    show.heading("Head")
    show.table(["name", "value"], [["a", "x" * 300], ["long name", None]])
    told = capsys.readouterr().out
    assert told == f"Head\nname       value\na          {'x' * 300}\nlong name\n"


def test_json_is_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    show = Output(as_json=True)
    show.line("a sentence")
    show.heading("Head")
    show.table(["a"], [[1]])
    show.result({"name": "Żaneta\ud83c"})
    told = capsys.readouterr().out
    assert json.loads(told) == {"name": "Żaneta\ud83c"}


def test_values_cannot_steer_a_terminal() -> None:
    assert clean("a\x1b[31mred\x07\u202e") == "a\\x1b[31mred\\x07\\x202e"
    assert cell("two\nlines") == "two lines"
    assert cell({"given": "Anna", "none": None, "all": [1, True, 0.5]}) == "given Anna, all 1, yes, 0.50"
    assert output.number(1, "match", "matches") == "1 match"
    assert output.number(1200, "pair") == "1,200 pairs"


def test_init_makes_a_workspace_once(tmp_path: Path) -> None:
    folder = tmp_path / "my-hub"
    (tmp_path / "my-hub").mkdir()
    (folder / ".gitignore").write_text("*.tmp", encoding="utf-8")
    ran = CliRunner().invoke(cli, ["init", str(folder), "--json"], catch_exceptions=False)
    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["workspace"] == str(folder)
    assert (folder / ".gitignore").read_text(encoding="utf-8").splitlines()[0] == "*.tmp"
    assert {"state/", "secrets/"} <= set((folder / ".gitignore").read_text(encoding="utf-8").splitlines())
    key = (folder / "secrets" / "master.key").read_bytes()
    config = (folder / "config" / "hub.toml").read_text(encoding="utf-8")
    for command in ("check", "plan", "sync"):
        done = CliRunner().invoke(cli, ["-C", str(folder), command], catch_exceptions=False)
        assert done.exit_code == 0
        assert "No system is configured" in done.stdout
    again = CliRunner().invoke(cli, ["init", str(folder)], catch_exceptions=False)
    assert again.exit_code == 2
    assert "Nothing was changed" in again.stderr
    assert (folder / "secrets" / "master.key").read_bytes() == key
    (folder / "config" / "hub.toml").unlink()
    assert CliRunner().invoke(cli, ["init", str(folder)], catch_exceptions=False).exit_code == 2
    assert (folder / "secrets" / "master.key").read_bytes() == key
    assert "quiet_s" in config


def test_the_config_of_init_works_when_its_examples_are_switched_on(tmp_path: Path) -> None:
    """Every setting of every connector stands there, under its own name."""
    from hub.cli.template import config_text
    from hub.config import Config
    from hub.plugins import registry

    text = config_text()
    examples = text[text.index("\n# [systems.my-"):]
    on = "\n".join(line.removeprefix("# ").removeprefix("#") for line in examples.splitlines()
                   if line.startswith(("# [", "# kind", "#   ")) and not line.startswith("#   #"))
    import tomllib

    config = Config.model_validate(tomllib.loads(on))
    for kind in registry().kinds.values():
        given = config.systems[f"my-{kind.kind}"].settings
        assert set(given) == set(kind.settings.model_fields)


def test_without_a_demo_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.demo.demos", dict)
    ran = CliRunner().invoke(cli, ["demo"], catch_exceptions=False)
    assert ran.exit_code == 2
    assert "pip install 'contact-hub[demo]'" in ran.stderr


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = CliRunner().invoke(cli, ["init", str(tmp_path / "file" / "hub")], catch_exceptions=False)
    assert ran.exit_code == 2
    assert "cannot be made" in ran.stderr


def test_changes_are_told_by_member() -> None:
    from hub.cli.telling import changes

    def email(value: str, label: str = "") -> dict[str, object]:
        return {"v": value, "at": "1", "a": {"label": label}}

    before = {"name.family": "Ek", "title": None, "emails": {"a@x.fi": email("a@x.fi"), "b@x.fi": email("b@x.fi")},
              "emails.primary": "a@x.fi", "addresses.primary": None, "notes": "same"}
    after = {"name.family": "Ekman", "title": "Chair", "emails": {"b@x.fi": email("B@x.fi", "home"), "c@x.fi": email("c@x.fi")},
             "emails.primary": "b@x.fi", "addresses.primary": "home", "notes": "same"}
    assert changes(before, after) == (
        "family name: Ek → Ekman; title: Chair; e-mail: - a@x.fi, b@x.fi → B@x.fi, home, + c@x.fi; main address: home")
