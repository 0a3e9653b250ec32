"""Who may see what, proved on the wire: every (system, unit) of which anything was sent is one that the config allows."""

from __future__ import annotations

import base64
import html
import json
import quopri
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from canary_story import CANARIES, Canary, Run, full_run
from wire_log import readings

from hub.mapping import load_mapping
from hub.plugins import registry
from hub.rules.rulebook import SystemRules
from hub_demo import workspace
from hub_demo.association import MAILBOX, STAFF
from hub_demo.further import EVERY

DOCS = Path(__file__).parents[2] / "docs" / "example.md"
Pairs = set[tuple[str, str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return full_run(tmp_path_factory.mktemp("canaries"))


# ---- what the files say, read without the rules that apply them

def allowed() -> Pairs:
    """What may be sent to a system: its mapping has a place for it, names it under ``allow``, and takes such a contact. A
    withdrawal of consent goes wherever there is a place for it."""
    mappings = workspace.example() / "mappings"
    defaults = {kind.kind: kind.mapping for kind in registry().kinds.values()}
    tables = {system: load_mapping(mappings / f"{system}.toml", defaults)["contact"] for system in EVERY}
    return {(system, each.name) for system, table in tables.items() for each in CANARIES
            if _takes(table, each) and _has_place(table, each) and (_named(table, each) or each.unit == "consents")}


def _takes(table: Mapping[str, Any], each: Canary) -> bool:
    where, orgs = table.get("filter") or {}, {"unit": "kind", "is": "org"}
    if each.kind == "individual":  # she is a volunteer and a donor: in all filters that are not for organisations alone
        return orgs not in where.get("all", ())
    return "fixed" not in table["fields"]["kind"] and (not where or orgs in (*where.get("any", ()), *where.get("all", ())))


def _named(table: Mapping[str, Any], each: Canary) -> bool:
    return any(fnmatchcase(each.unit.partition("[")[0], pattern) for pattern in table["allow"])


def _has_place(table: Mapping[str, Any], each: Canary) -> bool:
    base, _, key = each.unit.rstrip("]").partition("[")
    if base in ("name.given", "name.family") and "fullname" in table:
        return True
    given = table["fields"].get(base) or table["sets"].get(base)
    specs = given if isinstance(given, list) else [given] if given else []
    fitting = [s for s in specs if s.get("only", each.kind) == each.kind and s.get("direction", "both") in ("both", "to")]
    return any(not key or key in _keys(spec) for spec in fitting)


def _keys(spec: Mapping[str, Any]) -> set[str]:
    if "fixed" in spec:
        return {each["key"] for each in spec["fixed"]}
    return set(spec["key"]["codec"]["values"])


def sent_back(pairs: Pairs) -> Pairs:
    """Without what a system was told that it has said itself: a card is written whole, the staff's own notes in it too."""
    typed = {(system, each.name) for each in CANARIES for system in each.typed_in}
    return pairs - typed


def due(pairs: Pairs) -> Pairs:
    """Of what may be sent, what a system did not know by itself."""
    known = {(each.typed_in[0], each.name) for each in CANARIES if len(set(each.typed_in)) == 1}
    return pairs - known


# ---- the proof

def test_only_what_the_config_allows_was_sent(run: Run) -> None:
    assert len({each.name for each in CANARIES}) == len(CANARIES) >= 12
    assert set(run.sent) == set(EVERY)
    assert sent_back(run.seen()) - allowed() == set()


def test_what_is_allowed_was_sent_and_found(run: Run) -> None:
    """Else a word that is never found would prove nothing."""
    assert due(allowed()) - run.seen() == set()


def test_the_table_in_the_docs_is_what_was_seen(run: Run) -> None:
    made = table(run.seen())
    assert made in DOCS.read_text(encoding="utf-8"), f"docs/example.md, Who may see what, is now:\n\n{made}"


def table(seen: Pairs) -> str:
    """``typed``: somebody typed it there; ``sent``: the hub sent it there."""
    lines = ["| Unit | " + " | ".join(EVERY) + " |", "|---" * (len(EVERY) + 1) + "|"]
    for each in CANARIES:
        cells = [", ".join(word for word, there in (("typed", system in each.typed_in), ("sent", (system, each.name) in seen))
                           if there) for system in EVERY]
        lines.append(f"| {each.name} | " + " | ".join(cells) + " |")
    return "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines) + "\n"


# ---- a protected person

def test_a_protected_persons_number_and_address_go_only_where_they_are_named(tmp_path: Path) -> None:
    """The CRM says who is protected. The mailbox and the address book allow phones and addresses by a pattern, so not by name."""
    def prepare(home: Path) -> None:
        flag = '[contact.fields."protected"]\nat = "do_not_trade"\n\n'
        _replace(home / "mappings" / "crm.toml", "# These tags", f"{flag}# These tags")
        _replace(home / "mappings" / "mailbox.toml", '"phones"', '"phone*"')
        _replace(home / "mappings" / "staff.toml", '"addresses"', '"addr*"')

    known = full_run(tmp_path / "known", prepare=prepare).seen()
    hidden = full_run(tmp_path / "protected", prepare=prepare, do_not_trade=True).seen()
    assert sent_back(known) == sent_back(known) & allowed()
    assert known - hidden == {(MAILBOX, "phones"), (STAFF, "addresses[home]")}


def _replace(path: Path, this: str, by: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(this) == 1
    path.write_text(text.replace(this, by), encoding="utf-8")


# ---- the proof can fail

def test_a_leak_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted bug: one rule lets notes through to the mailbox, and nothing else."""
    real = SystemRules.may_leave_to
    monkeypatch.setattr(SystemRules, "may_leave_to", lambda self, entity, unit: (
        (self.name, unit) == (MAILBOX, "notes") or real(self, entity, unit)))
    assert sent_back(full_run(tmp_path).seen()) - allowed() == {(MAILBOX, "notes (of an illness)")}


NOTE = next(each for each in CANARIES if each.name == "notes (of an illness)")
TEXT = NOTE.values[0].encode()
PACKINGS = {
    "in a URL": b"GET /x?q=" + quote(TEXT, safe="").encode(),
    "every letter of a URL": b"GET /x?q=" + "".join(f"%{byte:02X}" for byte in TEXT).encode(),
    "in a header": b"X-Told: " + TEXT,
    "a basic login": b"Authorization: Basic " + base64.b64encode(b"somebody:" + TEXT),
    "base64": base64.b64encode(b"some text before " + TEXT),
    "base64 for URLs": base64.urlsafe_b64encode("žluťoučký – ".encode() * 3 + TEXT).rstrip(b"="),
    "base64 in lines": base64.encodebytes(b"x" * 50 + TEXT + b"y" * 50).replace(b"\n", b"\r\n"),
    "JSON": json.dumps({"a": NOTE.values[0]}).encode(),
    "JSON, every letter": ('{"a":"' + "".join(f"\\u{ord(letter):04x}" for letter in NOTE.values[0]) + '"}').encode(),
    "JSON in JSON": json.dumps({"a": json.dumps({"b": "".join(f"\\u{ord(letter):04x}" for letter in NOTE.values[0])})}).encode(),
    "XML": html.escape(NOTE.values[0]).encode("ascii", "xmlcharrefreplace"),
    "XML, every letter": "".join(f"&#{ord(letter)};" for letter in NOTE.values[0]).encode(),
    "quoted-printable": b"x" * 70 + quopri.encodestring(b"x" * 66 + TEXT),
    "quoted-printable, every letter": "".join(f"={byte:02X}" for byte in TEXT).encode(),
    "multipart": b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b'{"a": "%s"}' % TEXT) + b"\r\n--b--",
    "a folded line": b"NOTE:" + TEXT[:6] + b"\r\n " + TEXT[6:],
    "capital letters": NOTE.values[0].upper().encode(),
}


@pytest.mark.parametrize("packed", PACKINGS.values(), ids=PACKINGS)
def test_a_value_is_found_however_it_is_packed(packed: bytes) -> None:
    assert Run({"survey": [packed]}).seen() == {("survey", NOTE.name)}


def test_nothing_is_found_where_nothing_is() -> None:
    assert Run({"survey": [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", base64.b64encode(bytes(range(256)) * 20)]}).seen() == set()
    assert readings(b"a%20b") >= {"a%20b", "a b"}
