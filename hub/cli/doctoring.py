"""doctor: is the workspace well?"""

from __future__ import annotations

from dataclasses import asdict

from hub.cli.command import DONE, FAILED, Place, command
from hub.cli.output import number

WORDS = {"fine": "fine", "warning": "WARNING", "wrong": "WRONG", "unknown": "cannot tell"}


@command("doctor")
def doctor(place: Place) -> int:
    """Look the workspace over: where it lies, who may read it, room, config and secrets, plugins, key, database, clock and
    backups. What is not fine is said with its cure.

    No system is asked (that is `hub check`) and nothing is changed. Exit code 1 when something is wrong; warnings alone are 0.

    \b
    Example:  hub doctor
    """
    from hub.doctor.examining import examined
    from hub.errors import HubError
    from hub.plugins import registry

    try:
        plugins = place.registry()
    except HubError:  # the config cannot be read, which is found again below
        plugins = registry()
    found = examined(place.workspace.resolve(), plugins)
    wrong, warnings = (sum(f.state == state for f in found) for state in ("wrong", "warning"))
    place.show.result({"findings": [asdict(f) for f in found], "wrong": wrong, "warnings": warnings})
    for each in found:
        place.show.line(f"{WORDS[each.state]:<12} {each.check}: {each.text}")
        if each.cure:
            place.show.line(f"{'':<12} → {each.cure}")
    place.show.line()
    place.show.line(f"{number(wrong, 'thing')} wrong, {number(warnings, 'warning')}." if wrong or warnings else "All is well.")
    return FAILED if wrong else DONE
