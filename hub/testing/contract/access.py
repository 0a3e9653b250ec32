"""Checks of access: who we are there, wrong credentials, accounts that may only read, and what must not be shown."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import AuthFailed, ConnectorError
from hub.model.write import Done
from hub.sdk.connector import Connector, fingerprint
from hub.testing.contract.checks import check, creates, writes
from hub.testing.contract.lab import Lab, fail, require, shown
from hub.testing.contract.trouble import Fault


class Access:
    """A wrong account stops the system by name; it never makes it look empty. Nothing secret or personal is shown."""

    @check()
    async def test_check_says_who_we_are(self, lab: Lab) -> None:
        """Check names the account and the organisation, the same each time."""
        health, again = await lab.connector.check(), await lab.open().check()
        require(health.identity and health.fingerprint, "check does not say who we are, or whose system it is")
        require(health.fingerprint == again.fingerprint, "the fingerprint of the organisation is another one each time")
        require(await fingerprint(lab.open()) == health.fingerprint, "a run and check do not see the same organisation")

    @check(writes)
    async def test_check_says_that_we_may_write(self, lab: Lab) -> None:
        """Check says that an account that may write may write."""
        require((await lab.connector.check()).can_write, "check says that the account may not write")

    @check()
    async def test_check_changes_nothing(self, lab: Lab) -> None:
        """Check only reads."""
        await lab.user_create()
        before = await lab.truth()
        await lab.connector.check()
        require(await lab.truth() == before, "check changes records")
        require(lab.trouble.count("write") == 0, "check makes requests that change something")

    @check()
    async def test_wrong_credentials_fail_the_check(self, lab: Lab) -> None:
        """Check with wrong credentials raises AuthFailed."""
        await _refused(lab.open("credentials_wrong").check(), "check")

    @check()
    async def test_wrong_credentials_list_nothing(self, lab: Lab) -> None:
        """A pull with wrong credentials raises AuthFailed, though the vendor may answer 200 and an empty list."""
        await lab.seed(2)
        got = await lab.try_pull(connector=lab.open("credentials_wrong"))
        require(not got.ended and got.checkpoint is None, "with wrong credentials the system looks empty")
        require(isinstance(got.error, AuthFailed), f"wrong credentials are told as {type(got.error).__name__}")

    @check()
    async def test_wrong_credentials_make_nothing_gone(self, lab: Lab) -> None:
        """A fetch with wrong credentials raises AuthFailed; the record is not gone."""
        ref = await lab.user_create()
        await _refused(lab.open("credentials_wrong").fetch([ref]), "fetch")

    @check(creates)
    async def test_wrong_credentials_write_nothing(self, lab: Lab) -> None:
        """A write with wrong credentials is not done."""
        result = (await lab.try_write(lab.create(1, text=(word := lab.word())), connector=lab.open("credentials_wrong")))[0]
        require(not isinstance(result, Done), "a write with wrong credentials is said to be done")
        require(not await lab.holding(word), "a write with wrong credentials landed")

    @check(writes)
    async def test_read_only_is_seen_by_the_check(self, lab: Lab) -> None:
        """Check says that an account may only read, or raises AuthFailed."""
        connector = lab.open("read_only")
        try:
            health = await connector.check()
        except AuthFailed:
            return
        require(not health.can_write, "check says that an account may write that may only read")

    @check(creates)
    async def test_read_only_writes_nothing(self, lab: Lab) -> None:
        """A write with an account that may only read raises AuthFailed or is refused, and lands nowhere."""
        connector = lab.open("read_only")
        result = (await lab.try_write(lab.create(1, text=(word := lab.word())), connector=connector))[0]
        require(not isinstance(result, Done), "a write with a read-only account is said to be done")
        require(not await lab.holding(word), "a write with a read-only account landed")

    @check()
    async def test_read_only_reads(self, lab: Lab) -> None:
        """An account that may only read lists everything."""
        ref = await lab.user_create()
        require(ref in (await lab.pull(connector=lab.open("read_only"))).records, "a read-only account reads nothing")

    @check()
    async def test_no_secret_is_shown(self, lab: Lab) -> None:
        """No secret is in an error, a log line, a checkpoint, a health or the text of a connector."""
        await lab.user_create()
        with _overheard() as said:
            for connector in (lab.connector, lab.open("credentials_wrong")):
                await _everything(lab, connector, said)
        require(lab.harness.secrets, "Harness.secrets names no secret to look for")
        for secret in lab.harness.secrets:
            require(not any(secret in text for text in said), "a secret is shown in an error, a log line or a repr")

    @check(creates)
    async def test_no_person_is_shown(self, lab: Lab) -> None:
        """No value of a record is in an error, a log line or a refusal."""
        word = lab.word()
        with _overheard() as said:
            record = await lab.fetch(await lab.user_create(native=lab.sample(1, word)))
            faults: tuple[Fault, ...] = ("500", "html", "truncated", "unanswered", "unsent")
            for fault in faults:
                lab.trouble.arm(fault, "write", times=99)
                said += [shown(r) for r in await lab.try_write(lab.update(record, word)) if not isinstance(r, Done)]
                lab.trouble.calm()
            for text in (f"{word} " + "x" * 100_000, f"{word} \0"):
                said += [shown(r) for r in await lab.try_write(lab.update(record, text))]
            await _everything(lab, lab.connector, said)
        require(not any(word.casefold() in text.casefold() for text in said), "a value of a record is shown in an error")

    @check()
    async def test_close_twice(self, lab: Lab) -> None:
        """Closing twice, or without having done anything, is no error."""
        connector = lab.open()
        await connector.close()
        await connector.close()
        await lab.pull()
        await lab.connector.close()
        await lab.connector.close()


async def _refused(doing: object, what: str) -> None:
    try:
        await doing  # type: ignore[misc]
    except AuthFailed:
        return
    except ConnectorError as error:
        fail(f"wrong credentials are told by {what} as {type(error).__name__}")
    fail(f"with wrong credentials {what} finds nothing wrong")


async def _everything(lab: Lab, connector: Connector, said: list[str]) -> None:
    """Use the connector in good and bad times; what it says about it goes to ``said``."""
    faults: tuple[Fault | None, ...] = (None, "500", "html", "truncated", "unsent", "reset")
    for fault in faults:
        if fault is not None:
            lab.trouble.arm(fault, "read", times=99)
        try:
            health = await connector.check()
            said += [health.identity, health.fingerprint, health.server, *health.warnings]
        except ConnectorError as error:
            said.append("".join(traceback.format_exception(error)))
        got = await lab.try_pull(connector=connector)
        said.append(json.dumps(got.checkpoint))
        if got.error is not None:
            said.append("".join(traceback.format_exception(got.error)))
        lab.trouble.calm()
    said += [repr(connector), str(connector)]


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What is logged meanwhile, at any level."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record))

    ear, root = Ear(level=logging.DEBUG), logging.getLogger()
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        root.removeHandler(ear)
        root.setLevel(before)
