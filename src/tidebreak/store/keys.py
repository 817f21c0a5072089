"""The master key and the keys derived from it.

One file holds 32 random bytes as text. It lives apart from the data: whoever has only the
database can neither read the vault nor test a hash against the seals.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from tidebreak import secret_files
from tidebreak.errors import UsageError

_HEADER = "tidebreak-key-1 "
_REMEDY = "attach the medium it is on, or restore it"


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys for separate purposes, each 32 bytes, derived from one master key.

    Derivation: keyed BLAKE2b with a personalisation per purpose (RFC 7693, section 2.5 of the
    BLAKE2 paper).
    """

    seal_key: bytes = field(repr=False)
    """Exact signals of list entries at rest."""
    vault_key: bytes = field(repr=False)
    """Every other field of an entry."""
    id_key: bytes = field(repr=False)
    """Digests by which two versions of a list are compared."""
    access_key: bytes = field(repr=False)
    """Digests that stand in for what callers and people show: secrets, cookies, codes."""
    check: bytes = field(repr=False)
    """16 bytes that the database keeps: a wrong key is refused instead of never matching."""

    @classmethod
    def derive(cls, master: bytes) -> Keys:
        """Return the keys that belong to ``master`` (32 bytes)."""
        return cls(
            seal_key=_derive(master, b"tb-key:seal"),
            vault_key=_derive(master, b"tb-key:vault"),
            id_key=_derive(master, b"tb-key:id"),
            access_key=_derive(master, b"tb-key:access"),
            check=_derive(master, b"tb-key:check")[:16],
        )


def create(path: Path) -> Keys:
    """Write a new random master key to ``path`` (mode 0600) and return its keys.

    Raises `UsageError` when the file exists: overwriting a key loses everything sealed with it.
    """
    try:
        return Keys.derive(secret_files.make_key(path, _HEADER))
    except FileExistsError:
        raise UsageError(
            f"{path} exists and is never overwritten; use it, or name another file."
        ) from None


def load(path: Path) -> Keys:
    """Return the keys of the master key in ``path``; raise `NotInstalled` when it is unusable."""
    return Keys.derive(secret_files.read_key(path, _HEADER, "an installation", _REMEDY))


def _derive(master: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(b"", digest_size=32, key=master, person=purpose).digest()
