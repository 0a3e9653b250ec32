"""The default mapping: the laws of lenses on records, and whole cycles between two mailboxes."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from outlook_site import Site

import hub_outlook
from hub.sdk import Done
from hub.testing.cycles import Cycles, memory_lens
from hub.testing.lens_laws import Case, check_case, check_laws, lens_cases
from hub.testing.lenses import Refs, lens_of
from hub.testing.memory import MemoryConnector, MemorySystem, Traits
from hub_outlook.sandbox import MAILBOX

LENS = lens_of(Path(hub_outlook.__file__).parent / "mapping.toml")
OTHER = "chair@association.example"
ANNA: dict[str, Any] = {
    "middleName": "Maria", "title": "Dr.", "generation": "Jr.", "nickName": "Anni", "jobTitle": "Chair", "department": "Board",
    "companyName": "Example ry", "birthday": "1990-02-28T11:59:00Z", "personalNotes": "Knows everybody",
    "emailAddresses": [{"address": "Anna@X.fi", "name": "Anna"}, {"address": "anna@home.fi", "name": "anna@home.fi"}],
    "businessPhones": ["09 1234567", "09 7654321"], "homePhones": ["019 123456"], "mobilePhone": "040 1234567",
    "homeAddress": {"street": "Tie 2", "postalCode": "00100", "city": "Helsinki", "countryOrRegion": "Suomi"},
    "businessHomePage": "https://example.org", "categories": ["Red category", "Donor", "volunteer"]}


def natives() -> list[dict[str, Any]]:
    site = Site()
    site.person(**ANNA)
    site.person("Lind")
    site.users.add(MAILBOX, {"displayName": "Only shown"})
    return [dict(change.record.data) for change in site.pull().changes]  # type: ignore[union-attr]


def test_a_record_is_read_as_a_contact() -> None:
    seen = LENS.read(natives()[0], Refs({}))
    got = seen.projection
    assert not seen.problems  # a colour is no role
    assert (got["kind"], got["name.given"], got["name.middle"], got["name.family"]) == ("individual", "Anna", "Maria", "Virtanen")
    assert (got["name.prefix"], got["name.suffix"], got["nickname"], got["notes"]) == ("Dr.", "Jr.", "Anni", "Knows everybody")
    assert (got["title"], got["department"], got["company"], got["birthday"]) == ("Chair", "Board", "Example ry", "1990-02-28")
    assert "employer" not in got  # a text is no reference
    assert got["emails"].keys() == {"anna@x.fi", "anna@home.fi"}
    assert got["emails.primary"] == "anna@x.fi"
    assert {key: member["a"]["label"] for key, member in got["phones"].items()} == {
        "+35891234567": "work", "+35897654321": "work", "+35819123456": "home", "+358401234567": "cell"}
    assert got["addresses"]["home"]["v"]["country"] == "FI"
    assert got["roles"].keys() == {"donor", "volunteer"}


def test_a_category_that_is_no_role_stays_when_roles_change() -> None:
    native = natives()[0]
    wanted = LENS.read(native, Refs({})).projection
    patch = LENS.put(native, {**wanted, "roles": {"donor": wanted["roles"]["donor"]}})
    assert patch["categories"] == ["Red category", "Donor"]


def test_the_laws_hold_on_records() -> None:
    check_laws(LENS, natives())


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(lens_cases(LENS))
def test_the_laws_hold(case: Case) -> None:
    check_case(LENS, case)


def test_what_is_written_is_read_back() -> None:
    site = Site()
    native = natives()[0]
    result = site.write(site.create("key-1", **{name: value for name, value in native.items() if name != "parentFolderId"}))[0]
    assert isinstance(result, Done)
    now, before = (LENS.read(data, Refs({})).projection for data in (site.record(result.ref.native_id).data, native))
    assert now == before


class Hub:
    """Two mailboxes, each a system of its own, and the real engine."""

    def __init__(self) -> None:
        self.site = Site(mailboxes=(MAILBOX, OTHER))
        self.cycles = Cycles(lambda: {name: self.site.connector(name, mailboxes=[box])
                                      for name, box in (("office", MAILBOX), ("chair", OTHER))}, LENS, self.site.clock)

    def sync(self, approve: str | None = "reviewer") -> Any:
        self.site.world.log.clear()
        return self.cycles.sync(approve)

    @property
    def written(self) -> int:
        """Operations of the last cycle that change something."""
        return sum(not one.startswith("GET") for one in self.site.world.log.operations)


def linked() -> tuple[Hub, str, str]:
    """Anna in both mailboxes, at rest."""
    hub = Hub()
    anna = hub.site.person(**ANNA)
    hub.sync()
    there = next(i for i in hub.site.users.present() if i != anna)
    cycle = hub.sync()
    assert (hub.written, cycle.tally.writes) == (0, 0)
    return hub, anna, there


def test_a_contact_reaches_the_other_mailbox_and_an_edit_comes_back_and_then_there_is_silence() -> None:
    hub, anna, there = linked()
    assert hub.site.users.row(there)["birthday"] == ANNA["birthday"]
    assert hub.site.users.row(there)["categories"] == ["Donor", "Volunteer"]
    hub.site.users.edit(there, jobTitle="Treasurer", birthday="1990-03-01T22:00:00Z")
    hub.sync()
    assert hub.site.users.row(anna)["jobTitle"] == "Treasurer"
    assert hub.site.users.row(anna)["birthday"] == "1990-03-02T11:59:00Z"
    assert hub.site.users.row(anna)["categories"] == ["Red category", "Donor", "volunteer"]
    hub.sync()
    assert hub.written == 0


def test_roles_change_both_ways_beside_categories_that_are_none() -> None:
    hub, anna, there = linked()
    hub.site.users.edit(anna, categories=["Red category", "Donor", "Funder"])
    hub.sync()
    assert hub.site.users.row(there)["categories"] == ["Donor", "Funder"]
    hub.site.users.edit(there, categories=["Funder"])
    hub.sync()
    assert hub.site.users.row(anna)["categories"] == ["Red category", "Funder"]


def test_after_lost_delta_tokens_everything_is_read_unattended_and_nothing_is_written() -> None:
    hub, *_ = linked()
    hub.site.users.forget_changes()
    cycle = hub.sync(approve=None)
    assert {name: pull.resynced for name, pull in cycle.pulls.items()} == {"office": True, "chair": True}
    assert (cycle.state, hub.written) == ("done", 0)
    assert not any(pull.resynced for pull in hub.sync(approve=None).pulls.values())


def test_a_contact_moved_to_another_folder_is_deleted_nowhere() -> None:
    hub, anna, there = linked()
    hub.site.users.move(anna, hub.site.users.folder(MAILBOX, "Board"))
    cycle = hub.sync()
    assert (cycle.state, hub.written) == ("done", 0)
    assert {anna, there} <= hub.site.users.present().keys()


def test_a_change_that_carries_only_what_changed_blanks_nothing() -> None:
    hub, anna, there = linked()
    assert hub.site.world.sparse
    hub.site.users.edit(anna, nickName="A")
    hub.sync()
    row = hub.site.users.row(there)
    assert (row["nickName"], row["companyName"], row["mobilePhone"]) == ("A", "Example ry", "040 1234567")


def test_people_of_another_system_are_made_here_and_its_organisations_are_not() -> None:
    site = Site()
    crm = MemorySystem("crm", Traits(), site.clock, Random(1))
    lenses = {"crm": memory_lens(crm.traits), "mail": LENS}
    cycles = Cycles(lambda: {"crm": MemoryConnector(crm), "mail": site.connector()}, lenses, site.clock)
    crm.user_create({"kind": "org", "full": "Example Oy"})
    crm.user_create({"kind": "individual", "given": "Anna", "family": "Virtanen"})
    cycles.sync()
    assert [item.row["surname"] for item in site.users.present().values()] == ["Virtanen"]
    cycle = cycles.sync(approve=None)
    assert (cycle.state, cycle.tally.writes, cycle.tally.refused) == ("done", 0, 0)


def test_the_hub_writes_no_second_contact_after_a_lost_answer() -> None:
    hub = Hub()
    hub.site.person(**ANNA)
    lost = 0

    def mishap(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        nonlocal lost
        if lost < 2 and not request.extensions["safe"]:
            lost += 1
            raise httpx.ReadTimeout("lost")
        if lost == 1 and request.url.path.endswith("$batch"):
            raise httpx.ConnectError("and then nothing at all")  # so that it stays unknown until the next cycle
        return answer

    hub.site.wire.mishap = mishap
    assert hub.sync().tally.unknown == 1
    lost = 2
    hub.sync()
    assert hub.sync().tally.writes == 0
    assert len(hub.site.users.present()) == 2
