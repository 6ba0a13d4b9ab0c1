"""Connections that are encrypted and verified from end to end, also where links are missing."""

import http.client
import ssl
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import certifi
import requests
from cryptography import x509
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from enem.retrieve.chain import LinkingAdapter, missing_links

PORTS = {"http": 80, "https": 443}


class VerifiedSession(requests.Session):
    """A session that can complete certificate chains, and that is never led from https to http.

    Parameters
    ----------
    ca_bundle
        PEM file of the certificates to trust; None for the usual roots.
    timeout
        Seconds to wait for a connection, and between two reads.
    """

    def __init__(self, ca_bundle: Path | None, timeout: float) -> None:
        super().__init__()
        self.trusted = True if ca_bundle is None else str(ca_bundle)
        self.timeout = timeout
        self.links: dict[str, list[x509.Certificate]] = {}

    def ask(self, url: str, headers: dict[str, str]) -> requests.Response:
        """Send a request whose answer is read piece by piece."""
        return self.get(
            url, headers=headers, stream=True, timeout=self.timeout, verify=self.trusted
        )

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where a response redirects to; refuse to leave https."""
        target = super().get_redirect_target(resp)
        if target is not None:
            there = urljoin(resp.url, target)
            if urlsplit(resp.url).scheme == "https" and urlsplit(there).scheme != "https":
                resp.close()
                raise requests.exceptions.InvalidSchema(
                    f"{resp.url} redirects to {there}, which is not encrypted, so that anybody on "
                    "the way could change the file"
                )
        return target

    def complete_chain(self, url: str) -> bool:
        """Fetch what a server leaves out of its certificate chain, for the requests that follow.

        Returns
        -------
        bool
            False when that has been done for this server before.

        Raises
        ------
        BrokenChainError
            As :func:`enem.retrieve.chain.missing_links`.
        requests.ConnectionError
            When the server cannot be reached.
        """
        server = urlsplit(url).netloc
        if server in self.links:
            return False
        served = served_certificate(url, self.timeout)
        self.links[server] = missing_links(served, self._roots(url))
        known = [link for links in self.links.values() for link in links]
        self.get_adapter("https://").close()
        self.mount("https://", LinkingAdapter(known))
        return True

    def _roots(self, url: str) -> Path:
        # As a request decides it, which also regards the environment.
        trusted = self.merge_environment_settings(url, {}, True, self.trusted, None)["verify"]
        return Path(certifi.where() if trusted is True else trusted)


def served_certificate(url: str, timeout: float) -> bytes:
    """Return the certificate (DER) that a server sends, of which nothing is verified yet.

    Raises
    ------
    requests.ConnectionError
        When the server cannot be reached.
    """
    proxy = select_proxy(url, get_environ_proxies(url))
    there, first = urlsplit(url), urlsplit(proxy or url)
    # No verification here, since nothing is asked of the server nor taken from it but this.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(
        first.hostname, first.port or PORTS[first.scheme], timeout=timeout, context=context
    )
    if proxy:
        headers = HTTPAdapter().proxy_headers(proxy)
        connection.set_tunnel(there.hostname, there.port or PORTS["https"], headers)
    try:
        connection.connect()
        return connection.sock.getpeercert(binary_form=True)
    except (OSError, http.client.HTTPException) as error:
        raise requests.ConnectionError(error) from error
    finally:
        connection.close()
