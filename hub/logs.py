"""Logs in which nothing of a person and no secret appears.

Our own events and those of libraries pass the same steps: only known keys, scalar values, e-mail addresses, phone
numbers and credentials masked, tracebacks without local values. ``logger`` does so even before ``set_up``. The masks
are the second line: what is not a known pattern (a name) must not be put into an event in the first place.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, ProcessorReturnValue, WrappedLogger

from hub.errors import HubError

KEYS = frozenset({
    "event", "level", "logger", "timestamp", "exception", "run", "cycle", "phase", "plan", "system", "entity",
    "kind", "connector", "contact", "link", "write", "conflict", "candidate", "rule", "state", "status", "op",
    "method", "place", "attempt", "error", "seconds", "bytes", "requests", "retry_after_s", "host", "port", "file",
    "line", "version", "cause", "page", "chunk", "records", "changes", "upserted", "gone", "edits", "merged",
    "linked", "conflicts", "held", "planned", "sent", "done", "refused", "unknown", "created", "updated", "deleted",
    "parked", "behind", "count", "limit",
})  # fmt: skip
"""Keys an event may have; others are dropped, and ``left_out`` counts them. Ids here are the hub's own."""

QUIET = ("httpx", "httpcore", "alembic", "sqlalchemy", "uvicorn.access", "asyncio", "multipart")
"""Libraries whose chatter quotes addresses, headers or statements: warnings and worse only."""

# Each pattern takes linear time on any text: possessive or bounded repeats, and few places to start from.
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(https?://)[^\s/@]+@"), r"\1"),
    (re.compile(r"(https?://[^\s?#\"'<>]{0,2000}+)[?#][^\s\"'<>]*"), r"\1"),
    (re.compile(r"\beyJ[\w-]{4,}+\.[\w-]++(?:\.[\w-]*+)*+"), "‹token›"),
    (re.compile(r"\b(bearer)\s+[\w.~+/=-]{4,}", re.I), r"\1 ‹secret›"),
    (re.compile(r"\b(basic)\s+(?=\S*[\d=])[\w+/=-]{6,}", re.I), r"\1 ‹secret›"),
    (re.compile(r"((?:api[_-]?key|access[_-]?key|token|secret|passw(?:or)?d|authorization)\b[\"']?\s*[=:]\s*)"
                r"(?!bearer|basic)(?:\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)", re.I), r"\1‹secret›"),
    (re.compile(r"(?<![\w.!#$*+^`{|}~-])[\w.!#$*+^`{|}~-]++(?:@|%40)[\w-]++(?:\.[\w-]++)*+"), "‹e-mail›"),
)
_UUID = r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
_PHONE = (
    r"(?<![\w+.-])(?:"
    r"(?:\+|00)[1-9](?:[ ()./-]{0,2}[0-9]){6,14}"  # international: E.164 has at most 15 digits
    r"|(?<!:)\(?0[0-9](?:[ ()/-]{0,2}[0-9]){5,11}"  # national, with a trunk 0
    r"|(?<!:)(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}"  # North America
    r")(?![\w-])"
)
_UUID_OR_PHONE = re.compile(f"(?P<id>{_UUID})|{_PHONE}", re.I)

_TELLS_CODE = (
    AssertionError, AttributeError, ImportError, MemoryError, NameError, NotImplementedError, RecursionError,
    SyntaxError, TypeError,
)  # fmt: skip
"""Errors whose text names code. The text of others (KeyError, a database's, a validator's) quotes values."""

FULL = 5_000_000
"""Bytes of a log file that is full."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def scrub(text: str) -> str:
    """``text`` with e-mail addresses, phone numbers, credentials, URL logins and URL queries masked."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return _UUID_OR_PHONE.sub(lambda found: found["id"] or "‹phone›", text)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that goes through the standard library, scrubbed whether or not ``set_up`` ran."""
    return cast(
        "structlog.stdlib.BoundLogger",
        structlog.wrap_logger(logging.getLogger(name), processors=_OURS, wrapper_class=structlog.stdlib.BoundLogger),
    )


def hush() -> None:
    """Silence the chatter of ``QUIET``, whether or not ``set_up`` runs."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def set_up(json: bool = False, level: str | int = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of this program to ``stream`` (stderr), as JSON lines or for people; ``level`` as in
    ``logging``. May be called again. Raises ValueError for an unknown level."""
    out = stream or sys.stderr
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=out.isatty())
    line = _Line(out)
    line.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_STEPS,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.setLevel(level.upper() if isinstance(level, str) else level)
    for old in [h for h in root.handlers if isinstance(h, _Line)]:
        root.removeHandler(old)
    root.addHandler(line)
    hush()
    structlog.configure(
        processors=_OURS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class LogFile(io.TextIOBase):
    """A file to write lines to. When it is full it becomes ``NAME.1``, in place of the one before, and a new one begins: of a
    log that nobody looks at there are two files. Raises OSError where it cannot be opened."""

    def __init__(self, path: Path, most: int = FULL) -> None:
        self.path, self.most = path, most
        self._file = path.open("a", encoding="utf-8")

    def write(self, text: str) -> int:
        if self._file.tell() > self.most:
            self._begin_anew()
        return self._file.write(text)

    def _begin_anew(self) -> None:
        self._file.close()
        with suppress(OSError):  # on Windows while another program reads it: then it goes on growing
            self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._file = self.path.open("a", encoding="utf-8")

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        self._file.close()
        super().close()


class _Line(logging.StreamHandler[TextIO]):
    """A line that cannot be written is told without its content; the standard library would print the arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (the library's name)
        try:
            self.stream.write(f"A log line of {record.name} could not be written.\n")
        except (OSError, ValueError):
            pass  # the stream itself is gone


def _exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """``exc_info`` becomes ``exception``: types, places in the code, and only texts that are known to be safe."""
    told = event.pop("exc_info", None)
    error = told if isinstance(told, BaseException) else told[1] if isinstance(told, tuple) else None
    if told is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = "".join(_traceback(error, set()))
    return event


def _traceback(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _traceback(before, seen)
        yield "then\n"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n'
    shown = isinstance(error, (HubError, *_TELLS_CODE))
    yield f"{type(error).__module__}.{type(error).__qualname__}: {error if shown else '(text left out)'}\n"
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        if id(part) not in seen:
            yield from _traceback(part, seen)


def _known_keys(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    meta = {k: event.pop(k) for k in ("_record", "_from_structlog") if k in event}
    kept = {k: v for k, v in event.items() if k in KEYS}
    if len(kept) < len(event):
        kept["left_out"] = len(event) - len(kept)
    return {**kept, **meta}


def _scrubbed(_: WrappedLogger, __: str, event: EventDict) -> ProcessorReturnValue:
    return {k: v if k in ("_record", "_from_structlog", "timestamp") else _plain(k, v) for k, v in event.items()}


def _plain(key: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        return f"({type(value).__name__})"
    # a vendor's words must not start a line of their own, nor colour a terminal
    return _CONTROL.sub(lambda c: c[0] if key == "exception" and c[0] == "\n" else repr(c[0])[1:-1], scrub(value))


_STEPS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _exception,
    _known_keys,
    _scrubbed,
]
_OURS: list[structlog.typing.Processor] = [
    structlog.stdlib.filter_by_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    *_STEPS,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]
