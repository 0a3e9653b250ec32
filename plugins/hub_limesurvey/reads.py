"""Reading participants, and their chosen answers beside them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from hub.sdk import ContractBroken, Gone, Misconfigured, NativeRecord, RecordRef
from hub_limesurvey.api import Api, Row, Said
from hub_limesurvey.native import ATTRIBUTES, place_of, record

_NONE = "No survey participants found."
Answers = Mapping[str, Mapping[str, Any]]
"""Token → code → answer."""


class Reader:
    """All that reads. ``size``: participants a page."""

    def __init__(self, api: Api, system: str) -> None:
        self.api, self.system = api, system
        self.size = api.settings.page_size

    async def pages(self, survey: int) -> AsyncIterator[list[NativeRecord]]:
        """All participants of a survey. The parameter start is a lower bound of the id, not an offset (recorded): the next page
        begins after the last id. Answers are asked for after the first page: that names a survey that is not there, of which an
        export says "No permission" (recorded)."""
        answers: Answers | None = None
        start = 0
        while True:
            rows = await self._rows(survey, start, self.size, {})
            if rows:
                answers = await self._answers(survey, None) if answers is None else answers
                yield [self._record(survey, row, answers) for row in rows]
            if len(rows) < self.size:
                return
            start = max(int(row["tid"]) for row in rows) + 1

    async def by(self, survey: int, column: str, values: Sequence[str]) -> list[NativeRecord]:
        """Those whose tid or token is one of ``values``: neither is ever encrypted, so both can be searched."""
        found: list[Row] = []
        for at in range(0, len(values), self.size):
            part = values[at:at + self.size]
            found += await self._rows(survey, 0, len(part), {column: ["IN", *part]})
        answers = await self._answers(survey, [row["token"] for row in found if row["token"]]) if found else {}
        return [self._record(survey, row, answers) for row in found]

    async def fetch(self, refs: Sequence[RecordRef]) -> dict[RecordRef, NativeRecord | Gone]:
        """The present state, two requests a survey at most for each page. A survey that is not ours any more is out of view."""
        wanted: dict[int, dict[int, RecordRef]] = {}
        out: dict[RecordRef, NativeRecord | Gone] = {ref: Gone(ref, "deleted") for ref in refs}
        for ref in refs:
            place = place_of(ref.native_id)
            if place and place[0] not in self.api.settings.surveys:
                out[ref] = Gone(ref, "left_view")
            elif place:
                wanted.setdefault(place[0], {})[place[1]] = ref
        for survey, tids in wanted.items():
            for there in await self.by(survey, "tid", [str(tid) for tid in tids]):
                out[tids[there.data["tid"]]] = there
        return out

    async def _rows(self, survey: int, start: int, limit: int, conditions: Mapping[str, Any]) -> list[Row]:
        try:
            rows = await self.api.ask("list_participants", survey, start, limit, False, ATTRIBUTES, conditions)
        except Said as said:
            if said.status == _NONE:
                return []
            raise self.error(survey, said) from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) and "participant_info" in row for row in rows):
            raise ContractBroken(f"{self.system}: LimeSurvey listed participants of survey {survey} in a form it does not "
                                 "document.")
        return rows

    async def _answers(self, survey: int, tokens: list[str] | None) -> Answers:
        """Of finished responses; the newest of several stands. ``tokens`` None: all. "No Data": nobody answered yet."""
        codes = self.api.settings.answers
        if not codes or tokens == []:
            return {}
        try:
            if tokens is None:
                told = await self.api.ask("export_responses", survey, "json", None, "complete", "code", "short")
            else:
                told = await self.api.ask("export_responses_by_token", survey, "json", tokens, None, "complete", "code", "short")
        except Said as said:
            if str(said.status).startswith("No Data"):
                return {}
            raise self.error(survey, said) from None
        try:
            responses = json.loads(base64.b64decode(told, validate=True))["responses"]
            ordered = sorted(responses, key=lambda each: int(each["id"]))
        except (TypeError, ValueError, KeyError):
            raise ContractBroken(f"{self.system}: LimeSurvey exported responses of survey {survey} in a form it does not "
                                 "document.") from None
        return {each["token"]: {code: each[code] for code in codes if code in each} for each in ordered if each.get("token")}

    def _record(self, survey: int, row: Row, answers: Answers) -> NativeRecord:
        return record(self.system, survey, row, answers.get(row["token"] or "", {}))

    def error(self, survey: int, said: Said) -> Exception:
        """A refused read as our error."""
        words = str(said.status)
        if words == "Error: No survey participant list":
            return Misconfigured(f"{self.system}: survey {survey} has no participant list. Make one in LimeSurvey (the survey, "
                                 "Participants).")
        if "survey" in words.lower():
            return Misconfigured(f"{self.system}: LimeSurvey has no survey {survey}. Compare the setting surveys with its list "
                                 "of surveys.")
        return ContractBroken(f"{self.system}: LimeSurvey refused to list survey {survey}.")
