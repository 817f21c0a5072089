from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from tests.seal.sealed_helper import digest, import_numbers, serving, signal_of

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.installation import Tidebreak
from tidebreak.seal.online import wire
from tidebreak.seal.online.client import Client
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.limits import Limits
from tidebreak.seal.online.service import open_operators
from tidebreak.seal.online.serving import Bind, listen
from tidebreak.seal.online.token import Token


def add(listed: Tidebreak, keys: SealKeys, limits: Limits | None = None) -> Token:
    operators = open_operators(listed, keys)
    try:
        return operators.add("one", limits)
    finally:
        operators.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "sealed.example"])
def test_without_tls_only_this_machine_is_answered(host: str):
    with pytest.raises(UsageError, match="--insecure-bind"):
        listen(Bind(host, 0))


@pytest.mark.parametrize("bind", [Bind(cert=Path("c")), Bind(key=Path("k")), Bind(workers=0)])
def test_what_cannot_be_meant_is_refused(bind: Bind):
    with pytest.raises(UsageError):
        listen(bind)


def test_a_port_that_is_taken_is_told():
    with listen(Bind(port=0)) as taken, pytest.raises(UsageError, match="another"):
        listen(Bind(port=taken.getsockname()[1]))


def test_said_aloud_others_may_be_answered_without_tls():
    with listen(Bind("0.0.0.0", 0, insecure=True)) as listening:
        assert listening.getsockname()[1]


@pytest.mark.slow
def test_a_real_server_answers_follows_and_leaves_nothing(listed: Tidebreak, keys: SealKeys):
    token = add(listed, keys)
    with serving(listed.home) as running, Client(running.url, token, fresh=0.0) as client:
        answers = client.ask([[signal_of(n)] for n in range(15, 25)])
        assert [answer.known for answer in answers] == [True] * 5 + [False] * 5
        import_numbers(listed, [23], "new")
        deadline = time.monotonic() + 20
        while not client.ask([[signal_of(23)]])[0].known:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        operators = open_operators(listed, keys)
        operators.revoke("one", "test")
        operators.close()
        with pytest.raises(CannotAsk, match="revoked"):
            client.ask([[signal_of(1)]])
        said = running.stop()
    assert running.process.returncode in (0, -signal.SIGTERM)
    shown = [digest(n) for n in range(25)] + [token.bearer]
    assert not [text for text in shown if text in said]
    assert "evaluate" not in said


@pytest.mark.slow
def test_quotas_survive_a_server_that_is_killed(listed: Tidebreak, keys: SealKeys):
    token = add(listed, keys, Limits(per_day=30, per_second=1000.0))
    with serving(listed.home) as running, Client(running.url, token) as client:
        client.ask([[signal_of(n)] for n in range(30)])
        running.stop(signal.SIGKILL)
        with pytest.raises(CannotAsk, match="does not answer"):
            Client(running.url, token, tries=1).ask([[signal_of(1)]])
    with (
        serving(listed.home) as running,
        Client(running.url, token) as client,
        pytest.raises(CannotAsk, match="quota"),
    ):
        client.ask([[signal_of(40)]])


@pytest.mark.slow
def test_workers_share_everything_and_end_together(listed: Tidebreak, keys: SealKeys):
    token = add(listed, keys, Limits(per_day=2000))
    with serving(listed.home, "--workers", "2") as running:
        for _ in range(4):  # connections of their own, so that both get some
            with Client(running.url, token) as client:
                client.ask([[signal_of(n)] for n in range(30, 280)])
        operators = open_operators(listed, keys)
        assert operators.used(operators.everyone()[0])[0].asked == 1000
        operators.close()
        said = running.stop()
    assert running.process.returncode == 0
    assert "Traceback" not in said


@pytest.mark.slow
def test_an_endless_request_ends(listed: Tidebreak, keys: SealKeys):
    token = add(listed, keys)
    head = f"POST {wire.EVALUATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token.bearer}\r\n"
    with serving(listed.home) as running:
        place = httpx.URL(running.url)
        with socket.create_connection((place.host, place.port or 0), timeout=30) as line:
            line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            for _ in range(5):
                line.sendall(b"4000\r\n" + bytes(0x4000) + b"\r\n")
            assert b" 413 " in line.recv(200)


@pytest.mark.slow
def test_over_tls(listed: Tidebreak, keys: SealKeys, tmp_path: Path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    token = add(listed, keys)
    with serving(listed.home, "--tls-cert", str(cert), "--tls-key", str(key)) as running:
        with Client(running.url, token, ca=cert) as client:
            assert client.ask([[signal_of(1)]])[0].known
        with Client(running.url, token, tries=1) as other, pytest.raises(CannotAsk):
            other.ask([[signal_of(1)]])
