"""What the hub keeps of a world, beside the rules: contacts, links, unanswered writes; and the sites' authority rules."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from world_systems import Record, System, Trace
from world_trail import Trail

from hub.model.state import UNSET, ContactState, Send
from hub.model.units import Projection, member, replaced_by
from hub.rules.authority import FREE, Authority, UnitAuthority
from hub.rules.since import Row
from hub.rules.unmerge import Before

Step = tuple[str, int, int, bool]
MOST_SYSTEMS = 8
SCALARS = ("given", "notes", "birthday")
AUTHORITIES: tuple[Authority, ...] = (
    FREE,
    Authority({"given": UnitAuthority(prefer=("s1", "s0")), "emails": UnitAuthority(prefer=("s0",))}),
    Authority({"given": UnitAuthority(owners=("s0", "s1")), "emails": UnitAuthority(owners=("s0", "s2", "s3"))}),
    Authority({"given": UnitAuthority(owners=("s0",), others="leave"),
               "emails": UnitAuthority(owners=("s0", "s1"), others="leave")}),
    Authority({"*": UnitAuthority(owners=("s0", "s1"), others="ask")}),
    Authority({}, {("s1", "given"): "from", ("s1", "emails"): "from", ("s0", "notes"): "to", ("s2", "consents"): "from"}),
)


@dataclass
class Outstanding:
    """A send whose answer was lost. ``landed``: the truth, unknown to the hub."""

    send: Send
    landed: bool
    touched: set[str]


@dataclass
class Seat:
    """What the hub keeps of one link beside its LinkState."""

    system: System
    shadow: Projection
    known: Record
    version: int
    send: Outstanding | None = None
    corrections: dict[str, int] = field(default_factory=dict)
    to_count: set[str] = field(default_factory=set)


@dataclass
class Contact:
    """``rows``: what a journal has of it; ``joins``: whom it took in; ``stood``: where each of its values came from."""

    state: ContactState
    seats: dict[str, Seat]
    trail: Trail
    rows: list[Row] = field(default_factory=list)
    joins: list[Joined] = field(default_factory=list)
    stood: dict[tuple[str, int], Trace] = field(default_factory=dict)

    def systems(self) -> set[str]:
        return {s.system.name for s in self.seats.values()}

    def remember(self) -> None:
        for unit, cell in self.state.units.items():
            self.stood[unit, cell.rev] = self.trail.of(unit)


@dataclass
class Joined:
    """One joining: its journal row, the two sides before it, and who was taken in."""

    row: Row
    kept: Before
    other: Before
    kept_trail: Trail
    contact: Contact


def turned(state: ContactState) -> ContactState:
    return replace(state, links=dict(reversed(list(state.links.items()))), units=dict(reversed(list(state.units.items()))))


def chain(contact: Contact, unit: str) -> list[str]:
    """What a reviewer is shown of a member that was replaced: all that followed it."""
    out = [unit]
    while (key := replaced_by(contact.state.units.get(out[-1], UNSET).value)) and member("emails", key) not in out:
        out.append(member("emails", key))
    return out


def present(contact: Contact, name: str, key: str) -> bool:
    value = contact.state.units.get(f"{name}[{key}]", UNSET).value
    return value is not None and replaced_by(value) is None
