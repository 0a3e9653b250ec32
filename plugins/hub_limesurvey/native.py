"""A participant as the hub has it.

``{"tid", "token", "firstname", "lastname", "email", "language", "emailstatus", "completed", "blacklisted", "opted_out",
"completed_groups", "answer_<code>" …}``. ``completed``: "N", "Y", or "YYYY-MM-DD HH:MM" in the site's time. ``opted_out``: the
e-mail status is OptOut, or the participant is on the blacklist. An answer is there only where a finished response holds it.
``email``: the first address of LimeSurvey's field, which may hold several with ";" between them (recorded); ``more_emails``: the
others, which stay there. A native id is ``<survey>-<tid>``: tids are counted per survey.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from hub.sdk import NativeRecord, RecordRef
from hub_limesurvey.api import Row

ATTRIBUTES = ["language", "emailstatus", "completed", "blacklisted"]
NAMED = ("firstname", "lastname", "email")
"""Columns that a list has apart from the others."""
KEY = "token"
OPT_OUT = "OptOut"
BETWEEN = ";"
WRITABLE = ("firstname", "lastname", "email", "language")


def ref_of(system: str, survey: int, tid: int) -> RecordRef:
    return RecordRef(system, str(survey), "contact", f"{survey}-{tid}")


def place_of(native_id: str) -> tuple[int, int] | None:
    """Survey and tid; None for an id LimeSurvey cannot have."""
    survey, _, tid = native_id.partition("-")
    return (int(survey), int(tid)) if survey.isdecimal() and tid.isdecimal() else None


def record(system: str, survey: int, row: Row, answers: Mapping[str, Any]) -> NativeRecord:
    """From a row of list_participants, where names stand in participant_info and attributes beside it (recorded)."""
    data: dict[str, Any] = {"tid": int(row["tid"]), "token": row["token"], **row["participant_info"]}
    data |= {name: row.get(name) for name in ATTRIBUTES}
    data |= {name: data.get(name) or None for name in WRITABLE}  # "" is how it stores nothing
    mails = addresses(data["email"])
    data |= {"email": mails[0] if mails else None, "more_emails": mails[1:]}
    data["opted_out"] = is_out(data)
    data["completed_groups"] = [] if data["completed"] in ("N", "", None) else [f"Survey {survey} completed"]
    data |= {f"answer_{code}": value for code, value in answers.items()}
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return NativeRecord(ref_of(system, survey, data["tid"]), data, hashlib.sha256(text.encode()).hexdigest()[:24])


def as_answered(read: NativeRecord, row: Mapping[str, Any]) -> NativeRecord:
    """The participant of a write's answer, which has all columns beside one another (recorded 19, 39), as the list shows it."""
    listed = {name: row[name] for name in ("tid", KEY, *ATTRIBUTES) if name in row}
    info = {name: row[name] for name in NAMED if name in row}
    if len(listed) + len(info) < len(ATTRIBUTES) + len(NAMED) + 2:
        return read
    answers = {name.removeprefix("answer_"): value for name, value in read.data.items() if name.startswith("answer_")}
    return record(read.ref.system, int(read.ref.collection), {**listed, "participant_info": info}, answers)


def addresses(field: str | None) -> list[str]:
    """Those that stand in the field e-mail."""
    return [each.strip() for each in (field or "").split(BETWEEN) if each.strip()]


def is_out(data: Mapping[str, Any]) -> bool:
    return data.get("emailstatus") == OPT_OUT or is_blacklisted(data)


def is_blacklisted(data: Mapping[str, Any]) -> bool:
    return data.get("blacklisted") not in (None, "", "N")
