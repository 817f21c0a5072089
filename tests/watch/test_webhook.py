"""Against the standard library's server."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from tidebreak.errors import UsageError
from tidebreak.watch import webhook as module
from tidebreak.watch.events import Event, EventKind
from tidebreak.watch.webhook import Webhook


@dataclass
class Receiver:
    """Answers with the next of ``answers``, then 204."""

    answers: list[int] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    def wait(self, count: int) -> None:
        deadline = time.monotonic() + 10
        while len(self.requests) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def receiver(monkeypatch) -> Iterator[Receiver]:
    monkeypatch.setattr(module, "_FIRST_WAIT", 0.05)
    monkeypatch.setattr(module, "_LAST_SECONDS", 2.0)
    kept = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append((self.path, dict(self.headers), body))
            self.send_response(kept.answers.pop(0) if kept.answers else 204)
            self.send_header("Content-Length", "0")
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kept
        server.shutdown()


def event(number: int) -> Event:
    return Event(EventKind.START, f"stream {number}", datetime.now(UTC))


def test_every_event_is_posted_in_order(receiver: Receiver):
    hook = Webhook(f"http://127.0.0.1:{receiver.port}/in?token=t")
    events = [event(n) for n in range(20)]
    for one in events:
        hook.put(one)
    assert hook.close() == 0
    assert [json.loads(body) for _, _, body in receiver.requests] == [e.record() for e in events]
    assert {path for path, _, _ in receiver.requests} == {"/in?token=t"}
    assert "Tidebreak-Signature" not in receiver.requests[0][1]


def test_a_signature_proves_time_and_body(receiver: Receiver):
    hook = Webhook(f"http://127.0.0.1:{receiver.port}/", b"secret")
    hook.put(event(1))
    assert hook.close() == 0
    _, headers, body = receiver.requests[0]
    signed = f"{headers['Tidebreak-Timestamp']}.".encode() + body
    digest = hmac.new(b"secret", signed, hashlib.sha256).hexdigest()
    assert headers["Tidebreak-Signature"] == f"sha256={digest}"
    assert abs(int(headers["Tidebreak-Timestamp"]) - time.time()) < 20


def test_what_fails_is_tried_again_as_the_same_delivery(receiver: Receiver):
    receiver.answers = [503, 429]
    hook = Webhook(f"http://127.0.0.1:{receiver.port}/")
    hook.put(event(1))
    receiver.wait(3)
    assert hook.close() == 0
    deliveries = {headers["Tidebreak-Delivery"] for _, headers, _ in receiver.requests}
    assert (len(receiver.requests), len(deliveries)) == (3, 1)


@pytest.mark.parametrize("answer", [302, 404])
def test_a_refusal_is_not_tried_again_nor_a_redirection_followed(receiver: Receiver, answer: int):
    receiver.answers = [answer]
    hook = Webhook(f"http://127.0.0.1:{receiver.port}/")
    hook.put(event(1))
    hook.put(event(2))
    receiver.wait(2)
    assert hook.close() == 1
    assert [path for path, _, _ in receiver.requests] == ["/", "/"]


def test_where_nobody_answers_events_are_counted_and_nobody_waits(receiver: Receiver, monkeypatch):
    monkeypatch.setattr(module, "_LAST_SECONDS", 0.2)
    hook = Webhook("http://127.0.0.1:9/")
    began = time.monotonic()
    for n in range(1500):
        hook.put(event(n))
    assert time.monotonic() - began < 2
    assert hook.undelivered() == 500
    assert hook.undelivered() == 0
    assert hook.close() == 1000


@pytest.mark.parametrize(
    "address", ["", "ftp://h/", "http://", "https://u:p@h/", "http://h:99999/", "h/x"]
)
def test_what_is_no_address(address: str):
    with pytest.raises(UsageError, match="A webhook is"):
        Webhook(address)
