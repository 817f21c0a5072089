"""Objects read from the one store that the operator named: no other host, no other bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from tidebreak.errors import CannotRead, UsageError
from tidebreak.gates.hooks.signing import Signer
from tidebreak.gates.table import Table
from tidebreak.secret_files import read
from tidebreak.spool import Spool, pour

_SECONDS = 30.0
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Named:
    """One object, as its store calls it; ``version`` is empty where there are none."""

    bucket: str
    key: str
    version: str = ""

    @property
    def item(self) -> str:
        """What the operator knows it by."""
        return f"{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """``endpoint`` is ``http(s)://host[:port]``; without ``signer`` it is asked anonymously."""

    endpoint: str
    buckets: frozenset[str]
    signer: Signer | None = None

    @classmethod
    def of(cls, table: Table) -> ObjectStore | None:
        """Take it from a table, None where there is none; raises `UsageError`."""
        endpoint = table.text("s3_endpoint", "").rstrip("/")
        buckets, region = table.texts("s3_buckets"), table.text("s3_region", "us-east-1")
        key_file = table.text("s3_key_file", "")
        if not endpoint:
            return None
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise UsageError("s3_endpoint is http://host:port, without a path.")
        if not buckets:
            raise UsageError("Name the buckets that may be read (s3_buckets).")
        signer = _signer(Path(key_file), region) if key_file else None
        return cls(endpoint, frozenset(buckets), signer)

    async def take(self, named: Named, content: Spool) -> None:
        """Read an object into ``content``; raises `CannotRead`, `TooLarge`, `NoRoom`.

        A key with ``.`` or ``..`` between its slashes is none that can be asked for safely.
        """
        parts = named.key.split("/")
        if named.bucket not in self.buckets or not named.key or {".", ".."} & set(parts):
            raise CannotRead("the object is in no bucket that may be read")
        path = f"/{named.bucket}/{quote(named.key, safe='/-_.~')}"
        query = f"versionId={quote(named.version, safe='')}" if named.version else ""
        address = f"{self.endpoint}{path}{'?' if query else ''}{query}"
        try:
            async with (
                httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client,
                client.stream("GET", address, headers=self._headers(path, query)) as answer,
            ):
                if answer.status_code != 200:
                    raise CannotRead(f"the object store answered with {answer.status_code}")
                async for part in answer.aiter_raw(_PIECE):
                    await pour(part, content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CannotRead(f"no object store answers ({type(error).__name__})") from None

    def _headers(self, path: str, query: str) -> dict[str, str]:
        plain = {"accept-encoding": "identity"}
        if self.signer is None:
            return plain
        host = self.endpoint.partition("://")[2]
        return {**plain, **self.signer.headers(host, path, datetime.now(UTC), query)}


def _signer(file: Path, region: str) -> Signer:
    lines = read(file, "key file", "name another", UsageError).split()
    if len(lines) != 2:
        raise UsageError(f"{file} holds two lines: the access key, and its secret.")
    return Signer(lines[0], lines[1], region)
