"""Sealing of person values: AES-256-GCM with a key per owner (contact or record), wrapped by the master key.

Associated data is ``table|row|column``, so that a sealed cell opens only where it was written. Destroying an owner's
key makes every value sealed under it unreadable; digests in the journal stay verifiable.

Secrets of systems belong to nobody in the database: ``seal_secret`` seals them under a key of their own, made of the
master key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import StoreError

KEY_BYTES = 32
NONCE_BYTES = 12
KEPT = 20_000
"""Unwrapped keys kept between transactions: what some chunks need, not what a federation has."""
INSTALLATION = "installation"
"""The owner whose key tells whether a master key fits."""


class SealBroken(StoreError):
    """A sealed value does not open: wrong master key, erased person, or a changed file."""


class Keyring:
    """The unwrapped keys of the owners met so far. One per open store; holds no database."""

    def __init__(self, master: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        if len(master) != KEY_BYTES:
            raise StoreError(f"The master key must have {KEY_BYTES} bytes; it has {len(master)}.")
        self._wrap = AESGCM(master)
        self._random = random
        self._open: dict[str, AESGCM] = {}
        self._blind = hmac.new(master, b"contact-hub identity keys", hashlib.sha256).digest()

    def __len__(self) -> int:
        return len(self._open)

    def knows(self, owner: str) -> bool:
        return owner in self._open

    def make(self, owner: str) -> bytes:
        """A new key for ``owner``; returns it wrapped, to be stored in the vault."""
        key = self._random(KEY_BYTES)
        self._open[owner] = AESGCM(key)
        nonce = self._random(NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, key, owner.encode())

    def learn(self, wrapped: Mapping[str, bytes]) -> None:
        """Unwrap keys read from the vault. Raises SealBroken for a wrong master key."""
        for owner, sealed in wrapped.items():
            try:
                key = self._wrap.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
            except InvalidTag:
                raise SealBroken("The master key does not fit this database. Restore the key file that belongs to it.") from None
            self._open[owner] = AESGCM(key)

    def make_room(self, most: int = KEPT) -> None:
        """Forget the keys of people when there are more than ``most``; they are read again from the vault."""
        if len(self._open) > most:
            self._open = {INSTALLATION: self._open[INSTALLATION]} if INSTALLATION in self._open else {}

    def forget(self, owners: Iterable[str]) -> None:
        for owner in owners:
            self._open.pop(owner, None)

    def seal(self, owner: str, place: str, value: Any) -> bytes:
        """``value`` as JSON, sealed for ``place`` ("table|row|column")."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "surrogatepass")
        nonce = self._random(NONCE_BYTES)
        return nonce + self._open[owner].encrypt(nonce, text, place.encode())

    def open(self, owner: str, place: str, sealed: bytes) -> Any:
        """The value back. Raises SealBroken when the owner was erased or the cell was moved or changed."""
        key = self._open.get(owner)
        if key is None:
            raise SealBroken("The values of this person were erased, or their key is not in this database.")
        try:
            text = key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except InvalidTag:
            raise SealBroken(f"A sealed value of {place.split('|')[0]} does not open: the file was changed.") from None
        return json.loads(text.decode("utf-8", "surrogatepass"))

    def blind(self, kind: str, value: str) -> str:
        """A keyed hash of an identity key (32 hex digits): equal for equal values, useless without the master key."""
        return hmac.new(self._blind, f"{kind}|{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def seal_secret(master: bytes, name: str, secret: str) -> bytes:
    """``secret`` sealed with the master key; it opens only under the same ``name``."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _of_secrets(master).encrypt(nonce, secret.encode("utf-8"), name.encode("utf-8"))


def open_secret(master: bytes, name: str, sealed: bytes) -> str:
    """The secret back. Raises SealBroken for another key or name, or a changed file."""
    try:
        return _of_secrets(master).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode("utf-8")).decode("utf-8")
    except (InvalidTag, ValueError):
        raise SealBroken("A sealed secret does not open: another master key sealed it, or its file was changed.") from None


def _of_secrets(master: bytes) -> AESGCM:
    return AESGCM(hmac.new(master, b"contact-hub secrets of systems", hashlib.sha256).digest())
