"""What a person fills in to connect mailboxes: one of their own by signing in, or named ones by the application's permission."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from hub.sdk import Ask

Address = Annotated[str, StringConstraints(pattern=r"^[^@\s/?#]+@[^@\s/?#]+$", to_lower=True)]
"""User principal name of a mailbox, mostly its e-mail address."""
GRAPH, IDENTITY = "https://graph.microsoft.com", "https://login.microsoftonline.com"
ME = "me"
"""The collection of somebody's own mailbox."""


class OutlookSettings(BaseModel):
    """With ``certificate`` or ``client_secret`` the application itself reads the ``mailboxes``; without, a person signs in to one
    of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: Annotated[str, Ask("Directory (tenant) ID", where="Microsoft Entra admin center, App registrations, your app, "
                               "Overview: Directory (tenant) ID.")] = Field(
        pattern=r"^[A-Za-z0-9.-]+$",
        description="Directory (tenant) ID of the app registration, from its overview page in Microsoft Entra. For a personal "
        "Outlook.com account: consumers.")
    client_id: Annotated[str, Ask("Application (client) ID", where="The same page: Application (client) ID.")] = Field(
        pattern=r"^[A-Za-z0-9-]+$", description="Application (client) ID, from the same page.")
    certificate: Annotated[Path | None, Ask(
        "PEM file of certificate and private key, only for several mailboxes (empty: a client secret, or your own mailbox)",
        where="docs/connect/outlook.md, step 2b.1. Upload the certificate alone in the same app: Certificates & secrets, "
        "Certificates, Upload certificate.")] = Field(
        default=None,
        description="The certificate uploaded to the app registration and its private key, in one PEM file that you alone can "
        "read; its path in full. Only for several mailboxes. Safer than a client secret: the key never leaves this computer.")
    client_secret: Annotated[SecretStr | None, Ask(
        "Client secret, only for several mailboxes without a certificate (empty: sign in to your own)",
        where="The same app, Certificates & secrets, Client secrets, New client secret: the column Value, before you leave the "
        "page.")] = Field(
        default=None,
        description="Client secret of the app registration: the Value that is shown once, not the Secret ID. Only for several "
        "mailboxes by application permission, where there is no certificate; leave it out to sign in to your own mailbox.")
    secret_expires: Annotated[date | None, Ask("The day the secret expires (2027-05-31)", where="The same table: the column "
                                               "Expires.")] = Field(
        default=None,
        description="The day the client secret expires, from 'Certificates & secrets' (2027-05-31). `hub check` warns 60 days "
        "before.")
    mailboxes: Annotated[tuple[Address, ...], Ask("Mailboxes to read, by address")] = Field(
        default=(), description="With a certificate or secret: the mailboxes to read and write, by their addresses.")
    outside: Annotated[Address | None, Ask("A mailbox the hub must not reach, to be tried")] = Field(
        default=None,
        description="With a certificate or secret: the address of a mailbox the hub must not reach. `hub check` tries it, and "
        "warns when it is open.")
    folders: Annotated[tuple[str, ...], Ask("Contact folders to read")] = Field(
        default=(),
        description="Contact folders to read, by name; new contacts go into the first. Contacts is the main one. Default: all, "
        "and new contacts go into Contacts.")
    page_size: int = Field(
        default=200, ge=1, le=1000, description="Contacts asked for at once. Exchange may give fewer.")
    url: str = Field(default=GRAPH, description="Address of Microsoft Graph, only for national clouds.")
    authority: str | None = Field(
        default=None,
        description="Address of the identity service, only for national clouds. Default: https://login.microsoftonline.com; for "
        "an address on this computer (a sandbox), the same address.")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        return url.strip().split("/v1.0")[0].rstrip("/")

    @field_validator("certificate")
    @classmethod
    def _in_full(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_absolute():
            raise ValueError("must be the path in full, from the root of the disk")
        return path

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.certificate is not None and (self.client_secret is not None or self.secret_expires is not None):
            raise ValueError("there is a certificate, so leave client_secret and secret_expires out: one credential is enough, "
                             "and a certificate tells its own end")
        if self.is_application and not self.mailboxes:
            raise ValueError("with a certificate or client_secret name the mailboxes to read; leave it out to sign in to your "
                             "own")
        if not self.is_application and (self.mailboxes or self.outside):
            raise ValueError("mailboxes and outside need a certificate or a client_secret: whoever signs in reads their own "
                             "mailbox")
        return self

    @property
    def is_application(self) -> bool:
        """The application itself asks; nobody signs in."""
        return self.certificate is not None or self.client_secret is not None

    @property
    def origin(self) -> str:
        """Scheme and host of Microsoft Graph: what a token is asked for."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def identity(self) -> str:
        host = urlsplit(self.url).hostname or ""
        local = host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")
        return self.authority or (self.origin if local else IDENTITY)

    @property
    def collections(self) -> tuple[str, ...]:
        """A mailbox is a collection; the first is where records are made that name none."""
        return self.mailboxes or (ME,)
