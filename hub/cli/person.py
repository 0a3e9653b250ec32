"""Questions to a person: on a terminal, or line by line from a pipe. Secrets are shown nowhere."""

from __future__ import annotations

import getpass
import sys
import textwrap
import warnings

from hub.cli.output import clean
from hub.errors import UsageError

WIDTH = 96


class Person:
    """Who answers. Questions are no part of a command's answer, so they go to standard error."""

    def __init__(self) -> None:
        self._reading = False

    def say(self, text: str = "", *, indent: str = "") -> None:
        """A paragraph."""
        for line in textwrap.wrap(clean(text), WIDTH, initial_indent=indent, subsequent_indent=indent) or [""]:
            print(line, file=sys.stderr)

    def ask(self, prompt: str, *, secret: bool = False) -> str:
        """One line, without its end. Raises UsageError when there are no more lines, or when a terminal would show the
        secret."""
        shown = f"{clean(prompt)}: "
        if secret and sys.stdin.isatty():
            return self._unseen(shown)
        print(shown, end="", file=sys.stderr, flush=True)
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError:
            raise UsageError("The answers are not text in this computer's encoding. Nothing was kept.") from None
        if not sys.stdin.isatty():
            print(file=sys.stderr)
        if not line:
            raise UsageError("The input ended before all questions were answered. Nothing was kept.")
        first, self._reading = not self._reading, True
        return line.rstrip("\r\n").removeprefix("\ufeff" if first else "")  # some shells put a mark before what they pipe

    @staticmethod
    def _unseen(prompt: str) -> str:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", getpass.GetPassWarning)
                return getpass.getpass(prompt, stream=sys.stderr)
        except getpass.GetPassWarning:
            raise UsageError("This terminal would show the secret while it is typed. Use another one, or pipe the answers in, "
                             "one a line. Nothing was kept.") from None
        except EOFError:
            raise UsageError("The input ended before all questions were answered. Nothing was kept.") from None
