"""Why a download failed, and how to go on, in sentences."""

import ssl
from urllib.parse import urlsplit

import requests

from enem.errors import Sentence, TranslatedError, sentence
from enem.retrieve.sources import Source

NO_ISSUER = frozenset({2, 20, 21})
"""OpenSSL's codes for a chain that ends before a root (X509_V_ERR_UNABLE_TO_...)."""


class Interrupted(TranslatedError):  # noqa: N818 - it is a state of the transfer, caught by its caller
    """The transfer stopped for a reason that may pass; the bytes so far are kept.

    Parameters
    ----------
    message, values
        What happened.
    wait
        Seconds that the server asks to wait.
    """

    def __init__(self, message: str, /, wait: float = 0.0, **values: object) -> None:
        super().__init__(message, **values)
        self.wait = wait


def ways_on(edition: str) -> Sentence:
    """Say how to go on when an edition cannot be downloaded."""
    return sentence(
        "Two ways on: if you have the file, `--config "
        "source=/path/to/microdados_enem_{edition}.zip`; without it, the simulated release, "
        "`--config editions=simulated`.",
        edition=edition,
    )


def failed(source: Source, why: Sentence | str) -> Sentence:
    """Say which download failed, why, and how to go on."""
    return sentence(
        "{url} cannot be downloaded: {why}. {ways_on}",
        url=source.url,
        why=why,
        ways_on=ways_on(source.edition),
    )


def reason(error: BaseException) -> Sentence | str:
    """Give the reason at the bottom of an exception that ``requests`` raised."""
    if isinstance(error, requests.Timeout):
        return sentence("the server did not answer in time")
    if isinstance(error, Interrupted):
        return error.message
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


def not_verified(url: str, why: Sentence | str) -> Sentence:
    """Say whose certificate cannot be verified, and why.

    It advises no way to trust the certificate: who answers need not be who was asked.
    """
    return sentence(
        "the certificate of {host} cannot be verified: {why}", host=urlsplit(url).hostname, why=why
    )


def chain_not_completed(url: str, why: Sentence | str) -> Sentence:
    """Say that what a server leaves out of its certificate chain could not be had elsewhere."""
    return not_verified(
        url,
        sentence(
            "the server leaves out certificates that link its own to a trusted root, and they "
            "cannot be fetched ({why}). Where only some addresses can be reached, or the root is "
            "a private one, set retrieve.ca_bundle in config.yaml; data/README.md describes the "
            "file",
            why=why,
        ),
    )
