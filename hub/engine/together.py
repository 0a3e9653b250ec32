"""Several systems at once, which end together; and what is not broken off in its middle."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Their results, in order. What one of them raises ends the others and is raised once they have ended: nobody goes on
    asking or writing for a run that is over, whose workspace another may hold by then. Only who is told to stop from outside
    lets them finish what is ``unbroken``."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for _ in range(2):  # the second time even what is unbroken is broken off
            for task in tasks:
                task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Its result. Who is told to stop meanwhile (Ctrl-C, the end of a daemon) stops once it has ended; told twice, at once."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # looked at: who stops has no use for it
        raise
