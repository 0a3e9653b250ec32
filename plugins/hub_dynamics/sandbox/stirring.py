"""What a write starts of the organisation's own, and the optional parameters that keep it still.

Sources (learn.microsoft.com): "Use optional parameters" (2025-06-20: request headers in the namespace MSCRM.), "Bypass custom
Dataverse logic" (2024-07-01: values, privilege), "Bypass Power Automate Flows" (2024-07-01: no privilege). How a missing
privilege is answered: as other missing ones are; neither page says it.
"""

from __future__ import annotations

from collections.abc import Mapping

from .refusals import NotBuilt, Refusal, bad
from .world import World

BYPASS = "prvBypassCustomBusinessLogic"
_FLOWS, _LOGIC = "mscrm.suppresscallbackregistrationexpanderjob", "mscrm.bypassbusinesslogicexecution"
_VALUES = {"CustomSync", "CustomAsync"}


def stir(world: World, headers: Mapping[str, str]) -> None:
    """Note what this write starts. Raises Refusal."""
    for name in headers:
        if name.startswith("mscrm.") and name not in (_FLOWS, _LOGIC):
            raise NotBuilt(f"the header {name}")
    flows = headers.get(_FLOWS, "false").lower()
    if flows not in ("true", "false"):
        raise bad("SuppressCallbackRegistrationExpanderJob is true or false.")
    still = {value.strip() for value in headers[_LOGIC].split(",")} if _LOGIC in headers else set()
    if still - _VALUES or (_LOGIC in headers and not still):
        raise bad("BypassBusinessLogicExecution is CustomSync, CustomAsync or both.")
    if still and BYPASS not in world.privileges:
        raise Refusal(403, f"Principal user is missing {BYPASS} privilege.", "0x80040220")
    world.log.started["flows"] += flows == "false"
    world.log.started["logic"] += still != _VALUES
