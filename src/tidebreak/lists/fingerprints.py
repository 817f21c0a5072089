"""Keyed digests of entries: seals to match by, and digests by which two versions are compared.

An entry's content digest is the sum, in two lanes modulo 2**64, of the keyed digests of its
parts (signals, classification, fields, …): the order of columns does not matter, and a column of
ten million values is digested at once. The key is secret, so sums cannot be steered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.seals import Sealer
from tidebreak.lists.batch import Batch, Column, Digests
from tidebreak.signals import SignalKind

_WIDTH = 40
"""Bytes that are digested in batches: as many as one seal covers."""

_SHORT = _WIDTH - 2

_Sums = NDArray[np.uint64]
"""Sums of digests: uint64 (n, 2)."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What is computed of a batch of n entries.

    ``seals``: per column uint8 (its n, 16), None for types that are not exact. ``keys`` and
    ``contents``: `Digests` (n,). ``fields``: the fields of each entry as canonical JSON, or empty.
    """

    seals: tuple[NDArray[np.uint8] | None, ...]
    keys: Digests
    contents: Digests
    fields: Sequence[str]


class Fingerprinter:
    """Computes `Fingerprints` with the installation's keys."""

    def __init__(self, seal_key: bytes, id_key: bytes) -> None:
        self._sealer = Sealer(seal_key)
        self._ids = Sealer(id_key)
        self._id_key = id_key

    def of(self, batch: Batch) -> Fingerprints:
        """Return the fingerprints of ``batch``."""
        seals = tuple(self._seals(column) for column in batch.columns)
        fields = [canonical(fields) for fields in batch.fields]
        signals = np.zeros((len(batch), 2), np.uint64)
        for column, sealed in zip(batch.columns, seals, strict=True):
            _add(signals, column.rows, self._signal_digests(column, sealed))
        ids = self._texts("id", batch.keys, len(batch))
        contents = signals + ids
        for name, texts in (
            ("classification", batch.classifications),
            ("scheme", batch.schemes),
            ("size", ["" if size is None else str(size) for size in batch.sizes]),
            ("fields", fields),
        ):
            contents += self._texts(name, texts, len(batch))
        keys = np.where(ids.any(axis=1, keepdims=True), ids, signals)
        keys = np.where(keys.any(axis=1, keepdims=True), keys, contents)
        return Fingerprints(seals, _digests(keys), _digests(contents), fields)

    def key(self, text: str) -> bytes:
        """Return the key digest of an entry whose owner calls it ``text`` (16 bytes)."""
        return self._texts("id", [text], 1).tobytes()

    def _seals(self, column: Column) -> NDArray[np.uint8] | None:
        if column.type.kind is not SignalKind.EXACT:
            return None
        return self._sealer.seal_many(column.type, column.values)

    def _signal_digests(
        self, column: Column, sealed: NDArray[np.uint8] | None
    ) -> NDArray[np.uint8]:
        if sealed is not None:
            return sealed
        values = column.values
        if column.quality is not None:
            values = np.column_stack((values, column.quality))
        name = column.type.name
        if values.shape[1] <= _WIDTH:
            return self._ids.digest_many(_space(name), values)
        return self._one_by_one(name, [row.tobytes() for row in values])

    def _texts(self, name: str, texts: Sequence[str], count: int) -> _Sums:
        """Return digests of ``texts``, zero for empty ones."""
        if not texts:
            return np.zeros((count, 2), np.uint64)
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        lengths = np.fromiter(map(len, encoded), np.int64, count)
        block = np.zeros((count, _WIDTH), np.uint8)
        long = np.flatnonzero(lengths > _SHORT).tolist()
        short = np.array(encoded, f"S{_SHORT}")  # cuts the long ones, which are replaced below
        block[:, :_SHORT] = short.view(np.uint8).reshape(count, _SHORT)
        block[:, -1] = np.minimum(lengths, 255)
        digests = self._ids.digest_many(_space(name), block)
        if long:
            digests[long] = self._one_by_one(name, [encoded[row] for row in long])
        digests[lengths == 0] = 0
        return _sums(digests)

    def _one_by_one(self, name: str, values: Sequence[bytes]) -> NDArray[np.uint8]:
        person = b"tb-long:" + name.encode()[:8]
        digests = b"".join(
            hashlib.blake2b(value, digest_size=16, key=self._id_key, person=person).digest()
            for value in values
        )
        return np.frombuffer(digests, np.uint8).reshape(-1, 16)


def canonical(fields: Mapping[str, object]) -> str:
    """Return ``fields`` as JSON with sorted keys, the empty text for none."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")) if fields else ""


def _space(name: str) -> str:
    """A space of its own for digests of parts that are not exact signals."""
    return f"part-{name}"[:13]


def _add(sums: _Sums, rows: NDArray[np.uint32], digests: NDArray[np.uint8]) -> None:
    parts = _sums(digests)
    if len(rows) == len(sums) and (len(rows) == 0 or bool((np.diff(rows) > 0).all())):
        sums += parts
    else:
        np.add.at(sums, rows, parts)


def _sums(digests: NDArray[np.uint8]) -> _Sums:
    return np.ascontiguousarray(digests).view(np.uint64)


def _digests(sums: _Sums) -> Digests:
    return np.ascontiguousarray(sums).view("S16").reshape(-1)
