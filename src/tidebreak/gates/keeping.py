"""Sealed copies of what a gate refused, so that a caller who deletes destroys no evidence.

One file per screening, ``SCREENING.kept``, its owner's alone: a header of one line of JSON, then
blocks of up to a mebibyte, each a 32-bit length and that many bytes sealed by the installation's
vault for its place: the screening, the header, the number of the block, and whether it is the
last. So nothing can be cut off, exchanged or renamed unnoticed. Off unless the operator asks for
it: whoever keeps must know by which law (``docs/content-gates.md``).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tidebreak import files
from tidebreak.errors import Damaged, UsageError
from tidebreak.screens import Screened
from tidebreak.spool import Spool
from tidebreak.store.vault import Vault

SUFFIX = ".kept"
_BLOCK = 1 << 20
_OVERHEAD = 28
_LENGTH = 4
_MOST_HEADER = 4096
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """One sealed copy, by what its header says; ``at`` is when it was screened (UTC)."""

    path: Path
    screening: str
    at: str
    gate: str
    size: int


class Keeper:
    """Keeps copies in ``folder``, which is made if need be and is its owner's alone."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            raise UsageError(f"Others may reach {folder}, where copies are kept: chmod 700 it.")

    def keep(self, content: Spool, screened: Screened) -> None:
        """Keep ``content``; what is kept already stays. Raises `OSError`, as for a full disk."""
        if not _ID.fullmatch(screened.id):
            raise UsageError("The screening has no name that a file can have.")
        head = {"screening": screened.id, "at": screened.at, "gate": screened.origin.client,
                "size": content.size}  # fmt: skip
        header = json.dumps(head).encode() + b"\n"
        try:
            with files.creating(self._folder / f"{screened.id}{SUFFIX}") as out:
                out.write(header)
                self._seal(content, screened.id, header, out)
        except FileExistsError:
            return

    def _seal(self, content: Spool, name: str, header: bytes, out: IO[bytes]) -> None:
        with os.fdopen(content.open(), "rb") as file:
            number, block = 0, file.read(_BLOCK)
            while True:
                following = file.read(_BLOCK)
                place = _place(name, header, number, last=not following)
                sealed = self._vault.seal(place, block)
                out.write(len(sealed).to_bytes(_LENGTH) + sealed)
                if not following:
                    return
                number, block = number + 1, following


def kept_in(folder: Path) -> list[Kept]:
    """Return what is kept in ``folder``, oldest first; what is no such file is left out."""
    found = [kept for path in sorted(folder.glob(f"*{SUFFIX}")) if (kept := _describe(path))]
    return sorted(found, key=lambda kept: (kept.at, kept.screening))


def open_kept(path: Path, vault: Vault) -> Iterator[bytes]:
    """Yield the bytes of a sealed copy, each block only once it is known to be what was written.

    Raises `Damaged`, at the latest in the place of the last block.
    """
    with path.open("rb") as file:
        header = file.readline(_MOST_HEADER)
        name, number, last = path.name.removesuffix(SUFFIX), 0, False
        length = file.read(_LENGTH)
        while length:
            size = int.from_bytes(length)
            if len(length) < _LENGTH or not _OVERHEAD <= size <= _BLOCK + _OVERHEAD:
                break
            sealed, length = file.read(size), file.read(_LENGTH)
            last = not length
            yield vault.open(_place(name, header, number, last=last), sealed)
            number += 1
    if not last:
        raise Damaged(f"{path} is not a whole sealed copy; restore it from a backup.")


def _place(name: str, header: bytes, number: int, *, last: bool) -> str:
    bound = hashlib.sha256(header).hexdigest()
    return f"kept/{name}/{bound}/{number}/{'last' if last else 'more'}"


def _describe(path: Path) -> Kept | None:
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline(_MOST_HEADER))
        return Kept(path, head["screening"], head["at"], head["gate"], int(head["size"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
