"""The command line. Each command is a few lines over ``Hub``; its module is loaded when it is used, so that the help
comes at once."""

from __future__ import annotations

import gc
import importlib
from pathlib import Path

import click

from hub import __version__

COMMANDS = {
    "overlap": ("overlap", "Show who stands in which of your lists. Needs no workspace."),
    "demo": ("demo", "Watch invented people become one, without an account anywhere."),
    "init": ("workspace", "Make a workspace: config, mappings, key."),
    "connect": ("connecting", "Connect a system: asks step by step, tries it, keeps it."),
    "doctor": ("doctoring", "Look the workspace over: disk, rights, clock, database, keys, backups."),
    "sign-in": ("signing", "Sign in to a system that asks for a person."),
    "check": ("workspace", "Ask every system who we are there and what we may do."),
    "systems": ("workspace", "List the configured systems."),
    "plan": ("cycles", "Read all systems and show what would be written. Writes nothing."),
    "apply": ("cycles", "Apply a plan that was shown, exactly or not at all."),
    "sync": ("cycles", "Read, merge, and write what is permitted."),
    "daemon": ("daemon", "Do that by itself, whenever a system's turn has come."),
    "status": ("looking", "Where the workspace stands."),
    "runs": ("looking", "List the latest runs."),
    "explain": ("looking", "Why a contact's values are what they are."),
    "conflicts": ("reviewing", "List, show and resolve what waits for a person."),
    "matches": ("reviewing", "List, accept and reject pairs that may be the same."),
    "find": ("finding", "Find people and organisations."),
    "list": ("finding", "List them by role, group, consent or system."),
    "export": ("finding", "Write them into a CSV, XLSX or vCard file."),
    "failures": ("failures", "List, retry and dismiss what a system refused."),
    "backup": ("backing", "Back the workspace up into one file."),
    "restore": ("backing", "Bring a backup back; it only compares until you confirm."),
    "merge": ("merging", "Say that two contacts are one."),
    "unmerge": ("merging", "Take a merge of two contacts back."),
    "undo": ("undoing", "Take back what a run did, as far as nobody built on it."),
    "subject": ("subject", "A person asks what is known of them, or to be forgotten."),
    "audit": ("auditing", "Prove that nobody changed the journal."),
    "mapping": ("mappings", "Show and check mapping files."),
    "new-connector": ("new_connector", "Make a folder for a connector of a new kind."),
    "contract": ("contract", "Test a connector against the contract all connectors keep."),
    "sandbox": ("sandbox", "Serve a fake of a system on this computer, to play with."),
}
"""name → (module of this package that has it, one line)"""


class _Commands(click.Group):
    """Knows its commands by name and one line; loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"hub.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean `hub {close[0]}`?" if close else " See `hub --help`."
            raise click.UsageError(f'There is no command "{args[0]}".{hint}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-C", "workspace", metavar="DIR", envvar="HUB_WORKSPACE", default=".", type=click.Path(path_type=Path),
    help="The workspace: the folder with config/hub.toml. Default: HUB_WORKSPACE, else this folder.")
@click.version_option(__version__, "-V", "--version", package_name="contact-hub", message="contact-hub %(version)s")
@click.pass_context
def cli(ctx: click.Context, workspace: Path) -> None:
    """Keeps an organisation's people and organisations the same in every system it already uses.

    \b
    First steps:   hub demo                 without any account
                   hub init my-hub
                   hub -C my-hub connect KIND
                   hub -C my-hub plan       shows what would be written
                   hub -C my-hub sync --approve

    Every command takes --json. Exit codes: 0 done, 1 failed, 2 usage, 3 stopped until a person says yes.
    """
    ctx.obj = workspace


def main() -> None:
    """The commands ``hub`` and ``contact-hub``."""
    gc.set_threshold(20_000, 20, 20)  # hardly anything here is a cycle; looking for one took a twelfth of a sync
    cli(prog_name="hub")
