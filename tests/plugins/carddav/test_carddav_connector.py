"""The connector against the sandbox and against a real Radicale: the same tests, the same answers."""

from __future__ import annotations

import pytest
from carddav_cards import DIALECTS, card
from carddav_support import (
    BOOK,
    USER,
    Server,
    create,
    delete,
    done,
    one,
    pages,
    pulled,
    ref,
    run,
    semantic,
    sent,
    update,
)

from hub.sdk import AuthFailed, Done, Gone, Misconfigured, NativeRecord, NativeWrite, Refused, ResyncRequired

STORED = [name for name in DIALECTS if name not in ("outlook", "bare")]
"""Dialects both servers take by PUT: 2.1 and junk lines are only met on servers that let them in."""


def test_check(server: Server) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        connector = server.connector()
        health = await connector.check()
        assert health.identity == f"/{USER}/"
        assert health.fingerprint == f"{server.url}{USER}/"
        assert health.can_write
        assert health.warnings == ()
        assert sent(connector) == {"PROPFIND": 3, "REPORT": 2}
        await connector.close()

    run(story())


@pytest.mark.parametrize("path", ["", "ada/", "ada", "ada/contacts/", "ada/contacts", "nothing/here/"])
def test_any_address_of_the_account_leads_to_the_book(server: Server, path: str) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        connector = server.connector(path)
        told, checkpoint = await pulled(connector)
        assert list(told) == ["x.vcf"]
        assert list(checkpoint["books"]) == [BOOK]
        assert (await connector.check()).fingerprint == f"{server.url}{USER}/"

    run(story())


def test_a_wrong_password(server: Server) -> None:
    with pytest.raises(AuthFailed, match="credentials"):
        run(server.connector(password="wrong").check())


def test_address_books_by_path_and_by_name(server: Server) -> None:
    async def story() -> None:
        await server.add_book("/ada/other/", "Jäsenet")
        await server.put("x.vcf", card("x"))
        await server.put("y.vcf", card("y"), book="/ada/other/")
        for wanted in (["/ada/other/"], ["Jäsenet"], ["/ada/other"], [f"{server.url}ada/other/"]):
            told, _ = await pulled(server.connector(address_books=wanted))
            assert list(told) == ["y.vcf"]
        told, checkpoint = await pulled(server.connector())
        assert set(told) == {"x.vcf", "y.vcf"}
        assert set(checkpoint["books"]) == {BOOK, "/ada/other/"}
        with pytest.raises(Misconfigured, match=r"no address book 'Kuoro'.*Contacts \(/ada/contacts/\)"):
            await server.connector(address_books=["Kuoro"]).check()

    run(story())


def test_reading_changes_costs_one_report(server: Server) -> None:
    async def story() -> None:
        for i in range(7):
            await server.put(f"{i}.vcf", card(f"u{i}"))
        connector = server.connector()
        told, checkpoint = await pulled(connector)
        assert set(told) == {f"{i}.vcf" for i in range(7)}
        assert sent(connector) == {"PROPFIND": 3, "REPORT": 1}
        await server.put("0.vcf", card("u0", "Eero"))
        await server.put("new.vcf", card("u9", "Uusi"))
        await server.delete("3.vcf")
        told, later = await pulled(connector, checkpoint)
        assert {name: getattr(change, "how", "there") for name, change in told.items()} == {
            "0.vcf": "there", "new.vcf": "there", "3.vcf": "deleted"
        }  # fmt: skip
        assert told["3.vcf"] == Gone(ref("3.vcf"), "deleted")
        assert sent(connector) == {"PROPFIND": 3, "REPORT": 2}
        assert await pulled(connector, later) == ({}, later)
        assert sent(connector) == {"PROPFIND": 3, "REPORT": 3}

    run(story())


def test_a_first_listing_says_so(server: Server) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        await server.put("y.vcf", card("y"))
        await server.delete("y.vcf")
        connector = server.connector()
        first, last = await pages(connector)
        assert (first.listing, last.listing) == ("partial", "ends")
        assert first.listing_id == last.listing_id != ""
        assert list(last.collections) == [BOOK]
        assert [change.ref for change in first.changes] == [ref("x.vcf")]
        assert first.checkpoint is None
        assert last.checkpoint is not None
        more = await pages(connector, last.checkpoint)
        assert [page.listing for page in more] == ["none"]

    run(story())


def test_an_empty_book(server: Server) -> None:
    async def story() -> None:
        connector = server.connector()
        (last,) = await pages(connector)
        assert (last.listing, list(last.collections), last.changes) == ("ends", [BOOK], ())
        assert (await connector.check()).warnings == ()

    run(story())


def test_a_token_nobody_gave(server: Server) -> None:
    async def story() -> None:
        for token in ("http://radicale.org/ns/sync/" + "0" * 64, "not-a-token"):
            with pytest.raises(ResyncRequired):
                await pulled(server.connector(), {"books": {BOOK: token}})

    run(story())


