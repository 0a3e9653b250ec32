"""Secrets of systems as ``hub connect`` keeps them: ``secrets/NAME.sealed``, sealed with the workspace's master key.

No message quotes a name: whoever writes the secret where its name belongs must not read it again in a log.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from hub.errors import ConfigError
from hub.store.seal import SealBroken, open_secret, seal_secret
from hub.workspace import SEALED, SECRETS, master_key, write_whole

_NAME = re.compile(r"[A-Za-z0-9_-]{1,120}")
_AGAIN = "Give the secret again with `hub connect KIND --name NAME --again`."


def sealed_file(workspace: Path, name: str) -> Path:
    """Where the secret ``name`` is kept. Raises ConfigError for a name that is none: it may lead out of the folder."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"What stands here is no name of a sealed secret: letters, digits, - and _. {_AGAIN}")
    return workspace / SECRETS / f"{name}{SEALED}"


def seal(workspace: Path, master: bytes, name: str, secret: str) -> None:
    """Keep a secret, whole or not at all, in the place of the one before it. Raises OSError."""
    path = sealed_file(workspace, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.parent.chmod(0o700)
    write_whole(path, seal_secret(master, name, secret))


def sealed_secret(workspace: Path, name: str) -> str:
    """The secret. Raises ConfigError when it is not there or does not open, StoreError without the master key."""
    path = sealed_file(workspace, name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"The sealed secret named here cannot be read from {SECRETS}/ ({error.strerror}). {_AGAIN}") from None
    try:
        return open_secret(master_key(workspace), name, content)
    except SealBroken as broken:
        raise ConfigError(f"{broken} Put the master key back that belongs to it, or give the secret again with `hub connect "
                          "KIND --name NAME --again`.") from None
