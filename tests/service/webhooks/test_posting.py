from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import anyio
import pytest
from tests.service.webhooks.receiver import Receiver, receiving

from tidebreak.errors import UsageError
from tidebreak.service.config import WebhookRules
from tidebreak.service.webhooks.posting import Poster
from tidebreak.service.webhooks.targets import Target

RULES = WebhookRules(insecure_hosts=("hooks.example",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


async def here(target: Target, rules: WebhookRules) -> str:
    return "127.0.0.1"


def post(poster: Poster, url: str) -> int:
    return anyio.run(poster.post, url, b"secret", b"{}", "delivery-1")


def test_the_checked_address_is_used_under_the_name_that_was_asked_for(receiver: Receiver):
    url = f"http://hooks.example:{receiver.port}/a?b=c"
    assert post(Poster(RULES, here), url) == 204
    (got,) = receiver.got
    assert got.headers["host"] == f"hooks.example:{receiver.port}"
    assert got.headers["tidebreak-delivery"] == "delivery-1"
    assert got.signed_by(b"secret")


def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert post(Poster(RULES, here), f"http://hooks.example:{receiver.port}/") == 204


def test_no_answer_is_no_success(receiver: Receiver):

    async def nowhere(target: Target, rules: WebhookRules) -> str:
        raise UsageError("The webhook's host has no address.")

    assert post(Poster(RULES, nowhere), "http://hooks.example:1/") == 0
    assert post(Poster(RULES, here), "http://hooks.example:1/") == 0
    assert post(Poster(RULES, here), "http://other.example/") == 0  # may not be told without TLS


def test_a_certificate_must_be_the_name_s_own(tmp_path: Path):
    with tls_server(tmp_path, "someone.example") as port:
        assert post(Poster(RULES, here), f"https://hooks.example:{port}/") == 0


class tls_server:
    """A server with a certificate that nobody has signed."""

    def __init__(self, folder: Path, name: str) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder(subject, subject, key.public_key(), 1, now,
                                    now + datetime.timedelta(1))
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        file = folder / "both.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)

        class Quiet(HTTPServer):
            def handle_error(self, request: object, client_address: object) -> None: ...

        self.server = Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def __enter__(self) -> int:
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self.server.server_address[1]

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
