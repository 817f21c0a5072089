"""Signatures of requests to object stores (AWS Signature Version 4), for reading an object.

The form is public: "Signature Calculations for the Authorization Header" in Amazon's S3 API
reference. Only what a GET without a body needs is here.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

_EMPTY = hashlib.sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with an access key; ``secret`` is shown nowhere."""

    access: str
    secret: str = field(repr=False)
    region: str = "us-east-1"

    def headers(
        self,
        host: str,
        path: str,
        now: datetime,
        query: str = "",
        more: dict[str, str] | None = None,
    ) -> dict[str, str]:
        """Return the header fields of a GET for ``path`` and ``query``, both encoded already.

        ``more`` are further fields to be sent and signed; ``now`` is UTC.
        """
        moment = now.strftime("%Y%m%dT%H%M%SZ")
        sent = {"host": host, "x-amz-content-sha256": _EMPTY, "x-amz-date": moment, **(more or {})}
        names = sorted(name.lower() for name in sent)
        lines = "".join(f"{name}:{sent[name].strip()}\n" for name in names)
        signed = ";".join(names)
        canonical = f"GET\n{path}\n{query}\n{lines}\n{signed}\n{_EMPTY}"
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        signature = self._signature(scope, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}")
        credential = f"Credential={self.access}/{scope}"
        sent["authorization"] = (
            f"{_ALGORITHM} {credential},SignedHeaders={signed},Signature={signature}"
        )
        return sent

    def _signature(self, scope: str, text: str) -> str:
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
