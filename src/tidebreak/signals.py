"""Signal types and their text forms: the one table that says what can be known about content.

A *signal* is one identifier of content. Its value is bytes; this module turns text into those
bytes and back, strictly. Formats: hexadecimal; RFC 4648 base32 without padding (Gnutella, AICH,
TTH); base58btc and multibase base32 for IPFS CIDs (multiformats/cid).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from tidebreak.errors import BadSignal


class SignalKind(StrEnum):
    """How two values of a signal type are compared."""

    EXACT = "exact"
    """Equal or not. Every exact signal is a locator on some network and is sealed at rest."""
    NEAR = "near"
    """By distance."""
    OPAQUE = "opaque"
    """Kept, but nothing here can compare it."""


class TextForm(StrEnum):
    """How a value is written."""

    HEX = "hex"
    BASE32 = "base32"
    CID = "cid"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class SignalType:
    """One kind of identifier.

    ``length`` is in bytes (0: not fixed). ``seal_as`` names the space in which values are
    compared: both ed2k variants share one, as all CIDs do, since a list does not say which it
    gives. ``family`` groups types that fall together when one hash function is broken;
    ``strong`` types decide alone (``docs/design.md``, verdict levels). ``torrent`` types name a
    torrent as a whole, with all its files, and no file; those not ``computed`` are only read in
    links, torrents and lists. A value with a ``version``
    is a byte of that and then records of ``record`` bytes: of another it could never match.
    """

    name: str
    kind: SignalKind
    length: int
    form: TextForm = TextForm.HEX
    seal_as: str = ""
    family: str = ""
    strong: bool = False
    torrent: bool = False
    computed: bool = True
    aliases: tuple[str, ...] = ()
    version: int = 0
    record: int = 0

    @property
    def space(self) -> str:
        """The name of the space in which values of this type are compared."""
        return self.seal_as or self.name

    def parse(self, text: str) -> bytes:
        """Return the value that ``text`` writes; raise `BadSignal` when it writes none."""
        text = text.strip()
        value = _PARSERS[self.form](self, text)
        if self.length and len(value) != self.length:
            raise BadSignal(f"{self.name}: expected {self.length} bytes, got {len(value)}")
        self._check_version(value)
        return value

    def _check_version(self, value: bytes) -> None:
        if not self.version:
            return
        if value[:1] != bytes([self.version]):
            found = value[0] if value else "none"
            raise BadSignal(
                f"{self.name}: version {found}, and {self.version} is what is"
                " known here; ask the list's owner for that, or use a newer Tidebreak"
            )
        if len(value) == 1 or (len(value) - 1) % self.record:
            raise BadSignal(
                f"{self.name}: expected one byte and then records of {self.record} bytes, got"
                f" {len(value)} bytes"
            )

    def format(self, value: bytes) -> str:
        """Return the canonical text of ``value``."""
        if self.form is TextForm.HEX:
            return value.hex()
        if self.form is TextForm.BASE32:
            return base64.b32encode(value).decode().rstrip("=")
        if self.form is TextForm.BASE64:
            return base64.b64encode(value).decode()
        return format_cid(value)

    def comparable(self, value: bytes) -> bytes:
        """Return the bytes that are compared and sealed: the multihash of a CID, else the value."""
        return multihash_of(value) if self.form is TextForm.CID else value


def _parse_hex(kind: SignalType, text: str) -> bytes:
    try:
        return bytes.fromhex(text) if text.isalnum() else _fail(kind, text)
    except ValueError:
        return _fail(kind, text)


def _parse_base32(kind: SignalType, text: str) -> bytes:
    if kind.length and len(text) == kind.length * 2:
        return _parse_hex(kind, text)
    return _base32(kind, text)


def _parse_hex_or_base32(kind: SignalType, text: str) -> bytes:
    # Gnutella writes SHA-1 in base32, old magnets an infohash; 32 characters of that cannot be
    # 40 of hexadecimal.
    if kind.name in ("sha1", "btih") and len(text) == 32:
        return _base32(kind, text)
    return _parse_hex(kind, text)


def _base32(kind: SignalType, text: str) -> bytes:
    try:
        value = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return _fail(kind, text)
    # Unused trailing bits must be zero, or two texts would write one value.
    if base64.b32encode(value).decode().rstrip("=") != text.upper().rstrip("="):
        return _fail(kind, text)
    return value


def _parse_base64(kind: SignalType, text: str) -> bytes:
    if kind.length and len(text) == kind.length * 2:
        return _parse_hex(kind, text)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return _fail(kind, text)


def _parse_cid(kind: SignalType, text: str) -> bytes:
    try:
        return parse_cid(text)
    except ValueError as error:
        raise BadSignal(f"{kind.name}: {error}") from None


def _fail(kind: SignalType, text: str) -> bytes:
    # The text itself is never repeated: it may be a locator.
    raise BadSignal(
        f"{kind.name}: {len(text)} characters that are not {kind.form.value}"
        f"{f' of {kind.length} bytes' if kind.length else ''}"
    )


_PARSERS = {
    TextForm.HEX: _parse_hex_or_base32,
    TextForm.BASE32: _parse_base32,
    TextForm.BASE64: _parse_base64,
    TextForm.CID: _parse_cid,
}

SEAL_SIZE = 16
"""Bytes of a seal, which stands in for an exact signal at rest."""

MULTIHASH = b"\x12\x20"
"""Begins every multihash here: SHA-256, 32 bytes. A version 0 CID is nothing else."""

RAW_CID, DAG_PB_CID = b"\x01\x55" + MULTIHASH, b"\x01\x70" + MULTIHASH
"""What version 1 CIDs begin with: of the bytes themselves, of a node of the UnixFS graph."""

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def parse_cid(text: str) -> bytes:
    """Return the binary CID of ``text`` (v0 base58; v1 in base32, base16 or base58 multibase).

    Only SHA-256 multihashes over the codecs raw and dag-pb are taken, since only those name a
    file by its content here. Raises ``ValueError``.
    """
    if len(text) == 46 and text.startswith("Qm"):
        value = _base58(text)
        if value[:2] != MULTIHASH or len(value) != 34:
            raise ValueError("not a version 0 CID over SHA-256")
        return value
    prefix, rest = text[:1], text[1:]
    if prefix in "bB" and rest:
        value = base64.b32decode(rest.upper() + "=" * (-len(rest) % 8))
    elif prefix in "fF" and rest:
        value = bytes.fromhex(rest)
    elif prefix == "z":
        value = _base58(rest)
    else:
        raise ValueError("not a CID in base58, base32 or base16")
    if len(value) != 36 or value[:4] not in (RAW_CID, DAG_PB_CID):
        raise ValueError("not a version 1 CID over SHA-256 with codec raw or dag-pb")
    return value


def format_cid(value: bytes) -> str:
    """Return the usual text of a binary CID: ``Qm…`` for version 0, ``b…`` for version 1."""
    if len(value) == 34:
        number, digits = int.from_bytes(value), ""
        while number:
            number, digit = divmod(number, 58)
            digits = _BASE58[digit] + digits
        return digits
    return "b" + base64.b32encode(value).decode().rstrip("=").lower()


def multihash_of(value: bytes) -> bytes:
    """Return the multihash inside a binary CID; CIDs with equal multihashes name equal content."""
    return value if len(value) == 34 else value[2:]


def _base58(text: str) -> bytes:
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            raise ValueError("not base58")
        number = number * 58 + digit
    return number.to_bytes((number.bit_length() + 7) // 8)


def _exact(name: str, length: int, **more: object) -> SignalType:
    return SignalType(name, SignalKind.EXACT, length, **more)  # type: ignore[arg-type]


_ALL = (
    _exact("md5", 16, family="md5"),
    _exact("sha1", 20, family="sha1", aliases=("sha-1",)),
    _exact("sha256", 32, family="sha2", strong=True, aliases=("sha-256", "sha2-256")),
    _exact("blake3", 32, family="blake3", strong=True),
    _exact("ed2k", 16, seal_as="ed2k", family="md4", aliases=("ed2k-red", "edonkey")),
    _exact("ed2k-blue", 16, seal_as="ed2k", family="md4"),
    _exact("aich", 20, form=TextForm.BASE32, family="sha1"),
    _exact("tth", 24, form=TextForm.BASE32, family="tiger", strong=True, aliases=("tiger-tree",)),
    _exact("btv2", 32, family="sha2", strong=True, aliases=("btv2-root", "pieces-root")),
    _exact("cid-v0", 0, form=TextForm.CID, seal_as="cid", family="sha2", strong=True),
    _exact("cid-v1", 0, form=TextForm.CID, seal_as="cid", family="sha2", strong=True,
           aliases=("cid",)),
    _exact("cid-raw", 0, form=TextForm.CID, seal_as="cid", family="sha2", strong=True),
    # These name a torrent with all its files. A tracker does not say whether 20 bytes are a
    # version 1 infohash or the cut of a version 2 one, so both share a space (BEP 52).
    _exact("btih", 20, family="infohash", strong=True, torrent=True, computed=False,
           aliases=("infohash",)),
    _exact("btmh", 32, family="infohash", strong=True, torrent=True, computed=False,
           aliases=("infohash-v2",)),
    # What is equal for equal bytes in equal pieces, whatever they are called (docs/links.md).
    _exact("btkey", 32, family="infohash", strong=True, torrent=True, computed=False),
    _exact("kzhash", 20, family="kzhash", computed=False),
    SignalType("pdq", SignalKind.NEAR, 32),
    # Near hashes of a part of a known item, several per entry: `tidebreak.places` says which part.
    SignalType("pdq-region", SignalKind.NEAR, 34),
    SignalType("vpdq", SignalKind.NEAR, 36),
    SignalType("photodna", SignalKind.OPAQUE, 144, form=TextForm.BASE64, aliases=("pdna",)),
    # All local features of a picture, 40 bytes for each (`tidebreak.hashing.local`).
    SignalType("orb", SignalKind.OPAQUE, 0, form=TextForm.BASE64, version=1, record=40),
    # Of any model that its user brings along (`tidebreak.vectors`).
    SignalType("descriptor", SignalKind.OPAQUE, 0, form=TextForm.BASE64),
    # Of a signal type that somebody else's code makes and compares (`tidebreak.plugins.texts`).
    SignalType("plugin", SignalKind.OPAQUE, 0, form=TextForm.BASE64),
    SignalType("sha512", SignalKind.OPAQUE, 64, aliases=("sha-512",)),
)  # fmt: skip

SIGNAL_TYPES: dict[str, SignalType] = {kind.name: kind for kind in _ALL}
"""All signal types by name, in the order in which they are shown."""

EXACT_TYPES = tuple(kind for kind in _ALL if kind.kind is SignalKind.EXACT)

DIGEST_TYPES = tuple(kind for kind in EXACT_TYPES if kind.computed)
"""The exact types that are computed of every file."""

_BY_ANY_NAME = {name: kind for kind in _ALL for name in (kind.name, *kind.aliases)}


def signal_type(name: str) -> SignalType:
    """Return the type called ``name`` (aliases and any case or underscore count)."""
    found = find_signal_type(name)
    if found is None:
        raise BadSignal(f"unknown signal type '{name[:40]}'; known: {', '.join(SIGNAL_TYPES)}")
    return found


def find_signal_type(name: str) -> SignalType | None:
    """Return the type called ``name``, or None."""
    return _BY_ANY_NAME.get(name.strip().lower().replace("_", "-"))
