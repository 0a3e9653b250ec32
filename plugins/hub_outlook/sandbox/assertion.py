"""Does a client assertion come from a certificate of the app registration? Checked with nothing of the connector.

Sources: "Microsoft identity platform application authentication certificate credentials" (learn.microsoft.com/entra/identity-
platform/certificate-credentials, 2025-01-04: header, claims, PSS). Numbers: 700021 and 700023 of "Troubleshoot authentication via
service principal" (learn.microsoft.com/azure/developer/java/sdk); 700027 and 50027 as recorded in AzureAD/microsoft-
authentication-library-for-js issue 8339 and -for-dotnet issue 124; 700024 in -for-dotnet issue 4951; 1000502, an expired
certificate, in AzureAD/microsoft-identity-web pull request 2840. All read 2026-11-30. What no page says is refused with 501:
another algorithm or thumbprint (older text had RS256 and x5t), and a ``jti`` that comes a second time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NOT_BUILT = 0
"""Instead of a number: no page says what the service does."""


class Bad(NamedTuple):
    """``number``: of the AADSTS code, or ``NOT_BUILT``."""

    number: int
    words: str


@dataclass(slots=True)
class Assertions:
    """``certificates``: SHA-256 thumbprint, as base64url → those people uploaded; ``used``: each ``jti`` that came."""

    clock: Callable[[], float]
    certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def upload(self, pem: bytes) -> None:
        """An administrator uploads a certificate."""
        certificate = x509.load_pem_x509_certificate(pem)
        print_ = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
        self.certificates[base64.urlsafe_b64encode(print_).decode().rstrip("=")] = certificate

    def judge(self, told: str, client_id: str, path: str) -> Bad | None:
        """What is wrong with it; None where it is good. ``path``: of the token service that was asked."""
        parts = told.split(".")
        head, claims = (_object(part) for part in parts[:2]) if len(parts) == 3 else (None, None)
        if head is None or claims is None:
            return Bad(50027, "Invalid JWT token.")
        if "x5t#S256" not in head:
            return Bad(NOT_BUILT, "an x5t thumbprint") if "x5t" in head else Bad(
                50027, "Invalid JWT token. No certificate thumbprint specified in token header.")
        if (head.get("alg"), head.get("typ")) != ("PS256", "JWT"):
            return Bad(NOT_BUILT, "a header other than PS256 and JWT")
        certificate = self.certificates.get(str(head["x5t#S256"]))
        if certificate is None:
            return Bad(700027, "The certificate with identifier used to sign the client assertion is not registered on "
                       "application. [Reason - The key was not found.]")
        if not _signed(certificate, ".".join(parts[:2]), parts[2]):
            return Bad(700027, "Client assertion failed signature validation.")
        if self.clock() >= certificate.not_valid_after_utc.timestamp():
            return Bad(1000502, "The provided certificate is not within its specified validity window.")
        return self._claims(claims, client_id, path)

    def _claims(self, claims: Mapping[str, Any], client_id: str, path: str) -> Bad | None:
        if not claims.get("iss") == claims.get("sub") == client_id:
            return Bad(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
        if urlsplit(str(claims.get("aud"))).path != path:
            return Bad(700023, "Client assertion audience claim does not match Realm issuer.")
        begin, end = claims.get("nbf"), claims.get("exp")
        if not isinstance(begin, int) or not isinstance(end, int):
            return Bad(NOT_BUILT, "an assertion without nbf or exp")
        if not begin <= self.clock() < end:
            return Bad(700024, "Client assertion is not within its valid time range.")
        if not isinstance(claims.get("jti"), str) or claims["jti"] in self.used:
            return Bad(NOT_BUILT, "an assertion without a jti of its own")
        self.used.add(claims["jti"])
        return None


def _signed(certificate: x509.Certificate, text: str, signature: str) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(_raw(signature), text.encode(), padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _object(part: str) -> dict[str, Any] | None:
    try:
        told = json.loads(_raw(part))
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _raw(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
