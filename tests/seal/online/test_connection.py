from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.seal.online import connection as module
from tidebreak.seal.online.connection import Connection, Reply
from tidebreak.seal.online.token import Token

TOKEN = Token("abcd2345", b"\1" * 32, b"\2" * 32)
Said = tuple[int, dict[str, str], bytes]
SOUND: Said = (200, {"Tidebreak-Version": "v"}, b"body")


class Script:
    """A server that says what it was told to, in turn, and notes what it was asked."""

    def __init__(self, server: HTTPServer, asked: list[dict[str, str]]) -> None:
        self.url, self.asked = f"http://127.0.0.1:{server.server_port}", asked


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Script]]:
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.001)
    servers: list[HTTPServer] = []

    def do(*said: Said) -> Script:
        left, asked = list(said), []

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                asked.append({name.lower(): value for name, value in self.headers.items()})
                status, headers, body = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return Script(server, asked)

    yield do
    for server in servers:
        server.shutdown()
        server.server_close()


def connected(url: str, *, tries: int = 3, insecure: bool = False) -> Connection:
    return Connection(url, TOKEN, ca=None, insecure=insecure, tries=tries, seconds=5.0)


def test_a_reply_has_its_version_and_the_token_was_sent(scripted: Callable[..., Script]):
    script = scripted(SOUND)
    connection = connected(script.url)
    assert connection.send("POST", "/v1/x", b"body", "old") == Reply(200, b"body", "v")
    connection.close()
    assert script.asked[0]["authorization"] == f"Bearer {TOKEN.bearer}"
    assert script.asked[0]["if-none-match"] == '"old"'


def test_what_may_pass_is_tried_again_a_few_times(scripted: Callable[..., Script]):
    busy: Said = (503, {}, b'{"error": "busy"}')
    script = scripted(busy, busy, SOUND)
    connection = connected(script.url)
    assert connection.send("GET", "/").body == b"body"
    connection.close()
    connection = connected(scripted(busy).url)
    with pytest.raises(CannotAsk, match=r"503.*busy"):
        connection.send("GET", "/")
    connection.close()


@pytest.mark.parametrize(
    "said",
    [
        (401, {}, b'{"error": "unknown"}'),
        (400, {}, b"no JSON"),
        (200, {}, b"somebody else's page"),
        (302, {"Location": "http://127.0.0.1:1/"}, b""),
        (404, {}, b'["error"]'),
    ],
)
def test_what_will_not_pass_is_not_tried_again(scripted: Callable[..., Script], said: Said):
    script = scripted(said)
    connection = connected(script.url)
    with pytest.raises(CannotAsk, match=f"status {said[0]}"):
        connection.send("GET", "/")
    connection.close()
    assert len(script.asked) == 1


def test_a_short_wait_is_kept_and_a_long_one_is_told(scripted: Callable[..., Script]):
    def limited(seconds: str) -> Said:
        return (429, {"Retry-After": seconds}, b'{"error": "quota"}')

    script = scripted(limited("40000"), SOUND)
    connection = connected(script.url)
    with pytest.raises(CannotAsk, match="quota"):
        connection.send("GET", "/")
    connection.close()
    assert len(script.asked) == 1
    connection = connected(scripted(limited("0"), SOUND).url)
    assert connection.send("GET", "/").status == 200
    connection.close()


def test_nobody_there_is_told():
    connection = connected("http://127.0.0.1:9", tries=2)
    with pytest.raises(CannotAsk, match="does not answer"):
        connection.send("GET", "/")
    connection.close()


@pytest.mark.parametrize("url", ["http://sealed.example", "http://192.0.2.1", "ftp://x", "x", ""])
def test_a_token_is_not_sent_in_the_clear(url: str):
    with pytest.raises(UsageError):
        connected(url)


@pytest.mark.parametrize("url", ["https://sealed.example", "http://localhost:1", "http://[::1]:1"])
def test_addresses_that_are_taken(url: str):
    connected(url).close()
    connected("http://sealed.example", insecure=True).close()


def test_a_certificate_that_is_none_is_told(tmp_path: Path):
    (tmp_path / "ca").write_text("nothing")
    for ca in (tmp_path / "ca", tmp_path / "none"):
        with pytest.raises(UsageError, match="no certificate"):
            Connection("https://x", TOKEN, ca=ca, insecure=False, tries=1, seconds=1.0)