def test_books_that_come_and_go_between_two_pulls(server: Server) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        await server.add_book("/ada/other/", "Other")
        await server.put("y.vcf", card("y"), book="/ada/other/")
        _, checkpoint = await pulled(server.connector())
        if server.app:
            server.world.remove_book("/ada/other/")
        else:
            await server.send("DELETE", "/ada/other/")
        await server.add_book("/ada/third/", "Third")
        await server.put("z.vcf", card("z"), book="/ada/third/")
        connector = server.connector()
        told = await pages(connector, checkpoint)
        assert [change.ref for page in told for change in page.changes] == [ref("z.vcf", "/ada/third/")]
        assert told[-1].listing == "ends"
        assert set(told[-1].collections) == {"/ada/other/", "/ada/third/"}
        assert set((told[-1].checkpoint or {})["books"]) == {BOOK, "/ada/third/"}
        vanished = ref("y.vcf", "/ada/other/")
        assert await connector.fetch([vanished, ref("x.vcf")]) != []
        assert (await connector.fetch([vanished]))[0] == Gone(vanished, "left_view")

    run(story())


def test_fetch_answers_each_ref_in_order(server: Server) -> None:
    async def story() -> None:
        await server.put("å b.vcf".replace(" ", "%20"), card("a"))
        await server.put("b.vcf", card("b"))
        connector = server.connector()
        told, _ = await pulled(connector)
        assert set(told) == {"å b.vcf", "b.vcf"}
        before = sent(connector)["REPORT"]
        answers = await connector.fetch([ref("b.vcf"), ref("gone.vcf"), ref("å b.vcf"), ref("b.vcf")])
        assert [getattr(a, "how", None) or a.ref.native_id for a in answers] == [
            "b.vcf", "deleted", "å b.vcf", "b.vcf"
        ]  # fmt: skip
        assert answers[0] == told["b.vcf"]
        assert sent(connector)["REPORT"] == before + 1
        assert await connector.fetch([]) == []

    run(story())


def test_a_create_and_what_is_stored(server: Server) -> None:
    async def story() -> None:
        connector = server.connector()
        result = await one(connector, create("0192-key", title="Sihteeri; ma.", email=[
            {"value": "eero@x.test", "type": "work", "pref": True}, {"value": "e@y.test", "type": None, "pref": False}]))
        assert isinstance(result, Done)
        assert result.ref == ref("0192-key.vcf")
        (stored,) = await connector.fetch([result.ref])
        assert isinstance(stored, NativeRecord)
        assert result.record is not None
        assert (result.version, result.record.version) == (stored.version, stored.version)
        assert semantic(stored.data) == semantic(result.record.data)
        assert stored.data["x-hub-marker"] == "m-0192-key"
        assert stored.data["rev"] == "20261122T014928Z"
        assert stored.data["fn"] == "Eero Aho"
        assert sent(connector)["PUT"] == 1

    run(story())


def test_a_repeated_create_makes_no_second_card(server: Server) -> None:
    async def story() -> None:
        connector = server.connector()
        first = await one(connector, create("k1"))
        again = await one(connector, create("k1", title="other"))
        assert isinstance(first, Done)
        assert isinstance(again, Done)
        assert again.record is not None
        assert (again.ref, again.record.version, again.record.data["title"]) == (first.ref, first.version, None)
        assert again.version is None  # somebody may have typed since the first one
        told, _ = await pulled(connector)
        assert list(told) == ["k1.vcf"]

    run(story())


def test_a_create_that_was_moved_by_its_user_is_still_ours(server: Server) -> None:
    async def story() -> None:
        connector = server.connector()
        await server.put("moved.vcf", card("k1"))
        result = await one(connector, create("k1"))
        assert isinstance(result, Done)
        assert result.ref == ref("moved.vcf")

    run(story())


def test_a_name_taken_by_another_card(server: Server) -> None:
    async def story() -> None:
        await server.put("k1.vcf", card("somebody"))
        result = await one(server.connector(), create("k1"))
        assert isinstance(result, Refused)
        assert result.reaction == "rejected"
        assert "somebody" in await server.text("k1.vcf")

    run(story())


def test_a_create_in_a_book_that_is_not_there(server: Server) -> None:
    result = run(one(server.connector(), create("k1", book="/ada/none/")))
    assert isinstance(result, Refused)
    assert (result.reaction, "404" in result.why or "409" in result.why) == ("rejected", True)


@pytest.mark.parametrize("dialect", STORED)
def test_an_update_leaves_the_rest_of_the_card(server: Server, dialect: str) -> None:
    async def story() -> None:
        await server.put("x.vcf", DIALECTS[dialect])
        connector = server.connector()
        told, _ = await pulled(connector)
        before = told["x.vcf"]
        assert isinstance(before, NativeRecord)
        result = await one(connector, update(before, title="Uusi, nimike", **{"x-hub-marker": "m2"}))
        assert isinstance(result, Done)
        (after,) = await connector.fetch([before.ref])
        assert isinstance(after, NativeRecord)
        assert after.data["title"] == "Uusi, nimike"
        assert semantic(after.data, "title", "x-hub-marker") == semantic(before.data, "title", "x-hub-marker")
        assert after.version == result.version
        assert photo(after) == photo(before)

    def photo(record: NativeRecord) -> list[str]:
        unfolded = str(record.data["raw"]).replace("\r", "").replace("\n ", "")
        return sorted(line for line in unfolded.split("\n") if line.startswith(("PHOTO", "IMPP", "X-CUSTOM1")))

    run(story())


