"""What a person fills in to connect LimeSurvey, and where it is found.

Sources, stored copies read 2026-11-30: "RemoteControl 2 API" (limesurvey.org/manual), "Manage Users" (help.limesurvey.org). No
page was found for the names of columns in the list of surveys and of questions.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SecretStr, field_validator

from hub.sdk import Ask

_SURVEYS = "Surveys: the column Survey ID."
_PATH = "/index.php/admin/remotecontrol"


class LimeSurveySettings(BaseModel):
    """One LimeSurvey site, the user the hub is there, and the surveys whose participants it keeps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Ask("Address of the LimeSurvey site", where="Global settings, Interfaces: the URL.")] = (
        Field(description="Address of the site, for example https://survey.example.org: what stands before "
              "/index.php/admin/remotecontrol."))
    user: Annotated[str, Ask("Login of the hub's own user", where="Configuration, User management.")] = Field(
        min_length=1, description="Login of a user that only the hub uses. It must not be a superadministrator.")
    password: Annotated[SecretStr, Ask("Password of that user", where="The same page: whoever makes the user sets it.")] = Field(
        description="The password of that user. It is tried once: three wrong ones lock the hub's address out for 10 minutes.")
    surveys: Annotated[tuple[PositiveInt, ...], Ask("Surveys, by their numbers", where=_SURVEYS)] = Field(
        min_length=1, description="Numbers of the surveys whose participants the hub keeps (for example 424242). Each needs a "
        "participant list. A new participant that names no survey goes into the first.")
    answers: Annotated[tuple[str, ...], Ask("Questions whose answers come back, by code", where="Each question: Code.")] = (
        Field(default=(), description="Codes of questions whose answers are read, of finished responses only. The answer to the "
              "question diet is the native field answer_diet: say in the mapping where it belongs. Anonymous surveys give none."))
    page_size: int = Field(default=500, ge=1, le=1000, description="Participants asked for at once.")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        return url.strip().rstrip("/").removesuffix(_PATH)
