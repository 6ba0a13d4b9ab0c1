import contextlib
import http.server
import socket
import socketserver
import threading

import pytest
import requests
from cryptography import x509

from certificates import Holder, self_signed
from enem.retrieve import chain
from enem.retrieve.chain import LinkingAdapter
from inep_site import BODY, Site, assert_two_ways_on, closed_port, refused


@pytest.fixture(scope="module")
def root() -> Holder:
    return self_signed("Test root")


@pytest.fixture
def bundle(root, tmp_path):
    path = tmp_path / "root.pem"
    path.write_bytes(root.pem)
    return path


@pytest.fixture
def publish(serve):
    """Serve a certificate at an address, which is the site's."""

    def run(content: bytes = b"") -> Site:
        return serve(Site(body=content, etag=None, last_modified=None))

    return run


@pytest.fixture
def below_root(root, publish, serve, tmp_path):
    """A server that sends only its own certificate, its issuer's being published elsewhere."""

    def run(**kwargs) -> tuple[Site, Site]:
        intermediate = root.issue("Intermediate", authority=True)
        published = publish(intermediate.der)
        server = intermediate.issue("server", aia=published.url, **kwargs)
        return serve(Site(), server.context(tmp_path)), published

    return run


def test_missing_intermediate_is_fetched_from_the_address_in_the_certificate(
    below_root, bundle, get
):
    site, published = below_root()
    assert get(site.source(), ca_bundle=bundle).read_bytes() == BODY
    assert len(site.asked) == 1
    assert len(published.asked) == 1
    assert get.waits == []


