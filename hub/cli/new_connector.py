"""new-connector: a folder like those of the connectors there are, whose contract tests say what is to be written."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path

import click

from hub.cli.command import Place, command

LONGEST = 30
FILES = {
    "pyproject.toml": "pyproject.toml",
    "conftest.py": "conftest.py",
    "__init__.py": "{package}/__init__.py",
    "connector.py": "{package}/connector.py",
    "api.py": "{package}/api.py",
    "settings.py": "{package}/settings.py",
    "sandbox.py": "{package}/sandbox.py",
    "mapping.toml": "{package}/mapping.toml",
    "README.md": "{package}/README.md",
    "test_contract.py": "tests/test_{kind}_contract.py",
}
"""Template, without its ending .in → where it goes."""


@command("new-connector")
@click.argument("name")
@click.option("--in", "parent", type=click.Path(path_type=Path), default=Path(), help="Folder to make it in. Default: this one.")
def new_connector(place: Place, name: str, parent: Path) -> None:
    """Make the folder hub_NAME: a connector of a new kind, to be filled in.

    Its contract tests run, and fail with what is to be written. docs/writing-a-connector.md is the guide.

    \b
    Example:  hub new-connector example
    """
    kind = checked(name)
    folder = parent / f"hub_{kind}"
    made = make_folder(folder, kind)
    place.show.result({"folder": str(folder), "files": [str(path) for path in made]})
    place.show.line(f"Made {folder}. Next:\n")
    place.show.line(f"  cd {folder}")
    place.show.line("  pip install -e . 'contact-hub[testing]'")
    place.show.line("  pytest                  each failing test names what to write, and the part of the guide")
    place.show.line("\nThe guide: docs/writing-a-connector.md. Begin with settings.py and check() in connector.py.")


def checked(name: str) -> str:
    """``name`` as a kind. Raises UsageError for one that is no name of a Python package, or that is taken."""
    from hub.errors import UsageError
    from hub.plugins import registry

    kind = name.removeprefix("hub_")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", kind) or len(kind) > LONGEST or keyword.iskeyword(kind):
        raise UsageError(f'"{name}" cannot be the name of a connector: take small letters a to z, digits and _, a letter first, '
                         f"at most {LONGEST}, and no word of Python itself. Example: hub new-connector example")
    taken = {*registry().kinds, *(plugin.name for plugin in registry().plugins)}
    if kind in taken:
        raise UsageError(f'There is a connector "{kind}" already. Choose another name. Taken: {", ".join(sorted(taken))}.')
    return kind


def make_folder(folder: Path, kind: str) -> list[Path]:
    """Make the files; gives them. Raises UsageError, with nothing made, where the folder holds something."""
    from hub.errors import UsageError

    words = {"@package@": f"hub_{kind}", "@kind@": kind, "@Class@": "".join(part.capitalize() for part in kind.split("_"))}
    made = []
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} is there already, and not an empty folder. Nothing was changed: move it away, or choose "
                             "another name.")
        for template, where in FILES.items():
            text = files("hub.cli").joinpath("connector_template", f"{template}.in").read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace(word, value)
            path = folder / where.format(package=f"hub_{kind}", kind=kind)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            made.append(path)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made ({error.strerror}). Choose another folder with --in.") from None
    return made
