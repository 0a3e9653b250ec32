"""The protocol's own shapes: request bodies and answers of WebDAV (RFC 4918), its ACL (RFC 3744), collection
synchronization (RFC 6578) and CardDAV (RFC 6352)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

import defusedxml.ElementTree as SafeTree  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

from hub_carddav.contentline import decode

DAV = "{DAV:}"
CARD = "{urn:ietf:params:xml:ns:carddav}"
XML = {"Content-Type": "application/xml; charset=utf-8", "Accept": "application/xml, text/xml"}
VCARD = {"Content-Type": "text/vcard; charset=utf-8", "Accept": "text/vcard"}

_NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"'
_CARD_PROPS = "<d:prop><d:getetag/><c:address-data/></d:prop>"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(x[0-9a-fA-F]+|[0-9]+);")

PLACE_PROPS = (
    "d:resourcetype", "d:displayname", "d:current-user-principal", "c:addressbook-home-set",
    "d:current-user-privilege-set", "d:supported-report-set", "c:supported-address-data",
)  # fmt: skip
"""What discovery asks of a resource."""


class NotDav(ValueError):
    """An answer that is not what RFC 4918 has. ``str()`` says what is wrong with it, without anything of its content."""


@dataclass(frozen=True, slots=True)
class Member:
    """One DAV:response. ``status`` is of the member (404: removed); ``props`` are those it has."""

    path: str
    status: int
    props: dict[str, Element] = field(default_factory=dict)

    @property
    def etag(self) -> str | None:
        return _text(self.props.get(f"{DAV}getetag"))

    @property
    def card(self) -> str | None:
        """The vCard, or None where the server did not send it."""
        data = self.props.get(f"{CARD}address-data")
        return None if data is None or not data.text else data.text


@dataclass(frozen=True, slots=True)
class Multistatus:
    """A 207 answer. ``truncated``: there is more behind ``token`` (RFC 6578 3.6)."""

    members: list[Member]
    token: str | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What a resource says it is, for discovery."""

    path: str
    is_book: bool
    name: str
    principal: str | None
    homes: tuple[str, ...]
    can_write: bool
    reports: frozenset[str]
    versions: frozenset[str]


def propfind(props: Iterable[str] = PLACE_PROPS) -> str:
    wanted = "".join(f"<{prop}/>" for prop in props)
    return f'<?xml version="1.0" encoding="utf-8"?><d:propfind {_NAMESPACES}><d:prop>{wanted}</d:prop></d:propfind>'


def sync_collection(token: str, *, cards: bool = True, limit: int | None = None) -> str:
    """RFC 6578 6.1. ``token`` "": everything. ``cards``: with the vCards, else only ETags. ``limit``: RFC 6578 3.7."""
    most = f"<d:limit><d:nresults>{limit}</d:nresults></d:limit>" if limit else ""
    props = _CARD_PROPS if cards else "<d:prop><d:getetag/></d:prop>"
    return (
        f'<?xml version="1.0" encoding="utf-8"?><d:sync-collection {_NAMESPACES}><d:sync-token>{escape(token)}'
        f"</d:sync-token><d:sync-level>1</d:sync-level>{most}{props}</d:sync-collection>"
    )


def multiget(paths: Sequence[str]) -> str:
    """RFC 6352 10.7. At least one path."""
    hrefs = "".join(f"<d:href>{escape(path)}</d:href>" for path in paths)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><c:addressbook-multiget {_NAMESPACES}>{_CARD_PROPS}{hrefs}'
        "</c:addressbook-multiget>"
    )


def query_uids(uids: Sequence[str]) -> str:
    """RFC 6352 10.3: cards whose UID is one of these."""
    tests = "".join(
        '<c:prop-filter name="UID"><c:text-match collation="i;unicode-casemap" match-type="equals">'
        f"{escape(uid)}</c:text-match></c:prop-filter>"
        for uid in uids
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><c:addressbook-query {_NAMESPACES}>{_CARD_PROPS}'
        f'<c:filter test="anyof">{tests}</c:filter></c:addressbook-query>'
    )


def multistatus(content: bytes, asked: str) -> Multistatus:
    """Read a 207 answer to a request on the path ``asked``. Raises NotDav."""
    root = _parse(content)
    if root.tag != f"{DAV}multistatus":
        raise NotDav("the answer is not a DAV:multistatus")
    members, truncated = [], False
    for response in root.iterfind(f"{DAV}response"):
        member = _member(response)
        if member.status == 507 and same_path(member.path, asked):
            truncated = True
        else:
            members.append(member)
    return Multistatus(members, _text(root.find(f"{DAV}sync-token")), truncated)


