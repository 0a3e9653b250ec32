"""The option ``key_column``: the hub's key in a column of the site's own with an alternate key, the ids Dataverse's own."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from dynamics_site import ACCOUNT, Site, lost
from pydantic import ValidationError

from hub.sdk import Done, Misconfigured, Refused, Unknown
from hub_dynamics.sandbox import Column
from hub_dynamics.write import BULK

COLUMN = "new_hubkey"
TABLES = ("contact", "account")


def keyed(state: str = "Active", **more: Any) -> Site:
    return Site({"key_column": COLUMN}, custom={table: {COLUMN: Column("string", 100)} for table in TABLES},
                keys={table: {COLUMN: state} for table in TABLES}, **more)


def key(number: int) -> str:
    return str(uuid.UUID(int=0x40008000 << 32 | number))


def rows(site: Site, table: str = "contact") -> list[tuple[str, str]]:
    return sorted((row["lastname"] if table == "contact" else row["name"], row[COLUMN])
                  for row in site.world.tables[table].rows.values())


def test_a_create_puts_the_key_into_the_column_and_leaves_the_id_to_dataverse() -> None:
    site = keyed()
    person, firm = site.write(site.create(key(1), lastname="Ek"), site.create(key(2), ACCOUNT, name="Aurinko ry"))
    assert isinstance(person, Done)
    assert isinstance(firm, Done)
    assert person.record is not None
    assert person.record.data["id"] == key(1)
    assert COLUMN not in person.record.data
    assert site.read(site.person("Typed there")).data["id"] != key(1)
    assert person.ref.native_id != key(1)
    assert rows(site)[:1] + rows(site, "account") == [("Ek", key(1)), ("Aurinko ry", key(2))]


def test_a_repeated_create_is_the_first_one() -> None:
    site = keyed()
    first, again = site.write(site.create(key(1), lastname="Ek")), site.write(site.create(key(1), lastname="Ek"))
    assert isinstance(first[0], Done)
    assert isinstance(again[0], Done)
    assert first[0].ref == again[0].ref
    assert rows(site) == [("Ek", key(1))]


def test_many_at_once_and_found_again_by_their_keys() -> None:
    site = keyed()
    results = site.write(*(site.create(key(n), lastname=f"V{n}") for n in range(1, BULK + 1)))
    assert all(isinstance(result, Done) for result in results)
    assert any("CreateMultiple" in one for one in site.world.log.operations)
    found = site.call(lambda connector: connector.find("contact", [key(1), key(7), "it's nobody's"]))
    assert {name: record.data["lastname"] for name, record in found.items()} == {key(1): "V1", key(7): "V7"}
    again = site.write(*(site.create(key(n), lastname=f"V{n}") for n in range(1, BULK + 1)))
    assert [result.ref for result in again if isinstance(result, Done)] == [r.ref for r in results if isinstance(r, Done)]
    assert len(rows(site)) == BULK


@pytest.mark.parametrize("count", [1, BULK])
def test_a_lost_answer_is_looked_up_by_the_key(count: int) -> None:
    site = keyed()
    site.wire.mishap = lost("CreateMultiple" if count == BULK else "$batch")
    results = site.write(*(site.create(key(n), lastname=f"V{n}") for n in range(1, count + 1)))
    assert all(isinstance(result, Done) for result in results)
    assert len(rows(site)) == count


def test_a_lost_answer_to_what_did_not_land_is_unknown() -> None:
    site = keyed()

    async def mishap(request: Any, deliver: Any) -> Any:
        if "$batch" in str(request.url) and not request.extensions["safe"]:
            import httpx

            raise httpx.ReadTimeout("lost")
        return await deliver()

    site.wire.mishap = mishap
    assert isinstance(site.write(site.create(key(1), lastname="Ek"))[0], Unknown)


def test_another_key_of_the_sites_own_that_is_taken_is_a_refusal() -> None:
    site = Site({"key_column": COLUMN, "contact_columns": ("new_memberno",)},
                custom={"contact": {COLUMN: Column("string", 100), "new_memberno": Column("string", 20)},
                        "account": {COLUMN: Column("string", 100)}},
                keys={"contact": {COLUMN: "Active", "new_memberno": "Active"}, "account": {COLUMN: "Active"}})
    site.person(new_memberno="17")
    (result,) = site.write(site.create(key(1), lastname="Ek", new_memberno="17"))
    assert result == Refused("rejected", "a value that must be unique is taken by another record")


@pytest.mark.parametrize(("state", "says"), [("Pending", "is Pending, not Active"), ("Failed", "is Failed, not Active")])
def test_check_wants_the_key_to_be_active(state: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        keyed(state).call(lambda connector: connector.check())


def test_check_without_the_key_and_with_it() -> None:
    with pytest.raises(Misconfigured, match=r"new_hubkey of Contact is not there.*take key_column out"):
        Site({"key_column": COLUMN}).call(lambda connector: connector.check())
    assert keyed().call(lambda connector: connector.check()).can_write


def test_the_column_is_the_hubs_own() -> None:
    with pytest.raises(ValidationError, match="the hub's own"):
        Site().connector(key_column=COLUMN, contact_columns=[COLUMN])
