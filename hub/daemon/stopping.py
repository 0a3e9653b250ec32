"""The signals that end a daemon, on any system."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGBREAK")
"""Ctrl-C; what systemd, launchd and ``kill`` send; Ctrl-Break, which only Windows has."""


@contextmanager
def on_signals(ask: Callable[[], None]) -> Iterator[None]:
    """The first signal calls ``ask`` in the running loop; the next one does what it did before. ``signal.signal`` is there on
    every system, ``loop.add_signal_handler`` is not on Windows (https://docs.python.org/3/library/asyncio-platforms.html)."""
    if threading.current_thread() is not threading.main_thread():  # Python hands signals to that one only
        yield
        return
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}

    def give_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        before.clear()

    def asked(_number: int, _frame: object) -> None:
        give_back()
        loop.call_soon_threadsafe(ask)

    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):  # as `nohup` wants it
            before[number] = signal.signal(number, asked)
    try:
        yield
    finally:
        give_back()
