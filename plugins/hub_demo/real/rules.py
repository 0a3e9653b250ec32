"""The hub's rules over a history's systems: each connector's own mapping, some owners, some preferences."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache

from hub.mapping import load_mapping
from hub.model.contact import CONTACT
from hub.plugins import registry
from hub.rules.authority import Authority, UnitAuthority
from hub.rules.guards import Limits
from hub.rules.lenses.lens import Lens, build_lens
from hub.rules.rulebook import Rulebook, SystemRules
from hub.sdk.connector import Connector, SupportsSearch
from hub.sdk.hookspecs import ConnectorKind
from hub_demo.real.offices import Office
from hub_demo.real.wire import Transport, Watched, Wire

NOWHERE = "http://127.0.0.1:9/"
"""The url of a sandbox in this process: nothing listens there, and nothing is sent there."""


def connect(office: Office, wire: Wire) -> Connector:
    """A new connector, as a new process would make it."""
    kind = registry().kind(office.kind)
    if office.app is None:
        made: Connector = kind.connector(kind.settings.model_validate(office.settings), system=office.kind,
                                         disk=Watched(wire), clock=wire.clock)
        return made
    settings = kind.settings.model_validate({"url": NOWHERE, **office.settings})
    return kind.connector(settings, system=office.kind, transport=Transport(wire), clock=wire.clock)


@cache
def lens_of(kind: str) -> Lens:
    """Of the connector's own mapping."""
    kinds = registry().kinds
    tables = load_mapping(kinds[kind].mapping, {name: each.mapping for name, each in kinds.items()})
    return build_lens(tables[CONTACT.name], CONTACT)


def rulebook(rng: random.Random, offices: Mapping[str, Office]) -> Rulebook:
    """Everybody goes everywhere; what a delete means, who owns titles and whose names are preferred is drawn."""
    kinds = registry().kinds
    rules = {name: system_rules(kinds[name], rng) for name in offices}
    order, units = list(offices), dict[str, UnitAuthority]()
    if rng.random() < 0.3:
        units["title"] = UnitAuthority(owners=(rng.choice(order),), others=rng.choice(["correct", "leave", "ask"]))
    if rng.random() < 0.3:
        rng.shuffle(order)
        units["notes"] = UnitAuthority(prefer=tuple(order))
    directions = {(name, unit): lens.direction(unit) for name, each in rules.items() for unit in CONTACT.units
                  if (lens := each.lens).direction(unit) not in ("both", "none")}
    return Rulebook(rules, Authority(units, directions), limits=Limits(small=10_000), quiet_s=rng.choice([0.0, 0.0, 120.0]),
                    sweep_s=rng.choice([100.0, 3000.0]))


def system_rules(kind: ConnectorKind, rng: random.Random) -> SystemRules:
    can = kind.connector.capabilities  # type: ignore[attr-defined]
    return SystemRules(
        kind.kind, lens_of(kind.kind), on_delete=rng.choice(["ask", "ask", "propagate", "unlink"]), own_key=can.own_key_field,
        marker=can.write_marker, writes=bool(can.writes), creates=bool(can.creates), deletes=bool(can.deletes),
        delete_leaves=can.delete_leaves,
        searchable=isinstance(kind.connector, type) and issubclass(kind.connector, SupportsSearch))
