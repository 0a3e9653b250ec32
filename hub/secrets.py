"""Secrets in the config are references: ``{ env = "NAME" }``, ``{ file = "path" }`` or ``{ sealed = "NAME" }``, never the
secret itself.

No message of this module quotes what was given: whoever writes the secret where a reference belongs must not read it
again in a log.
"""

from __future__ import annotations

import os
import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretBytes, SecretStr, model_validator
from pydantic.fields import FieldInfo

from hub.errors import ConfigError
from hub.logs import logger
from hub.sealed import sealed_secret

HOW = (
    'Write { env = "NAME" } to read it from an environment variable, or { file = "secrets/NAME" } to read it from a '
    "file of the workspace; or let `hub connect` ask for it, which seals it."
)
_USUAL_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")

log = logger(__name__)


class SecretRefused(ConfigError):
    """``place``: the field, as a path in the settings."""

    def __init__(self, place: str, problem: str) -> None:
        self.place = tuple(re.split(r"[.\[\]]+", place.rstrip("]")))
        super().__init__(f"{place}: {problem}")


class SecretRef(BaseModel):
    """Where a secret is: one of ``env`` (name of an environment variable), ``file`` (path, relative to the workspace) and
    ``sealed`` (name of a secret that ``hub connect`` sealed). Raises ConfigError for everything else."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: str | None = Field(default=None, repr=False)
    file: str | None = Field(default=None, repr=False)
    sealed: str | None = Field(default=None, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _is_reference(cls, given: Any) -> Any:
        if isinstance(given, str):
            raise ConfigError(f"A secret is written here in plain. {HOW} Then change the secret: it was readable.")
        names = given.keys() if isinstance(given, Mapping) else ()
        if len(names) != 1 or not set(names) <= {"env", "file", "sealed"}:
            raise ConfigError(f"This is no reference to a secret. {HOW}")
        if not all(isinstance(v, str) and v.strip() for v in given.values()):
            raise ConfigError(f"This reference to a secret is empty or no text. {HOW}")
        return given

    def resolve(self, workspace: Path) -> str:
        """The secret, without line breaks at its end. Raises ConfigError when it is not there, empty, does not open, or is
        in a file of the workspace that every account of this computer can read."""
        if self.sealed:
            return sealed_secret(workspace, self.sealed)
        return _from_env(self.env) if self.env else _from_file(workspace, self.file or "")


def _from_env(name: str) -> str:
    value = os.environ.get(name, "").rstrip("\r\n")
    if not value:
        # a name of another shape may be the secret itself, written in the wrong place
        shown = name if _USUAL_NAME.fullmatch(name) else "named there"
        raise ConfigError(f"The environment variable {shown} is not set or empty. Set it before the hub starts.")
    return value


def _from_file(workspace: Path, name: str) -> str:
    root = workspace.resolve()
    try:
        path = (root / Path(name).expanduser()).resolve()
        mode, raw = path.stat().st_mode, path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "the path cannot be used"
        raise ConfigError(
            f"The file of this secret cannot be read ({why}). Its path is relative to the workspace, {root}."
        ) from None
    if os.name == "posix" and mode & 0o004:
        if path.is_relative_to(root):
            raise ConfigError("Every account of this computer can read the file of this secret. Run chmod 600 on it.")
        # outside the workspace others decide: container secrets are mounted 0444
        log.warning("A secret's file outside the workspace can be read by every account of this computer.")
    text = raw.decode("utf-8-sig", errors="replace")  # editors on Windows put a mark in front
    if "\ufffd" in text:
        raise ConfigError("The file of this secret is not UTF-8 text. Save it again as UTF-8, with the secret alone.")
    secret = text.rstrip("\r\n")
    if not secret:
        raise ConfigError("The file of this secret is empty. Write the secret into it, alone.")
    return secret


def resolve_secrets(settings: Mapping[str, Any], schema: type[BaseModel], workspace: Path) -> dict[str, Any]:
    """``settings`` with the references replaced by their values, wherever ``schema`` has a SecretStr or SecretBytes (also in
    nested models, lists and tables). Raises SecretRefused naming the field for a literal there, or a secret that is
    missing."""
    return _table(settings, [schema], workspace, "")


def _table(given: Mapping[str, Any], models: list[type[BaseModel]], workspace: Path, where: str) -> dict[str, Any]:
    out = dict(given)
    for name in out:
        kinds = [
            field.annotation
            for model in models
            for own_name, field in model.model_fields.items()
            if name in _names(own_name, field)
        ]
        out[name] = _value(out[name], [k for kind in kinds for k in _options(kind)], workspace, f"{where}{name}")
    return out


def _names(own: str, field: FieldInfo) -> set[object]:
    """What the field may be called in the config: also a secret under an alias must be a reference."""
    alias = field.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return {own, field.alias, *(c for c in choices if isinstance(c, str))}


def _value(given: Any, kinds: list[Any], workspace: Path, where: str) -> Any:
    if given is None or isinstance(given, SecretStr | SecretBytes):
        return given
    if any(isinstance(k, type) and issubclass(k, SecretStr | SecretBytes) for k in kinds):
        secret = _secret(given, workspace, where)
        return SecretStr(secret) if SecretBytes not in kinds else SecretBytes(secret.encode())
    if isinstance(given, Mapping):
        models = [k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)]
        if models:
            return _table(given, models, workspace, f"{where}.")
        inner = [o for k in kinds if len(get_args(k)) == 2 for o in _options(get_args(k)[1])]
        return {name: _value(v, inner, workspace, f"{where}.{name}") for name, v in given.items()}
    if isinstance(given, list | tuple):
        inner = [o for k in kinds if get_origin(k) is not None for arg in get_args(k)[:1] for o in _options(arg)]
        return [_value(v, inner, workspace, f"{where}[{i}]") for i, v in enumerate(given)]
    return given


def _secret(given: Any, workspace: Path, where: str) -> str:
    try:
        return SecretRef.model_validate(given).resolve(workspace)
    except ConfigError as error:
        problem = SecretRefused(where, str(error))
    raise problem


def _options(kind: Any) -> Iterator[Any]:
    """The alternatives of an annotation: ``SecretStr | None`` is two."""
    if get_origin(kind) in (Union, types.UnionType):
        for option in get_args(kind):
            yield from _options(option)
    elif get_origin(kind) is Annotated:
        yield from _options(get_args(kind)[0])
    else:
        yield kind
