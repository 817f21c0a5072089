"""The settings of the hooks, and who may call them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request

from tidebreak.errors import UsageError
from tidebreak.gates.files_below import Roots
from tidebreak.gates.hooks.objects import ObjectStore
from tidebreak.gates.table import Table
from tidebreak.gates.web import secret_in
from tidebreak.web.loopback import is_loopback
from tidebreak.web.requests import Refused, bearer_of


@dataclass(frozen=True, slots=True)
class HookOptions:
    """``status`` is that of a refusal that end users see (403 or 451).

    ``idle`` is how many seconds a client may be silent, ``whole`` how many one body takes.
    """

    roots: Roots
    store: ObjectStore | None = None
    token: bytes = field(default=b"", repr=False)
    status: int = 403
    idle: float = 30.0
    whole: float = 600.0

    @classmethod
    def of(cls, table: Table) -> HookOptions:
        """Take them from a table; raises `UsageError`."""
        status, token = table.whole("status", 403), table.text("token_file", "")
        if status not in (403, 451):
            raise UsageError(f"In the settings of the gate '{table.name}', status is 403 or 451.")
        secret = secret_in(Path(token)) if token else ""
        return cls(
            Roots(table.folders("roots")),
            ObjectStore.of(table),
            hashlib.sha256(secret.encode()).digest() if secret else b"",
            status,
            table.number("idle_seconds", 30.0, 0.1, 3600),
            table.number("body_seconds", 600.0, 0.1, 86_400),
        )

    def admit(self, request: Request) -> None:
        """Let in who has the token; raises `Refused`.

        As a bearer's, or as the password of Basic (RFC 7617): some callers can only be given an
        address, which may have a user and a password.
        """
        if not self.token:
            return
        given = bearer_of(request) or _password_of(request)
        if not hmac.compare_digest(hashlib.sha256(given.encode()).digest(), self.token):
            raise Refused(401, "Send the gate's token: Authorization: Bearer TOKEN")


def where(table: Table, *, secret: bool) -> tuple[str, int]:
    """Return host and port; raises `UsageError` where others could ask without a token."""
    text = table.text("listen", "127.0.0.1:8398")
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"Nothing can listen at '{text}'; say host:port.")
    if not secret and not is_loopback(host):
        raise UsageError(
            f"{host} is open to other machines, and whoever may ask could find out what is known;"
            " listen on 127.0.0.1, or name a token (token_file)."
        )
    return host, int(port)


def _password_of(request: Request) -> str:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]
