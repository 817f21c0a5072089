from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette

from tidebreak.errors import UsageError
from tidebreak.web.listening import Bounds, Certificate, listen, run

ROOT = Path(__file__).parents[2]

SERVER = """
import pathlib, sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tidebreak.web.listening import Bounds, Certificate, listen, run

async def answer(request):
    return PlainTextResponse(f"{request.url.scheme} {request.client.host}")

files = [pathlib.Path(each) for each in sys.argv[1:]]
with listen("127.0.0.1", 0) as listening:
    print(listening.getsockname()[1], flush=True)
    run(Starlette(routes=[Route("/{path:path}", answer)]), listening, Bounds(2, 1),
        Certificate(*files) if files else None)
print("in order")
"""


@contextmanager
def server(*files: Path) -> Generator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-c", SERVER, *map(str, files)]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1, good for a day."""
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ))  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_told_to_stop_and_tells_of_nothing(number: signal.Signals):
    with server() as (process, port):
        for path in ("one", "%zz", "two?q=secret"):
            assert httpx.get(f"http://127.0.0.1:{port}/{path}").text == "http 127.0.0.1"
        # Nobody is believed on being a proxy; who knows his proxies asks for what they say.
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        answer = httpx.get(f"http://127.0.0.1:{port}/", headers=forwarded)
        assert answer.text == "http 127.0.0.1"
        assert "server" not in answer.headers
        process.send_signal(number)
        assert process.communicate(timeout=20) == ("in order\n", "")
        assert process.returncode == 0


def test_with_a_certificate_it_speaks_tls_and_nothing_else(tmp_path: Path):
    files = certificate(tmp_path)
    trust = ssl.create_default_context(cafile=files[0])
    with server(*files) as (_, port):
        assert httpx.get(f"https://127.0.0.1:{port}/", verify=trust).text == "https 127.0.0.1"
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/")


def test_no_more_connections_than_said_are_held():
    with server() as (_, port):
        address = ("127.0.0.1", port)
        idle = [socket.create_connection(address) for _ in range(2)]
        deadline = time.monotonic() + 20
        while httpx.get(f"http://127.0.0.1:{port}/").status_code != 503:
            assert time.monotonic() < deadline
        for one in idle:
            one.close()


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_certificate_that_cannot_be_used_is_one_sentence(content: bytes | None, tmp_path: Path):
    good, key = certificate(tmp_path)
    bad = tmp_path / "bad.pem"
    if content is not None:
        bad.write_bytes(content)
    for files in ((bad, key), (good, bad)):
        with listen("127.0.0.1", 0) as listening, pytest.raises(UsageError, match="PEM"):
            run(Starlette(), listening, Bounds(1), Certificate(*files))


def test_without_uvicorn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with listen("127.0.0.1", 0) as listening, pytest.raises(UsageError, match=r"tidebreak\[seal\]"):
        run(Starlette(), listening, Bounds(1))


def test_a_place_that_cannot_be_had_is_one_sentence():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf":{port} \(.*--host or --port\.$"):
            listen("127.0.0.1", port)
    with pytest.raises(UsageError, match="Nothing can listen"):
        listen("192.0.2.1", 0)  # an address of the documentation is nobody's
