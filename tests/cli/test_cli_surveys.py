"""Whole cycles of `hub` between two surveys, a CRM and a Dynamics: who is asked, who opts out, that no mail is sent."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

import hub_civicrm.sandbox
import hub_dynamics.sandbox
from hub.cli import cli
from hub.cli.serving import serving
from hub_limesurvey.sandbox import create_app

HOW_TO = Path(__file__).parents[2] / "docs" / "connect" / "limesurvey.md"
BOARD, EVERYBODY = 111, 222
SECRETS = {"civicrm": ("api_key", hub_civicrm.sandbox.API_KEY), "dynamics": ("client_secret", hub_dynamics.sandbox.SECRET),
           "limesurvey": ("password", "s4ndbox-passw0rd")}
LOOKS = {"get_session_key", "release_session_key", "list_participants", "list_questions", "export_responses",
         "export_responses_by_token"}
WRITES = {"add_participants", "set_participant_properties"}


class Workspace:
    """``crm``, ``partners``: their users; ``site``: one LimeSurvey with a survey for the board and one for everybody."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        crm, partners, survey = hub_civicrm.sandbox.create_app(), hub_dynamics.sandbox.create_app(), create_app(
            surveys=(BOARD, EVERYBODY))
        self.crm, self.partners, self.site = crm.state.users, partners.state.users, survey.state.world
        self.crm.group("Board")
        self.anna = self.person("Anna", "Aho", groups=["Board"])
        self.bo = self.person("Bo", "Ek")
        self.partners.add("contact", {"firstname": "Cia", "lastname": "Dahl"})  # so that the CRM is written to from the start
        for part in ("config", "secrets", "mappings"):
            (folder / part).mkdir(parents=True)
        mapping = re.search(r"```toml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
        assert mapping
        (folder / "mappings" / "board.toml").write_text(mapping[1], encoding="utf-8")
        lines = ["[hub]", "quiet_s = 0"]
        url = stack.enter_context(serving(survey))
        lines += self._section("board", "limesurvey", survey, url, surveys=[BOARD], answers=["diet"])
        lines += self._section("everybody", "limesurvey", survey, url, surveys=[EVERYBODY])
        lines += self._section("crm", "civicrm", crm, stack.enter_context(serving(crm)))
        lines += self._section("partners", "dynamics", partners, stack.enter_context(serving(partners)))
        (folder / "config" / "hub.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _section(self, name: str, kind: str, app: Starlette, url: str, **more: Any) -> list[str]:
        setting, secret = SECRETS[kind]
        file = self.folder / "secrets" / name
        file.write_text(secret, encoding="utf-8")
        if os.name == "posix":
            file.chmod(0o600)
        given = {"url": url, **app.state.settings, **more}
        return [f"[systems.{name}]", f'kind = "{kind}"', "accept_unverified = true", f"[systems.{name}.settings]",
                *(f"{key} = {json.dumps(value)}" for key, value in given.items() if key != setting),
                f'{setting} = {{ file = "secrets/{name}" }}']

    def person(self, given: str, family: str, **more: Any) -> int:
        return int(self.crm.add({"contact_type": "Individual", "first_name": given, "last_name": family,
                                 "emails": [{"email": f"{given.lower()}@example.org", "location_type": "Home"}], **more}))

    def hub(self, *args: str) -> Any:
        done = CliRunner().invoke(cli, ["-C", str(self.folder), *args, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def participants(self, survey: int) -> dict[str, dict[str, Any]]:
        """Given name → row."""
        return {row["firstname"]: row for row in self.site.people[survey].values()}

    def in_crm(self, contact: int) -> dict[str, Any]:
        """The row in CiviCRM."""
        return dict(self.crm.world.tables["Contact"].get(contact) or {})

    def contact(self, given: str) -> dict[str, Any]:
        """The row in Dynamics."""
        return next(dict(row) for row in self.partners.world.tables["contact"].rows.values() if row["firstname"] == given)

    def silent(self) -> bool:
        """A further cycle writes nothing."""
        before = list(self.site.log), [call for call in self.crm.world.log.calls if call.mutating]
        self.hub("sync")
        new = self.site.log[len(before[0]):]
        return not WRITES & set(new) and [call for call in self.crm.world.log.calls if call.mutating] == before[1]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workspace]:
    """After the first sync, approved."""
    with ExitStack() as stack:
        made = Workspace(tmp_path / "hub", stack)
        made.hub("sync", "--approve")
        yield made


def test_a_survey_is_filled_from_a_group(place: Workspace) -> None:
    assert list(place.participants(BOARD)) == ["Anna"]
    anna = place.participants(BOARD)["Anna"]
    assert (anna["lastname"], anna["email"], anna["emailstatus"]) == ("Aho", "anna@example.org", "OK")
    assert {"Anna", "Bo"} < set(place.participants(EVERYBODY))
    place.crm.join(place.bo, "Board")
    place.hub("sync")
    assert set(place.participants(BOARD)) == {"Anna", "Bo"}
    place.crm.leave(place.bo, "Board")
    place.crm.edit(place.bo, last_name="Lind")
    place.hub("sync")
    assert place.participants(BOARD)["Bo"]["lastname"] == "Ek"
    assert place.participants(EVERYBODY)["Bo"]["lastname"] == "Lind"


def test_an_opt_out_in_one_survey_is_withdrawn_everywhere(place: Workspace) -> None:
    asked = place.contact("Anna")
    assert not any((asked["donotbulkemail"], asked["donotemail"], place.in_crm(place.anna)["do_not_email"]))
    place.site.change(BOARD, place.participants(BOARD)["Anna"]["tid"], {"emailstatus": "OptOut"})
    place.hub("sync")
    assert place.participants(EVERYBODY)["Anna"]["emailstatus"] == "OptOut"
    assert place.in_crm(place.anna)["do_not_email"]
    assert place.contact("Anna")["donotemail"]
    assert not place.in_crm(place.bo)["do_not_email"]
    assert place.silent()
    place.crm.edit(place.anna, do_not_email=False)  # lifting a flag gives no consent: it is put back
    place.hub("sync")
    assert place.in_crm(place.anna)["do_not_email"]
    assert {place.participants(survey)["Anna"]["emailstatus"] for survey in (BOARD, EVERYBODY)} == {"OptOut"}


def test_no_sync_sends_an_invitation(place: Workspace) -> None:
    """Somebody is added, one opts out elsewhere, one fills the survey in, which comes back as a group: all that these cycles
    asked of LimeSurvey."""
    place.crm.join(place.bo, "Board")
    place.site.answer(BOARD, place.participants(BOARD)["Anna"]["token"], "2026-11-30 10:00:00", diet="vegan")
    place.crm.edit(place.anna, is_opt_out=True, do_not_email=True)
    place.hub("check")
    place.hub("sync")
    assert f"Survey {BOARD} completed" in json.dumps(place.hub("explain", "anna@example.org"))
    assert place.silent()
    assert WRITES <= set(place.site.log) <= LOOKS | WRITES
    assert {row["sent"] for survey in (BOARD, EVERYBODY) for row in place.site.people[survey].values()} == {"N"}
