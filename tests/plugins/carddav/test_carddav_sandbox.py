"""The sandbox answers as the recorded Radicale did, and refuses what neither it nor the RFCs have."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from carddav_cards import card
from carddav_support import BOOK, PASSWORD, USER, Server, run, sandbox

from hub_carddav import sandbox as sandbox_module
from hub_carddav.sandbox import create_app

RECORDED = sorted((Path(__file__).parent / "transcripts" / "3.9.0").glob("*.json"))
DAV = "{DAV:}"


def test_every_recorded_call_is_answered_as_radicale_did() -> None:
    run(replay(create_app(users={"ada": "a", "grace": "g"}, books={})))


async def replay(app: Any) -> None:
    """In order: the calls build on each other. Sync tokens are the server's own, so they are translated."""
    tokens: dict[str, str] = {}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for file in RECORDED:
            call = json.loads(file.read_text(encoding="utf-8"))
            asked, recorded = call["request"], call["response"]
            headers = {**asked["headers"]}
            login = {"Basic <ADA>": ("ada", "a"), "Basic <GRACE>": ("grace", "g")}.get(headers["Authorization"])
            if login:
                del headers["Authorization"]
            body = asked["body"]
            for theirs, ours in tokens.items():
                body = body.replace(theirs, ours) if body else body
            answer = await client.request(asked["method"], asked["path"], headers=headers, content=body, auth=login)
            assert answer.status_code == recorded["status"], file.name
            for name in ("ETag", "DAV", "WWW-Authenticate"):
                assert answer.headers.get(name) == recorded["headers"].get(name), (file.name, name)
            assert kind(answer.headers.get("Content-Type")) == kind(recorded["headers"].get("Content-Type")), file.name
            if kind(recorded["headers"].get("Content-Type")) == "text/xml":
                theirs_xml, ours_xml = ElementTree.fromstring(recorded["body"]), ElementTree.fromstring(answer.text)
                told = (theirs_xml.findtext(f".//{DAV}sync-token"), ours_xml.findtext(f".//{DAV}sync-token"))
                if told[0] and told[1]:
                    tokens[told[0]] = told[1]
                assert tree(ours_xml) == tree(theirs_xml), file.name
            else:
                assert answer.text == recorded["body"], file.name
    assert len(RECORDED) == 28


def kind(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0]


def tree(element: ElementTree.Element) -> Any:
    """An element without order, and without the text of sync tokens."""
    text = "" if element.tag == f"{DAV}sync-token" else (element.text or "").strip()
    return element.tag, text, sorted((tree(child) for child in element), key=repr)


GOOD = card("new-1")
XML = {"Content-Type": "application/xml"}
D = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"'
SYNC = (f"<d:sync-collection {D}><d:sync-token/><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop>"
        "</d:sync-collection>")
MULTIGET = (f"<c:addressbook-multiget {D}><d:prop><d:getetag/></d:prop><d:href>{BOOK}x.vcf</d:href>"
            "</c:addressbook-multiget>")
QUERY = (f'<c:addressbook-query {D}><d:prop><d:getetag/></d:prop><c:filter><c:prop-filter name="UID">'
         "<c:text-match>x</c:text-match></c:prop-filter></c:filter></c:addressbook-query>")
FIND = f"<d:propfind {D}><d:prop><d:displayname/></d:prop></d:propfind>"
V = {"Content-Type": "text/vcard"}

ACCEPTED: list[tuple[str, str, dict[str, str], str, int]] = [
    ("PUT", f"{BOOK}new.vcf", V, GOOD, 201),
    ("PUT", f"{BOOK}new.vcf", V | {"If-None-Match": "*"}, GOOD, 201),
    ("REPORT", BOOK, XML | {"Depth": "0"}, SYNC, 207),
    ("REPORT", BOOK, XML, SYNC, 207),
    ("REPORT", BOOK, XML | {"Depth": "1"}, MULTIGET, 207),
    ("REPORT", BOOK, XML | {"Depth": "1"}, QUERY, 207),
    ("PROPFIND", BOOK, XML | {"Depth": "1"}, FIND, 207),
    ("DELETE", f"{BOOK}x.vcf", {}, "", 200),
]
"""What the refusals below are one step away from."""

