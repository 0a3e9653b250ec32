"""What all commands share: --json, the workspace, one clear message for every error, exit codes, the log."""

from __future__ import annotations

import asyncio
import functools
import getpass
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from hub.cli.output import Output, told

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.plugins import Registry

T = TypeVar("T")

DONE, FAILED, USAGE, STOPPED = 0, 1, 2, 3
"""Exit codes (design.md 8)."""
LOG = Path("state") / "hub.log"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works and writes."""

    workspace: Path
    show: Output

    def with_hub(self, work: Callable[[Hub], Awaitable[T]], *, connecting: bool = True) -> T:
        """Open the workspace, do ``work``, close it."""
        from hub.app import Hub

        async def whole() -> T:
            async with Hub.open(self.workspace, connecting=connecting) as hub:
                return await work(hub)

        return asyncio.run(whole())

    def registry(self) -> Registry:
        """The plugins of this workspace; where there is none, the hub's own."""
        from hub.config import CONFIG, read_config
        from hub.plugins import registry

        there = (self.workspace / CONFIG).exists()
        return registry(read_config(self.workspace).hub.plugins if there else ())

    def look(self, question: Callable[[Hub], T]) -> T:
        """Ask the store something; no system is needed for it, nor its secrets."""
        async def ask(hub: Hub) -> T:
            return question(hub)

        return self.with_hub(ask, connecting=False)


def command(name: str, **attrs: Any) -> Callable[[Callable[..., int | None]], click.Command]:
    """Makes a command of ``function(place, **options)``, which returns its exit code, or None for 0."""

    def wrap(function: Callable[..., int | None]) -> click.Command:
        @functools.wraps(function)
        @click.pass_context
        def run(ctx: click.Context, /, as_json: bool, **given: Any) -> None:
            place = Place(ctx.obj if isinstance(ctx.obj, Path) else Path(), Output(as_json))
            ctx.exit(guarded(place, lambda: function(place, **given)))

        decorate: Callable[[Callable[..., Any]], click.Command] = click.command(name, **attrs)
        made = decorate(run)
        made.params.append(click.Option(["--json", "as_json"], is_flag=True,
                                        help="Print JSON on standard output, and nothing else."))
        return made

    return wrap


approver = click.option("--by", metavar="NAME", default=lambda: login(), show_default="your login name",
                        help="Who says so; it stands in the journal.")


def login() -> str:
    """The login name of who runs this, "somebody" where the computer knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


def guarded(place: Place, work: Callable[[], int | None]) -> int:
    """Run a command; every error becomes one message on standard error and an exit code."""
    from hub.errors import HubError

    try:
        with _logging(place.workspace):
            return work() or DONE
    except HubError as error:
        return refused(place, error)
    except KeyboardInterrupt:
        told("\nStopped. Nothing is half done: the next run goes on where this one was.")
        return FAILED
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except BrokenPipeError:
        raise
    except Exception as error:  # a bug of ours: never a traceback at a person
        where = _log_file(place.workspace)
        told(f"Error: something unexpected happened ({type(error).__name__}). Nothing is lost. Please report it with the "
             f"end of the log {where}; it holds no personal values.")
        place.show.result({"error": {"kind": type(error).__name__, "message": "unexpected", "log": str(where)}})
        return FAILED


def refused(place: Place, error: Exception) -> int:
    """Tell an error of ours."""
    from hub.errors import ConfigError, Stopped, UsageError

    told(f"{'Stopped' if isinstance(error, Stopped) else 'Error'}: {error}")
    where = {"file": error.file, "line": error.line} if isinstance(error, ConfigError) else {}
    place.show.result({"error": {"kind": type(error).__name__, "message": str(error), **where}})
    return STOPPED if isinstance(error, Stopped) else USAGE if isinstance(error, UsageError) else FAILED


def _log_file(workspace: Path) -> Path:
    """In the workspace, where there is one."""
    if (workspace / "config" / "hub.toml").is_file():
        return workspace / LOG
    return Path(tempfile.gettempdir()) / "contact-hub.log"


class _logging:  # noqa: N801  (used as a with statement)
    """The log of one command goes to its file; an error nobody expected is written there."""

    def __init__(self, workspace: Path) -> None:
        self.path = _log_file(workspace)

    def __enter__(self) -> None:
        from hub import logs

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.stream: TextIO = logs.LogFile(self.path)  # type: ignore[assignment]
        except OSError:  # a full or read-only disk is told by the store, in its own words
            import io

            self.stream = io.StringIO()
        logs.set_up(json=True, stream=self.stream)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        import logging

        from hub import logs
        from hub.errors import HubError

        if isinstance(error, Exception) and not isinstance(error, HubError | click.ClickException | click.exceptions.Exit):
            logs.logger("hub.cli").error("a command failed", exc_info=error)
        root = logging.getLogger()
        for handler in [h for h in root.handlers if getattr(h, "stream", None) is self.stream]:
            root.removeHandler(handler)
        try:
            self.stream.close()
        except OSError:
            pass
