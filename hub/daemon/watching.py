"""Did somebody change the configuration, a mapping or a secret?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hub.config import CONFIG, Config, mapping_file
from hub.workspace import SECRETS

Look = frozenset[tuple[str, int, int]]
"""(path, time of change in ns, size) of every file that counts."""


def look(workspace: Path, config: Config) -> Look:
    """Equal while nobody touched a file the configuration is made of; files are not opened."""
    return frozenset(_seen(workspace, config))


def _seen(workspace: Path, config: Config) -> Iterator[tuple[str, int, int]]:
    own = [mapping_file(workspace, name, section) for name, section in config.systems.items()]
    tops = [(workspace / CONFIG).parent, workspace / "mappings", workspace / SECRETS]
    for path in {*(p for top in tops for p in top.rglob("*")), *filter(None, own)}:
        try:
            found = path.stat()
        except OSError:  # just now removed
            continue
        if path.is_file():
            yield str(path), found.st_mtime_ns, found.st_size