def conditions(content: bytes) -> frozenset[str]:
    """Local names of the preconditions a DAV:error names (RFC 4918 16); empty where there is none."""
    try:
        root = _parse(content)
    except NotDav:
        return frozenset()
    return frozenset(child.tag.partition("}")[2] for child in root) if root.tag == f"{DAV}error" else frozenset()


def place(member: Member) -> Place:
    props = member.props
    privileges = props.get(f"{DAV}current-user-privilege-set")
    granted = {each.tag for each in privileges.iterfind(f"{DAV}privilege/*")} if privileges is not None else set()
    return Place(
        path=member.path,
        is_book=_has(props.get(f"{DAV}resourcetype"), f"{CARD}addressbook"),
        name=_text(props.get(f"{DAV}displayname")) or "",
        principal=next(iter(_hrefs(props.get(f"{DAV}current-user-principal"))), None),
        homes=_hrefs(props.get(f"{CARD}addressbook-home-set")),
        # a server without access control lists does not tell (RFC 3744 5.4)
        can_write=privileges is None or bool(granted & {f"{DAV}all", f"{DAV}write", f"{DAV}write-content"}),
        reports=frozenset(r.tag for r in props.get(f"{DAV}supported-report-set", Element("")).iterfind(
            f"{DAV}supported-report/{DAV}report/*")),
        versions=frozenset(t.get("version", "3.0") for t in props.get(f"{CARD}supported-address-data", ())),
    )


def path_of(href: str) -> str:
    """The path of an href, which may be a whole URL (RFC 4918 8.3)."""
    return urlsplit(href.strip()).path if "://" in href else href.strip()


def same_path(x: str, y: str) -> bool:
    """Servers quote one path differently, and forget the last slash of a collection."""
    return x.rstrip("/") == y.rstrip("/") or unquote(x).rstrip("/") == unquote(y).rstrip("/")


def name_in(path: str, book: str) -> str | None:
    """The name of a member directly in the address book, unquoted; None for the book itself and for collections."""
    parent, _, name = path.rpartition("/")
    return unquote(name) if name and same_path(parent, book) else None


def member_path(book: str, name: str) -> str:
    return f"{book.rstrip('/')}/{quote(name, safe='')}"


def _parse(content: bytes) -> Element:
    try:
        return _read(content)
    except ParseError:
        pass
    try:  # a control character or a fold inside a letter in one card must not hide the whole address book
        return _read(_CONTROL.sub(_without_control, decode(content)))
    except ParseError:
        raise NotDav("the answer is not XML, or only a part of it") from None


def _read(content: bytes | str) -> Element:
    try:
        root: Element = SafeTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise NotDav("the answer brings its own document type, which is refused") from None
    return root


def _without_control(found: re.Match[str]) -> str:
    """A character reference is kept when XML allows its character (XML 1.0 2.2)."""
    number = found[1] or "0"
    code = int(number[1:], 16) if number.startswith("x") else int(number)
    return found[0] if code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF else ""


def _member(response: Element) -> Member:
    href = _text(response.find(f"{DAV}href"))
    if not href:
        raise NotDav("a DAV:response has no DAV:href")
    own = _text(response.find(f"{DAV}status"))
    if own:
        return Member(path_of(href), _code(own))
    props = {
        prop.tag: prop
        for stat in response.iterfind(f"{DAV}propstat")
        if _code(_text(stat.find(f"{DAV}status")) or "") == 200
        for prop in stat.iterfind(f"{DAV}prop/*")
    }
    return Member(path_of(href), 200, props)


def _code(status: str) -> int:
    """``HTTP/1.1 404 Not Found``"""
    words = status.split()
    if len(words) < 2 or not words[1].isdecimal():
        raise NotDav("a DAV:status is no status line")
    return int(words[1])


def _text(element: Element | None) -> str | None:
    return (element.text or "").strip() or None if element is not None else None


def _has(element: Element | None, child: str) -> bool:
    return element is not None and element.find(child) is not None


def _hrefs(element: Element | None) -> tuple[str, ...]:
    found = (_text(href) for href in element.iterfind(f"{DAV}href")) if element is not None else ()
    return tuple(path_of(href) for href in found if href)
