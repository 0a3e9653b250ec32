"""Who we are there, what we may, whether other mailboxes are closed, and what a person should change.

Sources (learn.microsoft.com): "Role Based Access Control for Applications in Exchange Online" (2025-11-25: it replaces
application access policies; its grants are independent of those in Microsoft Entra, so that a scope counts only where Entra
grants nothing; a change takes 30 minutes to 2 hours), "Get user" (``/me``), "Add and manage app credentials in Microsoft Entra
ID" (secrets expire).

No call tells what an application may do. Whether it may write is asked by changing a contact that cannot be there: who may not
is refused before Exchange looks for it. Nothing can be changed by it. Only ``check`` does so, which a person asks for; a run asks
``fingerprint``, which reads. Of who signed in the token's answer tells the permissions, and nothing is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hub.sdk import AuthFailed, ConnectorError, ContractBroken, Health, Misconfigured
from hub_outlook.api import Api, Part
from hub_outlook.folders import user
from hub_outlook.reads import missing
from hub_outlook.settings import ME, OutlookSettings

NOBODY = "AAAAAAAAAAA="
"""An id no contact has."""
_SERVER = "Microsoft Graph 1.0"
_DAYS = (7, 30, 60)
_SECRET = ("client secret", "Make a new one under 'Certificates & secrets' of the app registration, enter its Value and the new "
           "day as secret_expires; then delete the old one.")
_CERTIFICATE = ("certificate", "Make a new one and upload it under 'Certificates & secrets' of the app registration; then put it "
                "with its private key in the place of the old file, and delete the old one there.")


async def check(api: Api, settings: OutlookSettings) -> Health:
    """Two requests after the token's, and two more for each ten mailboxes. Raises AuthFailed and Misconfigured with the cure."""
    return await (_ours(api, settings) if settings.is_application else _mine(api))


async def fingerprint(api: Api, settings: OutlookSettings) -> str:
    """Whose mailboxes these are: of who signed in after one request, of an application by the token its tenant gives."""
    if not settings.is_application:
        return _of_user(await _me(api))
    await api.login.header()
    return _of_tenant(settings)


def _of_user(me: Mapping[str, Any]) -> str:
    return f"mailbox of user {me['id']}"


def _of_tenant(settings: OutlookSettings) -> str:
    return f"Microsoft Entra tenant {settings.tenant.lower()}"


async def _me(api: Api) -> Mapping[str, Any]:
    me = await api.get("me?$select=id,userPrincipalName", mailbox=ME)
    if not isinstance(me.get("id"), str) or not me["id"]:
        raise ContractBroken(f"{api.system}: Microsoft Graph does not say who we are.")
    return me


async def _mine(api: Api) -> Health:
    me = await _me(api)
    await api.get("me/contacts?$top=1&$select=id", mailbox=ME)
    writes = "Contacts.ReadWrite" in {one.rsplit("/", 1)[-1] for one in api.login.granted.split()}
    warning = () if writes else (f"Only reading was consented to. Run `hub sign-in {api.system}` and consent to reading and "
                                 "writing contacts.",)
    return Health(str(me.get("userPrincipalName") or "who signed in"), _of_user(me), writes, _SERVER, warning)


async def _ours(api: Api, settings: OutlookSettings) -> Health:
    parts = [part for mailbox in settings.mailboxes for part in (
        Part("GET", f"{user(mailbox)}/contacts?$top=1&$select=id"),
        Part("PATCH", f"{user(mailbox)}/contacts/{NOBODY}", {"nickName": None}))]
    answers = await api.batch(parts, safe=True)
    reads = dict(zip(settings.mailboxes, answers[::2], strict=True))
    writes = dict(zip(settings.mailboxes, answers[1::2], strict=True))
    closed = {mailbox: api.error(answer, mailbox) for mailbox, answer in reads.items() if answer.status != 200}
    if len(closed) == len(reads):
        raise next(iter(closed.values()))
    if odd := [error for error in closed.values() if not isinstance(error, AuthFailed | Misconfigured)]:
        raise odd[0]
    warnings = [f"{error} It is left out until then." for error in closed.values()]
    may = [mailbox for mailbox, answer in writes.items() if mailbox not in closed and missing(answer)]
    if lacking := [mailbox for mailbox in settings.mailboxes if mailbox not in may and mailbox not in closed]:
        warnings.append(f"The application may read and not write: {', '.join(lacking)}. Give it the role Application "
                        "Contacts.ReadWrite there.")
    warnings += await _outside(api, settings)
    warnings += _expiry(api, settings)
    return Health(f"application {settings.client_id}, in {len(reads) - len(closed)} of {len(reads)} mailboxes",
                  _of_tenant(settings), bool(may), _SERVER, tuple(warnings))


async def _outside(api: Api, settings: OutlookSettings) -> Sequence[str]:
    """Is a mailbox closed that should be?"""
    if settings.outside is None:
        return ("Nobody tried whether other mailboxes are closed to this application. Name one that must be under outside.",)
    try:
        await api.get(f"{user(settings.outside)}/contacts?$top=1&$select=id", mailbox=settings.outside)
    except AuthFailed:
        return ()
    except ConnectorError as error:
        return (f"Whether other mailboxes are closed is not known: {error}",)
    return (f"DANGER: this application can read {settings.outside}, which it must not, and so probably every mailbox of the "
            "organisation. Take Contacts.ReadWrite and Contacts.Read away from it under 'API permissions' in Microsoft Entra, "
            "and give it the role Application Contacts.ReadWrite in Exchange with a scope of the mailboxes it needs "
            "(docs/connect/outlook.md).",)


def _expiry(api: Api, settings: OutlookSettings) -> Sequence[str]:
    """The credential's end comes near. A certificate tells it itself."""
    certificate, today = api.login.certificate, (api.server_time or datetime.now(UTC)).date()
    expires = certificate.expires if certificate is not None else settings.secret_expires
    if expires is None:
        return ("When the client secret expires is not noted; then everything stops. Write the day as secret_expires.",)
    left = (expires - today).days
    if left > max(_DAYS):
        return ()
    what, cure = _SECRET if certificate is None else _CERTIFICATE
    when = "has expired" if left < 0 else f"expires in {left} days, on {expires.isoformat()}" if left else "expires today"
    loud = "DANGER: t" if left <= min(_DAYS) else "T"
    return (f"{loud}he {what} {when}. {cure}",)
