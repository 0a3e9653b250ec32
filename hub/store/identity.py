"""How records are found again (identity keys), and which of them are to be compared with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, insert, select

from hub.store import tables as t
from hub.store.store import CHUNK, Tx, chunks

Block = tuple[str, str]
"""(kind, hash) of a key that several links have."""


def learn_keys(tx: Tx, keys: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """link → its keys (kind, value); what was known of these links is replaced, and they are to be compared."""
    k = t.identity_key.c
    for part in chunks(sorted(keys)):
        tx.sql.execute(delete(t.identity_key).where(k.workspace == tx.ws, k.link.in_(part)))
    rows = [{"workspace": tx.ws, "kind": kind, "hash": tx.keys.blind(kind, value), "link": link}
            for link, pairs in keys.items() for kind, value in sorted(set(pairs))]
    if rows:
        tx.sql.execute(insert(t.identity_key), rows)
    ask_again(tx, keys)


def sharing(tx: Tx, links: Iterable[str], limit: int = 50) -> dict[Block, list[str]]:
    """Blocks of links that share a key with one of ``links``: (kind, hash) → links. Blocks above ``limit`` (an
    office's address) are left out."""
    k = t.identity_key.c
    mine: set[Block] = set()
    wanted = sorted(set(links))
    for part in chunks(wanted):
        mine.update(tx.sql.execute(select(k.kind, k.hash).where(k.workspace == tx.ws, k.link.in_(part))).tuples())
    blocks: dict[Block, list[str]] = {}
    by_kind: dict[str, list[str]] = {}
    for kind, hashed in sorted(mine):
        by_kind.setdefault(kind, []).append(hashed)
    for kind, hashes in by_kind.items():
        for part in chunks(hashes):
            query = select(k.hash, k.link).where(k.workspace == tx.ws, k.kind == kind, k.hash.in_(part))
            for r in sorted(tx.sql.execute(query), key=lambda r: r.link):  # ordered by SQL, SQLite would read every key
                blocks.setdefault((kind, r.hash), []).append(r.link)
    return {key: block for key, block in blocks.items() if 2 <= len(block) <= limit}


def ask_again(tx: Tx, links: Iterable[str]) -> None:
    """Note that these links are to be compared: what matching sees of them, or whom they stand with, is another."""
    u = t.uncompared.c
    for part in chunks(sorted(set(links))):
        tx.sql.execute(delete(t.uncompared).where(u.workspace == tx.ws, u.link.in_(part)))
        tx.sql.execute(insert(t.uncompared), [{"workspace": tx.ws, "link": link} for link in part])


def uncompared(tx: Tx, most: int = CHUNK) -> list[str]:
    """Links that are to be compared, the first ``most``."""
    u = t.uncompared.c
    return list(tx.sql.scalars(select(u.link).where(u.workspace == tx.ws).order_by(u.link).limit(most)))


def compared(tx: Tx, links: Iterable[str]) -> None:
    """These links were compared."""
    u = t.uncompared.c
    for part in chunks(sorted(set(links))):
        tx.sql.execute(delete(t.uncompared).where(u.workspace == tx.ws, u.link.in_(part)))
