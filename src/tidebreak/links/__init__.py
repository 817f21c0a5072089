"""Links and torrents to signals: pure, strict, and nothing is ever fetched.

`read` takes one link, address or bare value; `read_many` a stream of them; `read_file` the bytes
of a ``.torrent``, a Metalink file or the head of an HTTP answer. What cannot be read at all raises
`BadLink`; what can be read in part says why not all (`Reference.reason`). Client stores are read
by `tidebreak.links.stores`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import unquote

from tidebreak.errors import BadLink
from tidebreak.links import ed2k, headers, ipfs, magnet, metalink, torrent, urn, values, web
from tidebreak.links.reference import Alignment, Kind, NamedFile, Reference

LONGEST = 2 << 20
"""Characters of the longest link that is read; ed2k links with all part hashes are long."""

_AROUND = " \t\r\n\ufeff\u200b<>\"'"
"""What stands around links in text and is no part of them."""

_WITH_SOURCES: Mapping[str, Callable[..., Reference]] = {
    "magnet": magnet.read,
    "ed2k": ed2k.read,
    **dict.fromkeys(headers.NAMES, headers.read),
}
_IPFS, _WEB = frozenset(("ipfs", "ipns", "dweb")), frozenset(("http", "https"))


def read(text: str, *, sources: bool = False) -> Reference:
    """Return what one link, address, header line or bare value names.

    Trackers, peers and other sources are dropped unless ``sources`` asks for them. Raises
    `BadLink` when it is nothing that is known here.
    """
    if len(text) > LONGEST:
        raise BadLink(f"This is longer than {LONGEST:,} characters: no link is.")
    text = text.strip(_AROUND)
    scheme, colon, _ = text.partition(":")
    scheme = scheme.lower()
    if scheme in _WEB or text[:1] == "/":
        return web.read(text)
    if not text.isascii():
        text = values.writable(text)
    reader = _WITH_SOURCES.get(scheme)
    if reader is not None:
        return reader(text, sources=sources)
    if scheme in _IPFS:
        return ipfs.read(text)
    if not colon and "%3a" in text.lower():
        return read(unquote(text), sources=sources)
    return _without_scheme(text)


def _without_scheme(text: str) -> Reference:
    if not text:
        raise BadLink("There is nothing in this line.")
    try:
        return urn.read(text)
    except BadLink as error:
        try:
            return ipfs.read(text)
        except BadLink:
            raise error from None


def read_many(lines: Iterable[str], *, sources: bool = False) -> Iterator[Reference | BadLink]:
    """Yield for each line what `read` returns, or the error that it raises, in order."""
    for line in lines:
        try:
            yield read(line, sources=sources)
        except BadLink as error:
            yield error


def read_file(data: bytes, *, sources: bool = False) -> Reference:
    """Return what the bytes of a torrent, a Metalink file or an HTTP answer's head name.

    Raises `BadLink` when they are none of these. Client stores have `tidebreak.links.stores`.
    """
    begin = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin[:1] == b"<" or begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return metalink.read(data, sources=sources)
    if begin[:5].upper() == b"HTTP/":
        return headers.read(data[: 1 << 20].decode("latin-1"), sources=sources)
    return torrent.read(data, sources=sources)


__all__ = [
    "LONGEST",
    "Alignment",
    "Kind",
    "NamedFile",
    "Reference",
    "read",
    "read_file",
    "read_many",
]
