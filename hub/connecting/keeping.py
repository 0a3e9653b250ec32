"""Keeping what was answered: secrets sealed, the rest in the config; all of it or nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from hub.config import CONFIG, NAME, Config, SystemSection, database_of, read_config, settings_of
from hub.connecting.section import mapping_text, with_section
from hub.errors import ConfigError, StoreFull, UsageError
from hub.sdk.headings import MadeMapping
from hub.sdk.hookspecs import ConnectorKind
from hub.sealed import seal, sealed_file
from hub.workspace import master_key, write_whole


def free_name(workspace: Path, name: str) -> None:
    """Raises UsageError for a name no system may get, or one has already."""
    if not NAME.match(name):
        raise UsageError(f'"{name}" cannot be a system\'s name: use small letters, digits, - and _, a letter first. '
                         "Choose one with --name.")
    if name in read_config(workspace).systems:
        raise UsageError(f'There is a system called "{name}" already. Choose another name with --name, or give it new secrets '
                         "with --again. Nothing was changed.")


def known(workspace: Path, name: str, kind: str) -> SystemSection:
    """The section of a system that gets new secrets. Raises UsageError when there is none of that kind."""
    section = read_config(workspace).systems.get(name)
    if section is None:
        raise UsageError(f'No system is called "{name}", so it cannot be connected again. Leave --again out.')
    if section.kind != kind:
        raise UsageError(f'The system "{name}" is of the kind {section.kind}, not {kind}. Choose another name with --name.')
    return section


def sealed_settings(section: SystemSection) -> dict[str, str]:
    """Setting → name of its sealed secret, of a system that was connected."""
    return {key: value["sealed"] for key, value in section.settings.items()
            if isinstance(value, Mapping) and isinstance(value.get("sealed"), str)}


@dataclass(frozen=True, slots=True)
class Kept:
    """``sealed``: names of the secrets; ``mapping``: the file that says which field is which, and whether it is new."""

    sealed: tuple[str, ...]
    mapping: Path
    mapping_is_new: bool


def keep(workspace: Path, name: str, kind: ConnectorKind, answers: Mapping[str, Any],
         made: MadeMapping | None = None) -> Kept:
    """Keep a new system: its section in the config, its secrets sealed, its mapping (``made``, else the default one) where a
    person can change it.
    Raises ConfigError, UsageError and StoreError, with nothing changed."""
    free_name(workspace, name)
    master = master_key(workspace, database_of(workspace, read_config(workspace)))
    secrets = {key: value.get_secret_value() for key, value in answers.items() if isinstance(value, SecretStr)}
    names = {key: f"{name}-{key}" for key in secrets}
    settings = {key: {"sealed": names[key]} if key in names else value for key, value in answers.items()}
    path, mapping = workspace / CONFIG, workspace / "mappings" / f"{name}.toml"
    is_new = not mapping.exists()
    if is_new and made is not None and made.text:
        settings |= made.settings
    with _all_or_nothing(workspace, [path, mapping, *(sealed_file(workspace, n) for n in names.values())]):
        for key, secret in secrets.items():
            seal(workspace, master, names[key], secret)
        with path.open(encoding="utf-8", newline="") as file:
            text = with_section(file.read(), kind, name, settings)
        _must_read(text, path, name)
        schema = kind.settings
        settings_of(name, settings, schema, workspace)
        if is_new:
            mapping.parent.mkdir(exist_ok=True)
            write_whole(mapping, mapping_text(kind, name, made).encode("utf-8"))
        write_whole(path, text.encode("utf-8"))
    return Kept(tuple(names.values()), mapping, is_new)


def keep_secrets(workspace: Path, sealed: Mapping[str, str], answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Put new secrets into the places of the old ones; ``sealed`` as of ``sealed_settings``."""
    master = master_key(workspace, database_of(workspace, read_config(workspace)))
    with _all_or_nothing(workspace, [sealed_file(workspace, n) for n in sealed.values()]):
        for key, name in sealed.items():
            seal(workspace, master, name, answers[key].get_secret_value())
    return tuple(sealed.values())


def _must_read(text: str, path: Path, name: str) -> None:
    """Raises ConfigError where the new section cannot stand behind what is there."""
    try:
        whole = Config.model_validate(tomllib.loads(text.removeprefix("\ufeff")))
    except (tomllib.TOMLDecodeError, ValidationError):
        whole = Config()
    if name not in whole.systems:
        raise ConfigError(f"A section [systems.{name}] cannot be put at the end of this file, because of how its systems are "
                          "written. Give each system a section [systems.NAME] of its own; nothing was changed.", file=str(path))


@contextmanager
def _all_or_nothing(workspace: Path, files: list[Path]) -> Iterator[None]:
    """What the block began and could not end, also by Ctrl-C, is taken back. Raises StoreFull for a disk that is in the way."""
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        yield
    except BaseException as error:
        for file, content in before.items():
            with suppress(OSError):
                if content is None:
                    file.unlink(missing_ok=True)
                else:
                    write_whole(file, content)
        if isinstance(error, OSError):
            raise StoreFull(f"The system cannot be kept in {workspace} ({error.strerror}). Make room, or see that you may write "
                            "there; nothing was changed.") from None
        raise
