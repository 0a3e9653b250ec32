"""The native record of a memory system: its shape, what the vendor does to values it stores, and the mapping.

::

    {"kind": "individual" | "org", "given", "family", "full", "birthday", "notes", "company":  text or None
     "employer": native id or None, "optout": bool, "groups": [text],
     "emails", "phones": [{"id", "value", "label", "primary"}]      or, with slots, "email1" … "phone1" …: text or None
     "addresses": [{"id", "context", "street", "locality", "postcode", "country"}],
     "hub_key", "hub_marker": text or None}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.model.record import Native

TEXTS = ("given", "family", "full", "birthday", "notes", "company")
CONTACTS = ("emails", "phones")
FIELDS = frozenset({"kind", *TEXTS, "employer", "optout", "groups", *CONTACTS, "addresses"})
KEY, MARKER = "hub_key", "hub_marker"
LABELS = ("home", "work", "cell", "other")
CONTEXTS = ("home", "work", "billing", "other")
PARTS = ("street", "locality", "postcode", "country")
LONG = frozenset({"given", "family", "full", "notes", "company"})
"""Texts that ``max_text`` cuts."""


def _trim(native: dict[str, Any]) -> None:
    for name in LONG & native.keys():
        if isinstance(native[name], str):
            native[name] = " ".join(native[name].split()) or None


def _upper_family(native: dict[str, Any]) -> None:
    if isinstance(native.get("family"), str):
        native["family"] = native["family"].upper()


REWRITES: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "none": lambda native: None, "trim": _trim, "upper-family": _upper_family,
}
"""What a vendor does to what it stores, whoever wrote it."""


class Refusal(ValueError):
    """The vendor does not take this record. ``str()`` names the field, never the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How a memory system behaves. Every combination that some vendor has can be set; impossible ones are refused.

    ``cursor``           how changes are asked for; "none": every pull lists everything
    ``tick_s``           seconds of the vendor's clock; changes within one tick carry one timestamp
    ``deletes_seen_as``  "tombstone": in the stream of changes · "soft flag", "inactive": the record says so, while it
                         is in the trash · "absence": it is only missing
    ``versioned``        records carry a version, another one after each change
    ``conditional``      a write can be made to fail when the version moved
    ``own_key``          a record can hold the hub's key and be searched by it
    ``unique_key``       … and no two records can hold the same one, trashed ones included
    ``marker``           a record can hold a marker of the hub's last write
    ``returns``          what a write answers: the stored record, its version, or nothing
    ``batch_max``, ``batch_mode``  writes in one call: "atomic" all or nothing, "partial" each for itself
    ``slots``            e-mails, and phones, a record has room for, in ``email1`` …; None: a list of rows
    ``first_is_primary`` the first slot holds the primary one; else slots say nothing about it
    ``max_text``         characters of a text; what is longer is cut without a word
    ``rewrite``          one of ``REWRITES``
    ``page``             records a page
    ``restorable``       a delete goes to a trash first
    ``reuse_row_ids``    a new row gets the lowest free id, also one that an earlier row had
    ``partial``          changes carry only the top-level keys that changed
    ``fields``           the fields it knows
    ``collections``      the parts that list their own records
    ``merges``           its interface can merge two records
    """

    cursor: Literal["none", "timestamp", "token"] = "token"
    tick_s: float = 1.0
    deletes_seen_as: Literal["tombstone", "soft flag", "inactive", "absence"] = "tombstone"
    versioned: bool = True
    conditional: bool = True
    own_key: bool = True
    unique_key: bool = True
    marker: bool = True
    returns: Literal["record", "version", "none"] = "record"
    batch_max: int = 1
    batch_mode: Literal["none", "atomic", "partial"] = "none"
    slots: int | None = None
    first_is_primary: bool = False
    max_text: int | None = None
    rewrite: str = "none"
    page: int = 100
    restorable: bool = True
    reuse_row_ids: bool = False
    partial: bool = False
    fields: frozenset[str] = FIELDS
    collections: tuple[str, ...] = ("",)
    merges: bool = False

    def __post_init__(self) -> None:
        impossible = {
            "tombstones need a cursor": self.deletes_seen_as == "tombstone" and self.cursor == "none",
            "a soft flag needs a trash": self.deletes_seen_as in ("soft flag", "inactive") and not self.restorable,
            "only a version can be asked for": self.conditional and not self.versioned,
            "only a version can be returned": self.returns == "version" and not self.versioned,
            "partial changes need a token": self.partial and self.cursor != "token",
            "a batch mode needs batch_max": (self.batch_mode == "none") != (self.batch_max == 1),
            "slots are one or more": self.slots is not None and self.slots < 1,
            "only slots have a first one": self.first_is_primary and self.slots is None,
            "unknown rewrite": self.rewrite not in REWRITES,
            "unknown field": not self.fields <= FIELDS,
        }
        if wrong := [why for why, is_so in impossible.items() if is_so]:
            raise ValueError("; ".join(wrong))

    def slot_names(self, kind: str) -> tuple[str, ...]:
        """``("email1", "email2")`` for "emails"; () where the system has rows."""
        return tuple(f"{kind[:-1]}{n}" for n in range(1, (self.slots or 0) + 1))


def blank(traits: Traits) -> dict[str, Any]:
    """A record with nothing in it: every key the system has."""
    empty: dict[str, Any] = {name: None for name in ("given", "family", "full", "birthday", "notes", "company",
                                                     "employer") if name in traits.fields}
    if "kind" in traits.fields:
        empty["kind"] = "individual"
    if "optout" in traits.fields:
        empty["optout"] = False
    for name in ("groups", "addresses"):
        if name in traits.fields:
            empty[name] = []
    for kind in CONTACTS:
        if kind in traits.fields:
            empty.update(dict.fromkeys(traits.slot_names(kind)) if traits.slots is not None else {kind: []})
    if traits.own_key:
        empty[KEY] = None
    if traits.marker:
        empty[MARKER] = None
    return empty


def stored(traits: Traits, before: Native, patch: Native, row_id: Callable[[set[str]], str]) -> dict[str, Any]:
    """What the vendor keeps when ``patch`` is written over ``before``. ``row_id``: an id for a new row, given those
    in use. Raises Refusal."""
    changed: dict[str, Any] = {}
    for name, value in patch.items():
        if name not in before:
            raise Refusal(f"there is no field {name}")
        changed[name] = _value(traits, name, value, before[name], row_id)
    REWRITES[traits.rewrite](changed)
    return {**before, **changed}


def _value(traits: Traits, name: str, value: Any, before: Any, row_id: Callable[[set[str]], str]) -> Any:
    if name in (*CONTACTS, "addresses"):
        return _rows(name, value, before, row_id)
    if name == "groups":
        if not isinstance(value, list):
            raise Refusal("groups is not a list")
        return [_text(name, each) for each in value]
    if name == "optout":
        if not isinstance(value, bool):
            raise Refusal("optout is neither true nor false")
        return value
    if name == "kind" and value not in ("individual", "org"):
        raise Refusal("kind is neither individual nor org")
    if value is None or value == "":
        return None
    text = _text(name, value)
    return text[: traits.max_text] if traits.max_text is not None and name in LONG else text


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Refusal(f"{name} is not a text")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Refusal(f"{name} holds a character that cannot be stored")
    return value


def _rows(name: str, rows: Any, before: list[dict[str, Any]], row_id: Callable[[set[str]], str]) -> list[dict[str, Any]]:
    keys = {"id", "context", *PARTS} if name == "addresses" else {"id", "value", "label", "primary"}
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and row.keys() <= keys for row in rows):
        raise Refusal(f"{name} is not a list of rows with the keys {', '.join(sorted(keys))}")
    used = {row["id"] for row in rows if row.get("id")}
    if not used <= {row["id"] for row in before}:
        raise Refusal(f"{name} names a row that is not there")
    new, led = [], False
    for row in rows:
        text = {key: _text(name, value) for key, value in row.items() if key not in ("id", "primary") and value}
        own = row.get("id") or row_id(used)
        used.add(own)
        if name == "addresses":
            new.append({"id": own, "context": text.get("context"), **{part: text.get(part) for part in PARTS}})
        else:
            lead = bool(row.get("primary")) and not led
            led = led or lead
            new.append({"id": own, "value": text.get("value"), "label": text.get("label"), "primary": lead})
    return new


def memory_mapping(traits: Traits) -> dict[str, Any]:
    """The mapping of such a system, as ``docs/mapping-format.md`` says (a parsed file)."""
    has = traits.fields
    simple = {"given": "name.given", "family": "name.family", "full": "name.full", "notes": "notes",
              "company": "company", "employer": "employer"}
    one_name = "full" in has and not {"given", "family"} & has
    fields: dict[str, Any] = {unit: {"at": at} for at, unit in simple.items()
                              if at in has and not (at == "full" and one_name)}
    if "birthday" in has:
        fields["birthday"] = {"at": "birthday", "codec": "date"}
    if "kind" in has:
        fields["kind"] = {"at": "kind", "codec": {"name": "choice", "values": {k: k for k in ("individual", "org")}}}
    sets: dict[str, Any] = {}
    for kind in CONTACTS:
        if kind in has:
            sets[kind] = _slot_set(traits, kind) if traits.slots is not None else _row_set(kind)
    if "addresses" in has:
        sets["addresses"] = {"rows": "addresses", "row_id": "id", "key": {"at": "context", "codec": _same(CONTEXTS)},
                             "parts": {part: part for part in PARTS}}
    if "groups" in has:
        sets["groups"] = {"list": "groups"}
    if "optout" in has:
        sets["consents"] = {"flags": [{"at": "optout", "withdraws": ["marketing:email"]}]}
    fixed = {} if "kind" in has else {"kind": {"fixed": "individual"}}
    contact: dict[str, Any] = {"native": "Contact", "fields": {**fixed, **fields}, "sets": sets}
    if one_name:
        contact["fullname"] = {"at": "full", "units": ["name.given", "name.family"]}
    return {"contact": contact}


def _same(words: tuple[str, ...]) -> dict[str, Any]:
    return {"name": "choice", "values": {word: word for word in words}}


def _row_set(kind: str) -> dict[str, Any]:
    return {"rows": kind, "value": "value", "row_id": "id", "primary": "primary",
            "attrs": {"label": {"at": "label", "codec": _same(LABELS)}}}


def _slot_set(traits: Traits, kind: str) -> dict[str, Any]:
    slots = {"slots": [{"at": at} for at in traits.slot_names(kind)]}
    return {**slots, "primary": "first"} if traits.first_is_primary else slots
