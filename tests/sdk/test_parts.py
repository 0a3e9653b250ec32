"""What becomes of writes that could not be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk import (
    AuthFailed,
    ConnectorError,
    ContractBroken,
    Done,
    Misconfigured,
    NativeWrite,
    RecordRef,
    Refused,
    Throttled,
    Transient,
    WriteResult,
    in_parts,
    not_done,
)

STOPS = (AuthFailed, Misconfigured, Throttled)
ERRORS = st.sampled_from([AuthFailed("a"), Misconfigured("m"), Throttled("t", 7.0), Transient("x"), ContractBroken("c")])


def writes(count: int) -> list[NativeWrite]:
    return [NativeWrite("delete", RecordRef("s", "", "contact", str(number)), {}) for number in range(count)]


@given(ERRORS, st.booleans())
def test_what_all_else_would_meet_is_raised_only_before_anything_was_sent(error: ConnectorError, sent: bool) -> None:
    if not sent and isinstance(error, STOPS):
        with pytest.raises(type(error)):
            not_done(error, sent=sent)
    else:
        assert not_done(error, sent=sent) == Refused("transient", str(error), 7.0 if isinstance(error, Throttled) else None)


@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 12), ERRORS)
def test_every_write_has_its_result_in_order_and_nothing_is_sent_after_an_error(
        count: int, size: int, fails_at: int, error: ConnectorError) -> None:
    batch, reached = writes(count), list[str]()

    async def send(part: Sequence[NativeWrite]) -> Sequence[WriteResult]:
        assert 0 < len(part) <= size
        if len(reached) >= fails_at:
            raise error
        reached.extend(each.ref.native_id for each in part)
        return [Done(each.ref) for each in part]

    if fails_at == 0:
        with pytest.raises(type(error)):
            asyncio.run(in_parts(batch, size, send))
        assert reached == []
        return
    results = asyncio.run(in_parts(batch, size, send))
    assert reached == [each.ref.native_id for each in batch[:len(reached)]]
    assert results == [*(Done(each.ref) for each in batch[:len(reached)]),
                       *[not_done(error, sent=True)] * (count - len(reached))]
