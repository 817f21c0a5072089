"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

import struct
from collections import defaultdict

from tidebreak.links import stores
from tidebreak.media.signatures import (
    BINARY,
    EMPTY,
    LZMA,
    MAIL,
    SIGNATURES,
    TAR,
    TEXT,
    VECTOR,
    Family,
    Kind,
    closed,
    names,
    picture,
    raw,
    video,
)

HEAD = 1 << 16
"""Bytes of the beginning that `sniff` wants; fewer will do when the file has fewer."""

_AT_START: dict[int, list[tuple[bytes, Kind]]] = defaultdict(list)
_LATER: list[tuple[int, bytes, Kind]] = []
for _offset, _signature, _kind in SIGNATURES:
    if _offset:
        _LATER.append((_offset, _signature, _kind))
    else:
        _AT_START[_signature[0]].append((_signature, _kind))

_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_BMP = picture("bmp")
_PNM = picture("x-portable-anymap")
_TIFF = picture("tiff")
_RAW_TIFF = raw("x-raw-tiff")
_SVG = closed("image/svg+xml", f"SVG {VECTOR}")
_AUDIO = Kind("audio/mp4", Family.OTHER)
_BRANDS = {
    b"avif": picture("avif"), b"avis": picture("avif"), b"mif1": picture("heif"),
    b"msf1": picture("heif"), b"heic": picture("heif"), b"heix": picture("heif"),
    b"hevc": picture("heif"), b"heim": picture("heif"), b"heis": picture("heif"),
    b"crx ": raw("x-canon-cr3"), b"M4A ": _AUDIO, b"M4B ": _AUDIO, b"qt  ": video("quicktime"),
}  # fmt: skip
_MP4 = video("mp4")
_QUICKTIME = video("quicktime")
_BOXES = (b"wide", b"free", b"skip", b"pnot", b"styp", b"moof")
"""Boxes that old or cut files begin with; a text might hold these words, but not a zero byte."""
_OGG_VIDEO = video("ogg")
_OGG_AUDIO = Kind("audio/ogg", Family.OTHER)
_MPEG_STREAM = video("mp2t")

# Bytes that a text in any encoding of one byte per character may hold.
_NOT_TEXT = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b\b")) + b"\x7f"


def sniff(head: bytes) -> Kind:
    """Return what the file that begins with ``head`` is (`HEAD` bytes, or all that it has)."""
    if not head:
        return EMPTY
    return _by_signature(head) or _by_structure(head) or _names(head) or _by_alphabet(head)


def _by_signature(head: bytes) -> Kind | None:
    for signature, kind in _AT_START.get(head[0], ()):
        if head.startswith(signature):
            return _RAW_TIFF if kind == _TIFF and _is_raw(head) else kind
    for offset, signature, kind in _LATER:
        if head.startswith(signature, offset):
            return kind
    return None


def _by_structure(head: bytes) -> Kind | None:
    """Recognise what takes more than one fixed run of bytes."""
    if head.startswith(b"ftyp", 4):
        return _BRANDS.get(head[8:12], _MP4)
    if head[0] == 0 and head[4:8] in _BOXES:
        return _QUICKTIME
    if head.startswith(b"BM") and len(head) > 18 and head[14] in _BMP_HEADERS:
        return _BMP
    if head[0] == 0x50 and head[1:2] in b"1234567" and head[2:3].isspace():
        return _PNM
    if head.startswith(b"OggS"):
        return _OGG_VIDEO if b"\x80theora" in head[:4096] else _OGG_AUDIO
    if _is_stream(head):
        return _MPEG_STREAM
    if head.startswith(b"From ") and b"@" in head[:200].split(b"\n")[0]:
        return MAIL
    if head.startswith(b"]\0\0") and len(head) > 13 and _plausible_lzma(head):
        return LZMA
    return TAR if _is_old_tar(head) else None


def _names(head: bytes) -> Kind | None:
    """Recognise torrents and the stores of peer-to-peer programs."""
    found = stores.recognise(head)
    return None if found is None else names(found.content)


def _by_alphabet(head: bytes) -> Kind:
    start = head[:4096]
    if len(start.translate(None, _NOT_TEXT)) != len(start):
        return BINARY
    return _SVG if b"<svg" in start else TEXT


def _is_stream(head: bytes) -> bool:
    """Tell an MPEG transport stream: a sync byte every 188 bytes, 192 where each has a time."""
    plain = head[0] == 0x47 and len(head) > 752 and head[188::188][:4] == b"GGGG"
    return plain or (len(head) > 772 and head[4::192][:5] == b"GGGGG")


def _plausible_lzma(head: bytes) -> bool:
    (size,) = struct.unpack_from("<Q", head, 5)
    return size == 2**64 - 1 or size < 2**40


def _is_old_tar(head: bytes) -> bool:
    """Tell a tar header without the word ``ustar`` by its checksum (POSIX.1, tar)."""
    if len(head) < 512 or not head[0]:
        return False
    try:
        checksum = int(head[148:156].rstrip(b"\0 ").lstrip() or b"-", 8)
    except ValueError:
        return False
    return checksum == sum(head[:148]) + 8 * 32 + sum(head[156:512])


def _is_raw(head: bytes) -> bool:
    """Tell a camera's RAW file from a TIFF: the first picture in it is only a preview.

    That holds of DNG (tag 0xC612), CR2 (its own mark at 8), and files whose first directory is
    a reduced picture (tag 254) with the real one below it (tag 330): NEF, ARW. TIFF 6.0, DNG 1.7.
    """
    if head.startswith(b"CR\x02", 8):
        return True
    if len(head) < 10:
        return False
    order = "<" if head[0] == 0x49 else ">"
    (start,) = struct.unpack_from(order + "I", head, 4)
    if start + 2 > len(head):
        return False
    (count,) = struct.unpack_from(order + "H", head, start)
    fits = min(count, (len(head) - start - 2) // 12)
    tags = {
        tag: value
        for tag, _, _, value in struct.iter_unpack(
            order + "HHII", head[start + 2 : start + 2 + 12 * fits]
        )
    }
    return 0xC612 in tags or (330 in tags and tags.get(254) == 1)
