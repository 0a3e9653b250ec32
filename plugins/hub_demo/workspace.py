"""The demo's workspace: a copy of the worked example, with where its servers are filled in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from hub.errors import UsageError
from hub.workspace import master_key

MARK = ".hub-demo"
"""A folder with this file in it was made by a demo, and may be made anew by the next."""
CRM_URL, PARTNERS_URL, BOOKS_URL = "http://127.0.0.1:8801", "http://127.0.0.1:8802", "http://127.0.0.1:8803"
LIST_PATH = "/srv/share/volunteers.xlsx"


def example() -> Path:
    """The worked example: beside this file in a wheel, at the root of the repository else."""
    here = Path(__file__).resolve()
    return found if (found := here.with_name("example")).is_dir() else here.parents[2]


def clear(folder: Path) -> Path:
    """An empty folder to make the workspace in. Raises UsageError where something of somebody else is in it."""
    folder = folder.expanduser().resolve()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise UsageError(f"{folder} is not empty and no earlier demo made it. Nothing was changed: choose another folder "
                             "with --dir.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by `hub demo`, which may delete this folder.\n", encoding="utf-8")
    return folder


def fill(folder: Path, *, where: Mapping[str, str], secrets: Mapping[str, str], everything: bool = False) -> None:
    """config/, mappings/ and secrets/. ``where``: what the worked example says → what it is here; ``everything``: with the
    systems of ``config/all.toml``."""
    source = example()
    (folder / "config").mkdir()
    files = ["hub.toml", *(["all.toml"] if everything else [])]
    text = "\n".join((source / "config" / name).read_text(encoding="utf-8") for name in files)
    for example_of, here in where.items():
        text = text.replace(example_of, here)
    (folder / "config" / "hub.toml").write_text(text, encoding="utf-8")
    shutil.copytree(source / "mappings", folder / "mappings")
    master_key(folder)
    for name, secret in secrets.items():
        path = folder / "secrets" / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(secret)
