"""Who we are there, what we may, and what a person should change."""

from __future__ import annotations

from hub.sdk import AuthFailed, ContractBroken, Health
from hub_procountor.api import PARTNERS, RIGHTS, SESSION, Api, may_not_write
from hub_procountor.native import CUSTOMER
from hub_procountor.reads import Reader

_ALL, _SOME = "ALL_RIGHTS", "VIEWING_RIGHTS"


async def company(api: Api) -> tuple[str, str, str]:
    """Fingerprint, company and user: one request."""
    told = await api.read(SESSION)
    if not isinstance(told.get("companyId"), int):
        raise ContractBroken(f"{api.client.system}: Procountor does not say whose company this is.")
    return f"Procountor company {told['companyId']}", str(told.get("name") or "?"), str(told.get("userName") or "?")


async def check(api: Api, reader: Reader) -> Health:
    """Four requests after the token's. Raises AuthFailed for secrets that are not accepted and for a user without any right to
    the customer register."""
    fingerprint, name, user = await company(api)
    rights = (await api.read(RIGHTS)).get("rights")
    sales = rights.get("sales") if isinstance(rights, dict) else None
    level = sales.get("customerRegister") if isinstance(sales, dict) else None
    if level not in (_ALL, _SOME, None):
        raise AuthFailed(f"{api.client.system}: {may_not_write()}")
    await api.read(PARTNERS, {"type": CUSTOMER, "size": 1, "page": 0})
    warnings = []
    if level == _SOME:
        warnings.append(f"Nothing can be written: {may_not_write()}")
    if level is None:
        warnings.append("Procountor does not say what the hub's user may do in the customer register; a write will show it.")
    if await reader.people_group() is None:
        warnings.append("There is no customer group of the name in people_group: every customer is read as an organisation, and "
                        "no person can be written. Make it in Procountor, or write the name of yours.")
    return Health(identity=f"{user} of {name}", fingerprint=fingerprint, can_write=level != _SOME, server="Procountor",
                  warnings=tuple(warnings))
