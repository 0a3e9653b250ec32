"""The configuration: ``config/hub.toml`` of a workspace, read with pydantic, every error with file, line and cure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hub.errors import ConfigError
from hub.mapping import Tables, check_filter, load_mapping
from hub.model.contact import CONTACT
from hub.model.units import split
from hub.plugins import Registry
from hub.refusals import hint, refusal, refused
from hub.rules.authority import Authority, UnitAuthority
from hub.rules.guards import Limits
from hub.rules.lenses.lens import MappingError, build_lens
from hub.rules.retention import DAY_S, Retention
from hub.rules.rulebook import Rulebook, SystemRules
from hub.sdk.connector import Connector, SupportsSearch
from hub.sdk.hookspecs import ConnectorKind
from hub.secrets import SecretRef, SecretRefused, resolve_secrets
from hub.store.address import Address, has_password, with_password
from hub.toml_lines import syntax_line

CONFIG = Path("config") / "hub.toml"


SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
EVERY = re.compile(r"([0-9]{1,6})([smhd])")
SHORTEST_S = 10
DAYS = re.compile(r"[1-9][0-9]{0,4}d")


_REFERENCE = 'write database_password = { env = "NAME" } or { file = "secrets/NAME" }.'


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSection(_Strict):
    """``[hub]``"""

    quiet_s: float = Field(120, ge=0, allow_inf_nan=False,
                           description="seconds a new or changed e-mail, phone or key waits before it is sent on")
    region: str = Field("FI", min_length=2, max_length=2, description="country of phone numbers written without one")
    database: str = Field("", description="SQLAlchemy URL without a password; empty: an SQLite file in the workspace")
    database_password: SecretRef | None = Field(None, description="where the password of ``database`` is, if it needs one")
    plugins: tuple[str, ...] = Field((), description="packages beside contact-hub whose connectors may be loaded")

    @field_validator("region")
    @classmethod
    def _is_a_country(cls, said: str) -> str:
        if said not in SUPPORTED_REGIONS:
            raise ValueError('must be a country code of two capital letters (ISO 3166-1), such as "FI"')
        return said

    @field_validator("database")
    @classmethod
    def _has_no_password(cls, said: str) -> str:
        if has_password(said):
            raise ValueError(f"holds a password in plain. Take it out, and {_REFERENCE} Then change it: it was readable")
        return said


class SystemSection(_Strict):
    """``[systems.NAME]``"""

    kind: str
    mapping: str = Field(
        "", description="mapping file, relative to config/; empty: mappings/NAME.toml, else the connector's default")
    collection: str = Field("", description="where records the hub makes are put (address book, folder), if there are several")
    read_only: bool = Field(False, description="true: the hub never writes to this system")
    accept_unverified: bool = Field(
        False, description="true: write although the connector was not verified against a real server")
    every: str = Field("15m", description="how often `hub daemon` asks it and writes to it: 30s, 15m, 6h, 1d")
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("every")
    @classmethod
    def _is_a_time(cls, said: str) -> str:
        found = EVERY.fullmatch(said)
        if found is None or int(found[1]) * SECONDS[found[2]] < SHORTEST_S:
            raise ValueError(f'must be a number with s, m, h or d, such as "15m", and at least {SHORTEST_S} seconds')
        return said

    @property
    def every_s(self) -> float:
        return float(int(self.every[:-1]) * SECONDS[self.every[-1]])


class AuthoritySection(_Strict):
    """``[authority."UNIT"]``"""

    owners: tuple[str, ...] | None = None
    others: Literal["correct", "leave", "ask"] = "correct"
    prefer: tuple[str, ...] = ()


class LimitsSection(_Strict):
    """``[limits]``"""

    most: int = Field(50, ge=0)
    least: int = Field(5, ge=0)
    rate: float = Field(0.05, ge=0, le=1)
    share: float = Field(0.5, gt=0, le=1)


class RetentionSection(_Strict):
    """``[retention.NAME]``"""

    where: dict[str, Any] | None = Field(None, description="a filter, as mappings have it: whom it is about; none: everybody")
    unchanged: str = Field(description="nothing about them changed in any system for so many days: 730d")
    why: str = Field(min_length=1, max_length=200, description="the purpose or law that ended; stands in the receipt")

    @field_validator("unchanged")
    @classmethod
    def _is_days(cls, said: str) -> str:
        if DAYS.fullmatch(said) is None:
            raise ValueError('must be a number of days with d, such as "730d", and at least one')
        return said


class Config(_Strict):
    """The whole file."""

    hub: HubSection = HubSection()
    systems: dict[str, SystemSection] = Field(default_factory=dict)
    authority: dict[str, AuthoritySection] = Field(default_factory=dict)
    limits: LimitsSection = LimitsSection()
    retention: dict[str, RetentionSection] = Field(default_factory=dict)


_PASSWORD_AT = ("hub", "database_password")
VERIFIED = 2
"""The level (``hub.sdk.hookspecs.Level``) from which on a connector writes to real systems without being asked to."""
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}$")


def read_config(workspace: Path) -> Config:
    """Read and check the configuration of a workspace. Raises ConfigError with file, line and cure."""
    path = workspace / CONFIG
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"There is no {CONFIG.as_posix()} in {workspace}. Make one with `hub init`, "
                          "or name the workspace with -C.") from None
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is not UTF-8"
        raise ConfigError(f"It cannot be read ({why}). It must be a text file, saved as UTF-8.", file=str(path)) from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"This is not valid TOML: {e}.", file=str(path), line=syntax_line(e)) from None
    try:
        config = Config.model_validate(raw)
    except ValidationError as e:
        raise refusal(e, Config, path) from None
    except ConfigError:  # of the one reference to a secret here; what was given is not quoted
        raise refused(f"hub.database_password: this is no reference to a secret: {_REFERENCE} If the password stood here in "
                      "plain, change it: it was readable.", path, _PASSWORD_AT) from None
    for name in config.systems:
        if not NAME.match(name):
            raise refused(f'"{name}" cannot be a system\'s name: use small letters, digits, - and _, a letter first.',
                          path, ("systems", name))
    return config


def database_of(workspace: Path, config: Config) -> Address:
    """Where the database is, with its password; "": a file of the workspace. Raises ConfigError naming file and line for a
    password that is not there, or that belongs to nothing."""
    url, reference = config.hub.database, config.hub.database_password
    if reference is None:
        return url
    try:
        if not url:
            raise ConfigError("There is no `database` that it belongs to.")
        return with_password(url, reference.resolve(workspace))
    except ConfigError as e:
        raise refused(f"hub.database_password: {e}", workspace / CONFIG, _PASSWORD_AT) from None


def mapping_file(workspace: Path, name: str, section: SystemSection) -> Path | None:
    """The site's mapping file of a system, or None for the connector's default."""
    if section.mapping:
        return (workspace / CONFIG).parent / section.mapping
    own = workspace / "mappings" / f"{name}.toml"
    return own if own.exists() else None


def rulebook(workspace: Path, config: Config, registry: Registry) -> Rulebook:
    """All rules of the workspace. Raises ConfigError naming file, line and cure."""
    systems = {}
    defaults = {k.kind: k.mapping for k in registry.kinds.values()}
    directions = {}

    @cache
    def load(file: Path) -> Tables:  # checking one takes longer than all else here
        return load_mapping(file, defaults, region=config.hub.region)

    for name, section in sorted(config.systems.items()):
        kind = kind_of(registry, config, name, workspace)
        own = mapping_file(workspace, name, section)
        tables = load(own if own is not None else kind.mapping)
        table = tables[CONTACT.name]
        lens = build_lens(table, CONTACT, config.hub.region)
        cls = kind.connector
        can = cls.capabilities  # type: ignore[attr-defined]
        writable = bool(can.writes) and no_writes(section, kind) == ""
        systems[name] = SystemRules(
            name, lens, section.collection, where=table.get("filter"), on_leave=table.get("on_leave", "keep"),
            on_delete=table.get("on_delete", "ask"), allow=tuple(table["allow"]) if "allow" in table else None,
            slot_change=table.get("slot_change", "replace"), own_key=can.own_key_field, marker=can.write_marker,
            writes=writable, creates=writable and bool(can.creates), deletes=writable and bool(can.deletes),
            delete_leaves=can.delete_leaves,
            searchable=isinstance(cls, type) and issubclass(cls, SupportsSearch))
        for unit in CONTACT.units:
            direction = lens.direction(unit)
            if direction not in ("both", "none"):
                directions[name, unit] = direction
    _check_authority(config, workspace / CONFIG)
    rules = {u: UnitAuthority(a.owners, a.others, a.prefer) for u, a in config.authority.items()}
    limits = Limits(most=config.limits.most, least=config.limits.least, rate=config.limits.rate, share=config.limits.share)
    return Rulebook(systems, Authority(rules, directions, config.hub.region), limits, config.hub.quiet_s,
                    retention=_retention(config, workspace / CONFIG))


def no_writes(section: SystemSection, kind: ConnectorKind) -> str:
    """Why the config lets nothing be written to a system; "" when it may be."""
    if section.read_only:
        return "read_only is set"
    if kind.level.number < VERIFIED and not section.accept_unverified:
        return ("its connector was not tried against a real server yet. Try it on a test account with `hub contract`, or set "
                "accept_unverified = true")
    return ""


def _check_authority(config: Config, path: Path) -> None:
    """Raises ConfigError for a rule about units or systems there are not: it would silently never count."""
    for unit, section in config.authority.items():
        base, key, attribute = split(unit)
        if key is not None and base in CONTACT.sets:
            if attribute or not key or not CONTACT.sets[base].named:
                named = ", ".join(f"{n}[…]" for n, s in CONTACT.sets.items() if s.named)
                raise refused(f'authority."{unit}": there can be rules for {named} and for the whole set `{base}`.', path,
                              ("authority", unit))
        elif not any(fnmatchcase(known, unit) for known in CONTACT.units):
            raise refused(f'authority."{unit}": there is no such unit{hint(unit, CONTACT.units)}', path, ("authority", unit))
        for name in [*(section.owners or ()), *section.prefer]:
            if name not in config.systems:
                raise refused(f'authority."{unit}" names the system "{name}", which is not configured. '
                              f"There are: {', '.join(config.systems) or 'none'}.", path, ("authority", unit))


def _retention(config: Config, path: Path) -> tuple[Retention, ...]:
    """The rules of retention in the order of the file. Raises ConfigError for a name or a filter that cannot be one."""
    out = []
    for name, section in config.retention.items():
        if not NAME.match(name):
            raise refused(f'"{name}" cannot be a rule\'s name: use small letters, digits, - and _, a letter first.', path,
                          ("retention", name))
        if section.where is not None:
            try:
                check_filter(section.where, CONTACT, ("where",))
            except MappingError as e:
                raise refused(f"retention.{name}.{e}", path, ("retention", name, *e.path)) from None
        out.append(Retention(name, int(section.unchanged[:-1]) * DAY_S, section.why, section.where))
    return tuple(out)


def connect(workspace: Path, config: Config, registry: Registry) -> dict[str, Connector]:
    """The connectors of all configured systems. Raises ConfigError for settings or secrets that cannot be used."""
    out: dict[str, Connector] = {}
    for name, section in sorted(config.systems.items()):
        kind = kind_of(registry, config, name, workspace)
        out[name] = kind.connector(settings_of(name, section.settings, kind.settings, workspace), system=name)
    return out


def settings_of(name: str, given: Mapping[str, Any], schema: type[BaseModel], workspace: Path) -> BaseModel:
    """A connector's settings, secrets resolved. Raises ConfigError naming file, line and cure."""
    path, at = workspace / CONFIG, ("systems", name, "settings")
    try:
        return schema.model_validate(resolve_secrets(given, schema, workspace))
    except SecretRefused as e:
        raise refused(f"{'.'.join(at)}.{e}", path, (*at, *e.place)) from None
    except ValidationError as e:
        raise refusal(e, schema, path, at=at) from None


def kind_of(registry: Registry, config: Config, name: str, workspace: Path) -> ConnectorKind:
    """The kind of a configured system. Raises ConfigError with the kinds there are."""
    try:
        return registry.kind(config.systems[name].kind)
    except ConfigError as e:
        raise refused(str(e), workspace / CONFIG, ("systems", name, "kind")) from None
