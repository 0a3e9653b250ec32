"""The state behind the sandbox, and a side door for tests: what other people do on that server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote

from hub_carddav import sandbox_card

TOKEN = "http://radicale.org/ns/sync/"  # noqa: S105  the form of Radicale's sync tokens, no secret


class TokenUnknown(KeyError):
    """A sync token this book did not give, or gave too long ago."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that reached the sandbox."""

    method: str
    path: str
    status: int
    depth: str = ""
    report: str = ""


def etag_of(text: str) -> str:
    """Radicale's ETag: SHA-256 of the stored text (reproduces transcripts 06, 08, 12 and 25)."""
    return f'"{sha256(text.encode()).hexdigest()}"'


@dataclass(slots=True)
class Book:
    """An address book. ``history`` gives each name that ever was a hash over its ETags, as Radicale does."""

    path: str
    name: str
    read_only: bool = False
    cards: dict[str, str] = field(default_factory=dict)
    history: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.path.split("/")[1]

    def store(self, name: str, text: str) -> None:
        self.cards[name] = text
        self._remember(name, etag_of(text))

    def remove(self, name: str) -> None:
        del self.cards[name]
        self._remember(name, "")

    def _remember(self, name: str, etag: str) -> None:
        self.history[name] = etag_of(f"{self.history.get(name, '')}/{etag}").strip('"')

    def token(self) -> str:
        return self._token(self.history)

    def sync(self, old: str, limit: int) -> tuple[str, list[str], bool]:
        """New token, names that changed since ``old``, and whether there are more of them.

        Of "" RFC 6578 3.4 wants what is there; Radicale 3.9.0 also tells what was deleted lately, and so does this.
        """
        if old and old not in self.tokens:
            raise TokenUnknown(old)
        known = self.tokens[old] if old else {}
        changed = [name for name, mark in self.history.items() if mark != known.get(name)]
        if limit and len(changed) > limit:
            part = {name: self.history[name] for name in changed[:limit]}
            return self._token({**known, **part}), changed[:limit], True
        return self.token(), changed, False

    def _token(self, state: Mapping[str, str]) -> str:
        digest = sha256("".join(f"{name}/{mark}" for name, mark in sorted(state.items())).encode())
        token = TOKEN + digest.hexdigest()
        self.tokens[token] = dict(state)
        return token


class World:
    """All of the server. ``log``: every request, in order.

    ``rewrites``        stores cards tidied and then tells no ETag (RFC 6352 6.3.2.3)
    ``no_body_in_sync`` sync-collection has no address-data (RFC 6578 does not ask for it)
    ``page_limit``      members in one sync answer at most, 0: all (RFC 6578 3.6)
    ``versions``        vCard versions it takes; None: says 3.0 and takes 4.0 too, as Radicale (transcript 25)
    """

    def __init__(self, users: Mapping[str, str], books: Mapping[str, str], *, rewrites: bool, no_body_in_sync: bool,
                 page_limit: int, versions: tuple[str, ...] | None) -> None:
        self.users = dict(users)
        self.books = {path: Book(path, name) for path, name in books.items()}
        self.rewrites, self.no_body_in_sync, self.page_limit = rewrites, no_body_in_sync, page_limit
        self.versions = versions
        self.log: list[Call] = []
        for path in self.books:
            if not re.fullmatch(r"/[^/]+/[^/]+/", path) or path.split("/")[1] not in self.users:
                raise ValueError(f"{path}: write an address book as /user/book/, of one of the users")

    def put(self, path: str, text: str) -> str:
        """A person stores a card, in whatever form their program writes; the ETag."""
        book, name = self._card(path)
        book.store(name, text)
        return etag_of(text)

    def delete(self, path: str) -> None:
        """A person deletes a card."""
        book, name = self._card(path)
        book.remove(name)

    def get(self, path: str) -> str:
        book, name = self._card(path)
        return book.cards[name]

    def list(self, book: str) -> dict[str, str]:
        """Name → text of all cards."""
        return dict(self.books[book].cards)

    def remove_book(self, path: str) -> None:
        del self.books[path]

    def read_only(self, book: str, is_so: bool = True) -> None:
        self.books[book].read_only = is_so

    def expire_tokens(self) -> None:
        """Forget every sync token given so far (RFC 6578 3.2 allows it)."""
        for book in self.books.values():
            book.tokens.clear()

    def calls(self, method: str = "", report: str = "") -> Sequence[Call]:
        """Logged requests of that method, or of that report (``sync-collection``)."""
        return [c for c in self.log if method in ("", c.method) and report in ("", c.report)]

    def stored(self, text: str) -> str:
        """What this server makes of a card it is given."""
        text = sandbox_card.reordered(text)
        return sandbox_card.tidied(text) if self.rewrites else text

    def _card(self, path: str) -> tuple[Book, str]:
        parent, _, name = path.rpartition("/")
        return self.books[f"{parent}/"], unquote(name)
