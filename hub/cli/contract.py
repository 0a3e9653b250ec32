"""contract: the checks every connector must pass, against a sandbox or a configured system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from hub.cli.command import DONE, FAILED, Place, command

if TYPE_CHECKING:
    from hub.sdk.hookspecs import ConnectorKind
    from hub.testing.contract.twin import TwinHarness

MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "-"}


@command("contract")
@click.argument("name", metavar="SYSTEM|KIND")
@click.option("--live", is_flag=True,
              help="Against the configured system itself. Records are made, changed and deleted there: a test account only!")
@click.option("--only", metavar="CHECK", multiple=True, help="Only this check; may be given several times.")
def contract(place: Place, name: str, live: bool, only: tuple[str, ...]) -> int:
    """Test a connector against the contract all connectors keep: paging, deletes, lost answers, stale versions, limits …

    Without --live against the sandbox of its kind. A second connector plays the users there. What passes with --live
    on your test account may be written to with accept_unverified = true.

    \b
    Examples:  hub contract KIND
               hub contract crm --live
    """
    from hub.errors import UsageError

    missing = [package for package in ("hypothesis", "pytest") if find_spec(package) is None]
    if missing:
        raise UsageError(f"The contract suite needs {' and '.join(missing)}: run pip install 'contact-hub[testing]'.")
    from hub.testing.contract import CHECKS, CheckResult, run_contract, summary

    unknown = sorted(set(only) - {check.name for check in CHECKS})
    if unknown:
        raise UsageError(f"There is no check {', '.join(unknown)}. There are: {', '.join(c.name for c in CHECKS)}.")
    harness = _live(place, name) if live else _sandbox(place, name)

    def tell(result: CheckResult) -> None:
        place.show.line(f"{MARKS[result.outcome]:<7}{result.sentence or result.name}")
        if result.reason:
            place.show.line(f"       {result.reason}")

    results = run_contract(harness, only=only, told=tell)
    place.show.result({"checks": [asdict(r) for r in results], "summary": summary(results)})
    place.show.line(summary(results))
    return FAILED if any(r.outcome == "failed" for r in results) else DONE


def _sandbox(place: Place, name: str) -> Callable[[], TwinHarness]:
    """A new sandbox for each check; ``name`` is a configured system's or a kind's."""
    from hub.config import CONFIG, read_config
    from hub.errors import UsageError
    from hub.testing.contract.configured import in_sandbox

    section = read_config(place.workspace).systems.get(name) if (place.workspace / CONFIG).exists() else None
    kind = place.registry().kind(section.kind if section else name)
    if kind.sandbox is None:
        raise UsageError(f"There is no sandbox of {kind.kind}. Run `hub contract SYSTEM --live` on a test account.")
    return in_sandbox(kind, default_lens(kind))


def _live(place: Place, name: str) -> Callable[[], TwinHarness]:
    """The configured system itself."""
    from hub.config import kind_of, read_config, settings_of
    from hub.errors import UnknownName
    from hub.sign_ins import SealedStore
    from hub.testing.contract.configured import on_server

    config = read_config(place.workspace)
    if name not in config.systems:
        raise UnknownName(f'No system is called "{name}". There are: {", ".join(sorted(config.systems)) or "none"}.')
    section, kind = config.systems[name], kind_of(place.registry(), config, name, place.workspace)
    settings = settings_of(name, section.settings, kind.settings, place.workspace)
    return on_server(kind, settings, default_lens(kind), system=name, collection=section.collection,
                     kept=SealedStore(place.workspace, name))


def default_lens(kind: ConnectorKind) -> Any:
    """The lens of the connector's own mapping: the suite tests the connector, not the site's choices."""
    from hub.mapping import compile_mapping, load_mapping

    return compile_mapping(load_mapping(kind.mapping, {kind.kind: kind.mapping}))["contact"]
