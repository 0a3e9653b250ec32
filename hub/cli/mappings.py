"""mapping: what is the same in a system and in the hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from hub.cli.command import Place, command
from hub.cli.output import cell, number

FORMS = ("rows", "list", "slots", "fixed", "flags")
"""Where a set can stand (docs/mapping-format.md)."""


@click.group("mapping")
def mapping() -> None:
    """Show and check mapping files.

    \b
    Examples:  hub mapping show crm
               hub mapping check
    """


@command("show")
@click.argument("name", metavar="SYSTEM|KIND|FILE")
def show_mapping(place: Place, name: str) -> None:
    """What a system's mapping says, with everything it extends. A FILE is looked for in the workspace first.

    \b
    Examples:  hub mapping show crm
               hub mapping show mappings/crm.toml
    """
    path, tables, _ = _loaded(place.workspace, name)
    place.show.result({"file": str(path), "tables": tables})
    for entity, table in tables.items():
        place.show.heading(f"{entity}: {cell(table.get('native'))}   {path}")
        place.show.table(["unit", "there", "codec", "direction", "only"], list(_rows(table)))
        for key, value in table.items():
            if key not in ("native", "fields", "sets"):
                place.show.line(f"{key} = {cell(value)}")


def _rows(table: Mapping[str, Any]) -> Iterator[list[Any]]:
    """A line for each place of each unit: one may stand in several, each for another kind of contact."""
    for unit, given in {**table.get("fields", {}), **table.get("sets", {})}.items():
        for each in given if isinstance(given, list) else [given]:
            yield [unit, _there(each), _codec(each), each.get("direction", "both"), each.get("only")]


def _there(given: Mapping[str, Any]) -> str:
    """Where a unit stands in the native record."""
    form = next((form for form in FORMS if form in given), None)
    if form is None:
        return _path(given["at"])
    if isinstance(given[form], list) and all(isinstance(each, Mapping) for each in given[form]):
        return f"{form} {', '.join(_slot(each) for each in given[form])}"
    return f"{'always' if form == 'fixed' else form} {_path(given[form])}"


def _slot(given: Mapping[str, Any]) -> str:
    """One field of a set: ``home: address1_line1, address1_city``; the key where it stands for one."""
    at = _path(given["at"]) if "at" in given else ", ".join(
        _path(part["at"] if isinstance(part, Mapping) else part) for part in given.get("parts", {}).values())
    key = given.get("key", given.get("scheme"))
    return f"{key}: {at}" if key else at


def _path(at: Any) -> str:
    """``employee.name``; a key that holds dots is given as a list."""
    return ".".join(map(str, at)) if isinstance(at, list) else str(at)


def _codec(given: Mapping[str, Any]) -> str:
    codec = given.get("codec", "")
    return str(codec.get("name", "")) if isinstance(codec, Mapping) else str(codec)


@command("check")
@click.argument("names", nargs=-1, metavar="[SYSTEM|KIND|FILE]…")
def check_mapping(place: Place, names: tuple[str, ...]) -> None:
    """Check mapping files: known units and codecs, paths, filters, and that values come back as they were put.

    Without a name, all of the workspace. An error names file, line and cure.

    \b
    Examples:  hub mapping check
               hub mapping check mappings/crm.toml
    """
    from hub.config import read_config
    from hub.mapping import compile_mapping

    wanted = names or tuple(read_config(place.workspace).systems)
    told = []
    for name in wanted:
        path, tables, region = _loaded(place.workspace, name)
        for entity, lens in compile_mapping(tables, region=region).items():
            told.append({"name": name, "file": str(path), "entity": entity, "units": sorted(lens.coverage),
                         "fingerprint": lens.fingerprint})
            place.show.line(f"{name}: {entity} is fine, {number(len(lens.coverage), 'unit')}   {path}")
    place.show.result(told)
    if not wanted:
        place.show.line("No system is configured, so there is no mapping to check.")


def _loaded(workspace: Path, name: str) -> tuple[Path, dict[str, Any], str]:
    """The file behind a system's name, a kind's name or a path, what it says, and the region it is read for. Raises
    ConfigError, UnknownName."""
    from hub.config import CONFIG, kind_of, mapping_file, read_config
    from hub.errors import UnknownName
    from hub.mapping import load_mapping
    from hub.plugins import registry

    config = read_config(workspace) if (workspace / CONFIG).exists() else None
    plugins = registry(config.hub.plugins if config is not None else ())
    kinds = plugins.kinds
    defaults = {k.kind: k.mapping for k in kinds.values()}
    if config is not None and name in config.systems:
        own = mapping_file(workspace, name, config.systems[name])
        path = own if own is not None else kind_of(plugins, config, name, workspace).mapping
    elif name in kinds:
        path = kinds[name].mapping
    elif name.endswith(".toml"):
        path = workspace / name if (workspace / name).exists() else Path(name)
    else:
        known = sorted({*kinds, *(config.systems if config else ())})
        raise UnknownName(f'No system, kind or file is called "{name}". There are: {", ".join(known) or "none"}.')
    region = config.hub.region if config else "FI"
    return path, dict(load_mapping(path, defaults, region=region)), region


for each in (show_mapping, check_mapping):
    mapping.add_command(each)
