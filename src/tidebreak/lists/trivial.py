"""Identifiers of the empty file: every list has them by accident, and they match everything.

Values are those of the empty input for each algorithm (RFC 1320, RFC 1321, FIPS 180-4, BLAKE3,
THEX; for CIDs the empty UnixFS file and the empty raw block).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tidebreak.lists.batch import Batch, Column
from tidebreak.signals import SIGNAL_TYPES

_TEXTS: Mapping[str, str] = {
    "md5": "d41d8cd98f00b204e9800998ecf8427e",
    "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512": "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    "blake3": "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    "ed2k": "31d6cfe0d16ae931b73c59d7e0c089c0",
    "ed2k-blue": "31d6cfe0d16ae931b73c59d7e0c089c0",
    "aich": "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
    "tth": "LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ",
    "cid-v0": "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
    "cid-v1": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    "cid-raw": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
}

EMPTY: Mapping[str, bytes] = {name: SIGNAL_TYPES[name].parse(text) for name, text in _TEXTS.items()}
"""The value of each signal type for the empty file."""

_COMPARABLE = {name: SIGNAL_TYPES[name].comparable(value) for name, value in EMPTY.items()}
_CIDS = frozenset(value for name, value in _COMPARABLE.items() if name.startswith("cid"))


def without_trivial(batch: Batch) -> tuple[Batch, int]:
    """Return ``batch`` without signals of empty content, and how many entries had one.

    An entry that has nothing else is left out.
    """
    trivial = [_trivial(column) for column in batch.columns]
    if not any(bool(found.any()) for found in trivial):
        return batch, 0
    touched, has = np.zeros(len(batch), np.bool_), np.zeros(len(batch), np.bool_)
    columns: list[Column] = []
    for column, found in zip(batch.columns, trivial, strict=True):
        touched[column.rows[found]] = True
        has[column.rows[~found]] = True
        columns.append(column.take(~found))
    kept = Batch(
        batch.lines, tuple(columns), batch.keys, batch.classifications, batch.schemes,
        batch.sizes, batch.fields, batch.bad, batch.about,
    )  # fmt: skip
    return kept.only(has | ~touched), int(touched.sum())


def _trivial(column: Column) -> NDArray[np.bool_]:
    """Which signals (bool (n,)) are those of the empty file."""
    name = column.type.name
    known = _CIDS if name.startswith("cid") else {_COMPARABLE.get(name, b"")} - {b""}
    found = np.zeros(len(column.rows), np.bool_)
    for value in known:
        wanted = np.frombuffer(value, np.uint8)
        values = column.values[:, -len(value) :]
        likely = np.flatnonzero(values[:, 0] == wanted[0])
        found[likely[(values[likely] == wanted).all(axis=1)]] = True
    return found
