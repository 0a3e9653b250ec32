"""The schema (design.md 6). Every key starts with the workspace; every table of records carries the entity.

Person values stand only in LargeBinary columns, sealed by ``hub.store.seal`` under the key of their owner. Unit names
carry values too (``emails[anna@x.fi]``), so they are sealed as well; what SQL must search for stands beside them in the
clear and says nothing of a person (counts, states, base unit names, keyed hashes).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Seq = BigInteger().with_variant(Integer, "sqlite")


IS_WAITING = text("waiting > 0")
IS_BEHIND = text("behind > 0")
IS_UNDELIVERED = text("state IN ('planned', 'ready', 'claimed')")
TAKES_AWAY = text("removals > 0")
IS_OPEN = text("state IN ('sent', 'unknown')")
"""Conditions of partial indexes: a statement finds its few rows among many only where it says the same, word for word."""


def _partial(name: str, *columns: Column[Any], where: TextClause, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class bytewise(FunctionElement[str]):  # noqa: N801  # used like a function of SQL
    """A text to ORDER BY, letter codes alone: SQLite knows no other order, a PostgreSQL database has its country's."""

    type = String()
    inherit_cache = True


@compiles(bytewise)
def _as_it_is(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(bytewise, "postgresql")
def _in_c(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'


def _ws() -> Column[str]:
    return Column("workspace", String(64), nullable=False)


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(36), nullable=False)


installation = Table(
    "installation", metadata, _ws(), _id(), Column("epoch", Seq, nullable=False),
    Column("check", LargeBinary, nullable=False), PrimaryKeyConstraint("workspace"),
)
"""``epoch`` is the fence: whoever takes the lease raises it; a writer with an older one may not commit.
``check`` opens only with the right master key."""

lease = Table(
    "lease", metadata, _ws(), Column("holder", String(120), nullable=False), Column("until", Float, nullable=False),
    Column("epoch", Seq, nullable=False), PrimaryKeyConstraint("workspace"),
)

vault = Table(
    "vault", metadata, _ws(), _id("owner"), Column("wrapped", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace", "owner"),
)
"""One data key per contact and per record, wrapped by the master key. Deleting the row erases its values."""

system = Table(
    "system", metadata, _ws(), Column("name", String(64), nullable=False),
    Column("epoch", Integer, nullable=False, default=0), Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, default=""), Column("fingerprint", String(200), nullable=False, default=""),
    Column("rules_hash", String(64), nullable=False, default=""), Column("approved_plan", String(36)),
    Column("pulled_at", Float), PrimaryKeyConstraint("workspace", "name"),
)
"""state: active, aside (set aside by a guard), stopped (credentials, set-up), dormant (not configured any more)."""

contact = Table(
    "contact", metadata, _ws(), _id(), Column("entity", String(32), nullable=False),
    Column("state", String(12), nullable=False), Column("into_id", String(36)),
    Column("waiting", Integer, nullable=False, default=0), Column("exists_number", Integer, nullable=False, default=0),
    Column("units", LargeBinary, nullable=False), PrimaryKeyConstraint("workspace", "id"),
)
_partial("ix_contact_waiting", contact.c.workspace, contact.c.waiting, where=IS_WAITING)
_partial("ix_contact_into", contact.c.workspace, contact.c.into_id, where=text("into_id IS NOT NULL"))

link = Table(
    "link", metadata, _ws(), _id(), _id("contact"), Column("entity", String(32), nullable=False),
    Column("system", String(64), nullable=False), Column("collection", String(400), nullable=False),
    Column("native_id", String(400), nullable=False), Column("life", String(12), nullable=False),
    Column("version", String(400)), Column("native_hash", String(64), nullable=False, default=""),
    Column("lens_hash", String(64), nullable=False, default=""),
    Column("behind", Integer, nullable=False, default=0), Column("tombstone", Boolean, nullable=False, default=False),
    Column("undone", Boolean, nullable=False, default=False), Column("own_key", String(400)),
    Column("past", JSON, nullable=False, default=list),
    Column("created_by_write", String(36)), Column("listing_id", String(400), nullable=False, default=""),
    Column("body", LargeBinary, nullable=False), PrimaryKeyConstraint("workspace", "id"),
)
"""``body`` (sealed): native, shadow, behind {unit: rev|null}, left {unit: [rev, seen]}, corrections {unit: [at …]}, retaken
{unit: [[at, value] …]}. ``behind`` counts them. ``tombstone``: forbids making the contact in that system again. ``undone``: made
by a run that was undone, proposed for deletion. ``past``: versions held before; seen again they are doubted and read once more (a
cached old answer looks like an edit)."""
Index("ix_link_ref", link.c.workspace, link.c.system, link.c.native_id, link.c.entity)
_partial("uq_link_live", link.c.workspace, link.c.system, link.c.collection, link.c.entity, link.c.native_id, unique=True,
         where=text("life NOT IN ('gone', 'merged')"))
Index("ix_link_contact", link.c.workspace, link.c.contact)
Index("ix_link_life", link.c.workspace, link.c.system, link.c.life, link.c.lens_hash, link.c.id)
_partial("ix_link_behind", link.c.workspace, link.c.behind, where=IS_BEHIND)

link_history = Table(
    "link_history", metadata, Column("seq", Seq, primary_key=True, autoincrement=True), _ws(), _id("link"),
    Column("from_contact", String(36)), Column("to_contact", String(36)), Column("cause", String(32), nullable=False),
    Column("journal", Seq, nullable=False),
)
Index("ix_link_history_link", link_history.c.workspace, link_history.c.link)

waiting_ref = Table(
    "waiting_ref", metadata, _ws(), Column("system", String(64), nullable=False),
    Column("native_id", String(400), nullable=False), _id("link"),
    PrimaryKeyConstraint("workspace", "system", "native_id", "link"),
)
"""Links whose native record names a record that has no contact yet."""
Index("ix_waiting_ref_link", waiting_ref.c.workspace, waiting_ref.c.link)

judgement = Table(
    "judgement", metadata, _ws(), _id("link_a"), _id("link_b"), Column("verdict", String(12), nullable=False),
    Column("by", String(120), nullable=False), Column("at", Float, nullable=False),
    Column("why", Text, nullable=False), PrimaryKeyConstraint("workspace", "link_a", "link_b"),
)
"""Between records (link ids outlive their contacts), never contacts. verdict: same, different, unsure."""

candidate = Table(
    "candidate", metadata, _ws(), _id("link_a"), _id("link_b"), Column("tier", String(12), nullable=False),
    Column("score", Float, nullable=False), Column("cause", String(120), nullable=False),
    Column("reasons", JSON, nullable=False), Column("state", String(12), nullable=False),
    PrimaryKeyConstraint("workspace", "link_a", "link_b"),
)
Index("ix_candidate_state", candidate.c.workspace, candidate.c.state)
Index("ix_candidate_b", candidate.c.workspace, candidate.c.link_b)

identity_key = Table(
    "identity_key", metadata, _ws(), Column("kind", String(32), nullable=False),
    Column("hash", String(32), nullable=False), _id("link"),
    PrimaryKeyConstraint("workspace", "kind", "hash", "link"),
)
Index("ix_identity_key_link", identity_key.c.workspace, identity_key.c.link, identity_key.c.kind, identity_key.c.hash)

uncompared = Table("uncompared", metadata, _ws(), _id("link"), PrimaryKeyConstraint("workspace", "link"))
"""Links that are to be compared with those that share a key with them: new, changed, joined or told apart since."""

inbox = Table(
    "inbox", metadata, Column("seq", Seq, primary_key=True, autoincrement=True), _ws(), _id("owner"),
    Column("kind", String(12), nullable=False), Column("system", String(64), nullable=False),
    Column("collection", String(400), nullable=False), Column("entity", String(32), nullable=False),
    Column("native_id", String(400), nullable=False), Column("version", String(400)),
    Column("complete", Boolean, nullable=False, default=True), Column("confirmed", Boolean, nullable=False, default=False),
    Column("first", Boolean, nullable=False, default=False), Column("arrived", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Unmerged observations (kind upserted, gone), people's answers (kind answer, match, exists, undo …), and joins that are
still to be done (kind merged): one writer of contacts. ``first``: it came with the first reading of its system, so nobody
knows when it was typed. ``owner``: the link, also of a record whose link is still to be made, or the contact."""
Index("ix_inbox_owner", inbox.c.workspace, inbox.c.owner)
Index("ix_inbox_system", inbox.c.workspace, inbox.c.system)

checkpoint = Table(
    "checkpoint", metadata, _ws(), Column("system", String(64), nullable=False),
    Column("entity", String(32), nullable=False), Column("settled", JSON), Column("listed_at", Float),
    PrimaryKeyConstraint("workspace", "system", "entity"),
)

conflict = Table(
    "conflict", metadata, _ws(), _id(), _id("contact"), Column("base", String(64), nullable=False),
    Column("number", Integer, nullable=False), Column("reason", String(16), nullable=False),
    Column("opened_at", Float, nullable=False), Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace", "id"),
)
"""One open conflict: ``base`` is the unit's base name ("@exists" for a delete that waits for a person); ``body``
(sealed) holds unit, note and the contenders with value, base and seen."""
Index("ix_conflict_contact", conflict.c.workspace, conflict.c.contact)

plan = Table(
    "plan", metadata, _ws(), _id(), Column("hash", String(64), nullable=False), Column("state", String(12), nullable=False),
    Column("made_at", Float, nullable=False), Column("approved_by", String(120)), Column("approved_at", Float),
    Column("run", String(36), nullable=False), Column("notes", JSON, nullable=False),
    PrimaryKeyConstraint("workspace", "id"),
)

write = Table(
    "write", metadata, _ws(), _id(), _id("plan"), Column("number", Integer, nullable=False), _id("contact"),
    Column("link", String(36)), Column("entity", String(32), nullable=False),
    Column("system", String(64), nullable=False), Column("collection", String(400), nullable=False),
    Column("op", String(12), nullable=False), Column("reason", String(32), nullable=False),
    Column("expect", String(400)), Column("digest", String(64), nullable=False),
    Column("state", String(12), nullable=False), Column("why", Text, nullable=False, default=""),
    Column("at", Float, nullable=False), Column("removals", Integer, nullable=False, default=0),
    Column("body", LargeBinary, nullable=False), PrimaryKeyConstraint("workspace", "id"),
)
"""state: planned, ready, claimed, done, refused, dropped. ``body`` (sealed): patch, before, after, shown, sent revs.
``removals``: deletes and blanks in it, for the guards."""
Index("ix_write_state", write.c.workspace, write.c.system, write.c.state, write.c.number, write.c.id)
Index("ix_write_plan", write.c.workspace, write.c.plan, write.c.system, write.c.op)
_partial("ix_write_undelivered", write.c.workspace, write.c.state, write.c.contact, where=IS_UNDELIVERED)
_partial("ix_write_removals", write.c.workspace, write.c.at, where=TAKES_AWAY)

intent = Table(
    "intent", metadata, _ws(), _id(), _id("write"), Column("attempt", Integer, nullable=False),
    Column("system", String(64), nullable=False), _id("contact"), Column("link", String(36)),
    Column("op", String(12), nullable=False), Column("key", String(64)), Column("marker", String(64)),
    Column("fence", Seq, nullable=False), Column("state", String(12), nullable=False),
    Column("sent_at", Float, nullable=False), Column("answer", String(200), nullable=False, default=""),
    Column("body", LargeBinary, nullable=False), PrimaryKeyConstraint("workspace", "id"),
)
"""The committed promise of one call: sent → answered, or unknown → settled."""
_partial("ix_intent_open", intent.c.workspace, intent.c.state, intent.c.system, where=IS_OPEN)
Index("ix_intent_contact", intent.c.workspace, intent.c.contact)
Index("ix_intent_write", intent.c.workspace, intent.c.write)

parked = Table(
    "parked", metadata, _ws(), _id("link"), Column("version", String(400)), Column("digest", String(64), nullable=False),
    Column("lens_hash", String(64), nullable=False), Column("reason", Text, nullable=False),
    Column("at", Float, nullable=False), Column("dismissed_by", String(120)),
    PrimaryKeyConstraint("workspace", "link", "digest"),
)
"""A refused write: not tried again until what would be sent (digest), the record's version or the lens moves.
``dismissed_by``: who does not want to be told of it any more.
For a create the ``link`` is the contact and the system's name stands in ``lens_hash`` before the lens."""

journal = Table(
    "journal", metadata, _ws(), Column("seq", Seq, nullable=False), _id("run"),
    Column("at", Float, nullable=False), Column("actor", String(120), nullable=False),
    Column("cause", String(32), nullable=False), Column("entity", String(32), nullable=False), _id("contact"),
    Column("digest", String(64), nullable=False), Column("chain", String(64), nullable=False),
    PrimaryKeyConstraint("workspace", "seq"),
)
"""Append-only. ``digest``: salted hash of the sealed changes; ``chain``: hash over the previous chain and this row."""
Index("ix_journal_contact", journal.c.workspace, journal.c.contact)
Index("ix_journal_run", journal.c.workspace, journal.c.run)

journal_values = Table(
    "journal_values", metadata, _ws(), Column("seq", Seq, nullable=False), _id("owner"),
    Column("body", LargeBinary, nullable=False), PrimaryKeyConstraint("workspace", "seq"),
)

erasure = Table(
    "erasure", metadata, _ws(), _id(), _id("contact"), Column("state", String(12), nullable=False),
    Column("by", String(120), nullable=False), Column("at", Float, nullable=False), Column("done_at", Float),
    Column("body", JSON, nullable=False), PrimaryKeyConstraint("workspace", "id"),
)
"""The wish that somebody be forgotten, and its receipt; nothing in it says who it was. state: open, done. ``body``: owners
(whose keys were destroyed), records [{link, system, outcome, why, at}], rule and why (of retention; "" where asked)."""

suppression = Table(
    "suppression", metadata, _ws(), Column("kind", String(48), nullable=False), Column("hash", String(32), nullable=False),
    _id("erasure"), PrimaryKeyConstraint("workspace", "kind", "hash", "erasure"),
)
"""Keyed hashes of the marks of those who were erased (``hub.rules.forgetting``), and of the records a system keeps of
them (kind "record")."""

returned = Table(
    "returned", metadata, _ws(), _id(), _id("erasure"), Column("system", String(64), nullable=False),
    Column("hash", String(32), nullable=False), Column("state", String(12), nullable=False), Column("at", Float, nullable=False),
    Column("decided_by", String(120)), Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace", "id"), UniqueConstraint("workspace", "hash"),
)
"""A record that shows a mark of somebody erased; its values are not kept. ``hash``: of the record. state: asked, admitted,
refused. ``body`` (sealed): entity, collection, native_id, marks."""

run = Table(
    "run", metadata, _ws(), _id(), Column("started_at", Float, nullable=False), Column("ended_at", Float),
    Column("state", String(12), nullable=False), Column("kind", String(12), nullable=False),
    Column("report", JSON, nullable=False), PrimaryKeyConstraint("workspace", "id"),
)
Index("ix_run_started", run.c.workspace, run.c.started_at)
