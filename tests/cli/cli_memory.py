"""A kind of connector for tests of the command line: systems in memory, which live as long as the test."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from hub.plugins import Plugin, Registry
from hub.sdk import Ask, AuthFailed, Health
from hub.sdk.capabilities import Capabilities
from hub.sdk.hookspecs import ConnectorKind, Level
from hub.sdk.http import RealClock
from hub.testing.memory import MemoryConnector, MemorySystem, Traits, capabilities

TRAITS = Traits(fields=frozenset({
    "kind", "given", "family", "notes", "birthday", "emails", "company", "phones", "addresses", "groups"}))
WORLDS: dict[str, MemorySystem] = {}


class ShelfSettings(BaseModel):
    """``world``: which system in memory; ``may``: what the account may there."""

    model_config = ConfigDict(extra="forbid")

    world: str
    key: SecretStr | None = None
    may: Literal["write", "nothing"] = "write"


class Shelf(MemoryConnector):
    """The connector of one of ``WORLDS``."""

    kind: ClassVar[str] = "shelf"
    capabilities: ClassVar[Capabilities] = capabilities(TRAITS)
    Settings: ClassVar[type[BaseModel]] = ShelfSettings
    requests: int = 0

    def __init__(self, settings: ShelfSettings, *, system: str, **_: Any) -> None:
        super().__init__(WORLDS[settings.world], system=system, may=settings.may)


MAPPING = Path(__file__).with_name("memory.toml")
KIND = ConnectorKind("shelf", "Systems in memory", Shelf, MAPPING, Level(2, "tests", "2026-01-01"))
GREEN = ConnectorKind("green", "Not yet tried", Shelf, KIND.mapping, Level(0))
REGISTRY = Registry((Plugin("shelf", "tests", (KIND, GREEN)), Plugin("broken", "tests", problem="ImportError: no module")),
                    {"shelf": KIND, "green": GREEN})


class LockedSettings(BaseModel):
    """Needs a key, and lets in whoever has one that does not begin with "wrong"."""

    model_config = ConfigDict(extra="forbid")

    world: Annotated[Literal["crm", "mail"], Ask("Which world")]
    key: SecretStr


class Locked(Shelf):
    """The same, behind a key."""

    kind: ClassVar[str] = "locked"
    Settings: ClassVar[type[BaseModel]] = LockedSettings

    def __init__(self, settings: LockedSettings, *, system: str, **_: Any) -> None:
        super().__init__(ShelfSettings(world=settings.world), system=system)
        self._lets_in = not settings.key.get_secret_value().startswith("wrong")

    async def check(self) -> Health:
        if not self._lets_in:
            raise AuthFailed(f"{self.system}: this key is not known.")
        return await super().check()


LOCKED = ConnectorKind("locked", "Needs a key", Locked, MAPPING, Level(2, "tests", "2026-01-01"))
WITH_LOCKED = Registry(REGISTRY.plugins, {**REGISTRY.kinds, "locked": LOCKED})


def new_world(name: str) -> MemorySystem:
    """An empty system."""
    WORLDS[name] = MemorySystem(name, TRAITS, RealClock(), random.Random(name))
    return WORLDS[name]
