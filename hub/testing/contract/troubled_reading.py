"""Checks of reading while the network or the system is in trouble: an error is never an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

from hub.errors import ConnectorError, RecordGone, Rejected, ResyncRequired, Throttled, Transient
from hub.testing.contract.checks import check, remembers
from hub.testing.contract.lab import Lab, Pull, require
from hub.testing.contract.trouble import Fault

LONG = 99
"""More than any connector repeats."""


class TroubledReading:
    """What is broken reads as broken: not as empty, not as gone, not as the end."""

    @check()
    async def test_a_listing_that_breaks_off(self, lab: Lab) -> None:
        """A listing that breaks off, wherever, raises; it never ends and gives no checkpoint."""
        await lab.seed(lab.plenty)
        await lab.pull()  # a first one may log in
        before = lab.trouble.count("read")
        await lab.pull()
        for skip in range(lab.trouble.count("read") - before):
            lab.trouble.arm("reset", "read", skip=skip, times=LONG)
            _broken(await lab.try_pull(), f"breaks off in request {skip + 1}")
            lab.trouble.calm()

    @check(remembers)
    async def test_changes_that_break_off(self, lab: Lab) -> None:
        """A pull of changes that breaks off gives no checkpoint, and the next one from the old checkpoint has all."""
        await lab.user_create()
        first = await lab.pull()
        refs = await lab.seed(lab.plenty)
        lab.trouble.arm("reset", "read", skip=1, times=LONG)
        if (got := await lab.try_pull(first.checkpoint)).error is None:  # one request was enough
            lab.trouble.calm()
            lab.trouble.arm("reset", "read", times=LONG)
            got = await lab.try_pull(first.checkpoint)
        require(got.error is not None and got.checkpoint is None, "a pull that breaks off gives a checkpoint")
        lab.trouble.calm()
        missing = set(refs) - (await lab.pull(first.checkpoint)).records.keys()
        require(not missing, f"after a pull that broke off {len(missing)} changes are lost")

    @check()
    async def test_a_listing_cut_off(self, lab: Lab) -> None:
        """An answer that is cut off in the middle is an error, not a shorter listing."""
        await _listing(lab, "truncated")

    @check()
    async def test_a_web_page_for_a_listing(self, lab: Lab) -> None:
        """A web page with status 200 (a proxy, a login page) is an error, not an empty listing."""
        await _listing(lab, "html")

    @check()
    async def test_nothing_for_a_listing(self, lab: Lab) -> None:
        """An empty body with status 200 is an error, not an empty listing."""
        await _listing(lab, "empty")

    @check()
    async def test_server_errors_for_a_listing(self, lab: Lab) -> None:
        """A burst of 5xx is Transient, not an empty listing."""
        error = await _listing(lab, "500")
        require(isinstance(error, Transient), f"5xx is told as {type(error).__name__}, and Transient is what it is")

    @check()
    async def test_no_connection(self, lab: Lab) -> None:
        """A system that is not reached is Transient."""
        error = await _listing(lab, "unsent")
        require(isinstance(error, Transient), f"no connection is told as {type(error).__name__}")

    @check()
    async def test_no_answer(self, lab: Lab) -> None:
        """A system that does not answer in time is Transient."""
        error = await _listing(lab, "unanswered")
        require(isinstance(error, Transient), f"a time-out is told as {type(error).__name__}")

    @check()
    async def test_fetch_in_trouble(self, lab: Lab) -> None:
        """Whatever breaks a fetch is raised; it never makes a record gone."""
        ref = await lab.user_create()
        await lab.fetch(ref)
        faults: tuple[Fault, ...] = ("500", "html", "truncated", "empty", "reset", "unsent", "unanswered")
        for fault in faults:
            lab.trouble.arm(fault, "read", times=LONG)
            try:
                answers = await lab.connector.fetch([ref])
            except ConnectorError as error:
                require(not isinstance(error, RecordGone | Rejected), f"{fault}: told as {type(error).__name__}")
            else:
                require(False, f"{fault}: fetch answers {type(answers[0]).__name__}")
            lab.trouble.calm()

    @check()
    async def test_check_in_trouble(self, lab: Lab) -> None:
        """Check raises when the system does not answer as it should."""
        faults: tuple[Fault, ...] = ("500", "html", "truncated", "unsent")
        for fault in faults:
            lab.trouble.arm(fault, "read", times=LONG)
            try:
                await lab.open().check()
            except ConnectorError:
                pass
            else:
                require(False, f"{fault}: check finds nothing wrong")
            lab.trouble.calm()

    @check()
    async def test_well_again(self, lab: Lab) -> None:
        """After trouble the same connector works."""
        ref = await lab.user_create()
        for fault in ("500", "html", "reset"):
            lab.trouble.arm(fault, "read", times=LONG)
            await lab.try_pull()
            lab.trouble.calm()
        require(ref in (await lab.pull()).records, "after trouble the listing is not whole")

    @check()
    async def test_asked_to_wait_some_seconds(self, lab: Lab) -> None:
        """After 429 with Retry-After the connector waits at least that long, or says so."""
        await _waits(lab, lambda: "2", 2)

    @check()
    async def test_asked_to_wait_until(self, lab: Lab) -> None:
        """Retry-After may be a date."""
        def until() -> str:
            return format_datetime(datetime.fromtimestamp(lab.harness.clock.now() + 3, UTC), usegmt=True)

        await _waits(lab, until, 1)

    @check()
    async def test_asked_to_wait_without_saying_how_long(self, lab: Lab) -> None:
        """After 429 without Retry-After the connector waits a moment, or raises Throttled."""
        await _waits(lab, lambda: None, 0.01)

    @check()
    async def test_asked_to_wait_for_days(self, lab: Lab) -> None:
        """A Retry-After of days is raised as Throttled with its seconds, and not waited for."""
        await lab.user_create()
        before = lab.harness.clock.now()
        lab.trouble.arm("429", "read", times=LONG, retry_after="1000000")
        got = await lab.try_pull()
        require(isinstance(got.error, Throttled) and got.error.retry_after_s == 1_000_000,
                f"a wait of days is told as {type(got.error).__name__}")
        require(lab.harness.clock.now() - before < 3600, "a wait of days is waited for")


async def _listing(lab: Lab, fault: Fault) -> ConnectorError:
    """Every read fails from the start, then from the second request on: the listing raises each time."""
    await lab.seed(2)
    await lab.pull()
    for connector in (lab.connector, lab.open()):
        lab.trouble.arm(fault, "read", times=LONG)
        got = await lab.try_pull(connector=connector)
        lab.trouble.calm()
        error = _broken(got, f"meets {fault}")
    return error


def _broken(got: Pull, how: str) -> ConnectorError:
    require(not got.ended, f"a listing that {how} says that it ended: what is not in it would count as gone")
    require(got.checkpoint is None, f"a listing that {how} gives a checkpoint")
    require(not got.gone, f"a listing that {how} tells records as gone")
    require(got.error is not None, f"a listing that {how} raises nothing")
    assert got.error is not None
    require(not isinstance(got.error, ResyncRequired | RecordGone | Rejected),
            f"a listing that {how} raises {type(got.error).__name__}")
    return got.error


async def _waits(lab: Lab, ask: Callable[[], str | None], seconds: float) -> None:
    """``ask``: the Retry-After, made when it is sent: on a real server time goes on meanwhile."""
    await lab.user_create()
    await lab.pull()
    start, asked = len(lab.trouble.sent), ask()
    met = lab.trouble.arm("429", "read", retry_after=asked)
    got = await lab.try_pull()
    require(met.struck == 1, "the listing makes no request")
    require(got.error is None or isinstance(got.error, Throttled), f"429 is told as {type(got.error).__name__}")
    if isinstance(got.error, Throttled):
        require(asked is None or (got.error.retry_after_s or 0) >= seconds, "Throttled does not carry the seconds asked for")
        return
    times = [at for _, at in lab.trouble.sent[start:]]
    require(times[1] - times[0] >= seconds, "the request was repeated sooner than asked")
