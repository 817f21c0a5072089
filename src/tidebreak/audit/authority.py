"""Asks a stamping authority over HTTP (RFC 3161, section 3.4) for stamps of signed heads."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak import files
from tidebreak.audit import stamps
from tidebreak.audit.heads import beside
from tidebreak.audit.stamps import BadStamp, Stamp
from tidebreak.errors import CannotAsk, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MOST_BYTES = 1 << 16
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority: its address, and the certificates at which its chain may end."""

    url: str
    trusted: Sequence[Certificate]

    def stamp(self, path: Path) -> Stamp | None:
        """Put a stamp beside the head in ``path``; None where there is one already.

        Raises `CannotAsk` when the authority does not answer, `BadStamp` for a response that
        would not be believed later: it is not kept.
        """
        place = beside(path, ".tsr")
        if place.exists():
            return None
        line = path.read_bytes()
        asked = stamps.request(line)
        response = self._post(asked.body)
        found = stamps.check(line, response, self.trusted, asked.nonce)
        files.write_new(place, response, files.SHARED)
        return found

    def check(self, line: bytes, response: bytes) -> Stamp:
        """Check a stamp that was kept; raises `BadStamp`."""
        return stamps.check(line, response, self.trusted)

    def _post(self, body: bytes) -> bytes:
        if not self.url.startswith(("http://", "https://")):
            raise UsageError("The address of a stamping authority begins with http:// or https://.")
        headers = {"Content-Type": "application/timestamp-query"}
        request = urllib.request.Request(self.url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                found = answer.read(_MOST_BYTES + 1)
        except (OSError, HTTPException, ValueError) as error:
            why = f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else str(error)
            raise CannotAsk(
                f"The stamping authority does not answer ({why}); the head is signed but has no"
                " stamp yet."
            ) from None
        if len(found) > _MOST_BYTES:
            raise BadStamp("The stamping authority sent more than a stamp; see to its address.")
        return found
