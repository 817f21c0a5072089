"""The file of a local sealed store, and the file of its key.

A store is made for one operator, under a key that was drawn for it alone. Layout, all numbers
little-endian::

    0   8 bytes   b"TIDESTO1"
    8   8 bytes   the issue: a random number that the issuer's audit log knows the operator of
    16  16 bytes  salt
    32  8 bytes   when it was issued, seconds since 1970
    40  8 bytes   when it expires, the same; 0: never
    48  4 bytes   identifiers that may be asked per day
    52  2 bytes   steps per look-up (`tidebreak.seal.local.hardening`)
    54  1 byte    log2 of scrypt's N
    55  ...       the digests: a set (`tidebreak.seal.filter`)
    ..  32 bytes  keyed BLAKE2b of everything before

It holds no name: whoever finds a copy learns nothing of whose it was, only its issuer can.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from tidebreak import files, secret_files
from tidebreak.errors import Damaged, UsageError
from tidebreak.seal.filter import MAGIC as SET_MAGIC
from tidebreak.seal.filter import Filter
from tidebreak.seal.local.hardening import Cost

MAGIC = b"TIDESTO1"
KEY = secret_files.KEY
_HEAD = struct.Struct("<8s8s16sQQIHB")
_MAC = 32
_BEFORE = 17 + 32 + 32
"""Bytes before the set in what a client keeps: version, checksum, key."""
_KEY_HEADER = "tidebreak-store-key-1 "


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a store was issued. ``expires`` is None when it never does."""

    issue: str
    """16 hexadecimal digits."""
    salt: bytes = field(repr=False)
    issued: datetime
    expires: datetime | None
    per_day: int
    cost: Cost

    @property
    def version(self) -> str:
        """What answers say: the lists as they were when the store was issued."""
        return self.issued.strftime("%Y-%m-%dT%H:%M:%SZ")

    def expired(self, now: datetime) -> bool:
        """Whether the store must not answer any more."""
        return self.expires is not None and now >= self.expires


def pack(terms: Terms, digests: Filter, key: bytes) -> bytes:
    """Return the content of a store's file."""
    head = _HEAD.pack(
        MAGIC, bytes.fromhex(terms.issue), terms.salt, _seconds(terms.issued),
        _seconds(terms.expires) if terms.expires else 0, terms.per_day, terms.cost.steps,
        terms.cost.memory,
    )  # fmt: skip
    content = head + digests.to_bytes()
    return content + _mac(content, key)


def unpack(data: bytes, key: bytes) -> tuple[Terms, Filter]:
    """Return what `pack` packed.

    Raises `Damaged` when ``data`` is no store, and when it was changed or ``key`` is another's.
    """
    if len(data) < _HEAD.size + _MAC or data[: len(MAGIC)] != MAGIC:
        raise Damaged("This is no sealed store; name the file that the issuer gave you.")
    if not hmac.compare_digest(_mac(data[:-_MAC], key), data[-_MAC:]):
        raise Damaged(
            "The store does not belong to this key, or it was changed; get both anew from the"
            " issuer."
        )
    _, issue, salt, issued, expires, per_day, steps, memory = _HEAD.unpack_from(data)
    terms = Terms(
        issue.hex(), salt, _moment(issued), _moment(expires) if expires else None, per_day,
        Cost(steps, memory),
    )  # fmt: skip
    return terms, Filter.from_bytes(data[_HEAD.size : -_MAC])


def digests_of(data: bytes) -> Filter:
    """Return the digests of a copy without any key: a store, a bare set, what a client keeps.

    Raises `Damaged`.
    """
    begin = data.find(SET_MAGIC, 0, _BEFORE + len(SET_MAGIC))
    if begin < 0:
        raise Damaged("This is neither a sealed store nor a sealed set; name such a file.")
    end = len(data) - (_MAC if data.startswith(MAGIC) else 0)
    return Filter.from_bytes(data[begin:end])


def read(path: Path) -> bytes:
    """Return the bytes of a file; raise `UsageError` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); correct that.") from None


def write_new(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises `UsageError` when there is one: nothing is ever overwritten.
    """
    try:
        files.write_new(path, content)
    except FileExistsError:
        raise UsageError(f"{path} exists and is never overwritten; name another file.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); correct that.") from None


def key_text(key: bytes) -> bytes:
    """Return the content of a key file."""
    return secret_files.key_text(_KEY_HEADER, key).encode()


def load_key(path: Path) -> bytes:
    """Return the key in a file; raise `NotInstalled` when it is unusable, or others may read it."""
    return secret_files.read_key(path, _KEY_HEADER, "a store", "get it anew from the issuer")


def _mac(content: bytes, key: bytes) -> bytes:
    return blake2b(content, digest_size=_MAC, key=key, person=b"tb:store").digest()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise Damaged("The store's dates are none; get it anew from the issuer.") from None
