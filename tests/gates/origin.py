"""A small web server on loopback, for proxies to stand in front of."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PIECE = 16_000


@dataclass
class Origin:
    """Serves ``pages`` by path with their header fields; notes what it is sent."""

    port: int = 0
    pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def origin() -> Generator[Origin]:
    served = Origin()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.heads.append({name.lower(): value for name, value in self.headers.items()})
            if self.path in served.redirects:
                self._say(b"", {"Location": served.redirects[self.path]}, 302)
                return
            self._say(*served.pages.get(self.path, (b"", {})))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            served.received.append((self.path, body))
            served.heads.append({name.lower(): value for name, value in self.headers.items()})
            self._say(b"taken", {})

        def _say(self, body: bytes, fields: dict[str, str], status: int = 200) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **fields}.items():
                self.send_header(name, value)
            self.end_headers()
            # As over a network: squid 5.7 stalls where all of a large body is there at once.
            for start in range(0, len(body), _PIECE):
                self.wfile.write(body[start : start + _PIECE])
                time.sleep(0.002)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
