from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.gates.web import NoAnswer, Web, secret_in


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.rsplit("/", 1)[-1]))
        self.send_header("Location", "http://192.0.2.1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_answers_come_with_their_status_and_nothing_is_followed(
    address: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")  # it is not asked
    web = Web("A client", address)
    assert web.send("GET", "200").status_code == 200
    assert web.send("GET", "302").status_code == 302
    assert "password" in str(web.refused(web.send("GET", "403")))
    assert "status 500" in str(web.refused(web.send("GET", "500")))
    web.close()


def test_no_answer_is_one_sentence():
    web = Web("A client", "http://127.0.0.1:9")
    with pytest.raises(NoAnswer, match=r"^A client does not answer \(ConnectError\)"):
        web.send("GET", "x")
    web.close()


def test_a_secret_is_the_first_line_of_its_file(tmp_path: Path):
    path = tmp_path / "password"
    path.write_text("a word\nmore\n")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        secret_in(path)
    path.chmod(0o600)
    assert secret_in(path) == "a word"
    assert secret_in(None) == ""
    with pytest.raises(UsageError, match="is missing"):
        secret_in(tmp_path / "missing")
    path.write_text("\nmore\n")
    with pytest.raises(UsageError, match="is empty"):
        secret_in(path)
