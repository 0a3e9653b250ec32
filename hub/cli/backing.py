"""backup, restore: the workspace as one file, and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from hub.cli.command import DONE, Place, command
from hub.cli.output import number
from hub.errors import UsageError


@command("backup")
@click.option("--to", "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
              help="Write it into DIR instead of the workspace's backups/; nothing is removed there.")
@click.option("--keep", type=click.IntRange(1), default=14, show_default=True, help="How many stay in backups/.")
def backup(place: Place, folder: Path | None, keep: int) -> None:
    """Back the workspace up into one .zip: the database (while it is in use, too; one on a server as well), config/, mappings/,
    sealed secrets.

    The master key is never in it: without secrets/master.key nobody can read the people in a backup, you neither. Keep a
    copy of it apart from the backups, once. Secrets in plain below secrets/ are not in it either.

    A backup is also made before the database is changed by a newer version.

    \b
    Examples:  hub backup
               hub backup --to /mnt/usb
    """
    made = place.look(lambda hub: hub.backup(to=folder, keep=keep))
    key = place.workspace.resolve() / "secrets" / "master.key"
    show = place.show
    show.result({"file": str(made.path), "made_at": made.made_at, "size": made.path.stat().st_size,
                 "files": [asdict(e) for e in made.entries], "left_out": list(made.left_out),
                 "removed": [str(p) for p in made.removed], "key": str(key)})
    show.line(f"{number(len(made.entries), 'file')} in {made.path}, {made.path.stat().st_size:,} bytes.")
    show.line(f"Not in it, and needed to read it: the master key {key}. Keep a copy of it elsewhere, apart from the backups.")
    if made.left_out:
        show.line(f"Not in it either, keep them elsewhere: {', '.join(made.left_out)}.")
    if made.removed:
        show.line(f"{number(len(made.removed), 'older backup')} removed; {keep} are kept.")


@command("restore")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="The master key that was kept apart; else put it into DIR/secrets/ yourself.")
@click.option("--confirm", is_flag=True, help="What was restored (the workspace of -C) is right: it may write again.")
def restore(place: Place, file: Path | None, folder: Path | None, key: Path | None, confirm: bool) -> int:
    """Bring the backup FILE back into DIR (default: the workspace of -C), a new or empty folder.

    Every file is compared with the hash it had. The restored workspace begins in compare-only mode: it reads the systems
    and plans, and writes nothing, whatever was approved before. Look at `hub plan`; then `hub restore --confirm` ends that
    mode, and the first writes into each system wait for `hub sync --approve`, as in a new workspace. Do not go on using the
    old workspace beside it.

    The database comes back as a file. Where the restored config names one on a server, name an empty one there, and the next
    command moves it; or take `database` out.

    A database that was exchanged for an older one without this command begins in the same mode.

    \b
    Examples:  hub restore backups/contact-hub-20261122-060000.zip my-hub-again --key /safe/master.key
               hub -C my-hub-again plan
               hub -C my-hub-again restore --confirm
    """
    if confirm == (file is not None):
        raise UsageError("Say what to restore, `hub restore FILE DIR`, or that what was restored is right, "
                         "`hub -C DIR restore --confirm`.")
    return _confirm(place) if file is None else _restore(place, file, folder or place.workspace, key)


def _restore(place: Place, file: Path, folder: Path, key: Path | None) -> int:
    from hub.backup.restoring import lines_after, restore

    found = restore(file, folder, key=key)
    place.show.result({**asdict(found), "workspace": str(found.workspace)})
    place.show.line(f"{number(found.files, 'file')} of {found.made_at} in {found.workspace}, each as it was backed up.")
    for line in lines_after(found):
        place.show.line(line)
    place.show.line(f"Nothing is written from it yet: look at `hub -C {found.workspace} plan`, then say that it is right with "
                    f"`hub -C {found.workspace} restore --confirm`.")
    return DONE


def _confirm(place: Place) -> int:
    from hub.backup.restoring import confirm

    was_restored = confirm(place.workspace)
    place.show.result({"confirmed": was_restored})
    place.show.line("Confirmed. The first writes into each system wait for `hub sync --approve`." if was_restored else
                    "There is nothing to confirm: this workspace was not restored, nor was its database exchanged, or that was "
                    "confirmed already.")
    return DONE
