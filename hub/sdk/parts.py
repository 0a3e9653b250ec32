"""What becomes of writes that a connector could not send: in parts no larger than the vendor takes at once, and one by one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from hub.errors import AuthFailed, ConnectorError, Misconfigured, Throttled
from hub.model.write import NativeWrite, Refused, WriteResult

Send = Callable[[Sequence[NativeWrite]], Awaitable[Sequence[WriteResult]]]


async def in_parts(batch: Sequence[NativeWrite], size: int, send: Send) -> list[WriteResult]:
    """The results of all parts, in order. Once something was sent nothing is raised: what was not reached is to be tried
    again. Raises the ConnectorError of a first part that could not be sent."""
    results: list[WriteResult] = []
    for start in range(0, len(batch), size):
        try:
            results += await send(batch[start:start + size])
        except ConnectorError as error:
            if not results:
                raise
            again = not_done(error, sent=True)
            return [*results, *(again for _ in batch[start:])]
    return results


def not_done(error: ConnectorError, *, sent: bool) -> Refused:
    """The result of a write that was certainly not done, for no reason of its own: to be tried again. Raises ``error`` where
    nothing of the batch was ``sent`` yet and everything else would meet the same: AuthFailed, Misconfigured, Throttled."""
    if not sent and isinstance(error, AuthFailed | Misconfigured | Throttled):
        raise error
    return Refused("transient", str(error), error.retry_after_s if isinstance(error, Throttled) else None)
