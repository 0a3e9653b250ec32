"""A person at a terminal: commands started one by one, each prompt waited for and answered.

Where there are pseudo terminals the commands are processes of their own behind one, with no keyring, no editor and a home of
their own; elsewhere click's runner gets the same lines. What every process was started with is noted.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from hub.cli import cli

PTY = sys.platform != "win32"
CTRL_C, CTRL_D = "\x03", "\x04"
PATIENCE_S = 120.0
_START = """\
import json, sys
sys.modules["keyring"] = None  # importing it fails
notes = sys.argv.pop(1)

def note(event, args):
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
        with open(notes, "a", encoding="utf-8") as file:
            file.write(json.dumps([event, repr(args)]) + "\\n")

with open(notes, "a", encoding="utf-8") as file:
    file.write(json.dumps(["argv", repr([sys.orig_argv, sys.argv])]) + "\\n")
sys.addaudithook(note)
if sys.stdin.isatty():
    import fcntl, termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # this terminal is where Ctrl-C comes from and passwords are asked
from hub.cli import main
main()
"""

Script = Sequence[tuple[str, str]]
"""What to wait for on the screen, and the line to type then; CTRL_C and CTRL_D are keys."""


@dataclass
class Terminal:
    """``home``: everything a command may write to lies in it. ``screen``: all that was shown."""

    home: Path
    screen: str = ""
    notes: list[str] = field(default_factory=list)

    def run(self, *args: str, script: Script = ()) -> int:
        """``hub ARGS``, answered by the script; its exit code. Every answer must have been waited for."""
        return self._behind_a_pty(args, script) if PTY else self._by_lines(args, script)

    def in_process(self, *args: str) -> int:
        """A command that asks nothing, run in this process, which is faster; its exit code."""
        return self._by_lines(args, ())

    def _by_lines(self, args: Sequence[str], script: Script) -> int:
        lines = ""
        for _, answer in script:
            if answer in (CTRL_C, CTRL_D):
                break  # the input ends
            lines += answer + "\n"
        done = CliRunner().invoke(cli, args, input=lines, catch_exceptions=False)
        shown = done.output
        self.screen += shown
        for prompt, _ in script:
            assert prompt in shown, shown
            shown = shown.partition(prompt)[2]
        return done.exit_code

    def _behind_a_pty(self, args: Sequence[str], script: Script) -> int:
        ours, theirs = os.openpty()
        notes = self.home / "notes.jsonl"
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("HUB_", "DBUS_", "PYTEST_"))}, "HOME": str(self.home),
            "TMPDIR": str(self.home), "TERM": "xterm", "EDITOR": "/no/editor", "VISUAL": "/no/editor", "COLUMNS": "120"}
        child = subprocess.Popen(
            [sys.executable, "-c", _START, str(notes), *args], stdin=theirs, stdout=theirs, stderr=theirs, cwd=self.home,
            env=environment, start_new_session=True)
        os.close(theirs)
        try:
            reader = _Screen(ours)
            for prompt, answer in script:
                reader.wait_for(prompt)
                reader.wait_until_asked(answer)
                os.write(ours, (answer if answer in (CTRL_C, CTRL_D) else answer + "\n").encode())
            reader.to_the_end()
            code = child.wait(PATIENCE_S)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
            os.close(ours)
            self.screen += reader.text
        self.notes = [": ".join(json.loads(line)) for line in notes.read_text(encoding="utf-8").splitlines()]
        return code


class _Screen:
    """What a terminal shows, read from its other side."""

    def __init__(self, handle: int) -> None:
        self.handle, self.text, self._seen = handle, "", 0

    def wait_for(self, words: str) -> None:
        """Raises AssertionError when the command ends, or says nothing for long, before."""
        for _ in self._more():
            found = self.text.find(words, self._seen)
            if found >= 0:
                self._seen = found + len(words)
                return
        raise AssertionError(f"waited for {words!r} and saw only: {self.text[self._seen:]}")

    def wait_until_asked(self, answer: str) -> None:
        """A prompt ends in ": "; typed earlier, a secret would be echoed before the command hides it."""
        for _ in self._more():
            if self.text.endswith(": "):
                return
        raise AssertionError(f"nobody asked for an answer after: {self.text[-300:]}")

    def to_the_end(self) -> None:
        for _ in self._more():
            pass

    def _more(self) -> Iterator[None]:
        import select

        yield
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if not select.select([self.handle], [], [], 1.0)[0]:
                continue
            try:
                read = os.read(self.handle, 65536)
            except OSError:  # Linux: the other side is closed
                return
            if not read:
                return
            self.text += read.decode("utf-8", "replace").replace("\r\n", "\n")
            yield
        raise AssertionError(f"nothing more came for {PATIENCE_S:g} s after: {self.text[-300:]}")


def holding(folder: Path, text: str) -> list[str]:
    """The files that hold a text, as it is or written in one of the usual other ways."""
    raw = text.encode()
    ways = [raw, raw.hex().encode(), text.encode("utf-16-le"), raw[::-1],
            *(base64.b64encode(b" " * n + raw)[4:-4] for n in range(3))]
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*")
                  if p.is_file() and any(way in p.read_bytes() for way in ways))


def everything(folder: Path) -> dict[str, bytes]:
    """Every file but the log and what the test itself notes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*")
            if p.is_file() and p.name not in ("hub.log", "notes.jsonl")}
