"""The demo: an association's invented people in a CRM, a Dynamics, an address book and an Excel list, with ``everything`` in
an Outlook, a Tryton and a LimeSurvey too, and what the hub makes of them (docs/example.md).

It stands above ``hub.app``, beside the command line: the only place that knows which systems the worked example
(``config/``, ``mappings/``) connects.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.cli.output import Output

NEEDS = ("radicale", "bcrypt")
"""Packages of the extra ``demo``."""


def run(
    show: Output, *, seed: int, folder: Path, people: int, keep: bool, everything: bool = False, trouble: bool = False,
) -> int:
    """Tell the whole story; 0 when every step came out as it should. Raises UsageError, with nothing made, when the
    extra is missing or the folder is in use."""
    if trouble:
        from hub_demo.trouble.telling import tell as tell_trouble

        return tell_trouble(show, seed=seed, folder=folder, people=people)
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise UsageError(f"The demo needs {' and '.join(missing)}: run pip install 'contact-hub[demo]', then `hub demo` again.")
    from hub_demo.telling import tell

    return tell(show, seed=seed, folder=folder, people=people, keep=keep, everything=everything)
