"""What a person fills in to connect a Guild Roll."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.sdk import Ask


class ExampleSettings(BaseModel):
    """One guild and the account the hub uses there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Ask("Address of the register", where="The address bar of your browser, up to the first slash.")] = Field(
        description="Address of the register, for example https://roll.example.org/.")
    token: Annotated[SecretStr, Ask("Token", where="Your account, Access, New token: members, read and write.")] = Field(
        description="Token of an account that may read and write members.")
