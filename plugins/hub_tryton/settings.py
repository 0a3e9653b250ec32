"""What a person fills in to connect a Tryton server."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hub.sdk import Ask


class TrytonSettings(BaseModel):
    """One database of a Tryton server, and the user the hub is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Ask("Address of the Tryton server", where="Tryton's login, the field Host.")] = Field(
        description="Address of the Tryton server, for example https://tryton.example.org: what people write into the field "
        "Host of Tryton's login, with https:// before it. Without the name of the database.")
    database: Annotated[str, Ask("Name of the database", where="Tryton's login, the field Database.")] = Field(
        pattern=r"^[^/?#\s]+$", description="Name of the database: the field Database of Tryton's login.")
    user: Annotated[str, Ask("Login of the hub's own user", where="Administration, Users, Users: the field Login.")] = Field(
        pattern=r"^[^:]+$",
        description="Login of a user that only the hub uses (Administration, Users). It needs no group and must not be an "
        "administrator.")
    password: Annotated[SecretStr, Ask("Password of that user", where="The same page: whoever makes the user sets it.")] = Field(
        description="The password of that user, not that of a person: whoever makes the user in Tryton sets it.")
    people_category: Annotated[str, Ask("Category of people", where="Parties, Categories.")] = Field(
        default="Person", min_length=1,
        description="Tryton does not tell people from organisations. Parties with this category (Parties, Categories) are "
        "people, all others organisations. Make the category before the first plan.")
    page_size: int = Field(default=500, ge=1, le=1000, description="Parties asked for at once.")
    writes_per_request: int = Field(
        default=100, ge=1, le=200,
        description="Parties written in one request. Lower it where requests take longer than a minute: what was under way "
        "then has an unknown outcome and is looked up.")
    invoice_totals: bool = Field(
        default=False,
        description="Reads what was invoiced to each party, what of it is open, and the day of the last invoice. The hub's user "
        "then needs the right to read account.invoice (Administration, Models, Models Access) and a current company.")
    overlap_s: int = Field(
        default=120, ge=2, le=86400,
        description="Seconds read again before the last change seen: longer than the slowest import or wizard that runs there.")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        return url.strip().rstrip("/").removesuffix("/rpc")