REFUSED: list[tuple[str, str, dict[str, str], str, int]] = [
    # methods neither recorded nor needed
    ("POST", BOOK, V, GOOD, 405),
    ("PATCH", f"{BOOK}x.vcf", V, GOOD, 405),
    ("MOVE", f"{BOOK}x.vcf", {"Destination": f"{BOOK}y.vcf"}, "", 405),
    ("PROPPATCH", BOOK, XML, FIND, 405),
    # places
    ("GET", BOOK, {}, "", 405),
    ("PUT", BOOK, V, GOOD, 405),
    ("DELETE", BOOK, {}, "", 405),
    ("DELETE", "/ada/", {}, "", 405),
    ("GET", f"{BOOK}none.vcf", {}, "", 404),
    ("DELETE", f"{BOOK}none.vcf", {}, "", 404),
    ("PUT", "/ada/nobook/x.vcf", V, GOOD, 409),
    ("REPORT", "/ada/nobook/", XML | {"Depth": "0"}, SYNC, 404),
    ("REPORT", "/ada/", XML | {"Depth": "0"}, SYNC, 403),
    ("PROPFIND", "/grace/", XML | {"Depth": "0"}, FIND, 403),
    ("GET", "/.well-known/caldav", {}, "", 404),
    ("PUT", f"{BOOK}new.vcf?overwrite=1", V, GOOD, 400),
    ("MKCOL", "/ada/a/b/", XML, f"<d:mkcol {D}><d:set><d:prop><d:displayname>B</d:displayname></d:prop></d:set></d:mkcol>",
     409),
    ("MKCOL", "/ada/new/", XML, f"<d:mkcol {D}><d:set><d:prop><d:displayname>B</d:displayname></d:prop></d:set></d:mkcol>",
     403),
    # headers
    ("PUT", f"{BOOK}new.vcf", V | {"X-Force": "1"}, GOOD, 400),
    ("PUT", f"{BOOK}new.vcf", V | {"Depth": "0"}, GOOD, 400),
    ("PUT", f"{BOOK}new.vcf", V | {"Overwrite": "T"}, GOOD, 400),
    ("GET", f"{BOOK}x.vcf", {"If-Match": '"a"'}, "", 400),
    ("PUT", f"{BOOK}x.vcf", V | {"If-Match": "unquoted"}, card("x"), 400),
    ("PUT", f"{BOOK}x.vcf", V | {"If-Match": 'W/"weak"'}, card("x"), 412),
    ("PUT", f"{BOOK}x.vcf", V | {"If-Match": '"old"'}, card("x"), 412),
    ("PUT", f"{BOOK}new.vcf", V | {"If-Match": "*"}, GOOD, 412),
    ("PUT", f"{BOOK}new.vcf", V | {"If-None-Match": '"etag"'}, GOOD, 400),
    ("PUT", f"{BOOK}new.vcf", V | {"If-None-Match": "*", "If-Match": "*"}, GOOD, 400),
    ("PUT", f"{BOOK}x.vcf", V | {"If-None-Match": "*"}, card("x"), 412),
    ("DELETE", f"{BOOK}x.vcf", {"If-Match": '"old"'}, "", 412),
    ("PUT", f"{BOOK}new.vcf", {"Content-Type": "application/json"}, GOOD, 403),
    ("PUT", f"{BOOK}new.vcf", {"Content-Type": "text/vcard; charset=iso-8859-1"}, GOOD, 403),
    # depths
    ("PROPFIND", BOOK, XML, FIND, 403),
    ("PROPFIND", BOOK, XML | {"Depth": "infinity"}, FIND, 403),
    ("PROPFIND", BOOK, XML | {"Depth": "2"}, FIND, 400),
    ("REPORT", BOOK, XML | {"Depth": "1"}, SYNC, 400),
    ("REPORT", BOOK, XML, MULTIGET, 400),
    ("REPORT", BOOK, XML | {"Depth": "0"}, QUERY, 400),
    # bodies
    ("DELETE", f"{BOOK}x.vcf", {}, "why", 400),
    ("PROPFIND", BOOK, XML | {"Depth": "0"}, "", 400),
    ("PROPFIND", BOOK, XML | {"Depth": "0"}, "<d:propfind", 400),
    ("PROPFIND", BOOK, {"Content-Type": "text/plain", "Depth": "0"}, FIND, 415),
    ("PROPFIND", BOOK, XML | {"Depth": "0"}, f"<!DOCTYPE x [<!ENTITY e 'x'>]>{FIND}", 400),
    ("PROPFIND", BOOK, XML | {"Depth": "0"}, FIND.replace("<d:displayname/>", ""), 400),
    ("PROPFIND", BOOK, XML | {"Depth": "0"}, FIND.replace("<d:displayname/>", "<d:displayname>x</d:displayname>"), 400),
    ("PROPFIND", BOOK, XML | {"Depth": "0"}, FIND.replace("</d:prop>", "</d:prop><d:prop><d:owner/></d:prop>"), 400),
    ("REPORT", BOOK, XML | {"Depth": "0"}, FIND, 400),
    ("REPORT", BOOK, XML | {"Depth": "0"}, SYNC.replace("<d:sync-level>1</d:sync-level>", ""), 400),
    ("REPORT", BOOK, XML | {"Depth": "0"}, SYNC.replace(">1<", ">infinite<"), 403),
    ("REPORT", BOOK, XML | {"Depth": "0"}, SYNC.replace(">1<", ">2<"), 400),
    ("REPORT", BOOK, XML | {"Depth": "0"}, SYNC.replace("<d:sync-token/>", "<d:sync-token>old</d:sync-token>"), 403),
    ("REPORT", BOOK, XML | {"Depth": "0"}, SYNC.replace("<d:prop>", "<d:limit><d:nresults>0</d:nresults></d:limit><d:prop>"),
     400),
    ("REPORT", BOOK, XML | {"Depth": "0"}, SYNC.replace("<d:prop>", "<d:since>2026</d:since><d:prop>"), 400),
    ("REPORT", BOOK, XML | {"Depth": "0"}, MULTIGET.replace(f"<d:href>{BOOK}x.vcf</d:href>", ""), 400),
    ("REPORT", BOOK, XML | {"Depth": "1"}, QUERY.replace("<c:text-match>", '<c:text-match match-type="like">'), 400),
    ("REPORT", BOOK, XML | {"Depth": "1"}, QUERY.replace("<c:text-match>", '<c:text-match collation="i;none">'), 403),
    ("REPORT", BOOK, XML | {"Depth": "1"}, QUERY.replace("<c:text-match>", '<c:text-match case="no">'), 400),
    ("REPORT", BOOK, XML | {"Depth": "1"}, QUERY.replace(' name="UID"', ""), 400),
    # cards
    ("PUT", f"{BOOK}new.vcf", V, "", 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("\r\n", "\n"), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("FN:Anna Virtanen\r\n", ""), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("N:Virtanen;Anna;;;\r\n", ""), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("UID:new-1", "UID:"), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("3.0", "2.1"), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD + card("new-2"), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("END", "EMAIL;TYPE=a;b:c@x.test\r\nEND"), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("END", "no colon\r\nEND"), 400),
    ("PUT", f"{BOOK}new.vcf", V, GOOD.replace("END", "UID:twice\r\nEND"), 400),
    ("PUT", f"{BOOK}new.vcf", V, card("x"), 409),
    ("PUT", f"{BOOK}x.vcf", V, GOOD, 409),
]


