"""vCard text as content lines (RFC 6350 3.3, RFC 2426 2, vCard 2.1), read leniently and written strictly.

A line nobody changes is written with the content it was read with; only its folding is made anew. What is not a content
line at all is kept as it is.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

VERSIONS = ("2.1", "3.0", "4.0")

_BREAK = re.compile(r"\r\n|\n|\r")
_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_CODED = re.compile("QUOTED-PRINTABLE|BASE64", re.IGNORECASE)
_HEAD = re.compile(r'(?:([\w-]+)\.)?([\w-]+)((?:;(?:[^":]|"[^"]*")*)?):', re.ASCII)
_LOOSE_HEAD = re.compile(r"(?:([\w-]+)\.)?([\w-]+)((?:;[^:]*)?):", re.ASCII)  # a lone quotation mark among the params
_PARAM = re.compile(r'((?:[^";]|"[^"]*"|")*)(?:;|$)')
_ITEM = re.compile(r'((?:[^",]|"[^"]*"|")*)(?:,|$)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPLIT_FOLD = re.compile(rb"([\xc2-\xf4][\x80-\xbf]{0,2})(?:\r\n|\n|\r)[ \t]([\x80-\xbf])")

Params = list[tuple[str, list[str]]]
"""(upper-case name, values without quotation marks); a bare word of vCard 2.1 has the name ""."""


class NotACard(ValueError):
    """This text is not one vCard. ``str()`` says why, without anything of its content."""


def decode(data: bytes) -> str:
    """UTF-8 text, also where a line was folded in the middle of a character (RFC 2426 folds octets)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        mended, count = data, 1
        while count:
            mended, count = _SPLIT_FOLD.subn(rb"\1\2", mended)
        return mended.decode("utf-8", errors="replace")


@dataclass(slots=True)
class Line:
    """One property. ``value`` is unfolded and still escaped; quoted-printable is already decoded.

    ``text``   the logical line as read; "" once something of it was changed
    ``name``   upper case; "" for a line that is kept but not understood
    """

    name: str
    value: str
    params: Params = field(default_factory=list)
    group: str = ""
    text: str = ""

    def param(self, name: str) -> str | None:
        """The first value of a parameter, or None."""
        return next((values[0] for key, values in self.params if key == name and values), None)

    def words(self) -> list[str]:
        """TYPE values and bare words, lower case, in order: ``TYPE=a,b``, ``TYPE=a;TYPE=b``, ``TYPE="a,b"``, ``;a;b``."""
        return [] if not self.params else [word.strip().lower() for key, values in self.params if key in ("TYPE", "")
                for value in values for word in value.split(",")]

    def changed(self, *, value: str | None = None, params: Params | None = None) -> None:
        self.value = self.value if value is None else value
        self.params = self.params if params is None else params
        self.text = ""


@dataclass(slots=True)
class Card:
    """One vCard: its version and its lines without BEGIN and END."""

    version: str
    lines: list[Line]

    @classmethod
    def read(cls, text: str) -> Card:
        """Raises NotACard. Unknown versions are read as 4.0's grammar, which is the strictest about nothing."""
        lines = [_line(one) for one in _logical(text)]
        if not lines or not _is(lines[0], "BEGIN") or not _is(lines[-1], "END"):
            raise NotACard("it does not start with BEGIN:VCARD and end with END:VCARD")
        body, depth = [], 0
        for line in lines[1:-1]:
            opens, closes = _is(line, "BEGIN"), _is(line, "END")
            if closes and depth == 0:
                raise NotACard("it holds more than one card")
            depth += opens - closes
            body.append(Line("", "", text=line.text) if depth or closes else line)  # AGENT of 2.1: a card in a card
        if depth:
            raise NotACard("a card inside it does not end")
        version = next((line.value.strip() for line in body if line.name == "VERSION"), "")
        if not version:
            raise NotACard("it has no VERSION")
        return cls(version, body)

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def first(self, name: str) -> Line | None:
        for line in self.lines:
            if line.name == name:
                return line
        return None

    def add(self, line: Line) -> None:
        """Put a new property after the last one of its name, else at the end."""
        place = max((i for i, other in enumerate(self.lines, 1) if other.name == line.name), default=len(self.lines))
        self.lines.insert(place, line)

    def drop(self, line: Line) -> None:
        """Take a property out, with the X- properties that only described it (item1.X-ABLabel)."""
        self.lines = [other for other in self.lines if other is not line]
        mates = [other for other in self.lines if line.group and other.group == line.group]
        if mates and all(mate.name.startswith("X-") for mate in mates):
            self.lines = [other for other in self.lines if not any(other is mate for mate in mates)]

    def mate(self, line: Line, name: str) -> Line | None:
        """The property ``name`` of the same group, if the line has a group."""
        return next((o for o in self.lines if line.group and o.group == line.group and o.name == name), None)

    def text(self) -> str:
        """The whole card with CRLF, folded at 75 octets (RFC 6350 3.2)."""
        body = (line.text or _written(line, self.version) for line in self.lines)
        lines = (one if _is_quoted(one) else fold(one) for one in ("BEGIN:VCARD", *body, "END:VCARD"))
        return "".join(f"{one}\r\n" for one in lines)

    def plain(self, value: str) -> str:
        """An escaped value as text (RFC 6350 3.4; 2.1 escapes nothing but separators)."""
        if "\\" not in value:
            return value
        if self.version == "2.1":
            return re.sub(r"\\([;,:\\])", r"\1", value)
        return _ESCAPE.sub(_unescaped, value)

    def escaped(self, text: str, *, listed: bool = False) -> str:
        """Text as a value, or (``listed``) as one piece of a list. In 2.1 only lists know a comma."""
        if self.version == "2.1":
            text = text.replace("\\", "\\\\").replace(";", "\\;")
            return text.replace(",", "\\,") if listed else text
        text = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
        return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def parts(value: str, separator: str) -> list[str]:
    """Split at separators that are not escaped; the pieces stay escaped."""
    if "\\" not in value:
        return value.split(separator)
    pieces, start, i = [], 0, 0
    while i < len(value):
        if value[i] == "\\":
            i += 1
        elif value[i] == separator:
            pieces.append(value[start:i])
            start = i + 1
        i += 1
    return [*pieces, value[start:]]


