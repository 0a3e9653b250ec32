"""What other servers do, and what goes wrong on the way: the sandbox with its options, and with broken answers."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from carddav_cards import FOLDED, OUTLOOK, THUNDERBIRD, card
from carddav_support import BOOK, Server, create, delete, done, one, pages, pulled, ref, run, sandbox, sent, update
from pydantic import SecretStr

from hub.sdk import (
    AuthFailed,
    ContractBroken,
    Done,
    Gone,
    Misconfigured,
    NativeRecord,
    NativeWrite,
    Refused,
    ResyncRequired,
    Transient,
    Unknown,
)
from hub_carddav import connector as connector_module
from hub_carddav import reader, sandbox_xml


def filled(count: int, **options: Any) -> Server:
    server = sandbox(**options)
    for i in range(count):
        server.world.put(f"{BOOK}{i}.vcf", card(f"u{i}"))
    return server


def record(changes: dict[str, NativeRecord | Gone], name: str) -> NativeRecord:
    found = changes[name]
    assert isinstance(found, NativeRecord)
    return found


def answers(status: int, text: str = "", **headers: str) -> Any:
    return lambda request, answer: httpx.Response(status, text=text, headers=headers, request=request)


def only(method: str, change: Any) -> Any:
    """Change only the answers to one method."""
    return lambda request, answer: change(request, answer) if request.method == method else answer


def test_answers_cut_by_the_server_are_continued() -> None:
    async def story() -> None:
        server = filled(10, page_limit=3)
        connector = server.connector()
        told, checkpoint = await pulled(connector)
        assert len(told) == 10
        assert sent(connector)["REPORT"] == 4
        for i in range(4):
            server.world.put(f"{BOOK}{i}.vcf", card(f"u{i}", "Uusi"))
        server.world.delete(f"{BOOK}9.vcf")
        told, later = await pulled(connector, checkpoint)
        assert set(told) == {"0.vcf", "1.vcf", "2.vcf", "3.vcf", "9.vcf"}
        assert sent(connector)["REPORT"] == 6
        assert await pulled(connector, later) == ({}, later)

    run(story())


def test_pages_hold_at_most_500(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PAGE", 4)

    async def story() -> None:
        server = filled(10)
        told = await pages(server.connector())
        assert [len(page.changes) for page in told] == [4, 4, 2, 0]
        assert sum(page.checkpoint is not None for page in told) == 1

    run(story())


def test_a_server_that_sends_no_cards_in_its_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PAGE", 4)

    async def story() -> None:
        server = filled(10, no_body_in_sync=True)
        connector = server.connector()
        told, checkpoint = await pulled(connector)
        assert {record(told, name).data["uid"] for name in told} == {f"u{i}" for i in range(10)}
        assert len(server.world.calls(report="sync-collection")) == 1
        assert len(server.world.calls(report="addressbook-multiget")) == 3
        server.world.delete(f"{BOOK}1.vcf")
        told, _ = await pulled(connector, checkpoint)
        assert told == {"1.vcf": Gone(ref("1.vcf"), "deleted")}
        assert len(server.world.calls(report="addressbook-multiget")) == 3

    run(story())


def test_a_card_deleted_between_report_and_multiget() -> None:
    async def story() -> None:
        server = filled(2, no_body_in_sync=True)

        def deletes(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            if b"sync-collection" in request.content and "1.vcf" in server.world.list(BOOK):
                server.world.delete(f"{BOOK}1.vcf")
            return answer

        connector = server.connector()
        _, checkpoint = await pulled(connector)
        for i in range(2):
            server.world.put(f"{BOOK}{i}.vcf", card(f"u{i}", "Uusi"))
        server.between = deletes
        told, _ = await pulled(connector, checkpoint)
        assert told["1.vcf"] == Gone(ref("1.vcf"), "deleted")
        assert record(told, "0.vcf").data["n"]["given"] == "Uusi"

    run(story())


def test_a_server_that_rewrites_is_read_back_once() -> None:
    async def story() -> None:
        server = filled(3, rewrites=True)
        connector = server.connector()
        told, _ = await pulled(connector)
        long = "x" * 60
        batch = [update(record(told, f"{i}.vcf"), note=long) for i in range(3)]
        before = sent(connector)["REPORT"]
        results = await connector.write("contact", [*batch, create("k1", email=[{"value": "Eero@X.TEST", "type": None}])])
        assert done(results) == ["Done"] * 4
        assert sent(connector)["REPORT"] == before + 1
        for result in results[:3]:
            assert isinstance(result, Done)
            assert result.record is not None
            assert result.record.data["note"] == "x" * 40
            assert result.version is None  # it does not show what was sent: somebody else may have written that
        made = results[3]
        assert isinstance(made, Done)
        assert made.record is not None
        assert made.record.data["email"][0]["value"] == "eero@x.test"
        again, _ = await pulled(connector)
        assert {name: record(again, name).version for name in again} == {
            r.ref.native_id: r.record.version for r in results if isinstance(r, Done) and r.record is not None
        }

    run(story())


def test_a_write_that_cannot_be_read_back_is_unknown() -> None:
    async def story() -> None:
        server = filled(1, rewrites=True)
        connector = server.connector()
        told, _ = await pulled(connector)
        server.between = only("REPORT", answers(500))
        assert isinstance(await one(connector, update(record(told, "0.vcf"), note="n")), Unknown)
        await one(server.connector(), create("k1"))  # lands; its own read back fails too
        result = await one(connector, create("k1"))
        assert isinstance(result, Refused)
        assert result.reaction == "transient"

    run(story())


def test_new_cards_follow_what_the_book_takes() -> None:
    async def story() -> None:
        server = sandbox(versions=("4.0",))
        connector = server.connector()
        assert isinstance(await one(connector, create("k1")), Done)
        assert "VERSION:4.0" in server.world.get(f"{BOOK}k1.vcf")
        server = sandbox(versions=("3.0", "4.0"))
        assert isinstance(await one(server.connector(), create("k1")), Done)
        assert "VERSION:3.0" in server.world.get(f"{BOOK}k1.vcf")
        server = sandbox(versions=("3.0",))
        server.world.put(f"{BOOK}v4.vcf", THUNDERBIRD)
        connector = server.connector()
        told, _ = await pulled(connector)
        result = await one(connector, update(record(told, "v4.vcf"), title="T"))
        assert isinstance(result, Refused)
        assert (result.reaction, "supported-address-data" in result.why) == ("rejected", True)

    run(story())


def test_a_read_only_book() -> None:
    async def story() -> None:
        server = filled(1)
        server.world.read_only(BOOK)
        connector = server.connector()
        health = await connector.check()
        assert not health.can_write
        assert "may only read" in health.warnings[0]
        told, _ = await pulled(connector)
        results = await connector.write("contact", [
            update(record(told, "0.vcf"), title="T"), delete(record(told, "0.vcf")), create("k1")])
        assert done(results) == ["rejected"] * 3
        assert list(server.world.list(BOOK)) == ["0.vcf"]

    run(story())


def test_expired_tokens() -> None:
    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        _, checkpoint = await pulled(connector)
        server.world.expire_tokens()
        with pytest.raises(ResyncRequired):
            await pulled(connector, checkpoint)
        for status in (409, 410, 412):
            server.between = only("REPORT", answers(status))
            with pytest.raises(ResyncRequired):
                await pulled(connector, checkpoint)

    run(story())


def test_a_broken_card_hides_nobody_and_is_never_gone() -> None:
    async def story() -> None:
        server = filled(2)
        connector = server.connector()
        told, checkpoint = await pulled(connector)
        good = record(told, "1.vcf")
        server.world.put(f"{BOOK}1.vcf", "this is not a vcard")
        server.world.put(f"{BOOK}2.vcf", "BEGIN:VLIST\r\nEND:VLIST\r\n")
        server.world.put(f"{BOOK}0.vcf", card("u0", "Uusi"))
        for since in (checkpoint, None):
            told, _ = await pulled(connector, since)
            assert list(told) == ["0.vcf"]
            assert record(told, "0.vcf").data["n"]["given"] == "Uusi"
        found = await connector.fetch([ref("1.vcf"), ref("2.vcf")])
        for broken in found:
            assert isinstance(broken, NativeRecord)
            assert (list(broken.data), broken.complete) == (["broken"], False)
            assert "not a vcard" not in str(broken)
        assert [w for w in (await connector.check()).warnings if "1.vcf" in w and "is no vCard" in w]
        version = found[0].version if isinstance(found[0], NativeRecord) else None
        for before in ({"broken": "x"}, {**good.data, "broken": "x"}):
            result = await one(connector, NativeWrite("update", good.ref, {"title": "T"}, before, version))
            assert isinstance(result, Refused)
            assert result.reaction == "rejected"
        assert server.world.get(f"{BOOK}1.vcf") == "this is not a vcard"
        server.world.put(f"{BOOK}1.vcf", card("u1"))
        server.world.put(f"{BOOK}2.vcf", card("u2"))
        assert len((await pulled(connector))[0]) == 3
        assert (await connector.check()).warnings == ()

    run(story())


def test_old_cards_are_read_where_a_server_holds_them() -> None:
    async def story() -> None:
        server = sandbox()
        server.world.put(f"{BOOK}old.vcf", OUTLOOK)
        told, _ = await pulled(server.connector())
        assert record(told, "old.vcf").data["org"]["name"] == "Säätiö"

    run(story())


def test_bytes_that_break_xml_do_not_hide_the_book() -> None:
    """A fold inside a letter, and a control character, as some servers pass them on."""

    async def story() -> None:
        server = filled(2)
        server.world.put(f"{BOOK}odd.vcf", card("odd", "Anna", "Virtanen", "NOTE:PLACEHOLDER"))

        def spoils(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            note = re.search(rb"NOTE:.*(?=\r\nEND)", FOLDED, re.DOTALL)
            assert note
            body = answer.content.replace(b"NOTE:PLACEHOLDER", note[0] + b"\x0b&#8;&#xe4;")
            return httpx.Response(answer.status_code, content=body, request=request)

        server.between = spoils
        told, _ = await pulled(server.connector())
        assert len(told) == 3
        assert record(told, "odd.vcf").data["note"] == "Ääni ja ö jatkuuja jatkuuä"

    run(story())


def test_a_server_that_leaves_out_what_is_not_there() -> None:
    async def story() -> None:
        server = filled(2)

        def leaves_out(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            text = re.sub(r"<response><href>[^<]*</href><status>HTTP/1.1 404.*?</response>", "", answer.text)
            text = re.sub(r"<response><href>[^<]*1.vcf</href>.*?</response>", "", text, flags=re.DOTALL)
            return httpx.Response(207, text=text, request=request)

        server.between = only("REPORT", leaves_out)
        found = await server.connector().fetch([ref("0.vcf"), ref("1.vcf"), ref("none.vcf")])
        assert [getattr(each, "how", "there") for each in found] == ["there", "there", "deleted"]

    run(story())


def test_a_member_that_may_not_be_read() -> None:
    async def story() -> None:
        server = filled(1)

        def forbids(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            body = sandbox_xml.multistatus([sandbox_xml.status(f"{BOOK}0.vcf", "403 Forbidden")])
            return httpx.Response(207, text=body, request=request)

        server.between = only("REPORT", forbids)
        assert await server.connector().fetch([ref("0.vcf")]) == [Gone(ref("0.vcf"), "denied")]
        server.between = only("REPORT", answers(403))
        with pytest.raises(AuthFailed, match="may not be read"):
            await server.connector().fetch([ref("0.vcf")])

    run(story())


@pytest.mark.parametrize(
    "answer",
    [
        answers(200, "<html><body>Welcome</body></html>", **{"Content-Type": "text/html"}),
        answers(200, "OK"), answers(404), answers(405), answers(501), answers(207, "<html/>"), answers(207, "{}"),
    ],
)  # fmt: skip
def test_what_is_not_carddav(answer: Any) -> None:
    server = sandbox()
    server.between = answer
    with pytest.raises(Misconfigured, match=r"^cards: .*url"):
        run(server.connector().check())


def test_webdav_without_address_books() -> None:
    with pytest.raises(Misconfigured, match="no address book"):
        run(sandbox(books={}).connector().check())


def test_a_server_without_sync_reports() -> None:
    def hides(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(207, text=answer.text.replace("<sync-collection />", ""), request=request)

    server = sandbox()
    server.between = only("PROPFIND", hides)
    with pytest.raises(Misconfigured, match="sync-collection"):
        run(server.connector().check())


def test_credentials_go_to_no_other_host() -> None:
    server = sandbox()
    server.between = answers(301, Location="https://elsewhere.test/dav/")
    with pytest.raises(Misconfigured, match=r"elsewhere\.test"):
        run(server.connector().check())
    assert len(server.world.log) == 1


@pytest.mark.parametrize("text", [
    "<multistatus", '<!DOCTYPE m [<!ENTITY a "aaaa">]><multistatus xmlns="DAV:">&a;</multistatus>',
    '<multistatus xmlns="DAV:"><response/></multistatus>', '<multistatus xmlns="DAV:"/>', "<a/>",
    '<multistatus xmlns="DAV:"><response><href>/a</href><status>fine</status></response></multistatus>',
])  # fmt: skip
def test_answers_outside_the_protocol(text: str) -> None:
    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        _, checkpoint = await pulled(connector)
        server.between = only("REPORT", answers(207, text))
        with pytest.raises(ContractBroken):
            await pulled(connector, checkpoint)

    run(story())


@pytest.mark.fault("T15", guard="hub_carddav.api:_read")
def test_an_answer_that_brings_its_own_document_type_is_refused() -> None:
    """Entities unfold without end, or read files; without them the same answer is a good one."""
    plain = '<multistatus xmlns="DAV:"><sync-token>urn:t1</sync-token></multistatus>'
    typed = f'<!DOCTYPE m [<!ENTITY a "1">]>{plain.replace("t1", "t&a;")}'

    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        _, checkpoint = await pulled(connector)
        server.between = only("REPORT", answers(207, plain))
        await pulled(connector, checkpoint)
        server.between = only("REPORT", answers(207, typed))
        with pytest.raises(ContractBroken, match="document type"):
            await pulled(connector, checkpoint)

    run(story())


def test_a_server_that_never_ends() -> None:
    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        _, checkpoint = await pulled(connector)
        token = checkpoint["books"][BOOK]
        cut = sandbox_xml.status(BOOK, "507 Insufficient Storage", "number-of-matches-within-limits")
        server.between = only("REPORT", answers(207, sandbox_xml.multistatus([cut], token)))
        with pytest.raises(ContractBroken, match="new token"):
            await pulled(connector, checkpoint)

    run(story())


def test_hrefs_in_every_form_servers_use() -> None:
    async def story() -> None:
        server = filled(1)
        server.world.put(f"{BOOK}a b@c.vcf", card("odd"))
        for form in ("http://127.0.0.1/ada/contacts/a%20b%40c.vcf", "/ada/contacts/a%20b@c.vcf",
                     "/%61da/contacts/a%20b%40c.vcf"):
            def rewrites(request: httpx.Request, answer: httpx.Response, form: str = form) -> httpx.Response:
                text = answer.text.replace("/ada/contacts/a%20b%40c.vcf", form)
                assert form in text
                return httpx.Response(207, text=text, request=request)

            server.between = only("REPORT", rewrites)
            told, _ = await pulled(server.connector())
            assert set(told) == {"0.vcf", "a b@c.vcf"}
            assert isinstance((await server.connector().fetch([ref("a b@c.vcf")]))[0], NativeRecord)

    run(story())


def lost(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    raise httpx.ReadTimeout("lost", request=request)


def test_a_lost_answer_is_unknown_and_the_next_look_settles_it() -> None:
    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        told, _ = await pulled(connector)
        server.between = only("PUT", lost)
        batch = [create("k1"), update(record(told, "0.vcf"), title="T", **{"x-hub-marker": "m7"})]
        assert all(isinstance(result, Unknown) for result in await connector.write("contact", batch))
        assert sent(connector)["PUT"] == 2
        server.between = None
        assert set(await connector.find("contact", ["k1"])) == {"k1"}
        (after,) = await connector.fetch([ref("0.vcf")])
        assert isinstance(after, NativeRecord)
        assert after.data["x-hub-marker"] == "m7"
        server.between = only("DELETE", answers(502))
        assert isinstance(await one(connector, delete(after)), Unknown)

    run(story())


def test_one_refusal_does_not_touch_the_others() -> None:
    async def story() -> None:
        server = filled(3)
        connector = server.connector()
        told, _ = await pulled(connector)

        def picky(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            status = {"0.vcf": 401, "1.vcf": 429, "2.vcf": 507, "3.vcf": 413, "4.vcf": 402}.get(request.url.path[-5:])
            headers = {"Retry-After": "120"} if status == 429 else {}
            return httpx.Response(status, headers=headers, request=request) if status else answer

        server.between = only("PUT", picky)
        batch = [*(update(record(told, f"{i}.vcf"), title="T") for i in range(3)), create("3"), create("4"), create("k5")]
        results = await connector.write("contact", batch)
        assert done(results) == ["transient", "transient", "transient", "rejected", "rejected", "Done"]
        throttled = results[1]
        assert isinstance(throttled, Refused)
        assert throttled.retry_after_s == 120

    run(story())


def test_a_dead_login_stops_the_system() -> None:
    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        told, _ = await pulled(connector)
        server.between = answers(401)
        with pytest.raises(AuthFailed):
            await connector.write("contact", [update(record(told, "0.vcf"), title="T"), delete(record(told, "0.vcf"))])
        with pytest.raises(AuthFailed):
            await pulled(connector, {"books": {BOOK: "x"}})

    run(story())


def test_an_address_that_moved_stops_the_system() -> None:
    async def story() -> None:
        server = filled(2)
        connector = server.connector()
        told, _ = await pulled(connector)
        server.between = only("PUT", answers(308, Location="https://elsewhere.test/x.vcf"))
        with pytest.raises(Misconfigured, match="elsewhere"):
            await connector.write("contact", [update(record(told, "0.vcf"), title="T")])
        mixed = await connector.write("contact", [update(record(told, "0.vcf"), title="T"), delete(record(told, "1.vcf"))])
        assert done(mixed) == ["transient", "Done"]

    run(story())


def test_a_server_in_trouble_is_transient() -> None:
    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        _, checkpoint = await pulled(connector)
        server.between = only("REPORT", answers(503))
        with pytest.raises(Transient):
            await pulled(connector, checkpoint)

    run(story())


def test_a_yes_without_a_word_is_looked_at() -> None:
    """A proxy answers 200 and nothing; whether the server saw the request is found out."""

    async def story() -> None:
        server = filled(4)
        connector = server.connector()
        told, _ = await pulled(connector)
        before = {name: server.world.get(f"{BOOK}{name}") for name in told}

        def undone(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            if request.url.path.endswith(("0.vcf", "1.vcf", "k1.vcf")):
                name = request.url.path.rpartition("/")[2]
                if name in before:
                    server.world.put(f"{BOOK}{name}", before[name])
                elif name in server.world.list(BOOK):
                    server.world.delete(f"{BOOK}{name}")
            return httpx.Response(200, request=request) if request.method in ("PUT", "DELETE") else answer

        server.between = undone
        results = await connector.write("contact", [
            update(record(told, "0.vcf"), title="T"), delete(record(told, "1.vcf")), create("k1"),
            update(record(told, "2.vcf"), title="T", **{"x-hub-marker": "m"}), delete(record(told, "3.vcf")), create("k2"),
        ])
        assert done(results) == ["Unknown", "transient", "Unknown", "Done", "Done", "Done"]

        def overtaken(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            if request.method == "PUT":
                server.world.put(f"{BOOK}2.vcf", card("u2", "Anna", "Virtanen", "X-HUB-MARKER:another"))
                return httpx.Response(204, request=request)
            return answer

        server.between = overtaken
        (present,) = await connector.fetch([ref("2.vcf")])
        assert isinstance(present, NativeRecord)
        assert isinstance(await one(connector, update(present, title="U", **{"x-hub-marker": "m8"})), Unknown)

    run(story())


def test_at_most_eight_requests_at_once() -> None:
    async def story() -> None:
        server = sandbox()
        connector = server.connector()
        assert done(await connector.write("contact", [create(f"k{i}") for i in range(40)])) == ["Done"] * 40
        assert 2 <= server.way.most <= connector_module.AT_ONCE

    run(story())


def test_a_delete_the_server_half_does() -> None:
    async def story() -> None:
        server = filled(1)
        connector = server.connector()
        told, _ = await pulled(connector)
        locked = sandbox_xml.multistatus([sandbox_xml.status(f"{BOOK}0.vcf", "423 Locked")])
        server.between = only("DELETE", answers(207, locked))
        result = await one(connector, delete(record(told, "0.vcf")))
        assert isinstance(result, Refused)
        assert result.reaction == "rejected"
        server.between = only("DELETE", answers(207, "<multistatus"))
        told, _ = await pulled(filled(1).connector())
        assert isinstance(await one(connector, delete(record(told, "0.vcf"))), Unknown)

    run(story())


def test_nothing_of_a_person_is_in_an_error() -> None:
    async def story() -> None:
        server = filled(0)
        server.world.put(f"{BOOK}anna.virtanen@example.test.vcf", card("u"))
        connector = server.connector()
        told, _ = await pulled(connector)
        written = record(told, "anna.virtanen@example.test.vcf")
        texts = []
        for status in (400, 403, 409, 413, 422, 500):
            server.between = only("PUT", answers(status, "Anna Virtanen is refused"))
            result = await one(connector, update(written, title="Sihteeri"))
            assert isinstance(result, Refused | Unknown)
            texts.append(result.why)
        assert not [text for text in texts if re.search("anna|virtanen|sihteeri", text, re.IGNORECASE)]

    run(story())


def test_settings_and_the_connector_never_show_the_password() -> None:
    connector = sandbox().connector()
    settings = connector_module.CardDavSettings(url="x", username="u", password=SecretStr("pw9"))
    shown = f"{connector!r} {vars(connector)!r} {settings!r} {settings.model_dump()}"
    assert "s3cret" not in shown
    assert "pw9" not in shown
