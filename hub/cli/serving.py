"""An ASGI application on loopback, served from a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hub.errors import UsageError

HOST = "127.0.0.1"


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """Serves until the block ends; gives the base URL. ``port`` 0: a free one. Raises UsageError for one in use."""
    import uvicorn

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise UsageError(f"Port {port} cannot be used ({error.strerror}). Choose another with --port.") from None
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="warning", lifespan="off", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="hub-sandbox", daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def _wait(server: Any, thread: threading.Thread) -> None:
    for _ in range(2000):
        if server.started or not thread.is_alive():
            break
        thread.join(0.005)
    if not server.started:
        raise UsageError("The server did not start.")
