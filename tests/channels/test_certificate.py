"""Certificates as they go wrong, on a real server."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from channels.certificate import certificate_faults

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@cache
def key(name: str) -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


def certificate(name: str, issuer: str, start: datetime, end: datetime) -> x509.Certificate:
    """One for `name` signed by `issuer`, an authority if it is its own."""
    subject, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer))
    builder = x509.CertificateBuilder(by, subject, key(name).public_key(), x509.random_serial_number(), start, end)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key(name).public_key()), critical=False)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(key(issuer).public_key())
    builder = builder.add_extension(issuer_key, critical=False)
    return builder.sign(key(issuer), SHA256())


ROOT = certificate("root", "root", NOW - 9 * DAY, NOW + 900 * DAY)


async def lines(
    folder: Path, *, name: str = "localhost", issuer: str = "root", days: tuple[int, int] = (-2, 90)
) -> list[str]:
    """What is said of a server with such a certificate, by somebody who knows the authority `root`."""
    start, end = (NOW + days[0] * DAY, NOW + days[1] * DAY)
    made = certificate(name, issuer, start, end)
    private = key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "pem").write_bytes(made.public_bytes(Encoding.PEM) + private)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(folder / "pem")
    knowing = ssl.create_default_context(cadata=ROOT.public_bytes(Encoding.PEM).decode())
    server = TestServer(web.Application(), scheme="https")
    await server.start_server(ssl=serving)
    try:
        address = f"https://localhost:{server.port}/channels/village/telegram"
        return list(await certificate_faults(address, now=NOW, trust=knowing))
    finally:
        await server.close()


async def test_one_that_can_be_trusted_is_well(tmp_path: Path) -> None:
    assert await lines(tmp_path) == []


@pytest.mark.parametrize(
    "how, said",
    [
        ({"days": (-9, -1)}, "has expired"),
        ({"days": (1, 9)}, "is not valid yet"),
        ({"issuer": "localhost"}, "is signed by nobody but itself"),
        ({"issuer": "stranger"}, "serve the whole chain"),
        ({"name": "other.test"}, "is for another name"),
        ({"days": (-80, 5)}, "ends in 4 days"),
    ],
)
async def test_what_is_wrong_with_it_is_told_with_what_to_do(how: dict[str, object], said: str, tmp_path: Path) -> None:
    (line,) = await lines(tmp_path, **how)  # type: ignore[arg-type]
    assert line.startswith("The certificate of localhost ")
    assert said in line
    assert ": " in line


async def test_a_server_without_tls_is_told() -> None:
    async with TestServer(web.Application()) as server:
        (line,) = await certificate_faults(f"https://localhost:{server.port}/x", now=NOW)
    assert "speaks no TLS" in line


async def test_a_server_that_cannot_be_reached_is_told(unused_tcp_port: int) -> None:
    (line,) = await certificate_faults(f"https://localhost:{unused_tcp_port}/secret", now=NOW)
    assert line.startswith("From here localhost could not be reached")
    assert "secret" not in line


async def test_without_https_there_is_nothing_to_look_at() -> None:
    for address in ("http://reports.test/", "", "https://", "https://reports.test:port/", "https://["):
        assert await certificate_faults(address, now=NOW) == ()
