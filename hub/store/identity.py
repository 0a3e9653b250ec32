"""How records are found again (identity keys), and which of them are to be compared with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, exists, insert, literal, select, tuple_, union_all

from hub.store import tables as t
from hub.store.store import Tx, chunks

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


def keyed(tx: Tx, links: Iterable[str]) -> set[str]:
    """Those of these links that have keys."""
    k = t.identity_key.c
    found: set[str] = set()
    for part in chunks(sorted(set(links))):
        found.update(tx.sql.scalars(select(k.link).distinct().where(k.workspace == tx.ws, k.link.in_(part))))
    return found


def sharing(tx: Tx, links: Iterable[str], limit: int = 50, *, without: str = "") -> dict[Block, list[str]]:
    """Blocks of links that share a key with one of ``links``: (kind, hash) → links. Blocks above ``limit`` (an
    office's address) are left out, and those of the kind ``without``."""
    k, own, one = t.identity_key.c, t.identity_key.alias("own").c, t.identity_key.alias("one").c
    one_more = select(one.link).where(one.workspace == own.workspace, one.kind == own.kind, one.hash == own.hash)
    few = ~exists(one_more.offset(limit).limit(1))  # counted no further than the limit
    blocks: dict[Block, set[str]] = {}
    for part in chunks(sorted(set(links))):
        theirs = select(own.kind, own.hash).where(own.workspace == tx.ws, own.link.in_(part), own.kind != without, few)
        for r in tx.sql.execute(select(k.kind, k.hash, k.link).where(k.workspace == tx.ws, tuple_(k.kind, k.hash).in_(theirs))):
            blocks.setdefault((r.kind, r.hash), set()).add(r.link)
    return {key: sorted(block) for key, block in sorted(blocks.items()) if len(block) > 1}


def common(tx: Tx, kind: str, values: Iterable[str], by: str, least: int) -> set[str]:
    """Of these values of keys of one kind, those that links with at least ``least`` different keys of the kind ``by`` have:
    given names that many whole names begin with."""
    one, other = t.identity_key.alias("one").c, t.identity_key.alias("other").c
    asked = {tx.keys.blind(kind, value): value for value in values}
    found: set[str] = set()
    for part in chunks(sorted(asked), 400):  # SQLite takes 500 parts of a union
        named = union_all(*(select(literal(digest).label("hash")) for digest in part)).subquery("named").c
        others = select(other.hash).distinct().where(
            one.workspace == tx.ws, one.kind == kind, one.hash == named.hash, other.workspace == tx.ws, other.link == one.link,
            other.kind == by)
        found.update(tx.sql.scalars(select(named.hash).where(exists(others.offset(least - 1).limit(1)))))
    return {asked[digest] for digest in found}


def ask_again(tx: Tx, links: Iterable[str]) -> None:
    """Note that these links are to be compared: what matching sees of them, or whom they stand with, is another."""
    u = t.uncompared.c
    for part in chunks(sorted(set(links))):
        tx.sql.execute(delete(t.uncompared).where(u.workspace == tx.ws, u.link.in_(part)))
        tx.sql.execute(insert(t.uncompared), [{"workspace": tx.ws, "link": link} for link in part])


def uncompared(tx: Tx, most: int) -> list[str]:
    """Links that are to be compared, the first ``most``."""
    u = t.uncompared.c
    return list(tx.sql.scalars(select(u.link).where(u.workspace == tx.ws).order_by(u.link).limit(most)))


def compared(tx: Tx, links: Iterable[str]) -> None:
    """These links were compared."""
    u = t.uncompared.c
    for part in chunks(sorted(set(links))):
        tx.sql.execute(delete(t.uncompared).where(u.workspace == tx.ws, u.link.in_(part)))