def fold(line: str) -> str:
    """At most 75 octets a physical line, never inside a character."""
    if len(line) <= 75 and (line.isascii() or len(line.encode("utf-8", "replace")) <= 75):
        return line
    pieces: list[str] = []
    piece: list[str] = []
    size = 0
    for character in line:
        octets = 1 if character < "\x80" else len(character.encode("utf-8", "replace"))
        if size + octets > 75:
            pieces.append("".join(piece))
            piece, size = [], 1
        piece.append(character)
        size += octets
    return "\r\n ".join([*pieces, "".join(piece)])


def _logical(text: str) -> Iterable[str]:
    """Unfolded lines that hold something."""
    text = text.removeprefix("\ufeff")
    lines = _old_logical(text) if _CODED.search(text) else _FOLD.sub("", text).replace("\r", "\n").split("\n")
    return [line for line in lines if line and not line.isspace()]


def _old_logical(text: str) -> Iterator[str]:
    """Also joined: soft breaks of quoted-printable, and base64 that an old program did not indent (vCard 2.1)."""
    current = ""
    for physical in _BREAK.split(text):
        if current and physical[:1] in (" ", "\t"):
            current = (current.removesuffix("=") if _is_quoted(current) else current) + physical[1:]
        elif current.endswith("=") and _is_quoted(current):
            current = current[:-1] + physical
        elif physical and ":" not in physical and "BASE64" in current.partition(":")[0].upper():
            current += physical
        else:
            yield current
            current = physical
    yield current


def _is_quoted(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _is(line: Line, name: str) -> bool:
    return line.name == name and line.value.strip().upper() == "VCARD"


def _line(text: str) -> Line:
    found = _HEAD.match(text) or _LOOSE_HEAD.match(text)
    if not found:
        return Line("", "", text=text)
    group, name, head = found.groups()
    value = text[found.end():]
    params = _params(head) if head else []
    if head and "QUOTED-PRINTABLE" in head.upper():
        charset = next((v[0] for k, v in params if k == "CHARSET" and v), "utf-8")
        octets = quopri.decodestring(value.encode("utf-8", "replace")).replace(b"\r\n", b"\n")
        try:
            value = octets.decode(charset)
        except (UnicodeDecodeError, LookupError):
            value = octets.decode("utf-8", errors="replace")
    return Line(name.upper(), value, params, group or "", text)


def _params(head: str) -> Params:
    found: Params = []
    for one in _pieces(_PARAM, head[1:]):
        name, equals, values = one.partition("=")
        if not equals:
            found.append(("", [one.strip()]))
        else:
            found.append((name.strip().upper(), [v.strip().replace('"', "") for v in _pieces(_ITEM, values)]))
    return found


def _pieces(pattern: re.Pattern[str], text: str) -> Iterable[str]:
    if '"' not in text:
        return text.split(";" if pattern is _PARAM else ",")
    pieces = [match[1] for match in pattern.finditer(text)]  # ends with the empty piece behind the text
    return pieces if text.endswith((";", ",")) else pieces[:-1]


def _written(line: Line, version: str) -> str:
    params = [(k, v) for k, v in line.params if k not in ("ENCODING", "CHARSET") and v != ["QUOTED-PRINTABLE"]]
    value = line.value
    if version == "2.1" and ("\n" in value or not value.isascii()):
        value = value.replace("\n", "\r\n")
        params += [("ENCODING", ["QUOTED-PRINTABLE"]), ("CHARSET", ["UTF-8"])]
        value = "".join(f"={octet:02X}" if octet < 32 or octet > 126 or octet == 61 else chr(octet)
                        for octet in value.encode("utf-8", "replace"))
    head = "".join(f";{key}={','.join(map(_quoted, values))}" if key else f";{values[0]}" for key, values in params)
    return f"{line.group}{'.' if line.group else ''}{line.name}{head}:{value}"


def _quoted(value: str) -> str:
    return f'"{value}"' if any(c in value for c in ",;:") else value


def _unescaped(found: re.Match[str]) -> str:
    letter = found[1]
    if letter in "nN":
        return "\n"
    return str(letter) if letter in "\\,;:" else found[0]
