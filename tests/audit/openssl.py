"""OpenSSL as it is installed: a stamping authority, and the second opinion on what we make."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIGURATION = """\
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/chain.pem
signer_key = {folder}/tsa.key
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_alg = {named_by}
"""
_serials = itertools.count(1000)


def openssl(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run OpenSSL and return what it said, whether it succeeded or not."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    return subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, check=False, timeout=60
    )


class Party:
    """A name, its key, and a certificate that ``issuer`` gave (itself when there is none)."""

    def __init__(self, name: str, issuer: Party | None = None, *, curve: bool = True,
                 authority: bool = False, stamps: bool = False, critical: bool = True,
                 also: tuple[x509.ObjectIdentifier, ...] = (), days: int = 30) -> None:  # fmt: skip
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = (
            ec.generate_private_key(ec.SECP256R1())
            if curve
            else rsa.generate_private_key(65537, 2048)
        )
        by = issuer or self
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(by.name)
            .public_key(self.key.public_key())
            .serial_number(next(_serials))
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(
                x509.KeyUsage(not authority, False, False, False, False, authority, False, False,
                              False), critical=True,
            )
        )  # fmt: skip
        if stamps:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, *also])
            builder = builder.add_extension(usage, critical=critical)
        self.certificate = builder.sign(by.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """``openssl ts`` with a root, one authority below it, and a signer."""

    def __init__(self, folder: Path, *, curve: bool, digest: str = "sha256",
                 named_by: str = "sha256") -> None:  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.root = Party("root", authority=True, curve=curve)
        self.middle = Party("middle", self.root, authority=True, curve=curve)
        self.signer = Party("stamps", self.middle, curve=curve, stamps=True)
        (folder / "root.pem").write_bytes(self.root.pem)
        (folder / "tsa.pem").write_bytes(self.signer.pem)
        (folder / "tsa.key").write_bytes(self.signer.key_pem)
        (folder / "chain.pem").write_bytes(self.signer.pem + self.middle.pem)
        (folder / "serial").write_text("2A")
        (folder / "tsa.cnf").write_text(
            CONFIGURATION.format(folder=folder, digest=digest, named_by=named_by)
        )

    def reply(self, query: bytes) -> bytes:
        asked, answer = self.folder / "query.tsq", self.folder / "answer.tsr"
        asked.write_bytes(query)
        said = openssl("ts", "-reply", "-queryfile", asked, "-out", answer, "-config",
                       self.folder / "tsa.cnf", "-section", "tsa_config")  # fmt: skip
        assert answer.exists(), said.stderr
        return answer.read_bytes()

    def believes(self, data: bytes, response: bytes) -> bool:
        """Whether OpenSSL believes the stamp, too."""
        of, stamp = self.folder / "data", self.folder / "stamp.tsr"
        of.write_bytes(data)
        stamp.write_bytes(response)
        return not openssl(
            "ts", "-verify", "-data", of, "-in", stamp, "-CAfile", self.folder / "root.pem"
        ).returncode


@contextmanager
def served(answer) -> Iterator[str]:
    """Serve ``answer(body) -> (status, body)`` on this machine, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
