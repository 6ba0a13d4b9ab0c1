"""Why a download failed, and how to go on, in sentences."""

from urllib.parse import urlsplit

import requests

from enem.errors import InputError
from enem.retrieve.sources import Source


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
    return verification or getattr(error, "strerror", None) or str(error)


def refuse_untrusted(error: Exception, source: Source) -> None:
    """Turn a certificate that cannot be verified into a sentence; let other failures pass.

    Parameters
    ----------
    error
        What stopped the transfer.
    source
        What was being downloaded.

    Raises
    ------
    InputError
        When the server's certificate could not be verified: no retry can mend that.
    """
    # Other TLS errors are mostly connections dropped in the handshake, which a retry mends.
    if "CERTIFICATE_VERIFY_FAILED" not in str(error):
        return
    why = (
        f"the certificate of {urlsplit(source.url).hostname} cannot be verified "
        f"({reason(error)}). INEP's server sends an incomplete certificate chain: set "
        "retrieve.ca_bundle in config.yaml to a CA bundle (a PEM file) that holds the missing "
        "intermediate certificate and its root; data/README.md says how to make one"
    )
    raise InputError(failed(source, why)) from error
