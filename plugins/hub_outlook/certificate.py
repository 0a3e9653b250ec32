"""The application's certificate: it signs a note that says who asks, so that no secret travels.

Source: "Microsoft identity platform application authentication certificate credentials" (learn.microsoft.com/entra/identity-
platform/certificate-credentials, 2025-01-04: PS256 with PSS padding, ``x5t#S256``, the claims, 5 to 10 minutes at most). JWT:
RFC 7519; PS256: RFC 7518 3.5 (RSA of 2048 bits or more).
"""

from __future__ import annotations

import base64
import json
import os
import stat
import uuid
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from hub.sdk import Misconfigured

LIFE_S = 300
"""So long a note counts. Each is used once, at once."""
LEAST_BITS = 2048
_HOW = "It must be a PEM file with the certificate and its private key, without a password."


class Certificate:
    """Read from a PEM file. Raises Misconfigured with the cure. ``expires``: its last day, in UTC."""

    def __init__(self, path: Path, system: str) -> None:
        pem, place = _pem(path, system), f"{system}: the file under certificate"
        try:
            self._certificate = x509.load_pem_x509_certificate(pem)
        except ValueError:
            raise Misconfigured(f"{place} holds no certificate. {_HOW}") from None
        try:
            key = load_pem_private_key(pem, None)
        except TypeError:
            raise Misconfigured(f"{place} has a private key with a password. {_HOW}") from None
        except ValueError:
            raise Misconfigured(f"{place} holds no private key. {_HOW}") from None
        if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
            raise Misconfigured(f"{place} has a key that is not RSA with {LEAST_BITS} bits or more. Make another certificate.")
        if _public(key.public_key()) != _public(self._certificate.public_key()):
            raise Misconfigured(f"{place} has a private key that belongs to another certificate. {_HOW}")
        self._key = key
        self.expires: date = self._certificate.not_valid_after_utc.date()

    def __repr__(self) -> str:
        return "Certificate(…)"

    def assertion(self, audience: str, client_id: str, now: float) -> str:
        """A signed note for one request. ``audience``: the address of the token service; ``now``: Unix seconds."""
        begin = int(now)
        head = {"alg": "PS256", "typ": "JWT", "x5t#S256": _text(self._certificate.fingerprint(SHA256()))}
        claims = {"aud": audience, "iss": client_id, "sub": client_id, "jti": str(uuid.uuid4()), "nbf": begin, "iat": begin,
                  "exp": begin + LIFE_S}
        signed = f"{_json(head)}.{_json(claims)}"
        return f"{signed}.{_text(self._key.sign(signed.encode(), PSS(MGF1(SHA256()), SHA256.digest_size), SHA256()))}"


def _pem(path: Path, system: str) -> bytes:
    """Raises Misconfigured for a file that is not there, or that every account of this computer can read."""
    try:
        if os.name == "posix" and path.stat().st_mode & stat.S_IROTH:
            raise Misconfigured(f"{system}: every account of this computer can read the file under certificate, which holds a "
                                "private key. Run chmod 600 on it.")
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{system}: the file under certificate cannot be read ({error.strerror}). {_HOW}") from None


def _public(key: Any) -> bytes:
    told: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return told


def _json(told: Mapping[str, Any]) -> str:
    return _text(json.dumps(told, separators=(",", ":")).encode())


def _text(raw: bytes) -> str:
    """base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