async def ask(call: tuple[str, str, dict[str, str], str, int], server: Server) -> httpx.Response:
    method, path, headers, body, _ = call
    return await server.send(method, path, headers=headers, content=body.encode() or None)


def test_undocumented_and_malformed_requests_are_refused() -> None:
    assert len(REFUSED) >= 30
    wrong = []
    for call in [*ACCEPTED, *REFUSED]:
        server = sandbox()
        server.world.put(f"{BOOK}x.vcf", card("x"))
        before = server.world.list(BOOK)
        answer = run(ask(call, server))
        changed = server.world.list(BOOK) != before
        if answer.status_code != call[4] or (changed and call[4] >= 300):
            wrong.append((call, answer.status_code, answer.text))
    assert wrong == []


@pytest.mark.parametrize("login", [None, ("ada", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_nobody_gets_in_without_the_password(login: tuple[str, str] | None) -> None:
    async def status() -> httpx.Response:
        transport = httpx.ASGITransport(app=sandbox().app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", auth=login) as client:
            return await client.request("PROPFIND", "/", headers=XML | {"Depth": "0"}, content=FIND)

    answer = run(status())
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")


def test_the_demo_serves_without_options() -> None:
    world = create_app().state.world
    assert world.users
    assert list(world.books)


def test_a_book_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="one of the users"):
        create_app(users={USER: "x"}, books={"/other/book/": "B"})


def test_the_side_door() -> None:
    world = sandbox().world
    world.put(f"{BOOK}å.vcf", card("a"))
    assert world.get(f"{BOOK}%C3%A5.vcf") == card("a")
    assert world.list(BOOK) == {"å.vcf": card("a")}
    world.delete(f"{BOOK}å.vcf")
    assert world.list(BOOK) == {}
    world.remove_book(BOOK)
    assert world.books == {}


def test_the_sandbox_shares_no_code_with_the_connector() -> None:
    folder = Path(sandbox_module.__file__).parent
    own = {file.stem for file in folder.glob("sandbox*.py")}
    for file in folder.glob("sandbox*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            if module == "hub_carddav":
                assert set(names) <= own
            elif module.startswith("hub_carddav."):
                assert module.partition(".")[2] in own
            assert not (module == "hub" or module.startswith("hub.") or "hub" in names)
