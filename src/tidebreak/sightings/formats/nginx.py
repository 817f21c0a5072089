r"""Access logs of nginx in front of an HTTP tracker (BEP 3), in its format ``combined``.

Info hashes are decoded from the request line as it was sent; nginx writes what is not printable
in it as ``\xHH``. Scrapes and all other requests say nothing of a peer and are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from tidebreak.hashing.arrays import readonly
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.intake import announces
from tidebreak.sightings.intake.delimited import whole_lines
from tidebreak.sightings.intake.mapping import Mapping
from tidebreak.sightings.intake.request_kernels import (
    ELSEWHERE,
    GOOD,
    NOT_COMBINED,
    requests,
    unescape,
)
from tidebreak.sightings.records import Grade, Network
from tidebreak.sightings.text_kernels import match_words
from tidebreak.sightings.texts import Texts, joined

_NAMES = ["info_hash", "peer_id", "ip", "port", "left", "event"]
_MONTHS = Texts.of(b"jan feb mar apr may jun jul aug sep oct nov dec".split())
_DIGITS = np.frombuffer(b"".join(b"%02d" % number for number in range(13)), np.uint8).reshape(-1, 2)
_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint8).reshape(-1, 2)
_REASONS = {
    NOT_COMBINED: "a line that is not in nginx's format combined",
    ELSEWHERE: "a request that is no announce",
}
_LOCAL = len("22/Nov/2026:23:15:00 +0000")


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the announces of an access log."""
    for block in whole_lines(file):
        columns, kinds = requests(block, b"announce", _NAMES)
        rows = np.flatnonzero(kinds == GOOD)
        rejects = {reason: int((kinds == kind).sum()) for kind, reason in _REASONS.items()}
        yield announces.table(
            announces.Announces(
                times=_iso(columns["time"].take(rows)),
                contents=_hexadecimal(columns["info_hash"].take(rows)),
                clients=_hexadecimal(columns["peer_id"].take(rows)),
                remotes=columns["remote"].take(rows),
                stated=unescape(columns["ip"].take(rows), b"%"),
                ports=columns["port"].take(rows),
                events=columns["event"].take(rows),
                left=columns["left"].take(rows),
            ),
            b"B",
            +Counter(rejects),
        )


def _hexadecimal(values: Texts) -> Texts:
    """Return values in hexadecimal; nginx's escapes are taken back first, then the client's."""
    if (values.data == ord("\\")).any():
        values = unescape(values, rb"\x")
    decoded = unescape(values, b"%")
    return Texts.lined_up(readonly(_HEX[decoded.packed()]), 2 * decoded.lengths)


def _iso(times: Texts) -> Texts:
    """Return ``22/Nov/2026:23:15:00 +0000`` as ISO 8601; ``$time_iso8601`` is that already."""
    local = times.lengths == _LOCAL
    if not local.all():
        order = np.argsort(~local, kind="stable")
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return joined([_iso(times.take(local)), times.take(~local)]).take(back)
    texts = times.data[times.begins[:, None] + np.arange(_LOCAL)]
    months = match_words(Texts(times.data, times.begins + 3, times.begins + 6), _MONTHS) + 1
    iso = texts[:, [7, 8, 9, 10, 2, 3, 4, 2, 0, 1, 20, *range(12, 20), *range(21, 26)]]
    iso[:, [4, 7]] = ord("-")
    iso[:, 5:7] = _DIGITS[months]
    lengths = np.full(len(iso), iso.shape[1], np.int64)
    return Texts.lined_up(readonly(np.ascontiguousarray(iso)), lengths)


FORMAT = register(
    Format(
        name="nginx",
        title="access log of nginx before an HTTP tracker",
        network=Network.BITTORRENT,
        ceiling=Grade.B,
        grade=Grade.B,
        why="an announce over TCP is the peer's own claim to the tracker; it shows no data",
        read=read,
        mapping=announces.MAPPING,
    )
)
