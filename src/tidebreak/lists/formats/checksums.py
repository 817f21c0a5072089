"""What md5sum, sha1sum, sha256sum, b3sum and their like write.

GNU: ``<hex>  name`` or ``<hex> *name``, a leading backslash when the name is escaped; BSD:
``MD5 (name) = <hex>`` (coreutils manual, "md5sum invocation").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidebreak.errors import BadSignal
from tidebreak.lists.batch import BadRow, Batch, batch_of
from tidebreak.lists.formats import Format, register
from tidebreak.lists.lines import blocks
from tidebreak.lists.source import Source
from tidebreak.lists.values import types_of_bare
from tidebreak.model import Entry, Signal
from tidebreak.signals import SignalType, find_signal_type

_GNU = re.compile(r"(\\?)([0-9A-Fa-f]{32,128}) [ *](.+)", re.DOTALL)
_BSD = re.compile(r"(\\?)([A-Za-z0-9-]+) \((.*)\) = ([0-9A-Fa-f]+)", re.DOTALL)
_ESCAPES = {r"\\": "\\", r"\n": "\n", r"\r": "\r"}


def detect(source: Source) -> bool:
    """Whether the first line that says something has the form of a checksum line."""
    for line in source.text_head().splitlines():
        if line.strip() and not line.startswith("#"):
            return bool(_GNU.fullmatch(line) or _BSD.fullmatch(line))
    return False


def read(source: Source) -> Iterator[Batch]:
    """Yield one entry per line; the file's name is kept as the field ``name``."""
    with source.open_bytes() as file:
        for block in blocks(file):
            yield batch_of(
                _entry(line, text, source.type)
                for line, text in block.texts()
                if text.strip() and not text.startswith("#")
            )


def _entry(line: int, text: str, wanted: SignalType | None) -> Entry | BadRow:
    if match := _GNU.fullmatch(text):
        escaped, digest, name = match.groups()
        kinds = (wanted,) if wanted else types_of_bare(digest)
        # The length fits several types, but this form is that of sha256sum.
        kind = kinds[0] if kinds else None
    elif match := _BSD.fullmatch(text):
        escaped, tag, name, digest = match.groups()
        kind = find_signal_type(tag)
    else:
        return BadRow(line, "not a line of a checksum program", text)
    if kind is None:
        return BadRow(line, "a checksum of an unknown kind", text)
    if escaped:
        name = re.sub(r"\\[\\nr]", lambda found: _ESCAPES[found[0]], name)
    try:
        return Entry(line, (Signal(kind, kind.parse(digest)),), fields={"name": name})
    except BadSignal as error:
        return BadRow(line, str(error), text)


register(Format("checksums", "what md5sum, sha256sum and their like write", 30, detect, read))
