"""status, runs, explain: what the hub knows, without asking any system."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.command import Place, command
from hub.cli.daemon import tell_daemon
from hub.cli.output import age, cell, moment, number
from hub.cli.telling import RESTORED, tell_systems


@command("status")
def status(place: Place) -> None:
    """Where the workspace stands: contacts, what waits, what failed, the systems, the daemon.

    \b
    Example:  hub status
    """
    from hub.daemon import standing

    stands = place.look(lambda hub: {**hub.status(), "daemon": standing.read(hub.workspace)})
    show = place.show
    show.result(stands)
    show.line(f"Contacts: {cell(stands['contacts']) or 'none yet; run `hub plan`'}.")
    show.line(f"Conflicts: {cell(stands['conflicts']) or 'none'}.   Pairs that may be the same: {stands['matches']}.")
    show.line(f"Writes waiting: {cell(stands['writes_waiting']) or 'none'}.   Refused: {_refused(stands['refused'])}.   "
              f"Unknown outcome: {stands['unknown_outcomes']}.")
    last = stands["last_run"]
    if last is not None:
        stopped = ", ".join(sorted(last["report"].get("stopped", {})))
        show.line(f"Last run: {last['kind']} at {moment(last['started_at'])}, {last['state']}"
                  f"{f'; stopped: {stopped}' if stopped else ''}.")
    kept = stands["backup"]
    show.line(f"Newest backup: {moment(kept['made_at'])}, {age(kept['made_at'])} old." if kept else
              "There is no backup yet: run `hub backup`.")
    tell_daemon(place, stands["daemon"])
    if stands["restored"] is not None:
        show.line(RESTORED)
    tell_systems(place.show, stands["systems"])


def _refused(count: int) -> str:
    return f"{count} (`hub failures list`)" if count else "0"


@command("runs")
@click.option("-n", "limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the latest first.")
def runs(place: Place, limit: int) -> None:
    """List the latest runs and what they did.

    \b
    Example:  hub runs -n 5
    """
    found = place.look(lambda hub: hub.runs(limit))
    place.show.result(found)
    if not found:
        place.show.line("Nothing ran yet. Begin with `hub plan`.")
    place.show.table(
        ["run", "what", "began", "took", "state", "read", "planned", "created", "updated", "deleted", "requests",
         "stopped"],
        [[r["id"][-8:], r["kind"], moment(r["started_at"]), _took(r), r["state"],
          *(r["report"].get(k, "") for k in ("read", "planned", "created", "updated", "deleted")),
          r["report"].get("requests", {}), sorted(r["report"].get("stopped", {}))] for r in found])


def _took(run: dict[str, Any]) -> str:
    return f"{run['ended_at'] - run['started_at']:.1f} s" if run["ended_at"] is not None else ""


@command("explain")
@click.argument("contact")
@click.argument("unit", required=False)
def explain(place: Place, contact: str, unit: str | None) -> None:
    """Why a contact's values are what they are: since when, from which system, by which rule, who was overruled, and
    where they are written and where not.

    CONTACT is a name, an e-mail address, a phone number, SYSTEM:ID, or an id the hub showed.

    \b
    Examples:  hub explain "Anna Virtanen"
               hub explain anna@example.org emails
    """
    found = place.look(lambda hub: hub.explain(contact, unit))
    show = place.show
    show.result(found)
    show.heading(f"{found['name']}   {found['contact'][-8:]}   {found['state']}")
    show.table(["system", "record", "state", "still to be written there", "kept different there"],
               [[k["system"], k["native_id"], k["life"], k["behind"], k["left"]] for k in found["links"]])
    show.table(["unit", "value", "from", "since", "decided by", "not yet in", "kept different in"], [
        [name, _value(u), u["from"], _since(u), _rules(u), u["behind"], u["left"]] for name, u in found["units"].items()])
    if unit is not None:
        for name, u in found["units"].items():
            show.heading(f"{name}: {number(len(u['history']), 'change')}")
            show.table(["when", "who", "why", "from", "to", "decisions"], [
                [moment(h["at"]), h["by"], h["cause"], h["from"], h["to"],
                 "; ".join(f"{d['system']} {d['fate']}: {cell(d['value'])} ({d['rule']})" for d in h["decisions"])]
                for h in u["history"]])


def _value(unit: dict[str, Any]) -> Any:
    return f"{unit['who']} ({unit['value'][-8:]})" if "who" in unit else unit["value"]


def _since(unit: dict[str, Any]) -> str:
    return next((moment(h["at"]) for h in reversed(unit["history"]) if h["row"] == unit["since_row"]), "")


def _rules(unit: dict[str, Any]) -> str:
    rules = [d["rule"] for h in unit["history"] if h["row"] == unit["since_row"] for d in h["decisions"]]
    return ", ".join(dict.fromkeys(r for r in rules if r))
