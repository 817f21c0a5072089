"""The master key and the keys derived from it.

One file holds 32 random bytes as text. It lives apart from the data: whoever has only the
database can neither read the vault nor test a hash against the seals.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from tidebreak.errors import NotInstalled, UsageError

_HEADER = "tidebreak-key-1 "
_BYTES = 32


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
    check: bytes = field(repr=False)
    """16 bytes that the database keeps: a wrong key is refused instead of never matching."""

    @classmethod
    def derive(cls, master: bytes) -> Keys:
        """Return the keys that belong to ``master`` (32 bytes)."""
        return cls(
            seal_key=_derive(master, b"tb-key:seal"),
            vault_key=_derive(master, b"tb-key:vault"),
            id_key=_derive(master, b"tb-key:id"),
            check=_derive(master, b"tb-key:check")[:16],
        )


def create(path: Path) -> Keys:
    """Write a new random master key to ``path`` (mode 0600) and return its keys.

    Raises `UsageError` when the file exists: overwriting a key loses everything sealed with it.
    """
    master = os.urandom(_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{path} exists and is never overwritten; use it, or name another file."
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{_HEADER}{master.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return Keys.derive(master)


def load(path: Path) -> Keys:
    """Return the keys of the master key in ``path``; raise `NotInstalled` when it is unusable."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise NotInstalled(
            f"The key file {path} is missing; attach the medium it is on, or restore it."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise NotInstalled(
            f"The key file {path} cannot be read ({type(error).__name__}); restore it."
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise NotInstalled(f"Others may read the key file {path}; run: chmod 600 {path}")
    try:
        master = bytes.fromhex(text.removeprefix(_HEADER))
    except ValueError:
        master = b""
    if not text.startswith(_HEADER) or len(master) != _BYTES:
        raise NotInstalled(f"{path} is not a Tidebreak key; name the right file or restore it.")
    return Keys.derive(master)


def _derive(master: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(b"", digest_size=32, key=master, person=purpose).digest()
