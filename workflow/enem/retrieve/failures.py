"""Why a download failed, and how to go on, in sentences."""

import ssl
from urllib.parse import urlsplit

import requests

from enem.retrieve.sources import Source

NO_ISSUER = frozenset({2, 20, 21})
"""OpenSSL's codes for a chain that ends before a root (X509_V_ERR_UNABLE_TO_...)."""


class Interrupted(Exception):  # noqa: N818 - it is a state of the transfer, caught by its caller
    """The transfer stopped for a reason that may pass; the bytes so far are kept.

    Parameters
    ----------
    why
        What happened.
    wait
        Seconds that the server asks to wait.
    """

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


def ways_on(edition: str) -> str:
    """Say how to go on when an edition cannot be downloaded."""
    return (
        "Two ways on: if you have the file, "
        f"`--config source=/path/to/microdados_enem_{edition}.zip`; "
        "without it, the simulated release, `--config editions=simulated`."
    )


def failed(source: Source, why: str) -> str:
    """Say which download failed, why, and how to go on."""
    return f"{source.url} cannot be downloaded: {why}. {ways_on(source.edition)}"


def reason(error: BaseException) -> str:
    """Give the reason at the bottom of an exception that ``requests`` raised."""
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    # requests wraps what happened in up to four exceptions, each quoting the one inside.
    while error.__context__ is not None:
        error = error.__context__
    verification = getattr(error, "verify_message", None)
    return (verification or getattr(error, "strerror", None) or str(error)).rstrip(".")


def untrusted(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Find the certificate that could not be verified among what `requests` raised."""
    # Other TLS errors are mostly connections dropped in the handshake, which a retry mends.
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__context__
    return error


def lacks_links(error: ssl.SSLCertVerificationError) -> bool:
    """Tell whether a certificate was refused since the way from it to a root is not known."""
    return error.verify_code in NO_ISSUER


def not_verified(url: str, why: str) -> str:
    """Say whose certificate cannot be verified, and why.

    It advises no way to trust the certificate: who answers need not be who was asked.
    """
    return f"the certificate of {urlsplit(url).hostname} cannot be verified: {why}"


def chain_not_completed(url: str, why: str) -> str:
    """Say that what a server leaves out of its certificate chain could not be had elsewhere."""
    return not_verified(
        url,
        "the server leaves out certificates that link its own to a trusted root, and they cannot "
        f"be fetched ({why}). Where only some addresses can be reached, or the root is a private "
        "one, set retrieve.ca_bundle in config.yaml; data/README.md describes the file",
    )