def test_usual_roots_may_come_from_the_environment(below_root, bundle, get, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    site, _ = below_root()
    assert get(site.source()).read_bytes() == BODY


def test_several_missing_certificates_are_fetched_one_after_the_other(
    root, publish, serve, bundle, get, tmp_path
):
    upper = root.issue("Upper", authority=True)
    lower = upper.issue("Lower", authority=True, aia=publish(upper.der).url)
    server = lower.issue("server", aia=publish(lower.der).url)
    site = serve(Site(), server.context(tmp_path))
    assert get(site.source(), ca_bundle=bundle).read_bytes() == BODY


def test_complete_chain_is_taken_as_sent(root, serve, bundle, get, tmp_path):
    intermediate = root.issue("Intermediate", authority=True)
    server = intermediate.issue("server", aia=f"http://127.0.0.1:{closed_port()}/")
    site = serve(Site(), server.context(tmp_path, intermediate))
    assert get(site.source(), ca_bundle=bundle).read_bytes() == BODY


def test_bundle_that_holds_the_chain_needs_no_address(root, serve, get, tmp_path):
    intermediate = root.issue("Intermediate", authority=True)
    server = intermediate.issue("server", aia=f"http://127.0.0.1:{closed_port()}/")
    bundle = tmp_path / "chain.pem"
    bundle.write_bytes(root.pem + intermediate.pem)
    site = serve(Site(), server.context(tmp_path))
    assert get(site.source(), ca_bundle=bundle).read_bytes() == BODY


def test_address_that_cannot_be_reached_is_one_sentence(root, serve, bundle, get, tmp_path):
    address = f"http://127.0.0.1:{closed_port()}/intermediate.der"
    server = root.issue("Intermediate", authority=True).issue("server", aia=address)
    site = serve(Site(), server.context(tmp_path))
    message = refused(get, site.source(), ca_bundle=bundle)
    assert "certificate of 127.0.0.1 cannot be verified: the server leaves out" in message
    assert f"cannot be fetched (could not download {address}: " in message
    assert "Connection refused" in message
    assert "retrieve.ca_bundle" in message
    assert_two_ways_on(message)
    assert "\n" not in message
    assert site.asked == []
    assert get.waits == []


@pytest.mark.parametrize("content", [b"<html>gone</html>", b"\0"])
def test_address_that_holds_no_certificate(root, publish, serve, bundle, get, tmp_path, content):
    published = publish(content)
    server = root.issue("Intermediate", authority=True).issue("server", aia=published.url)
    site = serve(Site(), server.context(tmp_path))
    assert "cannot be fetched (" in refused(get, site.source(), ca_bundle=bundle)
    assert site.asked == []


def test_certificate_without_an_address_names_its_issuer(root, serve, bundle, get, tmp_path):
    server = root.issue("Intermediate", authority=True).issue("server")
    site = serve(Site(), server.context(tmp_path))
    message = refused(get, site.source(), ca_bundle=bundle)
    assert "the certificate 'CN=server' names no address" in message
    assert "its issuer, 'CN=Intermediate', which is no trusted root" in message


def test_completed_chain_must_end_in_a_trusted_root(below_root, get, tmp_path):
    site, published = below_root()
    other = tmp_path / "other.pem"
    other.write_bytes(self_signed("Another root").pem)
    for trusted in (None, other):
        message = refused(get, site.source(), ca_bundle=trusted)
        assert "its issuer, 'CN=Test root', which is no trusted root" in message
    assert published.asked
    assert site.asked == []


# Nothing that is fetched is trusted for that


def test_root_of_the_same_name_but_another_key_is_no_trusted_root(below_root, get, tmp_path):
    site, _ = below_root()
    other = tmp_path / "other.pem"
    other.write_bytes(self_signed("Test root").pem)
    message = refused(get, site.source(), ca_bundle=other)
    assert "certificate of 127.0.0.1 cannot be verified: " in message
    assert site.asked == []


def test_who_has_only_a_certificate_cannot_issue_others(
    root, publish, serve, bundle, get, tmp_path
):
    attacker = root.issue("attacker", alternative=x509.DNSName("attacker.example"))
    forged = attacker.issue("server", aia=publish(attacker.der).url)
    site = serve(Site(), forged.context(tmp_path))
    message = refused(get, site.source(), ca_bundle=bundle)
    assert "'CN=attacker', named as an issuer, is no certificate authority's" in message
    assert site.asked == []


@pytest.mark.parametrize("issuer", ["Forged root", "Test root"])
def test_fetched_root_is_not_trusted(publish, serve, bundle, get, tmp_path, issuer):
    # OpenSSL takes TEST  root and Test root for one name, and this for a self-signed certificate.
    name = "TEST  root" if issuer == "Test root" else issuer
    forged = self_signed(name, issuer=issuer)
    server = forged.issue("server", aia=publish(forged.der).url)
    site = serve(Site(), server.context(tmp_path))
    message = refused(get, site.source(), ca_bundle=bundle)
    assert "no trusted root" in message
    assert site.asked == []


def test_certificate_that_has_not_signed_is_no_link(root, publish, serve, bundle, get, tmp_path):
    signer = root.issue("Intermediate", authority=True)
    namesake = root.issue("Intermediate", authority=True)
    server = signer.issue("server", aia=publish(namesake.der).url)
    site = serve(Site(), server.context(tmp_path))
    message = refused(get, site.source(), ca_bundle=bundle)
    assert "'CN=Intermediate' has not signed the certificate 'CN=server'" in message
    assert site.asked == []


def test_link_alone_ends_no_chain(root, serve, tmp_path):
    """Whatever is let through to OpenSSL, it asks for a trusted root itself."""
    intermediate = root.issue("Intermediate", authority=True)
    site = serve(Site(), intermediate.issue("server").context(tmp_path))
    other = tmp_path / "other.pem"
    other.write_bytes(self_signed("Another root").pem)
    with requests.Session() as session:
        session.mount("https://", LinkingAdapter([intermediate.certificate]))
        with pytest.raises(requests.exceptions.SSLError, match="unable to get"):
            session.get(site.url, verify=str(other), timeout=5)


def test_chain_that_never_ends_is_given_up(publish, bundle):
    key = self_signed("Upper")
    upper, lower = publish(), publish()
    first = key.issue("Lower", authority=True, aia=upper.url)
    second = first.issue("Upper", authority=True, aia=lower.url)
    upper.body, lower.body = second.der, first.der
    served = first.issue("server", aia=lower.url)
    with pytest.raises(chain.BrokenChainError, match="ends in no trusted root"):
        chain.missing_links(served.der, bundle)


# Certificates that nothing can mend


def assert_refused_as(message: str, what: str) -> None:
    assert f"the certificate of 127.0.0.1 cannot be verified: {what}" in message
    assert "ca_bundle" not in message
    assert "trust" not in message
    assert_two_ways_on(message)


def test_self_signed_certificate_is_called_that(serve, bundle, get, tmp_path):
    server = self_signed("server", authority=False)
    site = serve(Site(), server.context(tmp_path))
    assert_refused_as(refused(get, site.source(), ca_bundle=bundle), "self-signed certificate. Two")
    assert get.waits == []


def test_chain_with_a_root_of_its_own_is_called_that(serve, bundle, get, tmp_path):
    own = self_signed("Own root")
    site = serve(Site(), own.issue("server").context(tmp_path, own))
    message = refused(get, site.source(), ca_bundle=bundle)
    assert_refused_as(message, "self-signed certificate in certificate chain. Two")


@pytest.mark.parametrize("complete", [True, False])
def test_wrong_host_name_is_called_that(root, below_root, serve, bundle, get, tmp_path, complete):
    elsewhere = x509.DNSName("elsewhere.example")
    if complete:
        site = serve(Site(), root.issue("server", alternative=elsewhere).context(tmp_path))
    else:
        site, _ = below_root(alternative=elsewhere)
    message = refused(get, site.source(), ca_bundle=bundle)
    assert_refused_as(message, "IP address mismatch, certificate is not valid for '127.0.0.1'. Two")
    assert site.asked == []


def test_expired_certificate_is_called_that(below_root, bundle, get):
    site, _ = below_root(days=-1)
    message = refused(get, site.source(), ca_bundle=bundle)
    assert_refused_as(message, "certificate has expired. Two")


# Redirects and proxies


def test_https_is_not_left_for_http(root, serve, bundle, get, tmp_path):
    plain = serve(Site())
    answer = {"status": 302, "headers": {"Location": plain.url}}
    site = serve(Site(answers=[answer]), root.issue("server").context(tmp_path))
    message = refused(get, site.source(), ca_bundle=bundle)
    assert f"{site.url} redirects to {plain.url}, which is not encrypted" in message
    assert_two_ways_on(message)
    assert plain.asked == []


def test_server_behind_a_redirect_may_lack_its_chain_too(below_root, bundle, get):
    (first, _), (second, _) = below_root(), below_root()
    first.answers = [{"status": 302, "headers": {"Location": second.url}}] * 2
    assert get(first.source(), ca_bundle=bundle).read_bytes() == BODY
    assert len(second.asked) == 1


class Tunnel(http.server.BaseHTTPRequestHandler):
    """A proxy that opens tunnels and nothing else."""

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        self.server.asked.append(self.path)
        host, port = self.path.split(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=self._copy, args=(there, self.connection))
            back.start()
            self._copy(self.connection, there)
            back.join()

    def _copy(self, source, destination):
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                destination.sendall(data)
            destination.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as server:
        server.asked = []
        server.handle_error = lambda *_: None
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_certificate_is_read_through_the_proxy_that_requests_use(
    below_root, bundle, get, proxy, monkeypatch
):
    site, _ = below_root()
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
    assert get(site.source(), ca_bundle=bundle).read_bytes() == BODY
    assert len(proxy.asked) == 3
