"""An authority that signs certificates for a test, as good or as bad as one wants them."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

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


def serving(folder: Path, name: str, *, issuer: str = "root", days: tuple[int, int] = (-2, 90)) -> ssl.SSLContext:
    """What a server for `name` needs; its certificate is valid from and until so many days from now."""
    made = certificate(name, issuer, NOW + days[0] * DAY, NOW + days[1] * DAY)
    private = key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "pem").write_bytes(made.public_bytes(Encoding.PEM) + private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "pem")
    return context


def knowing() -> ssl.SSLContext:
    """What somebody needs who trusts `root` and nobody else."""
    return ssl.create_default_context(cadata=ROOT.public_bytes(Encoding.PEM).decode())
