"""What an auditor takes away: records, signed heads, the public key, and how to check them.

One tar file. A line of ``events.jsonl`` is a record exactly as it was hashed, so that ``openssl``
and a shell are all that is needed to check it.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tidebreak import files
from tidebreak.audit import heads
from tidebreak.audit.log import AuditLog
from tidebreak.audit.signing import SignedHead
from tidebreak.errors import UsageError

README = """\
The audit log of an installation of Tidebreak, and how to check it with openssl and a shell.

events.jsonl    One record per line, the oldest first. The SHA-256 of a line, without the line
                feed, is its hash. Each record holds the hash of the one before in "prev".
public.pem      The public key for the signatures. Compare it with the copy that you were given.
heads/*.head    The number and the hash of a record: what was signed.
heads/*.sig     Ed25519 signatures of these.
heads/*.tsr     Stamps of them by an authority (RFC 3161), where there are any.

1. The chain is unbroken; the last line printed is the hash of the last record:

    prev=$(sed -n '1s/.*,"prev":"\\([0-9a-f]*\\)","seq":[0-9]*}$/\\1/p' events.jsonl)
    while IFS= read -r line; do
      told=$(printf '%s' "$line" | sed 's/.*,"prev":"\\([0-9a-f]*\\)","seq":[0-9]*}$/\\1/')
      [ "$told" = "$prev" ] || echo "BROKEN: $line"
      prev=$(printf '%s' "$line" | openssl dgst -sha256 -r | cut -d' ' -f1)
    done < events.jsonl
    echo "$prev"

2. A head was signed:

    for head in heads/*.head; do
      openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in "$head" -sigfile "$head.sig"
    done

3. A head is of this log: the "hash" in it is that of the record with its "number":

    grep '"seq":NUMBER}$' events.jsonl | tr -d '\\n' | openssl dgst -sha256

4. A head was stamped (CA.pem: the certificates of the authority, from the authority itself):

    openssl ts -verify -data heads/NUMBER.head -in heads/NUMBER.head.tsr -CAfile CA.pem
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    events: int
    heads: int


def export(
    log: AuditLog, out: Path, public: bytes, signed: Iterable[SignedHead], *,
    since: str = "", folder: Path | None = None,
) -> Exported:  # fmt: skip
    """Write everything since a time (ISO 8601; all when empty) to the new tar file ``out``.

    ``signed`` are further heads than those in ``folder``. Raises `UsageError` where it cannot be
    written.
    """
    try:
        with files.creating(out) as file, tempfile.TemporaryFile(dir=out.parent) as events:
            count = _write_events(log, events, since)
            with tarfile.open(fileobj=file, mode="w") as tar:
                _add(tar, "README.txt", README.encode())
                _add(tar, "public.pem", public)
                _add_file(tar, "events.jsonl", events)
                return Exported(count, _add_heads(tar, signed, folder))
    except OSError as error:
        raise UsageError(
            f"The export cannot be written to {out} ({error.strerror}); name a new file."
        ) from None


def _write_events(log: AuditLog, file: IO[bytes], since: str) -> int:
    count = 0
    for record in log.records():
        if count or json.loads(record.body)["at"] >= since:
            file.write(record.body.encode() + b"\n")
            count += 1
    return count


def _add_heads(tar: tarfile.TarFile, signed: Iterable[SignedHead], folder: Path | None) -> int:
    found: dict[str, bytes] = {}
    for path in heads.in_folder(folder) if folder else []:
        for place in (path, heads.beside(path, ".sig"), heads.beside(path, ".tsr")):
            if place.exists():
                found[place.name] = place.read_bytes()
    for one in signed:
        name = heads.name_of(one)
        found |= {name: one.line, f"{name}.sig": one.signature}
    for name, data in sorted(found.items()):
        _add(tar, f"heads/{name}", data)
    return sum(name.endswith(heads.SUFFIX) for name in found)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    _add_file(tar, name, io.BytesIO(data))


def _add_file(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = file.seek(0, io.SEEK_END), 0o644
    file.seek(0)
    tar.addfile(entry, file)
