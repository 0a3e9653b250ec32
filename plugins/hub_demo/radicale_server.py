"""Radicale's own program, with room for more connections that wait to be accepted.

``python -m hub_demo.radicale_server --config FILE``: the arguments of ``python -m radicale``, whose server lets five
wait. Programs that write eight cards at once each can be more on a busy computer, and Linux then resets some. It ends
when its standard input ends, and so with whoever started it.
"""

from __future__ import annotations

import os
import socketserver
import sys
import threading

WAITING = 128


def end_with_stdin() -> None:
    """Whatever ended the process that holds the other end, this one ends too."""
    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def run() -> None:
    """Serve until terminated."""
    from radicale.__main__ import run as radicale

    socketserver.TCPServer.request_queue_size = WAITING
    radicale()


if __name__ == "__main__":
    end_with_stdin()
    run()
