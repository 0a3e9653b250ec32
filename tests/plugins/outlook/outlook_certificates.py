"""Certificates and keys for the tests, and notes they sign: written with nothing of the connector."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.testing.clock import START


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Another one for each number."""
    return rsa.generate_private_key(65537, bits)


def certificate(key: Any, days: int = 365) -> bytes:
    """PEM of a certificate that ends so many days after the clock of the tests began."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "contact-hub")])
    begin = datetime.fromtimestamp(START, UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin - timedelta(days=400),
                                   begin + timedelta(days=days)).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM)


def pem(key: Any, password: bytes = b"") -> bytes:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    told: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
    return told


def file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "outlook.pem"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def note(key: rsa.RSAPrivateKey, of: bytes, head: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """A note signed with ``key`` for the certificate ``of``; ``head`` and ``claims`` are laid over a good one, None takes out."""
    print_ = x509.load_pem_x509_certificate(of).fingerprint(SHA256())
    good_head = {"alg": "PS256", "typ": "JWT", "x5t#S256": _text(print_)}
    good = {"jti": str(uuid.uuid4()), "nbf": int(START), "exp": int(START) + 300}
    signed = ".".join(_text(json.dumps({name: told for name, told in each.items() if told is not None}).encode())
                      for each in ({**good_head, **head}, {**good, **claims}))
    return f"{signed}.{_text(key.sign(signed.encode(), padding.PSS(padding.MGF1(SHA256()), 32), SHA256()))}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
