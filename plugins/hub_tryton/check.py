"""Who we are there, what we may, and what a person should change."""

from __future__ import annotations

from hub.sdk import AuthFailed, Health
from hub_tryton.api import Api, Said
from hub_tryton.native import PARTY
from hub_tryton.reads import Reader

_ACTS = ("write", "create", "delete")


async def check(api: Api, reader: Reader) -> Health:
    """Six requests after the login, three more with ``invoice_totals``. Raises AuthFailed for a user who may not read parties, or
    invoices where these are wanted, Misconfigured for an address where no Tryton answers."""
    series = await api.version()
    told = await api.read("model.ir.model.access.get_access", [PARTY])
    access = told.get(PARTY, {}) if isinstance(told, dict) else {}
    if not access.get("read"):
        raise AuthFailed(f"{api.client.system}: the hub's user may not read parties. Ask who maintains Tryton to allow it "
                         "(Administration, Models, Models Access).")
    await reader.rows([], 1)
    lacking = [act for act in _ACTS if not access.get(act)]
    warnings = []
    if "write" in lacking or "create" in lacking:
        warnings.append(f"The hub's user may not {' nor '.join(lacking)} parties: it only reads, or not all is written. Ask who "
                        "maintains Tryton to allow it (Administration, Models, Models Access).")
    if await reader.category() is None:
        warnings.append("There is no category of the name in people_category: every party is read as an organisation, and no "
                        "person can be written. Make it in Tryton (Party, Configuration, Categories).")
    if not await api.read("model.country.country.search", [], 0, 1, None):
        warnings.append("Tryton has no countries, so addresses with a country are refused. Ask who maintains Tryton to load them "
                        "(trytond_import_countries).")
    if reader.invoices and not await reader.invoices.newest():
        warnings.append("No invoice is to be seen. If there are some, give the hub's user its current company (Administration, "
                        "Users, Preferences).")
    return Health(
        identity=api.settings.user,
        fingerprint=f"Tryton database {api.settings.database}{await _company(api)}",
        can_write=not {"write", "create"} & set(lacking),
        server=f"Tryton {series}",
        warnings=tuple(warnings),
    )


async def _company(api: Api) -> str:
    """The first company by name; nothing where the module is not there, or none was made."""
    try:
        found = await api.try_read("model.company.company.search_read", [], 0, 1, [["id", "ASC"]], ["rec_name"])
    except Said:
        return ""
    return f" of {found[0]['rec_name']}" if found else ""
