"""Candidates for being the same, and the judgements people give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.engine.asking.words import short, title
from hub.errors import UnknownName, UsageError
from hub.model.state import Cell
from hub.rules.matching.match import explain as in_words
from hub.store import contacts, inbox, reviews
from hub.store.contacts import LinkRow
from hub.store.store import Store


def every(store: Store) -> list[dict[str, Any]]:
    """Open candidates, by cause; each with both records' names and the reasons in words."""
    with store.reading() as tx:
        rows = reviews.candidates(tx)
        links = contacts.load_links(tx, ids={x for r in rows for x in (r.link_a, r.link_b)})
        return [{
            "id": f"{short(r.link_a)}-{short(r.link_b)}", "tier": r.tier, "cause": r.cause, "score": round(r.score, 3),
            "reasons": [in_words(x) for x in r.reasons],
            "records": [_record(links[x]) for x in (r.link_a, r.link_b) if x in links],
            "links": [r.link_a, r.link_b],
        } for r in rows]


def _record(link: LinkRow) -> dict[str, Any]:
    units = {u: Cell(v, 1, "") for u, v in link.shadow.items() if u.startswith("name.")}
    emails = sorted((link.shadow.get("emails") or {}).keys())
    return {"system": link.ref.system, "native_id": link.ref.native_id, "name": title(units), "emails": emails}


def judge(store: Store, names: Iterable[str], verdict: str, *, by: str) -> int:
    """Judge candidates by id, cause, or tier ("sure"). Returns how many pairs."""
    if verdict not in ("same", "different", "unsure"):
        raise UsageError('A verdict is "same", "different" or "unsure".')
    with store.writing() as tx:
        rows = reviews.candidates(tx)
        pairs: dict[tuple[str, str], str] = {}
        for name in names:
            found = [r for r in rows if name in (r.cause, r.tier, f"{short(r.link_a)}-{short(r.link_b)}")]
            if not found:
                raise UnknownName(f'No open match is called "{name}". See `hub matches list` for ids and causes.')
            pairs.update({(r.link_a, r.link_b): r.cause for r in found})
        links = contacts.load_links(tx, ids={x for p in pairs for x in p})
        by_contact: dict[str, list[tuple[str, str]]] = {}
        for a, b in sorted(pairs):
            by_contact.setdefault(links[a].contact, []).append((a, b))
        for contact, some in by_contact.items():
            inbox.add_answer(tx, contact, "match", {"pairs": some, "verdict": verdict, "by": by})
        return len(pairs)
