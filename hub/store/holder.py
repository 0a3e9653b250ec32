"""Who holds a lease: ``host:pid/token``; and whether that process is still there."""

from __future__ import annotations

import os
import socket
import sys

MINE: set[str] = set()
"""Holders of this process. Its number alone says nothing: in a container every run may have the same one."""


def alive(holder: str) -> bool:
    """Is the process named in ``holder`` still there? Nobody can say that of another host; there it counts as alive."""
    host, _, rest = holder.partition(":")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return True
    if int(pid) == os.getpid():
        return holder in MINE
    return _runs(int(pid))


if sys.platform == "win32":
    import ctypes

    _SYNCHRONIZE, _ACCESS_DENIED, _TIMEOUT = 0x00100000, 5, 0x102

    def _runs(pid: int) -> bool:
        """OpenProcess and WaitForSingleObject of the Windows API: ``os.kill(pid, 0)`` would end the process there."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not handle:
            return ctypes.get_last_error() == _ACCESS_DENIED
        try:
            return bool(kernel.WaitForSingleObject(ctypes.c_void_p(handle), 0) == _TIMEOUT)
        finally:
            kernel.CloseHandle(ctypes.c_void_p(handle))

else:

    def _runs(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True
