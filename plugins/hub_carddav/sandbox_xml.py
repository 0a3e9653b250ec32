"""XML of the sandbox: request bodies are held against the definitions of the RFCs, answers are written as Radicale does.

Extension elements, which RFC 4918 17 lets a client send, are refused: a connector that sends some has a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

import defusedxml.ElementTree as SafeTree  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

D = "{DAV:}"
C = "{urn:ietf:params:xml:ns:carddav}"
_HEAD = "<?xml version='1.0' encoding='utf-8'?>\n"
_NS = 'xmlns="DAV:" xmlns:CR="urn:ietf:params:xml:ns:carddav"'

# element → (children exactly once, children at most once, children any number of times)
_Rule = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
_RULES: Mapping[str, _Rule] = {
    f"{D}propfind": ((f"{D}prop",), (), ()),  # RFC 4918 14.20; allprop and propname are not offered here
    f"{D}sync-collection": ((f"{D}sync-token", f"{D}sync-level", f"{D}prop"), (f"{D}limit",), ()),  # RFC 6578 6.1
    f"{D}limit": ((f"{D}nresults",), (), ()),  # RFC 5323 5.17
    f"{C}addressbook-multiget": ((f"{D}prop",), (), (f"{D}href",)),  # RFC 6352 10.7
    f"{C}addressbook-query": ((f"{D}prop", f"{C}filter"), (f"{C}limit",), ()),  # RFC 6352 10.3
    f"{C}limit": ((f"{C}nresults",), (), ()),  # RFC 6352 10.6
    f"{C}filter": ((), (), (f"{C}prop-filter",)),  # RFC 6352 10.5
    f"{C}prop-filter": ((), (f"{C}is-not-defined",), (f"{C}text-match",)),  # RFC 6352 10.5.1
    f"{D}mkcol": ((f"{D}set",), (), ()),  # RFC 5689 5.1
    f"{D}set": ((f"{D}prop",), (), ()),
    f"{D}resourcetype": ((f"{D}collection", f"{C}addressbook"), (), ()),  # RFC 6352 5.2
}
_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    f"{C}filter": ("test",),
    f"{C}prop-filter": ("name", "test"),
    f"{C}text-match": ("collation", "match-type", "negate-condition"),
}


class Malformed(ValueError):
    """A request body the RFCs do not have."""


def read(body: bytes, *, roots: Iterable[str]) -> Element:
    """The checked root of a request body. Raises Malformed."""
    try:
        root: Element = SafeTree.fromstring(body.decode("utf-8"), forbid_dtd=True)
    except (UnicodeDecodeError, ParseError, DefusedXmlException):
        raise Malformed("the body is no XML in UTF-8, or brings a document type") from None
    if root.tag not in roots:
        raise Malformed("no such element is defined for this method")
    _check(root, asks=root.tag != f"{D}mkcol")
    return root


def _check(element: Element, *, asks: bool) -> None:
    unknown = set(element.keys()) - set(_ATTRIBUTES.get(element.tag, ()))
    if unknown:
        raise Malformed(f"{element.tag} has no attribute {sorted(unknown)[0]}")
    children = [child.tag for child in element]
    if element.tag == f"{D}prop":
        if not children or len(set(children)) < len(children):
            raise Malformed("a DAV:prop names properties, each once")
    elif element.tag in _RULES and not (asks and element.tag == f"{D}resourcetype"):
        once, perhaps, many = _RULES[element.tag]
        for tag in {*once, *perhaps, *children}:
            if tag not in (*once, *perhaps, *many) or children.count(tag) < (tag in once):
                raise Malformed(f"{element.tag} has a child too much or too few")
            if tag in (*once, *perhaps) and children.count(tag) > 1:
                raise Malformed(f"{element.tag} has {tag} twice")
    elif children:
        raise Malformed(f"{element.tag} has no children")
    if children and (element.text or "").strip():
        raise Malformed(f"{element.tag} holds no text")
    for child in element:
        if asks and element.tag == f"{D}prop" and (len(child) or (child.text or "").strip() or child.keys()):
            raise Malformed("a property that is asked for is empty")
        _check(child, asks=asks)


def prop_names(root: Element) -> list[str]:
    return [child.tag for child in root.iterfind(f"{D}prop/*")]


def text_of(root: Element, path: str) -> str:
    return (root.findtext(path) or "").strip()


def multistatus(responses: Iterable[str], token: str = "") -> str:
    told = f"<sync-token>{escape(token)}</sync-token>" if token else ""
    return f"{_HEAD}<multistatus {_NS}>{told}{''.join(responses)}</multistatus>"


def error(condition: str) -> str:
    """A DAV:error naming one precondition (RFC 4918 16); ``CR:…`` for those of CardDAV."""
    return f"{_HEAD}<error {_NS}><{condition} /></error>"


def response(path: str, found: Mapping[str, str], missing: Iterable[str] = ()) -> str:
    """A DAV:response with properties. ``found``: Clark name → inner XML."""
    stats = ""
    if found:
        stats += _propstat("".join(_element(tag, inner) for tag, inner in found.items()), "200 OK")
    absent = "".join(_element(tag, "") for tag in missing)
    if absent:
        stats += _propstat(absent, "404 Not Found")
    return f"<response>{_href(path)}{stats}</response>"


def status(path: str, line: str, condition: str = "") -> str:
    """A DAV:response with only a status, such as ``404 Not Found`` for a removed member."""
    told = f"<error><{condition} /></error>" if condition else ""
    return f"<response>{_href(path)}<status>HTTP/1.1 {line}</status>{told}</response>"


def hrefs(*paths: str) -> str:
    return "".join(map(_href, paths))


def _href(path: str) -> str:
    return f"<href>{escape(quote(path, safe='/%'))}</href>"


def _propstat(props: str, line: str) -> str:
    return f"<propstat><prop>{props}</prop><status>HTTP/1.1 {line}</status></propstat>"


def _element(tag: str, inner: str) -> str:
    space, _, name = tag[1:].partition("}")
    if space == C[1:-1]:
        return f"<CR:{name}>{inner}</CR:{name}>" if inner else f"<CR:{name} />"
    own = "" if space == "DAV:" else f' xmlns="{escape(space)}"'
    return f"<{name}{own}>{inner}</{name}>" if inner else f"<{name}{own} />"
