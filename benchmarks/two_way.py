"""Two-way sync of two address books: the installed ``hub`` beside vdirsyncer and the floor (``floor.py``).

    python two_way.py --hub PATH_TO_HUB --cards 1000 --runs 3

Phases on one pair of books::

    first    A full, B empty
    again    right after; nothing changed but by the program itself
    idle     once more: nothing changed at all
    changed  the title of 1 % of the cards changed in A, the note of another 1 % in B

After each phase both books must say what is expected, or the run ends with an error. The programs take turns in every run,
and ratios are formed within a run: other work on the machine meets all alike. Linux and macOS (it asks the kernel for a
child's CPU time and memory).
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import contacts
from carddav_server import BOOK

HERE = Path(__file__).resolve().parent
PHASES = ("first", "again", "idle", "changed")
LOGIN = "Basic " + base64.b64encode(b"user:x").decode("ascii")
START_S = 10.0

Figures = dict[str, Any]
"""cpu_s, wall_s, peak_mib, and requests, bytes of both books together."""

# A child's peak memory never reads below that of the process that made it, so a small one makes it.
_MEASURE = """
import json, os, subprocess, sys, time
began = time.monotonic()
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
wall = time.monotonic() - began
peak = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"code": os.waitstatus_to_exitcode(status), "cpu_s": used.ru_utime + used.ru_stime, "wall_s": wall,
               "peak_mib": peak}, file)
