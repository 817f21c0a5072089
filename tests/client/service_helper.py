"""A service as the client sees one: what it says is scripted, what it was asked is noted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tidebreak.client import Patience

KEY = "tb_abcd_secret"
QUICK = Patience(tries=4, seconds=5, deadline=10, pause=0.002, longest=0.004)

SCREENED: dict[str, Any] = {
    "id": "s1",
    "at": "2026-01-02T03:04:05Z",
    "origin": {"surface": "hosting", "jurisdiction": "EU", "item": "upload 1", "client": "shop"},
    "state": "matched",
    "level": "near",
    "decision": {
        "action": "quarantine",
        "rule": "near",
        "why": "It resembles something known.",
        "legal_basis": "Art. 1",
        "policy": "p1",
        "holds": ["sample"],
    },
    "parts": [
        {
            "member": "",
            "size": 12,
            "content": "image/png",
            "state": "matched",
            "verdict": {
                "level": "near",
                "matches": [
                    {
                        "list": "practice",
                        "owner": "us",
                        "kind": "contraband",
                        "entry": "e1",
                        "classification": "A1",
                        "scheme": "s",
                        "level": "near",
                        "signal": "pdq",
                        "region": "full",
                        "transform": "none",
                        "reason": "PDQ at good quality",
                        "algorithm": "pdq",
                        "disputed": False,
                        "known_part": "whole",
                    }
                ],
                "omitted": 0,
            },
            "signals": [
                {"type": "sha256", "value": "ab" * 32},
                {"type": "pdq", "value": "f0" * 32, "quality": 100},
                {"type": "of-next-year", "value": "?"},
            ],
            "reason": "",
            "note": "",
        }
    ],
    "version": "v1",
    "sandbox": 4,
    "unexamined": 0,
    "of-next-year": {"unknown": True},
}

Said = tuple[int, Mapping[str, str], Any]
SOUND: Said = (200, {}, SCREENED)


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """What is said in turn, the last one for ever, and what was asked."""

    left: list[Said | Callable[[Asked], Said]]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is what some tests are about."""


@contextmanager
def scripted(*said: Said | Callable[[Asked], Said]) -> Iterator[Script]:
    """A real server on a port of its own."""
    script = Script(list(said))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self._body())
            script.asked.append(asked)
            say = script.left.pop(0) if len(script.left) > 1 else script.left[0]
            status, more, value = say(asked) if callable(say) else say
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            for name, text in {"Content-Length": str(len(body)), **more}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = answer

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