def test_two_updates_from_one_reading(server: Server) -> None:
    """The second starts from what the first wrote, though nothing was read between."""

    async def story() -> None:
        await server.put("x.vcf", card("x"))
        connector = server.connector()
        told, _ = await pulled(connector)
        record = told["x.vcf"]
        assert isinstance(record, NativeRecord)
        first = await one(connector, update(record, title="T"))
        assert isinstance(first, Done)
        laid_over = {**record.data, "title": "T"}
        second = await one(
            connector, NativeWrite("update", record.ref, {"note": "N"}, laid_over, first.version)
        )
        assert isinstance(second, Done)
        (after,) = await connector.fetch([record.ref])
        assert isinstance(after, NativeRecord)
        assert (after.data["title"], after.data["note"]) == ("T", "N")

    run(story())


def test_a_card_that_moved_meanwhile(server: Server) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        await server.put("y.vcf", card("y"))
        connector = server.connector()
        told, _ = await pulled(connector)
        x, y = told["x.vcf"], told["y.vcf"]
        assert isinstance(x, NativeRecord)
        assert isinstance(y, NativeRecord)
        await server.put("x.vcf", card("x", "Muutettu"))
        await server.delete("y.vcf")
        assert done(await connector.write("contact", [update(x, title="T"), delete(x)])) == ["stale", "stale"]
        assert done(await connector.write("contact", [delete(y)])) == ["gone"]
        # Radicale says 412 for a card that is gone too; the fetch after "stale" tells them apart
        assert done(await connector.write("contact", [update(y, title="T")])) == ["stale"]
        assert await connector.fetch([y.ref]) == [Gone(y.ref, "deleted")]
        assert "Muutettu" in await server.text("x.vcf")

    run(story())


def test_an_update_without_a_known_version_reads_first(server: Server) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        connector = server.connector()
        told, _ = await pulled(connector)
        record = told["x.vcf"]
        assert isinstance(record, NativeRecord)
        await server.put("x.vcf", card("x", "Anna", "Virtanen", "NOTE:newer"))
        blind = NativeWrite("update", record.ref, {"title": "T"}, record.data, None)
        gone = NativeWrite("update", ref("none.vcf"), {"title": "T"}, record.data, None)
        assert done(await connector.write("contact", [blind, gone])) == ["Done", "gone"]
        (after,) = await connector.fetch([record.ref])
        assert isinstance(after, NativeRecord)
        assert (after.data["title"], after.data["note"]) == ("T", "newer")

    run(story())


def test_a_delete(server: Server) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        connector = server.connector()
        told, checkpoint = await pulled(connector)
        record = told["x.vcf"]
        assert isinstance(record, NativeRecord)
        assert await one(connector, delete(record)) == Done(record.ref)
        told, _ = await pulled(connector, checkpoint)
        assert told == {"x.vcf": Gone(record.ref, "deleted")}

    run(story())


def test_many_writes_are_one_request_each(server: Server) -> None:
    async def story() -> None:
        connector = server.connector()
        batch = [create(f"k{i}") for i in range(30)]
        results = await connector.write("contact", batch)
        assert done(results) == ["Done"] * 30
        assert [r.ref.native_id for r in results if isinstance(r, Done)] == [f"k{i}.vcf" for i in range(30)]
        assert sent(connector) == {"PROPFIND": 3, "PUT": 30}
        assert await connector.write("contact", []) == []

    run(story())


def test_find_by_name_and_by_uid(server: Server) -> None:
    async def story() -> None:
        connector = server.connector()
        await connector.write("contact", [create("k1")])
        await server.put("moved.vcf", card("k2"))
        await server.put("k3.vcf", card("another"))
        before = sent(connector).get("REPORT", 0)
        found = await connector.find("contact", ["k1", "k2", "k3", "k4"])
        assert {key: record.ref.native_id for key, record in found.items()} == {"k1": "k1.vcf", "k2": "moved.vcf"}
        assert sent(connector)["REPORT"] == before + 2
        assert set(await connector.find("contact", ["k1"])) == {"k1"}
        assert sent(connector)["REPORT"] == before + 3
        assert await connector.find("contact", []) == {}

    run(story())


def test_cards_of_groups_are_no_contacts(server: Server) -> None:
    async def story() -> None:
        await server.put("x.vcf", card("x"))
        await server.put("g.vcf", card("g", "Kuoro", "", "X-ADDRESSBOOKSERVER-KIND:group"))
        connector = server.connector()
        told, checkpoint = await pulled(connector)
        assert list(told) == ["x.vcf"]
        assert await connector.fetch([ref("g.vcf")]) == [Gone(ref("g.vcf"), "left_view")]
        await server.put("x.vcf", card("x", "Anna", "Virtanen", "X-ADDRESSBOOKSERVER-KIND:group"))
        told, _ = await pulled(connector, checkpoint)
        assert told == {"x.vcf": Gone(ref("x.vcf"), "left_view")}

    run(story())
