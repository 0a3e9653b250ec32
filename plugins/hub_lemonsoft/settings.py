"""What a person fills in to connect Lemonsoft, and where it is found.

Sources: "API-avaimet" (lemondoc.atlassian.net, page 318570497), "Lemonsoftin web service -rajapinnat"
(lemondoc.atlassian.net/wiki/x/AQAXM), "LemonTime käyttöönotto" (page 1174274350), "Asiakkuudenhallinta - Asiakastiedot" (page
1056637720), stored copies read 2026-11-30; lemonsoftoyj/api-examples.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hub.sdk import Ask


class LemonsoftSettings(BaseModel):
    """One company's database in Lemonsoft, and the user the hub is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Ask("Address of the REST interface", where="User management (um.lemonsoft.eu), the environment, "
                            "Palveluiden osoitteet: the field LemonRest. Or ask Lemonsoft.")] = Field(
        description="Address of the REST interface, for example https://rest-s01-prod02.lemonsoft.eu/Lemonsoft30, without /api "
        "at its end.")
    database: Annotated[str, Ask("Name of the company's database", where="User management, the list of companies.")] = Field(
        min_length=1, description="Name of the company's database, such as LemonDB1.")
    user: Annotated[str, Ask("E-mail address of the hub's own user", where="User management: a local account (paikallinen "
                             "tili).")] = (
        Field(min_length=1, description="User name of a local account that only the hub uses. The same address must stand in the "
              "person register of the company."))
    password: Annotated[SecretStr, Ask("Password of that user", where="Set when the account is activated.")] = Field(
        description="The password of that account. It is tried once.")
    api_key: Annotated[SecretStr, Ask("API key", where="Yritystiedot, the tab API-avaimet: Luo uusi avain.")] = Field(
        description="An API key of the company, made for the hub. Lemonsoft shows it once.")
    people_group: Annotated[int | None, Ask("Number of the customer group of people", where="Asetukset, Hierarkiset ryhmät, "
                                            "Asiakasryhmät.")] = Field(
        default=None, description="Lemonsoft's text does not say how a person is told from an organisation. Customers in the "
        "group of this number are people, all others organisations. Empty: there are no people.")
    page_size: int = Field(default=100, ge=1, le=100, description="Customers asked for at once.")
    overlap_s: int = Field(
        default=7200, ge=3600, le=172800,
        description="Seconds read again before the last change seen. Lemonsoft's times carry no zone: in the night when clocks "
        "go back an hour comes twice, so never less than an hour.")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        return url.strip().rstrip("/").removesuffix("/api")

    @field_validator("people_group", mode="before")
    @classmethod
    def _none(cls, told: object) -> object:
        return None if told == "" else told
