"""What a person fills in to connect a CiviCRM site, and where it is found.

Sources: CiviCRM System Administrator Guide, "API Keys"; the extensions' pages of AuthX and API Key; WordPress
(options-general.php) and Drupal (RegionalForm.php) for their time zones.
"""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

from hub.sdk import Ask

CustomField = Annotated[str, StringConstraints(pattern=r"^\w+\.\w+$")]


class CiviCrmSettings(BaseModel):
    """One CiviCRM site and the account the hub uses there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Ask("Address of the site", where="Open CiviCRM in your browser and copy what stands in the address "
                            "bar, up to and without /civicrm or /wp-admin.")] = Field(
        description="Address of the site, for example https://crm.example.org; the hub adds civicrm/ajax/api4. For "
        "WordPress that is the address people visit, not wp-admin.")
    api_key: Annotated[SecretStr, Ask("API key of the hub's own contact", where="With the extension API Key: the contact's tab "
                                      "\"API Key\". Without it: Support, Developer, API Explorer v4: Contact, update, the field "
                                      "api_key, with a long random text.")] = Field(
        description="API key of a contact whose user has a role of its own with these permissions: authenticate with "
        "api key, access CiviCRM, access AJAX API, view all contacts, edit all contacts, add contacts, delete "
        "contacts, access deleted contacts, view debug output.")
    site_key: Annotated[SecretStr | None, Ask("Site key", where="CIVICRM_SITE_KEY in the file civicrm.settings.php on the web "
                                              "server.")] = Field(
        default=None,
        description="Site key (CIVICRM_SITE_KEY), only where the account may not have the permission "
        "'authenticate with api key'.")
    site_time_zone: Annotated[str | None, Ask("Time zone of the site", where="WordPress: Settings, General, Timezone. Drupal: "
                                              "Configuration, Regional settings, Default time zone.")] = Field(
        default=None,
        description="Time zone set in the site's CMS, for example Europe/Helsinki. CiviCRM prints times without one; "
        "with it the hub knows when a contact changed. Reading works without.")
    page_size: int = Field(default=500, ge=1, le=500, description="Contacts asked for at once.")
    writes_per_request: int = Field(
        default=100, ge=1, le=200,
        description="Contacts written in one request. Lower it where the web server cuts long requests off (PHP's "
        "max_execution_time): what was under way then has an unknown outcome and is looked up.")
    overlap_s: int = Field(
        default=60, ge=2, le=3600,
        description="Seconds read again before the last change seen: longer than the site's slowest save.")
    contact_types: Annotated[tuple[str, ...], Ask("Which contacts to read")] = Field(
        default=("Individual", "Organization"), min_length=1, description="Types of contacts the hub reads.")
    custom_fields: Annotated[tuple[CustomField, ...], Ask("Custom fields to read", where="Administer, Customize Data and "
                                                          "Screens, Custom Fields; Support, Developer, API Explorer v4 shows "
                                                          "their names as Group.Field.")] = Field(
        default=(),
        description="Custom fields to read and write, as Group.Field. A change of one is only seen where the site has "
        "SQL triggers for that group (Administer, System Settings, Debugging: rebuild triggers).")
    four_byte_characters: bool = Field(
        default=False,
        description="The site's tables store emoji (utf8mb4). Without it a value with one is refused, not cut off.")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        return url.strip().rstrip("/").removesuffix("/civicrm/ajax/api4")

    @field_validator("site_time_zone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError("is no time zone; give one like Europe/Helsinki") from None
        return name
