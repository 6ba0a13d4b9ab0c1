"""Fetch the certificates that a server leaves out between its own and a trusted root.

A certificate names the address of its issuer's (authority information access, AIA; RFC 5280,
4.2.2.1).  What is fetched there is trusted no more than if the server had sent it: it may only
link the server's certificate to a root that is trusted already.  OpenSSL then verifies the whole
chain and the host name, as for any server.
"""

import itertools
import ssl
from pathlib import Path
from typing import Any

from aia_chaser import AiaChaser
from aia_chaser.exceptions import AiaChaseExhaustedError, AiaChaserError
from aia_chaser.utils.cert_utils import extract_aia_information, load_ssl_ca_certificates
from aia_chaser.verify import verify_directly_issued_by
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from enem.errors import Sentence, TranslatedError, sentence

LONGEST_CHAIN = 8


class BrokenChainError(TranslatedError):
    """The certificates between a server's own and a trusted root cannot be had."""


class LinkingAdapter(HTTPAdapter):
    """Connect to servers that leave out the given certificates of authorities."""

    def __init__(self, links: list[x509.Certificate]) -> None:
        self.context = create_urllib3_context()
        # Otherwise a fetched certificate could end a chain in place of a trusted root.
        self.context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
        for link in links:
            self.context.load_verify_locations(cadata=link.public_bytes(Encoding.DER))
        super().__init__()

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[dict, dict]:
        """Add the context; requests adds the trusted roots to it."""
        host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        return host, {**pool, "ssl_context": self.context}


def missing_links(served: bytes, roots: Path) -> list[x509.Certificate]:
    """Fetch the certificates that link a server's own to a trusted root.

    Parameters
    ----------
    served
        The server's certificate (DER), not verified yet.
    roots
        PEM file of the trusted roots.

    Returns
    -------
    list
        Certificates of authorities, from the server's issuer on.  None of them is self-signed, so
        none can pass for a root.

    Raises
    ------
    BrokenChainError
        When one cannot be fetched or is no authority's, or the chain ends in no trusted root.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=roots)
    try:
        chain = _chase(x509.load_der_x509_certificate(served), context)
    except ValueError as error:
        raise BrokenChainError("a certificate is malformed ({error})", error=error) from error
    for issued, link in itertools.pairwise(chain):
        _check_link(link, issued)
    return chain[1:]


def _chase(served: x509.Certificate, context: ssl.SSLContext) -> list[x509.Certificate]:
    trusted = {root.subject for root in load_ssl_ca_certificates(context, force_load=False)}
    chain: list[x509.Certificate] = []
    upwards = AiaChaser(context).aia_chase_cert(served)
    try:
        for certificate in itertools.islice(upwards, LONGEST_CHAIN):
            chain.append(certificate)
            if certificate.issuer in trusted:
                return chain
    except AiaChaseExhaustedError as error:
        raise BrokenChainError("; ".join(str(cause) for cause in error.errors)) from error
    # The library looks names up that a chain of unexpected form need not have.
    except (AiaChaserError, LookupError) as error:
        raise BrokenChainError(_no_end(chain[-1] if chain else served)) from error
    raise BrokenChainError(_no_end(chain[-1]))


def _no_end(last: x509.Certificate) -> Sentence:
    if extract_aia_information(last).ca_issuers:
        return sentence(
            "the chain behind {certificate} ends in no trusted root", certificate=_name(last)
        )
    issuer = last.issuer.rfc4514_string()
    return sentence(
        "{certificate} names no address of the certificate of its issuer, {issuer!r}, which "
        "is no trusted root",
        certificate=_name(last),
        issuer=issuer,
    )


def _check_link(link: x509.Certificate, issued: x509.Certificate) -> None:
    if not _is_authority(link):
        # Otherwise whoever has a certificate could issue others.
        raise BrokenChainError(
            "{certificate}, named as an issuer, is no certificate authority's",
            certificate=_name(link),
        )
    if _folded(link.subject) == _folded(link.issuer):
        raise BrokenChainError(
            "{certificate} is self-signed and no trusted root", certificate=_name(link)
        )
    try:
        verify_directly_issued_by(issued, link)
    except AiaChaserError as error:
        raise BrokenChainError(
            "{certificate} has not signed {issued}", certificate=_name(link), issued=_name(issued)
        ) from error


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _folded(name: x509.Name) -> str:
    # To OpenSSL, names that differ in case and spaces only are the same.
    return "".join(name.rfc4514_string().split()).casefold()


def _name(certificate: x509.Certificate) -> Sentence:
    return sentence("the certificate {subject!r}", subject=certificate.subject.rfc4514_string())
