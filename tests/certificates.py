"""Certificates for tests: authorities, and servers on loopback that send what they are told to."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def name_of(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@dataclass
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(
        self,
        common_name: str,
        *,
        authority: bool = False,
        aia: str | None = None,
        alternative: x509.GeneralName = LOOPBACK,
        days: int = 2,
        issuer: str | None = None,
    ) -> Self:
        """Issue a certificate; `issuer` is another name to write into it than the own one."""
        own = self.certificate.subject
        named = own if issuer is None else name_of(issuer)
        return issue(common_name, named, self.key, authority, aia, alternative, days)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def context(self, folder: Path, *others: Self) -> ssl.SSLContext:
        """A server's context that sends this certificate and only the given others."""
        path = folder / "server.pem"
        secret = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(secret + self.pem + b"".join(other.pem for other in others))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def self_signed(common_name: str, *, authority: bool = True, issuer: str | None = None) -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    named = name_of(issuer or common_name)
    return issue(common_name, named, key, authority, None, LOOPBACK, 2, key)


def issue(common_name, issuer, signer, authority, aia, alternative, days, key=None) -> Holder:
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(common_name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3))
        .not_valid_after(now + dt.timedelta(days=days))
    )
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia or "")
    )
    extensions = [
        (x509.BasicConstraints(authority, None), True),
        (x509.KeyUsage(True, *[False] * 4, authority, authority, False, False), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
        *([] if authority else [(x509.SubjectAlternativeName([alternative]), False)]),
        *([(x509.AuthorityInformationAccess([access]), False)] if aia else []),
    ]
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Holder(builder.sign(signer, hashes.SHA256()), key)
