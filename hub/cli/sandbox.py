"""sandbox: a strict fake of a vendor's system, served on this computer."""

from __future__ import annotations

import json
import threading
from typing import Any

import click

from hub.cli.command import Place, command


@command("sandbox")
@click.argument("kind")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
def sandbox(place: Place, kind: str, port: int) -> None:
    """Serve a fake of a system on 127.0.0.1 until Ctrl-C, and say how to connect the hub to it.

    It is empty at first and forgets everything when it ends. What the real system would refuse, it refuses.

    \b
    Example:  hub sandbox KIND       `hub systems` lists the kinds
    """
    from hub.cli.serving import serving
    from hub.errors import UsageError

    found = place.registry().kind(kind)
    if found.sandbox is None:
        raise UsageError(f"There is no sandbox of {kind}: use a real server for tests.")
    app = found.sandbox()
    settings = dict(getattr(app.state, "settings", {}))
    with serving(app, port) as url:
        place.show.result({"kind": kind, "url": url, "settings": {"url": url, **settings}})
        place.show.line(f"{found.title}: a sandbox at {url}, until Ctrl-C.")
        place.show.line("Connect it in config/hub.toml:\n")
        place.show.line(how_to_connect(found, url, settings))
        flush()
        wait()


def how_to_connect(kind: Any, url: str, settings: dict[str, Any]) -> str:
    """The lines for the config, and where its secrets go."""
    from pydantic import SecretStr

    fields = kind.settings.model_fields
    lines = ["  [systems.sandbox]", f'  kind = "{kind.kind}"', "  accept_unverified = true", "  [systems.sandbox.settings]",
             f'  url = "{url}"']
    secret = []
    for name, value in settings.items():
        hidden = name in fields and SecretStr in (fields[name].annotation, *getattr(fields[name].annotation, "__args__", ()))
        written = json.dumps(value, ensure_ascii=False)  # texts and lists of texts are the same in TOML
        lines.append(f'  {name} = {{ file = "secrets/sandbox-{name}" }}' if hidden else f"  {name} = {written}")
        if hidden:
            secret.append(f"and put the text {value} into the file secrets/sandbox-{name} (readable by you alone).")
    return "\n".join([*lines, "", *secret])


def flush() -> None:
    """Whoever reads the address from a pipe waits for it."""
    import sys

    sys.stdout.flush()


def wait() -> None:
    """Until Ctrl-C."""
    forever = threading.Event()
    try:
        while not forever.wait(0.5):  # in slices: Windows delivers Ctrl-C only between them
            pass
    except KeyboardInterrupt:
        return