"""


class Failed(Exception):
    """A program ended with an error, or the books differ after it. ``str()`` has the end of its output."""


class Program(Protocol):
    """What is measured: ``make`` prepares its folder, ``command`` is what is timed."""

    def make(self, folder: Path, a: str, b: str) -> None: ...

    def command(self, folder: Path) -> list[str]: ...


class Hub:
    """Default settings, two systems, every plan approved."""

    def __init__(self, path: str) -> None:
        self._path = path

    def make(self, folder: Path, a: str, b: str) -> None:
        (folder / "config").mkdir()
        (folder / "secrets").mkdir(mode=0o700)
        (folder / "secrets" / "book").write_text("x", encoding="utf-8")
        (folder / "secrets" / "book").chmod(0o600)
        text = "".join(
            f'[systems.{name}]\nkind = "carddav"\n[systems.{name}.settings]\nurl = "{url}"\nusername = "user"\n'
            'password = { file = "secrets/book" }\n\n' for name, url in (("a", a), ("b", b)))
        (folder / "config" / "hub.toml").write_text(text, encoding="utf-8")

    def command(self, folder: Path) -> list[str]:
        return [self._path, "-C", str(folder), "sync", "--approve"]


class Vdirsyncer:
    """Default settings; a conflict, which this benchmark has none of, is won by A."""

    def make(self, folder: Path, a: str, b: str) -> None:
        def storage(name: str, url: str) -> str:
            return f'[storage {name}]\ntype = "carddav"\nurl = "{url}"\nusername = "user"\npassword = "x"\n\n'

        (folder / "config").write_text(
            f'[general]\nstatus_path = "{folder}/status/"\n\n[pair p]\na = "a"\nb = "b"\ncollections = null\n'
            f'conflict_resolution = "a wins"\n\n{storage("a", a)}{storage("b", b)}', encoding="utf-8")
        measured(self._command(folder, "discover"), folder)

    def command(self, folder: Path) -> list[str]:
        return self._command(folder, "sync")

    def _command(self, folder: Path, verb: str) -> list[str]:
        return [str(Path(sys.executable).with_name("vdirsyncer")), "-v", "WARNING", "-c", str(folder / "config"), verb]


class Floor:
    def make(self, folder: Path, a: str, b: str) -> None:
        (folder / "urls").write_text(f"{a} {b}", encoding="utf-8")

    def command(self, folder: Path) -> list[str]:
        urls = (folder / "urls").read_text(encoding="utf-8").split()
        return [sys.executable, str(HERE / "floor.py"), str(folder / "state.db"), *urls]


class Book:
    """An address book on a server of its own. Ends it on leaving."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        with log.open("ab") as out:
            self._server = subprocess.Popen([sys.executable, str(HERE / "carddav_server.py"), "--port", str(port)],  # noqa: S603
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def __enter__(self) -> Book:
        until = time.monotonic() + START_S
        while True:
            try:
                self.ask("GET", "/__counts")
                return self
            except urllib.error.URLError:
                if time.monotonic() > until or self._server.poll() is not None:
                    self.__exit__()
                    raise
                time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._server.kill()
        self._server.wait()

    @property
    def url(self) -> str:
        return self.origin + BOOK

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": LOGIN, "Content-Type": "text/vcard"}
        request = urllib.request.Request(self.origin + path, body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            out: bytes = answer.read()
            return out

    def fill(self, cards: Mapping[str, str]) -> None:
        self.ask("POST", "/__cards", json.dumps(cards).encode())

    def cards(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.ask("GET", "/__cards"))
        return found


def measured(command: Sequence[str], folder: Path) -> Figures:
    """Run it to its end. Raises Failed."""
    log, report = folder / "output", folder / "figures.json"
    with log.open("ab") as out:
        subprocess.run([sys.executable, "-I", "-S", "-c", _MEASURE, str(report), *command],  # noqa: S603
                       stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=True)
    figures: Figures = json.loads(report.read_text(encoding="utf-8"))
    if figures.pop("code") != 0:
        raise Failed(f"{command[0]} ended with an error:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
    return figures


def said(card: str) -> frozenset[tuple[str, str]]:
    """What a card says of the person: property with its types, and value. Left out is what each program may write in its own
    way: the UID (the hub gives new cards its own), FN (which follows from N), REV, PRODID, a marker, and who comes first."""
    out = set()
    for line in unfolded(card):
        head, _, value = line.partition(":")
        name, *params = head.upper().split(";")
        if name in ("UID", "FN", "REV", "PRODID", "VERSION") or name.startswith("X-"):
            continue
        types = {t for p in params if p.startswith("TYPE=") for t in p[5:].strip('"').split(",")} - {"PREF"}
        if value.rstrip(";"):
            out.add((";".join([name, *sorted(types)]), value.rstrip(";")))
    return frozenset(out)


def one_run(program: Program, count: int, run: int, folder: Path) -> dict[str, Figures]:
    """All phases on new books."""
    people = {f"{BOOK}{c.uid}.vcf": c for c in map(contacts.contact, range(count))}
    by_email = {_email(c.vcard()): c for c in people.values()}
    out: dict[str, Figures] = {}
    log = folder / "servers"
    with Book(log) as a, Book(log) as b:
        a.fill({path: c.vcard() for path, c in people.items()})
        program.make(folder, a.url, b.url)

        def phase(name: str) -> None:
            for book in (a, b):
                book.ask("POST", "/__reset")
            figures = measured(program.command(folder), folder)
            counts = [json.loads(book.ask("GET", "/__counts")) for book in (a, b)]
            figures["requests"] = sum(sum(c["requests"].values()) for c in counts)
            figures["by_method"] = {side: c["requests"] for side, c in zip("ab", counts, strict=True)}
            figures["bytes"] = sum(c["bytes_in"] + c["bytes_out"] for c in counts)
            in_a, in_b = ({_email(card): said(card) for card in book.cards().values()} for book in (a, b))
            wanted = {email: said(c.vcard()) for email, c in by_email.items()}
            for side, there in (("A", in_a), ("B", in_b)):
                wrong = [e for e in there | wanted if there.get(e) != wanted.get(e)]
                if wrong:
                    lost, more = wanted.get(wrong[0], frozenset()), there.get(wrong[0], frozenset())
                    raise Failed(f"after {name} {len(wrong)} of {count} cards in {side} are not as they should be, such as "
                                 f"{wrong[0]}: missing {sorted(lost - more)}, instead {sorted(more - lost)}")
            out[name] = figures

        phase("first")
        phase("again")
        phase("idle")
        share = max(1, count // 100)
        chosen = random.Random(run).sample(sorted(by_email), 2 * share)  # noqa: S311
        for book, emails, change in ((a, chosen[:share], contacts.with_title), (b, chosen[share:], contacts.with_note)):
            there = {_email(card): (path, card) for path, card in book.cards().items()}
            for email in emails:
                by_email[email] = change(by_email[email], f"edited {run}")
                path, card = there[email]
                book.ask("PUT", path, edited(card, by_email[email]).encode())
        phase("changed")
    return out


def edited(card: str, c: contacts.Contact) -> str:
    """The card as it stands there, with the title and note of ``c``: what a person's program would save."""
    lines = [x for x in unfolded(card) if not x.startswith(("TITLE:", "NOTE:", "END:"))]
    own = [x for x in c.vcard().splitlines() if x.startswith(("TITLE:", "NOTE:"))]
    return "\r\n".join([*lines, *own, "END:VCARD", ""])


def _email(card: str) -> str:
    """Each contact's first address is its own."""
    found = re.search(r"(?mi)^[\w.-]*EMAIL[^:\n]*:(\S+@\S+example\.com)$", "\n".join(unfolded(card)))
    return found[1] if found else ""


def unfolded(card: str) -> list[str]:
    """The lines of a card; a long one may be folded (RFC 2426 2.6)."""
    return re.sub(r"\r?\n[ \t]", "", card).splitlines()


def ratio(runs: Mapping[str, list[dict[str, Figures]]], program: str, phase: str, figure: str) -> list[float]:
    """The hub's figure divided by the program's, of each run."""
    return [ours[phase][figure] / theirs[phase][figure] for ours, theirs in zip(runs["hub"], runs[program], strict=True)]


def table(runs: Mapping[str, list[dict[str, Figures]]]) -> str:
    """Medians over the runs, as Markdown."""
    others = [name for name in runs if name != "hub"] if "hub" in runs else []
    head = ["phase", "program", "CPU s", "wall s", "peak MiB", "requests", "MB sent and read"]
    rows = [[*head, *(f"hub / {name}: CPU, wall, memory" for name in others)]]
    for phase in PHASES:
        for name, done in runs.items():
            def middle(figure: str, done: list[dict[str, Figures]] = done, phase: str = phase) -> float:
                return statistics.median(float(r[phase][figure]) for r in done)

            row = [phase, name, f"{middle('cpu_s'):.2f}", f"{middle('wall_s'):.2f}", f"{middle('peak_mib'):.0f}",
                   f"{middle('requests'):,.0f}", f"{middle('bytes') / 1e6:.2f}"]
            for other in others:
                ratios = [statistics.median(ratio(runs, other, phase, f)) for f in ("cpu_s", "wall_s", "peak_mib")]
                row.append(" ".join(f"{r:.2f}" for r in ratios) if name == "hub" else "")
            rows.append(row)
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Two-way sync, programs side by side.")
    parser.add_argument("--hub", default="hub", help="the installed command (default: the one on the path)")
    parser.add_argument("--programs", default="hub,vdirsyncer,floor", help="default: hub,vdirsyncer,floor")
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write all figures into this file")
    given = parser.parse_args()
    hub = shutil.which(given.hub)
    known: dict[str, Program] = {"vdirsyncer": Vdirsyncer(), "floor": Floor(), **({"hub": Hub(hub)} if hub else {})}
    names = given.programs.split(",")
    if unknown := [name for name in names if name not in known]:
        parser.error(f"cannot measure {', '.join(unknown)}: there is no such program, or no command {given.hub}")
    runs: dict[str, list[dict[str, Figures]]] = {name: [] for name in names}
    for run in range(given.runs):
        for name in names:
            with tempfile.TemporaryDirectory(prefix="two-way-") as folder:
                runs[name].append(one_run(known[name], given.cards, run, Path(folder)))
            told = "; ".join(f"{p} {f['cpu_s']:.2f} s CPU, {f['wall_s']:.2f} s" for p, f in runs[name][-1].items())
            print(f"run {run + 1} {name}: {told}; load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    if given.json:
        given.json.write_text(json.dumps({"cards": given.cards, "runs": runs}, indent=1), encoding="utf-8")
    print(table(runs))


if __name__ == "__main__":
    main()
