"""Who we are there, and what a person should know."""

from __future__ import annotations

from hub.sdk import Health
from hub_lemonsoft.api import Api
from hub_lemonsoft.reads import Reader

FIRST: dict[str, str | int] = {"filter.is_customer": 1, "filter.page": 1, "filter.page_size": 1}


def company(api: Api) -> str:
    """Lemonsoft's text names no request that says whose company it is: what is configured stands for it."""
    return f"Lemonsoft database {api.settings.database} at {api.client.base.host}"


async def check(api: Api, reader: Reader) -> Health:
    """One or two requests after the login. Raises AuthFailed for a login that is refused and for a user without the customer
    register, Misconfigured for an address where no Lemonsoft answers."""
    for row in await api.customers(FIRST):
        reader.record(row)  # has all that is read
    warnings = []
    if reader.group is None:
        warnings.append("The setting people_group is empty: every customer is read as an organisation, and no person can be "
                        "written.")
    elif not await api.customers({**FIRST, "filter.group": reader.group}):
        warnings.append("No customer is in the group of the number in people_group. Compare it with the customer groups in "
                        "Lemonsoft.")
    warnings.append("Lemonsoft does not tell what the hub's user may write; the first write will show it.")
    return Health(identity=api.settings.user, fingerprint=company(api), server="Lemonsoft", warnings=tuple(warnings))
