"""Nothing of a person and no secret is in a log, whoever writes it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from hub import logs
from hub.errors import Misconfigured


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Written(io.StringIO):
    """A stream of JSON lines."""

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def written(root: logging.Logger) -> Written:
    stream = Written()
    logs.set_up(json=True, level="DEBUG", stream=stream)
    return stream


def test_a_line_has_its_event_and_known_keys(written: Written) -> None:
    logs.logger("hub.engine").info("pulled", system="crm", records=3, seconds=0.5, page=None)
    (line,) = written.lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "pulled", "system": "crm", "records": 3, "seconds": 0.5, "page": None,
        "logger": "hub.engine", "level": "info",
    }  # fmt: skip


def test_unknown_keys_are_dropped_and_counted(written: Written) -> None:
    logs.logger("hub").info("merged", name="Anna Virtanen", given="Anna", system="crm")
    (line,) = written.lines()
    assert line["left_out"] == 2
    assert line["system"] == "crm"
    assert "Anna" not in written.getvalue()


def test_values_that_are_not_plain_are_named_by_type(written: Written) -> None:
    logs.logger("hub").info("merged", changes={"name": "Anna"}, error=ValueError("Anna"), records=["Anna"])
    (line,) = written.lines()
    assert (line["changes"], line["error"], line["records"]) == ("(dict)", "(ValueError)", "(list)")


@pytest.mark.fault("P11", guard="hub.logs:_known_keys")
def test_the_libraries_pass_the_same_steps(written: Written) -> None:
    logging.getLogger("some.library").warning("no mailbox %s", "anna@example.org", extra={"who": "Anna"})
    structlog.get_logger("plain").warning("call +358 40 123 4567", who="Anna")
    first, second = written.lines()
    assert first["event"] == "no mailbox ‹e-mail›"
    assert (second["event"], second["left_out"]) == ("call ‹phone›", 1)
    assert "Anna" not in written.getvalue()


def test_bound_values_and_context_pass_the_same_steps(written: Written) -> None:
    with structlog.contextvars.bound_contextvars(run="r1", reviewer="Anna"):
        logs.logger("hub").bind(system="anna@example.org", who="Anna").warning("stopped")
    (line,) = written.lines()
    assert (line["run"], line["system"], line["left_out"]) == ("r1", "‹e-mail›", 2)


@pytest.mark.parametrize("name", logs.QUIET)
def test_chatty_libraries_are_quiet(written: Written, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(name), "propagate", True)  # a server of another test may have cut it off
    logging.getLogger(f"{name}.inner").info("GET https://crm.example.org/?key=s3cr3t")
    logging.getLogger(name).debug("INSERT … [parameters: ('Anna',)]")
    assert written.getvalue() == ""
    logging.getLogger(f"{name}.inner").warning("pool is empty")
    assert written.lines()[0]["event"] == "pool is empty"


def failing(secret: str) -> None:
    local = f"local {secret}"
    raise KeyError(local)


@pytest.mark.fault("X15", guard="hub.logs:_traceback")
def test_a_traceback_has_places_but_no_values(written: Written) -> None:
    secret = "".join(["An", "na"])
    try:
        try:
            failing(secret)
        except KeyError as error:
            error.add_note(f"note {secret}")
            raise Misconfigured("crm: the url is wrong. Mail anna@example.org.") from error
    except Misconfigured:
        logs.logger("hub").exception("failed")
        logging.getLogger("library").exception("failed too")
    for line in written.lines():
        assert "in failing" in line["exception"]
        assert "test_logs.py" in line["exception"]
        assert "builtins.KeyError: (text left out)\nthen\n" in line["exception"]
        assert "hub.errors.Misconfigured: crm: the url is wrong. Mail ‹e-mail›." in line["exception"]
    assert len(written.lines()) == 2
    assert "Anna" not in written.getvalue()


def test_the_text_of_errors_that_name_code_is_kept(written: Written) -> None:
    for error in (AttributeError("no attribute 'pull'"), ImportError("No module named 'x'"), ValueError("Anna")):
        logs.logger("hub").error("failed", exc_info=error)
    texts = [line["exception"] for line in written.lines()]
    assert texts == [
        "builtins.AttributeError: no attribute 'pull'\n",
        "builtins.ImportError: No module named 'x'\n",
        "builtins.ValueError: (text left out)\n",
    ]


def test_groups_and_circles_of_errors_are_told_once(written: Written) -> None:
    one, other = ValueError("Anna"), OSError("Anna")
    one.__context__, other.__context__ = other, one
    logs.logger("hub").error("failed", exc_info=ExceptionGroup("Anna", [one, ExceptionGroup("Anna", [other])]))
    text = written.lines()[0]["exception"]
    assert text.count("ValueError") == text.count("OSError") == 1
    assert text.count("ExceptionGroup") == 2
    assert "Anna" not in text


def test_suppressed_errors_are_not_shown(written: Written) -> None:
    try:
        try:
            failing("x")
        except KeyError:
            raise Misconfigured("wrong") from None
    except Misconfigured:
        logs.logger("hub").exception("failed")
    assert "KeyError" not in written.getvalue()


def test_no_error_no_exception(written: Written) -> None:
    logs.logger("hub").error("failed", exc_info=True)
    assert "exception" not in written.lines()[0]


def test_a_line_that_cannot_be_written_does_not_tell_its_arguments(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    line = logging.LogRecord("library", logging.ERROR, "x.py", 1, "%d people", ("Anna",), None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logs._Line):
            handler.handle(line)
    assert written.getvalue() == "A log line of library could not be written.\n"
    assert "Anna" not in "".join(capsys.readouterr())


def test_a_stream_that_is_gone_stops_nothing(root: logging.Logger) -> None:
    stream = io.StringIO()
    logs.set_up(stream=stream)
    stream.close()
    logs.logger("hub").warning("nobody reads this")


def test_set_up_again_replaces_only_our_own(root: logging.Logger) -> None:
    theirs = logging.NullHandler()
    root.addHandler(theirs)
    first, second = io.StringIO(), io.StringIO()
    logs.set_up(stream=first)
    logs.set_up(stream=second)
    logs.logger("hub").warning("stopped")
    assert first.getvalue() == ""
    assert second.getvalue().count("stopped") == 1
    assert theirs in root.handlers


@pytest.mark.parametrize(("level", "told"), [("info", 2), ("WARNING", 1), (logging.ERROR, 0)])
def test_levels(root: logging.Logger, level: str | int, told: int) -> None:
    stream = Written()
    logs.set_up(json=True, level=level, stream=stream)
    logs.logger("hub").debug("a")
    logs.logger("hub").info("b")
    logs.logger("hub").warning("c")
    assert len(stream.lines()) == told


def test_an_unknown_level_is_refused(root: logging.Logger) -> None:
    with pytest.raises(ValueError, match="Unknown level"):
        logs.set_up(level="loud")


def test_for_people_it_is_one_line_of_text(root: logging.Logger) -> None:
    stream = io.StringIO()
    logs.set_up(stream=stream)
    logs.logger("hub").warning("stopped for anna@example.org", system="crm", name="Anna")
    (line,) = stream.getvalue().splitlines()
    assert "stopped for ‹e-mail›" in line
    assert "system=crm" in line
    assert "Anna" not in line
    assert "\x1b" not in line


def test_a_vendors_words_stay_in_their_line(root: logging.Logger) -> None:
    stream = io.StringIO()
    logs.set_up(stream=stream)
    logs.logger("hub").warning("refused", cause="no\n2026-01-01 [info] all is well\x1b[2J\u2028")
    (line,) = stream.getvalue().splitlines()
    assert "no\\n2026-01-01" in line.replace("\\\\", "\\")
    assert "\x1b" not in line


def test_before_set_up_our_lines_are_clean_too(caplog: pytest.LogCaptureFixture) -> None:
    logs.logger("hub").warning("no answer from %s", "anna@example.org", name="Anna", system="crm")
    assert "no answer from ‹e-mail›" in caplog.text
    assert "'system': 'crm'" in caplog.text
    assert "Anna" not in caplog.text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("to anna@example.org, now", "to ‹e-mail›, now"),
        ("to <Anna.B+tag@mail.example.co.uk>", "to <‹e-mail›>"),
        ("anna%40example.org", "‹e-mail›"),
        ("pääkkö@esimerkki.fi", "‹e-mail›"),
        ("anna@localhost", "‹e-mail›"),
        ("GET /people/anna@example.org/x", "GET /people/‹e-mail›/x"),
        ("+358 40 123 4567", "‹phone›"),
        ("+358401234567.", "‹phone›."),
        ("tel:+46-8-123 456 78", "tel:‹phone›"),
        ("0046812345678", "‹phone›"),
        ("(040) 123 4567", "‹phone›"),
        ("040-1234567", "‹phone›"),
        ("call 09 123 456!", "call ‹phone›!"),
        ("(212) 555-0100", "‹phone›"),
        ("212-555-0100", "‹phone›"),
        ("Authorization: Bearer abc.DEF-123", "Authorization: Bearer ‹secret›"),
        ("authorization: basic dXNlcjpwdw==", "authorization: basic ‹secret›"),
        ("eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "‹token›"),
        ("api_key=s3cr3t&x=1", "api_key=‹secret›&x=1"),
        ("{'password': 'two words', 'x': 1}", "{'password': ‹secret›, 'x': 1}"),
        ('"client_secret": "s3cr3t"', '"client_secret": ‹secret›'),
        ("access-token = s3cr3t", "access-token = ‹secret›"),
        ("https://u:pw@crm.example.org/x", "https://crm.example.org/x"),
        ("https://crm.example.org/x?q=Anna#Anna then", "https://crm.example.org/x then"),
    ],
)
def test_masks(text: str, clean: str) -> None:
    assert logs.scrub(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T04:16:20.123456Z", "2026-11-22 04:16:20", "05:00:10", "listening on 127.0.0.1:8080",
        "0190a3b2-7c1d-7e55-8a10-0123456789ab", "01901234-5678-7012-8345-012345678901", "contact-hub 0.1.0",
        "took 0.123456 s", "answered 503", "1000000 records", "schema 0012", "crm: GET crm.example.org/…/people/{id}",
        "token expired", "the secret is missing", "basic settings",
    ],
)  # fmt: skip
def test_what_helps_is_kept(text: str) -> None:
    assert logs.scrub(text) == text


@given(
    st.from_regex(r"[a-z0-9._+-]{1,12}@[a-z0-9]{1,10}(\.[a-z]{2,5}){1,2}", fullmatch=True),
    st.sampled_from(["{}", "<{}>", "x {} y", "'{}'", "mailto:{}", "({}),", "to={};"]),
)
def test_no_address_gets_through(address: str, around: str) -> None:
    assert address not in logs.scrub(around.format(address))


@given(
    st.integers(1, 999).map(str), st.lists(st.integers(10, 9999).map(str), min_size=3, max_size=3),
    st.sampled_from(["", " ", "-"]),
)  # fmt: skip
def test_no_international_number_gets_through(country: str, groups: list[str], between: str) -> None:
    number = between.join([f"+{country}", *groups])
    assert logs.scrub(f"call {number} now") == "call ‹phone› now"


@given(st.text())
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    once = logs.scrub(text)
    assert logs.scrub(once) == once


def test_scrubbing_a_long_line_is_quick() -> None:
    """No pattern may take quadratic time on a hostile answer."""
    pieces = [
        "a", "0 ", "0-", "+1 ", "a@", "a.", "%40", "eyJaaaa.", "token=", "token='", 'token="', "bearer ", "basic a",
        "https://", "-https://x", "https://a?", " ",
    ]  # fmt: skip
    started = time.process_time()
    for piece in pieces:
        logs.scrub(piece * 20_000)
    assert time.process_time() - started < 10  # quadratic: minutes


def test_it_serves_tasks(written: Written) -> None:
    async def work(number: int) -> None:
        with structlog.contextvars.bound_contextvars(run=f"r{number}"):
            await asyncio.sleep(0)
            logs.logger("hub").info("done", count=number)

    async def both() -> None:
        await asyncio.gather(work(1), work(2))

    asyncio.run(both())
    assert {(line["run"], line["count"]) for line in written.lines()} == {("r1", 1), ("r2", 2)}


def test_a_full_log_begins_anew_and_two_files_stay(tmp_path: Path) -> None:
    log = logs.LogFile(tmp_path / "hub.log", most=100)
    for number in range(40):
        log.write(f"line {number:06}\n")
    log.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hub.log", "hub.log.1"]
    lines = [line for name in ("hub.log.1", "hub.log") for line in (tmp_path / name).read_text("utf-8").splitlines()]
    assert lines == [f"line {n:06}" for n in range(40)][-len(lines):] and len(lines) > 10
    again = logs.LogFile(tmp_path / "hub.log", most=100)
    again.write("after\n")
    again.close()
    assert (tmp_path / "hub.log").read_text("utf-8").endswith("after\n")
