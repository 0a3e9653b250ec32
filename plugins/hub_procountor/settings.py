"""What a person fills in to connect Procountor, and where it is found.

Sources: "M2M Authentication" (dev.procountor.com/m2m-authentication), "API implementation, manual" (support.procountor.fi,
article 4984567268509), both read 2026-11-30.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hub.sdk import Ask

PaymentMethod = Literal["BANK_TRANSFER", "DIRECT_DEBIT", "DIRECT_PAYMENT", "CLEARING", "CREDIT_CARD_CHARGE", "FOREIGN_PAYMENT",
                        "OTHER", "CASH", "DOMESTIC_PAYMENT_PLUSGIRO", "DOMESTIC_PAYMENT_BANKGIRO", "DOMESTIC_PAYMENT_CREDITOR",
                        "NETS"]
PUBLIC = "https://api.procountor.com"


class ProcountorSettings(BaseModel):
    """One company in Procountor, and the user the hub is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Ask("Address of Procountor's API", where="Keep it as it is. Only for a testing environment: "
                            "https://pts-api.procountor.com.")] = Field(
        default=PUBLIC, description="Address of the API, without /api at its end.")
    client_id: Annotated[str, Ask("Client ID", where="Procountor gives it with the client secret to whoever registers an API "
                                  "client (dev.procountor.com).")] = Field(
        min_length=1, description="Client ID of the API client that was registered for the hub. Procountor asks for one for "
        "integrations of one's own too.")
    client_secret: Annotated[SecretStr, Ask("Client secret", where="It came together with the client ID.")] = Field(
        description="Client secret of that API client.")
    api_key: Annotated[SecretStr, Ask("API key", where="The menu Basics at the top right, API client keys: New API key. Choose "
                                      "the hub's own user, and paste the client ID.")] = Field(
        description="API key of the hub's own user in the company whose customers are synced. It is shown once, when it is made.")
    people_group: Annotated[str, Ask("Group of customers who are people", where="The customer register: the group of a "
                                     "customer.")] = Field(
        default="Person", min_length=1,
        description="Procountor does not tell people from organisations. Customers in the customer group of this name are "
        "people, all others organisations. Make the group before the first plan.")
    payment_method: Annotated[PaymentMethod, Ask("Payment method of customers the hub makes", where="The customer register: the "
                                                 "payment method of a customer.")] = Field(
        default="BANK_TRANSFER", description="Procountor takes no new customer without one. Those that are there keep theirs.")
    page_size: int = Field(default=200, ge=1, le=200, description="Customers asked for at once; Procountor takes at most 200.")
    overlap_s: int = Field(
        default=7200, ge=3600, le=172800,
        description="Seconds read again before the last change seen. Procountor's times carry no zone: in the night when clocks "
        "go back an hour comes twice, so never less than an hour.")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        return url.strip().rstrip("/").removesuffix("/api")
