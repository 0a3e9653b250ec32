"""Radicale's own program, with room for more connections that wait to be accepted.

``python -m hub_demo.radicale_server --config FILE``: the arguments of ``python -m radicale``, whose server lets five
wait. Two accounts that write eight cards at once each can be more on a busy computer, and Linux then resets some.
"""

from __future__ import annotations

import socketserver

WAITING = 128


def run() -> None:
    """Serve until terminated."""
    from radicale.__main__ import run as radicale

    socketserver.TCPServer.request_queue_size = WAITING
    radicale()


if __name__ == "__main__":
    run()
