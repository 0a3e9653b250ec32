"""What a person fills in to connect a Dynamics 365 environment, and where it is found.

Sources (learn.microsoft.com): "View developer resources"; "Register an application" (Microsoft Entra); "Create and edit columns".
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from hub.sdk import Ask

CustomColumn = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*_[a-z0-9_]+$")]
"""Logical name with the prefix of its publisher."""
PUBLIC = "https://login.microsoftonline.com"


class DynamicsSettings(BaseModel):
    """One environment and the application the hub uses there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Ask("Address of the environment", where="make.powerapps.com: choose the environment at the top right, "
                            "then the gear (Settings), Developer resources: Web API endpoint, without /api/data.")] = Field(
        description="Address of the environment, for example https://example.crm4.dynamics.com (Power Apps, Settings, "
        "Developer resources; without /api/data).")
    tenant: Annotated[str, Ask("Directory (tenant) ID", where="Microsoft Entra admin center, App registrations, your app, "
                               "Overview: Directory (tenant) ID.")] = Field(
        pattern=r"^[A-Za-z0-9.-]+$",
        description="Directory (tenant) ID of the app registration, from its overview page in Microsoft Entra.")
    client_id: Annotated[str, Ask("Application (client) ID", where="The same page, Overview: Application (client) ID.")] = Field(
        pattern=r"^[A-Za-z0-9-]+$", description="Application (client) ID, from the same page.")
    client_secret: Annotated[SecretStr, Ask("Client secret", where="The same app, Certificates & secrets, Client secrets, New "
                                            "client secret: the column Value, before you leave the page.")] = Field(
        description="Client secret of the app registration: the Value that is shown once, not the Secret ID. It expires; "
        "note the date.")
    authority: str | None = Field(
        default=None,
        description="Address of the token service, only for national clouds. Default: https://login.microsoftonline.com; "
        "for an address on this computer (a sandbox), the same address.")
    page_size: int = Field(default=5000, ge=1, le=5000, description="Records asked for at once; Dataverse gives at most 5000.")
    writes_per_request: int = Field(
        default=100, ge=1, le=1000,
        description="Records written in one request. Lower it when requests take longer than two minutes: what was under "
        "way then has an unknown outcome and is looked up.")
    key_column: CustomColumn | None = Field(
        default=None,
        description="Not needed: without it the hub chooses the ids of the records it makes. A text column of contacts and of "
        "accounts (new_hubkey), each with an alternate key on it alone, in which the hub puts its own key instead.")
    quiet: Literal["no", "flows", "all"] = Field(
        default="no",
        description="What the hub's writes may not start: no (they start what any write starts), flows (no Power Automate flow), "
        "all (nor plug-ins and workflows of your own; the application user needs the privilege prvBypassCustomBusinessLogic). "
        "Ask those who made them first: they are not told.")
    contact_columns: Annotated[tuple[CustomColumn, ...], Ask("Custom columns of contacts to read", where="make.powerapps.com, "
                                                             "Tables, Contact, Columns.")] = Field(
        default=(), description="Custom columns of contacts to read and write, by logical name (new_memberno). No lookups.")
    account_columns: Annotated[tuple[CustomColumn, ...], Ask("Custom columns of accounts to read", where="The same, for the "
                                                             "table Account.")] = Field(
        default=(), description="The same for accounts.")

    @model_validator(mode="after")
    def _key_apart(self) -> DynamicsSettings:
        if self.key_column is not None and self.key_column in (*self.contact_columns, *self.account_columns):
            raise ValueError("key_column is the hub's own; take it out of contact_columns and account_columns")
        return self

    @property
    def quiet_headers(self) -> dict[str, str]:
        """Of every request that writes ("Bypass Power Automate Flows", "Bypass custom Dataverse logic", 2024-07-01)."""
        flows = {"MSCRM.SuppressCallbackRegistrationExpanderJob": "true"} if self.quiet != "no" else {}
        return {**flows, **({"MSCRM.BypassBusinessLogicExecution": "CustomSync,CustomAsync"} if self.quiet == "all" else {})}

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        return url.strip().split("/api/data")[0].rstrip("/")

    @property
    def origin(self) -> str:
        """Scheme and host of the environment: what a token is asked for."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def token_service(self) -> str:
        host = urlsplit(self.url).hostname or ""
        local = host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")
        return self.authority or (self.origin if local else PUBLIC)
