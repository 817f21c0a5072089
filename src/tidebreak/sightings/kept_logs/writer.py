"""`Writer`: adds one source to the store, all of it or nothing.

It gives codes to contents, clients and addresses, takes rows of codes, and lets the source count
with `Writer.finish`. Killed at any moment before that, it leaves what was there before.
"""

from __future__ import annotations

import fcntl
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import Busy, UsageError
from tidebreak.hashing.arrays import Bytes, Ints, readonly
from tidebreak.hashing.seals import Sealer
from tidebreak.sightings.kept_logs import sources as manifests
from tidebreak.sightings.kept_logs.dictionary import Codes, Dictionary
from tidebreak.sightings.kept_logs.names import ADDRESS_SPACE, CLIENT_SPACE, client_keys
from tidebreak.sightings.kept_logs.parts import (
    Contents,
    Names,
    read_contents,
    write_contents,
    write_names,
)
from tidebreak.sightings.kept_logs.rows import Rows, RowWriter
from tidebreak.sightings.kept_logs.values import ValueWriter
from tidebreak.sightings.records import Source
from tidebreak.sightings.texts import Texts
from tidebreak.signals import EXACT_TYPES, SignalType
from tidebreak.store.vault import Vault

_MOST_SOURCES = (1 << 16) - 1


class Writer:
    """Use it as a context manager; leaving it without `finish` takes everything back."""

    def __init__(self, home: Path, vault: Vault, sealer: Sealer) -> None:
        self._home, self._vault, self._sealer = home, vault, sealer

    def __enter__(self) -> Self:
        """Begin; raises `Busy` while another process adds a source."""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (self._home / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise Busy("Another import of sightings is under way; wait for it.") from None
        self.number = manifests.sweep(self._home)
        if self.number > _MOST_SOURCES:
            raise UsageError(f"A store holds at most {_MOST_SOURCES} sources; begin another.")
        self._open()
        return self

    def _open(self) -> None:
        known = manifests.read_manifests(self._home)
        parts = {kind: manifests.parts(known, self._home, kind) for kind in manifests.DICTIONARIES}
        self._contents = Dictionary(read_contents(parts["contents"]).seals)
        self._new_types: list[NDArray[np.uint8]] = [np.zeros(0, np.uint8)]
        self._new_sizes: list[Ints] = [np.zeros(0, np.int64)]
        self._new_networks: list[NDArray[np.uint8]] = [np.zeros(0, np.uint8)]
        self._clients = Dictionary(Names(parts["clients"], self._vault, "clients").digests)
        self._addresses = Dictionary(Names(parts["addresses"], self._vault, "addresses").digests)
        self._values = {
            kind: ValueWriter(self._path(kind, "sealed"), self._vault, f"{kind}:{self.number:06}")
            for kind in ("clients", "addresses")
        }
        self._rows = RowWriter(self._home / manifests.ROWS / f"{self.number:06}", self.number)

    def content_codes(self, type: SignalType, values: Bytes, sizes: Ints | None = None) -> Codes:
        """Return the codes (N,) uint32 of values (N, L) uint8 of an exact signal type.

        They are sealed at once; ``sizes`` (N,) int64 are in bytes, -1 unknown.
        """
        codes, fresh = self._contents.codes(self._sealer.seal_many(type, values))
        self._new_types.append(np.full(len(fresh), EXACT_TYPES.index(type), np.uint8))
        unknown = np.full(len(fresh), -1, np.int64)
        self._new_sizes.append(unknown if sizes is None else sizes[fresh])
        return codes

    def client_codes(self, clients: Texts, networks: NDArray[np.uint8]) -> Codes:
        """Return the codes (N,) uint32 of client ids on ``networks`` (N,), 0 for empty ones."""
        rows, codes = np.flatnonzero(clients.given), np.zeros(len(clients), np.uint32)
        if len(rows) < len(clients):
            clients, networks = clients.take(rows), networks[rows]
        digests = self._sealer.digest_many(CLIENT_SPACE, client_keys(clients, networks))
        codes[rows], fresh = self._clients.codes(digests)
        self._values["clients"].add(clients.take(fresh))
        self._new_networks.append(networks[fresh])
        return codes

    def address_codes(self, addresses: Bytes) -> Codes:
        """Return the codes (N,) uint32 of addresses (N, 16) uint8, 0 for those all zero.

        IPv4 addresses come mapped to IPv6 (RFC 4291, 2.5.5.2).
        """
        words = np.ascontiguousarray(addresses).view(np.uint64)
        rows, codes = np.flatnonzero(words[:, 0] | words[:, 1]), np.zeros(len(words), np.uint32)
        given = addresses if len(rows) == len(words) else np.ascontiguousarray(addresses[rows])
        codes[rows], fresh = self._addresses.codes(self._sealer.digest_many(ADDRESS_SPACE, given))
        values = Texts.lined_up(readonly(given[fresh]), np.full(len(fresh), 16, np.int64))
        self._values["addresses"].add(values)
        return codes

    def add(self, rows: Rows) -> None:
        """Take rows: all columns of `tidebreak.sightings.kept_logs.rows.COLUMNS` but ``source``."""
        self._rows.add(rows)

    def finish(self, source: Source) -> Source:
        """Let the source count, and return it with its number and its first and last time."""
        self._rows.finish()
        types, sizes = np.concatenate(self._new_types), np.concatenate(self._new_sizes)
        write_contents(self._path("contents", "tide"), Contents(self._contents.fresh, types, sizes))
        for kind, names in (("clients", self._clients), ("addresses", self._addresses)):
            blocks = self._values[kind].finish()
            networks = np.zeros(len(names.fresh), np.uint8)
            if kind == "clients":
                networks = np.concatenate(self._new_networks)
            write_names(self._path(kind, "tide"), names.fresh, networks, blocks)
        span = {"first": self._rows.first, "last": self._rows.last}
        source = replace(source, number=self.number, **span)
        manifests.commit(self._home, source)
        return source

    def __exit__(self, *_: object) -> None:
        for values in self._values.values():
            values.close()
        manifests.sweep(self._home)
        self._lock.close()

    def _path(self, kind: str, suffix: str) -> Path:
        return self._home / kind / f"{self.number:06}.{suffix}"
