"""What a person fills in to connect an account on a CardDAV server, and where it is found.

Sources: Fastmail help, "App passwords" and "Server names and ports"; Apple Support 102654; Nextcloud user manual, "Manage
connected browsers and devices".
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.sdk import Ask


class CardDavSettings(BaseModel):
    """One account and its address books."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Ask("Address of the server", where="Nextcloud: the address in your browser, then /remote.php/dav/. "
                            "Others: the provider's help on CardDAV.")] = Field(
        description="Address of the server, of your account there, or of one address book, for example "
                    "https://cloud.example.org/remote.php/dav/")
    username: Annotated[str, Ask("User name")] = Field(description="The name you log in with there")
    password: Annotated[SecretStr, Ask(
        "Password", where="Nextcloud: Settings, Security, Devices & sessions. Fastmail: Settings, Privacy & Security, "
        "Integrations, New App Password. iCloud: account.apple.com, Sign-In and Security, App-Specific Passwords.")] = Field(
        description="The password there; better an app password made for the hub, if the server has those")
    address_books: Annotated[list[str], Ask("Which address books to read")] = Field(
        default=[], description="Names or paths of the address books to use. Leave it out for all the account sees.")
