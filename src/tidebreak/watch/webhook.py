"""Deliver events to an address of the operator's: one POST each, in order, tried again, signed."""

from __future__ import annotations

import http.client
import threading
import uuid
from collections import deque
from urllib.parse import urlsplit

from tidebreak.errors import UsageError
from tidebreak.watch.events import Event
from tidebreak.web.signing import signed_headers

_MOST_WAITING = 1000
_SECONDS = 10.0
_FIRST_WAIT, _LONGEST_WAIT, _TRIES = 1.0, 30.0, 8
_LAST_SECONDS = 5.0
"""How long the end of a watch waits for deliveries."""
_TRY_AGAIN = (408, 425, 429)


class Webhook:
    """A bounded queue and the thread that empties it. Nothing is ever waited for but in `close`.

    With a secret each request has ``Tidebreak-Signature: sha256=<hex>``, the HMAC-SHA256 of
    ``<Tidebreak-Timestamp>.<body>``. ``Tidebreak-Delivery`` is the same when one is tried again.
    """

    def __init__(self, address: str, secret: bytes = b"") -> None:
        """Raises `UsageError` for an address that cannot be one."""
        self._connection, self._target = _parted(address)
        self._secret = secret
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._lost, self._closing = 0, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        """Queue an event; where too many wait, it is counted instead."""
        with self._changed:
            if len(self._waiting) >= _MOST_WAITING:
                self._lost += 1
            else:
                self._waiting.append(event.as_json().encode())
                self._changed.notify()

    def undelivered(self) -> int:
        """Return how many events were given up since this was last asked."""
        with self._changed:
            lost, self._lost = self._lost, 0
        return lost

    def close(self) -> int:
        """Wait a little for what is queued; return how many events were not delivered."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(_LAST_SECONDS)
        with self._changed:
            self._lost += len(self._waiting)
            self._waiting.clear()
        return self.undelivered()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    self._connection.close()
                    return
                body = self._waiting[0]
            delivered = self._deliver(body)
            with self._changed:
                if self._waiting:  # else it was counted when time was up
                    self._waiting.popleft()
                    self._lost += not delivered

    def _deliver(self, body: bytes) -> bool:
        delivery, wait = str(uuid.uuid4()), _FIRST_WAIT
        for _ in range(_TRIES):
            status = self._post(body, delivery)
            if 200 <= status < 300:
                return True
            if 300 <= status < 500 and status not in _TRY_AGAIN:
                return False
            with self._changed:
                if self._closing:
                    return False
                self._changed.wait_for(lambda: self._closing, wait)
            wait = min(2 * wait, _LONGEST_WAIT)
        return False

    def _post(self, body: bytes, delivery: str) -> int:
        """Return the status of the answer, 0 when there was none; redirections are not followed."""
        try:
            headers = signed_headers(body, self._secret, delivery)
            self._connection.request("POST", self._target, body, headers)
            answer = self._connection.getresponse()
            answer.read(1 << 16)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0
        if not answer.isclosed():
            self._connection.close()
        return answer.status


def _parted(address: str) -> tuple[http.client.HTTPConnection, str]:
    """Return the connection for an address, not yet made, and what is asked for on it."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = parts = None
    if parts is None or not host or parts.scheme not in ("http", "https") or parts.username:
        raise UsageError(
            "A webhook is http://host… or https://host…, without a user; "
            "requests are signed with --webhook-secret."
        )
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return kind(host, port, timeout=_SECONDS), target
