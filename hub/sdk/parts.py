"""Writing in parts no larger than the vendor takes at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from hub.errors import ConnectorError, Throttled
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
            wait = error.retry_after_s if isinstance(error, Throttled) else None
            return [*results, *(Refused("transient", str(error), wait) for _ in batch[start:])]
    return results
