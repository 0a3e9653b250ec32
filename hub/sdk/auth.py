"""Who we are, and where that may be said: ``httpx.Auth`` classes that never show what they carry, and the origin
(RFC 6454) that credentials never leave."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from functools import lru_cache
from ipaddress import ip_address

import httpx
from pydantic import SecretStr

from hub.errors import Misconfigured


class HeaderAuth(httpx.Auth):
    """One header with a secret value. Raises Misconfigured for a value that no header can carry."""

    def __init__(self, name: str, value: str | SecretStr) -> None:
        plain = _plain(value)
        if not plain or not plain.isascii() or not plain.isprintable() or plain != plain.strip():
            raise Misconfigured(
                f"The secret for the header {name} is empty, or holds a line break, blanks at its ends or letters "
                "outside ASCII. Copy it again, without anything before or after it."
            )
        self._name, self._value = name, plain

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r}, …)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[self._name] = self._value
        yield request


class BearerAuth(HeaderAuth):
    """``Authorization: Bearer …`` (RFC 6750 2.1), or the same in another header."""

    def __init__(self, token: str | SecretStr, header: str = "Authorization") -> None:
        plain = _plain(token)
        super().__init__(header, f"Bearer {plain}" if plain.strip() == plain != "" else "")


class BasicAuth(httpx.BasicAuth):
    """User name and password (RFC 7617), sent as UTF-8."""

    def __init__(self, username: str, password: str | SecretStr) -> None:
        super().__init__(username, _plain(password))

    def __repr__(self) -> str:
        return "BasicAuth(…)"


def _plain(secret: str | SecretStr) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret


def system_url(text: str, system: str, *, allow_http: bool) -> httpx.URL:
    """The checked address of a system, with a slash at its end. Raises Misconfigured, without quoting it."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise Misconfigured(f"{system}: the url is no web address. Write it like https://crm.example.org/.")
    if url.userinfo or url.query or url.fragment:
        raise Misconfigured(
            f"{system}: the url of {url.host} carries a login, a '?' or a '#'. Write only the address; what is secret "
            "goes into its own setting."
        )
    if url.scheme == "http" and not allow_http and not _is_loopback(url.host):
        raise Misconfigured(f"{system}: {url.host} would get the credentials unencrypted. Write https:// in its url.")
    return url if url.path.endswith("/") else url.copy_with(path=url.path + "/")


def origin(url: httpx.URL) -> str:
    """Scheme, host and port: ``https://crm.example.org``."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def resolve(here: httpx.URL, reference: str) -> httpx.URL | None:
    """``reference`` against ``here`` (RFC 3986 5); None when it is no address. A login in it is dropped."""
    try:
        url = here.join(reference)
        return url.copy_with(username=None, password=None) if url.userinfo else url
    except httpx.InvalidURL:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 6.3


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """The authorities httpx brings, and those this computer trusts (an organisation's own)."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context
