"""May other accounts of this computer look into the workspace?"""

from __future__ import annotations

import os
from pathlib import Path

from hub.doctor.finding import Finding
from hub.workspace import SECRETS

CHECK = "rights"
_OTHERS = 0o007
_OTHERS_READ = 0o004


def rights(folder: Path) -> Finding:
    """Of a workspace that is there."""
    if os.name != "posix":
        return Finding(CHECK, "unknown", "Who may look into the folder is not looked at on this kind of computer.",
                       "See in the folder's properties, Security, that only you and administrators may.")
    secrets = folder / SECRETS
    open_ones = [path for path in (secrets, *sorted(secrets.rglob("*"))) if path.exists() and _mode(path) & _OTHERS_READ]
    if open_ones:
        return Finding(CHECK, "wrong", f"Every account of this computer may read {_shown(open_ones, folder)}.",
                       f"Run chmod 700 {secrets} and chmod 600 on what is in it. Who could read a secret may have it: change it.")
    if _mode(folder) & _OTHERS:
        return Finding(CHECK, "warning", f"Every account of this computer may look into {folder}.", f"Run chmod 700 {folder}.")
    return Finding(CHECK, "fine", "Other accounts of this computer may not look into the folder.")


def _mode(path: Path) -> int:
    return path.lstat().st_mode if not path.is_symlink() else 0


def _shown(paths: list[Path], folder: Path) -> str:
    names = [path.relative_to(folder).as_posix() for path in paths]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
