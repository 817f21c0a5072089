"""The server's key: one file of 32 random bytes, apart from the data, and what is derived from it.

Whoever has it can test candidates at will, as the installation's own key allows; losing it means
that every operator needs a new token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from tidebreak import secret_files
from tidebreak.errors import UsageError

_HEADER = "tidebreak-seal-key-1 "
_REMEDY = "make one with tidebreak seal init, or restore it"
_INFO = b"tidebreak seal 1"


@dataclass(frozen=True, slots=True)
class SealKeys:
    """Secrets of separate purposes. Raises `UsageError` where the extra is missing."""

    private: bytes = field(repr=False)
    """The scalar of the oblivious function (``DeriveKeyPair`` of RFC 9497)."""
    public: bytes
    """What clients pin."""
    canaries: bytes = field(repr=False)
    """Of the canaries in every operator's set."""
    sets: bytes = field(repr=False)
    """Of the keys under which every operator's set is made."""
    tokens: bytes = field(repr=False)
    """Of the digests that stand in for tokens at rest."""
    outputs: bytes = field(repr=False)
    """Of the checks in the file of values that were computed already."""

    @classmethod
    def derive(cls, master: bytes) -> SealKeys:
        """Return the keys that belong to ``master`` (32 bytes)."""
        from tidebreak.seal.oprf.suite import Mode, Suite, public_key

        private = Suite(Mode.VERIFIABLE).derive_key(master, _INFO)
        secrets = (_derive(master, name) for name in (b"canary", b"set", b"token", b"output"))
        return cls(private, public_key(private), *secrets)


def place_of(key_file: Path) -> Path:
    """Return where the server's key lies: beside the installation's own."""
    return key_file.with_name(f"{key_file.name.removesuffix('.key')}.oprf.key")


def create(path: Path) -> SealKeys:
    """Write a new random key to ``path`` (mode 0600) and return what is derived from it.

    Raises `UsageError` when the file exists: whoever holds a token has pinned the old key.
    """
    try:
        return SealKeys.derive(secret_files.make_key(path, _HEADER))
    except FileExistsError:
        raise UsageError(
            f"{path} exists and is never overwritten: every token would become useless."
        ) from None


def load(path: Path) -> SealKeys:
    """Return what is derived from the key in ``path``; raise `NotInstalled` when it is unusable."""
    return SealKeys.derive(secret_files.read_key(path, _HEADER, "a sealed server", _REMEDY))


def _derive(master: bytes, purpose: bytes) -> bytes:
    return blake2b(digest_size=32, key=master, person=b"tb-seal:" + purpose).digest()
