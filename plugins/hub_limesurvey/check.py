"""Who we are there, what we may, and what a person should change."""

from __future__ import annotations

from hub.sdk import AuthFailed, Health
from hub_limesurvey.api import Api, Said
from hub_limesurvey.reads import Reader

NOBODY = 0
"""No participant has this id. Permission is looked at before it is, so the call tells of the one and changes nothing."""


async def check(api: Api, reader: Reader) -> Health:
    """One request after the login and two or three for each survey. Raises AuthFailed for a user who may not see participants,
    Misconfigured for a survey that is not there or has no participant list."""
    warnings: list[str] = []
    can_write = True
    for survey in api.settings.surveys:
        await reader.by(survey, "tid", ["1"])
        if not await _may_update(api, survey):
            can_write = False
            warnings.append(f"The hub's user may not update participants of survey {survey}: it only reads. Give it the survey "
                            "permission Participants: create and update.")
        warnings += await _unknown_codes(api, survey)
    return Health(
        identity=api.settings.user,
        fingerprint=f"LimeSurvey survey {api.settings.surveys[0]}",
        can_write=can_write,
        server="LimeSurvey",
        warnings=tuple(warnings),
    )


async def _may_update(api: Api, survey: int) -> bool:
    try:
        await api.ask("set_participant_properties", survey, NOBODY, {"language": ""}, safe=True)
    except AuthFailed:
        return False
    except Said:
        pass
    return True


async def _unknown_codes(api: Api, survey: int) -> list[str]:
    if not api.settings.answers:
        return []
    try:
        told = await api.ask("list_questions", survey)
    except (AuthFailed, Said):
        return [f"The hub's user may not see the questions of survey {survey}, so nobody knows whether the codes in answers are "
                "right. Give it the survey permission Survey content: view."]
    codes = {str(row.get("title")) for row in told}
    return [f"Survey {survey} has no question with the code {code}. Compare the setting answers with the codes of its questions."
            for code in api.settings.answers if code.partition("[")[0] not in codes]
