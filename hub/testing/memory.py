"""Systems in memory, for tests and the simulation: the vendor, its users, its interface, its connector, its mapping.

::

    world = MemorySystem("crm", Traits(slots=3), clock, random.Random(7))
    anna = world.user_create({"given": "Anna", "email1": "anna@x.fi"})
    connector = MemoryConnector(world, Faults(random.Random(7), lost_after=0.03))
    lens = build_lens(memory_mapping(world.traits)["contact"], CONTACT, ...)
"""

from hub.testing.memory_connector import MemoryConnector, capabilities
from hub.testing.memory_native import FIELDS, KEY, MARKER, REWRITES, Refusal, Traits, memory_mapping
from hub.testing.memory_vendor import MemorySystem, Row, Sent

__all__ = ["FIELDS", "KEY", "MARKER", "REWRITES", "MemoryConnector", "MemorySystem", "Refusal", "Row", "Sent", "Traits",
           "capabilities", "memory_mapping"]
