"""`Sightings`: every imported log, as rows of codes and three sealed dictionaries.

Below ``home/sightings``: ``sources/000001.json`` (`tidebreak.sightings.kept_logs.sources`),
``rows/000001/2026-01-0001.parquet`` (`tidebreak.sightings.kept_logs.rows`), and what each source
added to ``contents``, ``clients`` and ``addresses`` (`tidebreak.sightings.kept_logs.parts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes
from tidebreak.hashing.seals import Sealer
from tidebreak.sightings.kept_logs import sources as manifests
from tidebreak.sightings.kept_logs.names import address_text, client_text
from tidebreak.sightings.kept_logs.parts import Contents, Names, read_contents
from tidebreak.sightings.kept_logs.rows import COLUMNS, read_rows
from tidebreak.sightings.kept_logs.writer import Writer
from tidebreak.sightings.records import Source
from tidebreak.store.vault import Vault

Codes = NDArray[np.integer]


class Sightings:
    """The sightings of one installation as they were when it was opened; read only."""

    def __init__(self, home: Path, vault: Vault, sealer: Sealer) -> None:
        self.home = home
        self.vault, self.sealer = vault, sealer
        self._manifests = manifests.read_manifests(home)
        self._names: dict[str, Names] = {}

    @classmethod
    def open(cls, home: Path, vault: Vault, sealer: Sealer) -> Sightings:
        """Open the sightings of the installation at ``home``, of which there may be none yet."""
        return cls(home / "sightings", vault, sealer)

    def reopened(self) -> Sightings:
        """Return the same store as it is now."""
        return Sightings(self.home, self.vault, self.sealer)

    def sources(self) -> tuple[Source, ...]:
        """Return all sources in the order in which they were imported."""
        return tuple(manifest.source for manifest in self._manifests)

    def writer(self) -> Writer:
        """Return the means to add one source; raises `Busy` while another one is being added."""
        return Writer(self.home, self.vault, self.sealer)

    def paths(self, sources: Sequence[int] | None = None) -> list[Path]:
        """Return the Parquet files of ``sources`` (default: all), for DuckDB or any other."""
        return [
            path
            for manifest in self._manifests
            if sources is None or manifest.source.number in sources
            for path in manifest.paths(self.home, manifests.ROWS)
        ]

    def batches(
        self,
        columns: Sequence[str] = tuple(COLUMNS),
        sources: Sequence[int] | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield rows by column, up to a million at a time, by source and month, sorted by time.

        ``since`` and ``until`` are seconds since 1970 UTC: since ≤ time < until. The arrays may
        be read only.
        """
        yield from read_rows(self.paths(sources), columns, since, until)

    def contents(self) -> Contents:
        """Return every content that was seen, sealed."""
        return read_contents(manifests.parts(self._manifests, self.home, "contents"))

    @property
    def client_names(self) -> Names:
        """The client ids: digests and networks at hand, values behind the vault."""
        return self._name("clients")

    @property
    def address_names(self) -> Names:
        """The addresses: digests at hand, values (16 bytes each) behind the vault."""
        return self._name("addresses")

    def clients(self, codes: Codes) -> list[str]:
        """Return the client ids behind ``codes`` as their networks write them, "" for 0.

        Whoever shows them to a person must say so in the audit log.
        """
        networks = np.concatenate([np.zeros(1, np.uint8), self.client_names.networks])
        values = self.client_names.values(codes).to_list()
        of = networks[np.asarray(codes, np.int64)].tolist()
        return [client_text(network, value) for network, value in zip(of, values, strict=True)]

    def addresses(self, codes: Codes) -> list[str]:
        """Return the IP addresses behind ``codes`` in text, "" for 0; mind the audit log."""
        return [address_text(value) for value in self.address_names.values(codes).to_list()]

    def packed_addresses(self, codes: Codes | None = None) -> Bytes:
        """Return addresses, (N, 16) uint8: IPv6, or IPv4 mapped to it (default: all).

        For counting by network or country; code c of all stands at place c - 1.
        """
        return self.address_names.values(codes).packed().reshape(-1, 16)

    def verify(self) -> int:
        """Compare every file with its checksum and return how many; raises `Damaged`."""
        return manifests.verify(self.home)

    def _name(self, kind: str) -> Names:
        if kind not in self._names:
            parts = manifests.parts(self._manifests, self.home, kind)
            self._names[kind] = Names(parts, self.vault, kind)
        return self._names[kind]
