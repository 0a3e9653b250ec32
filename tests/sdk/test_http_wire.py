"""On a real socket of this computer: refused, broken off, stalled, not TLS, a certificate nobody vouches for."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from http_script import FakeClock, run

from hub.sdk import ConnectorError, ContractBroken, HubClient, Misconfigured, Transient, Unanswered

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def says_then_closes(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return talk


async def says_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()  # until the client gives up


async def speaks_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    await reader.read()


def asked(
    talk: Talk, method: str = "GET", *, scheme: str = "http", tls: ssl.SSLContext | None = None,
    timeout_s: float = 30, total_s: float = 120,
) -> tuple[object, int]:  # fmt: skip
    """What one request to such a server gives (text, or the error), and how many connections were made."""
    made = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal made
        made += 1
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def doing() -> object:
        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        http = HubClient(f"{scheme}://127.0.0.1:{port}/", system="crm", clock=FakeClock(), attempts=3,
                         timeout_s=timeout_s, total_s=total_s)  # fmt: skip
        try:
            return (await http.request(method, "people")).text
        except ConnectorError as error:
            return error
        finally:
            await http.aclose()
            server.close()
            await server.wait_closed()

    return run(doing()), made


def test_a_whole_answer() -> None:
    assert asked(says_then_closes(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole")) == ("whole", 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"220 mail.example.org ESMTP\r\n",
        b"",
    ],
)
def test_an_answer_broken_off(answer: bytes) -> None:
    for method, error, times in (("GET", ContractBroken, 3), ("POST", Unanswered, 1)):
        told, made = asked(says_then_closes(answer), method)
        assert type(told) is error
        assert made == times


@pytest.mark.parametrize("talk", [says_nothing, stalls])
def test_silence_ends_at_the_time_out(talk: Talk) -> None:
    for method, error, times in (("GET", Transient, 3), ("POST", Unanswered, 1)):
        told, made = asked(talk, method, timeout_s=0.02)
        assert type(told) is error
        assert made == times


@pytest.mark.parametrize("talk", [says_nothing, stalls])
def test_silence_ends_at_the_total(talk: Talk) -> None:
    for method, error in (("GET", Transient), ("POST", Unanswered)):
        told, made = asked(talk, method, total_s=0.05)
        assert type(told) is error
        assert "no whole answer" in str(told)
        assert made == 1


def test_nobody_listens() -> None:
    async def doing() -> None:
        server = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        http = HubClient(f"http://127.0.0.1:{port}/", system="crm", clock=FakeClock(), attempts=2)
        try:
            await http.request("POST", "people")
        finally:
            await http.aclose()

    with pytest.raises(Transient, match="nobody listens there") as raised:
        run(doing())
    assert type(raised.value) is Transient


def test_a_server_without_tls() -> None:
    told, _ = asked(speaks_plainly, "POST", scheme="https")
    assert type(told) is Misconfigured
    assert "does not speak TLS" in str(told)


@pytest.mark.fault("N7", guard="hub.sdk.http:HubClient.__init__")
def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    told, _ = asked(says_nothing, "POST", scheme="https", tls=self_signed(tmp_path))
    assert type(told) is Misconfigured
    assert "certificate this computer does not trust" in str(told)
    assert "add its authority" in str(told)


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    both = certificate.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(both)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
