"""A synthetic world straight into the store, without a text in between: up to 10⁹ rows."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import readonly
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.kept_logs.writer import Writer
from tidebreak.sightings.records import Custody, Grade, Network, Source
from tidebreak.sightings.synthetic import names
from tidebreak.sightings.synthetic.rows import VIEWS, Columns, View, days_of, endpoint
from tidebreak.sightings.synthetic.world import NETWORKS, Kind, Longs, Trait, World
from tidebreak.sightings.texts import Texts

_AT_ONCE = 1 << 20
_CHUNKS_AHEAD = 8
_MAPPED = np.frombuffer(bytes(10) + b"\xff\xff", np.uint8)

Codes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Truth:
    """Who is behind the codes of a store; what only the maker of a log can know.

    ``owners`` (codes + 1,) is the computer of each client, -1 for bystanders and strangers.
    ``planted`` are the computers of the top distributors, ``endpoints`` their addresses (codes
    of the store) with ports.
    """

    world: World
    owners: Longs
    planted: frozenset[int]
    endpoints: frozenset[tuple[int, int]]

    def is_planted_client(self, code: int) -> bool:
        """Whether a top distributor used the client id with this code."""
        return int(self.owners[code]) in self.planted

    def is_planted_endpoint(self, address: int, port: int) -> bool:
        """Whether a top distributor used this address (code) and port."""
        return (address, port) in self.endpoints


@dataclass(frozen=True, slots=True)
class _Tables:
    """From the world's codes to the store's, by place; 0 stays 0."""

    contents: Codes
    clients: Codes
    addresses: Codes


def fill(sightings: Sightings, world: World, rows: int) -> Truth:
    """Add ``rows`` sightings to a store, one source per view; return who is behind them.

    Takes half a gigabyte and some 300 bytes per computer, whatever ``rows`` is.
    """
    tables = None
    for view in VIEWS:
        with sightings.writer() as writer:
            tables = tables or _write_names(writer, world)
            count = 0
            drawn = days_of(world, view, rows)
            for columns in _ahead(_translated(some, tables) for some in drawn):
                writer.add(columns)
                count += columns["time"].size
            writer.finish(_source(world, view, count))
    if tables is None:
        raise AssertionError("there are views")
    return _truth(world, tables)


def _ahead(chunks: Iterator[Columns]) -> Iterator[Columns]:
    """Yield ``chunks``, the next ones in the making meanwhile: kernels need no GIL."""
    with ThreadPoolExecutor(1) as pool:
        coming = deque(pool.submit(next, chunks, None) for _ in range(_CHUNKS_AHEAD))
        while (columns := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, chunks, None))
            yield columns


def _translated(columns: Columns, tables: _Tables) -> Columns:
    kept = ("time", "network", "grade", "event", "port")
    return {
        **{name: columns[name] for name in kept},
        "content": tables.contents[columns["content"]],
        "client": tables.clients[columns["client"]],
        "address": tables.addresses[columns["address"]],
    }


def _write_names(writer: Writer, world: World) -> _Tables:
    return _Tables(_contents(writer, world), _clients(writer, world), _addresses(writer, world))


def _contents(writer: Writer, world: World) -> Codes:
    table = np.zeros(world.contents + 1, np.uint32)
    for network in range(1, NETWORKS + 1):
        for start in range(0, world.shape.files, _AT_ONCE):
            files = np.arange(start, min(start + _AT_ONCE, world.shape.files))
            codes = files * NETWORKS + network
            values = names.contents(world, network, codes)
            sizes = names.sizes(world, codes)
            table[codes] = writer.content_codes(names.TYPES[network - 1], values, sizes)
    return table


def _clients(writer: Writer, world: World) -> Codes:
    table = np.zeros(world.clients + 1, np.uint32)
    networks = networks_of_clients(world)
    for network in range(1, NETWORKS + 1):
        mine = np.flatnonzero(networks == network)
        for start in range(0, mine.size, _AT_ONCE):
            codes = mine[start : start + _AT_ONCE]
            values = names.clients(world, network, codes)
            lengths = np.full(len(values), values.shape[1], np.int64)
            texts = Texts.lined_up(readonly(values), lengths)
            table[codes] = writer.client_codes(texts, np.full(codes.size, network, np.uint8))
    return table


def networks_of_clients(world: World) -> NDArray[np.uint8]:
    """Return the network, 1 to 4, of each of the world's client codes, 0 for code 0."""
    found = np.zeros(world.clients + 1, np.uint8)
    mask = world.table[:, Trait.NETWORKS]
    for bits in range(1, 1 << NETWORKS):
        mine = np.flatnonzero(mask == bits)
        on = np.array([bit + 1 for bit in range(NETWORKS) if bits >> bit & 1], np.uint8)
        first = world.table[mine, Trait.CLIENT]
        count = np.append(world.table[1:, Trait.CLIENT], world.strays)[mine] - first
        places = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        found[np.repeat(first, count) + places] = on[places % on.size]
    found[world.strays :] = 1 + np.arange(world.clients + 1 - world.strays) % NETWORKS
    return found


def _addresses(writer: Writer, world: World) -> Codes:
    table = np.zeros(world.addresses + 1, np.uint32)
    for start in range(1, world.addresses + 1, _AT_ONCE):
        codes = np.arange(start, min(start + _AT_ONCE, world.addresses + 1))
        packed = np.empty((codes.size, 16), np.uint8)
        packed[:, :12] = _MAPPED
        packed[:, 12:] = names.addresses(codes).astype(">u4").view(np.uint8).reshape(-1, 4)
        table[codes] = writer.address_codes(packed)
    return table


def _source(world: World, view: View, count: int) -> Source:
    made = f"synthetic, seed {world.shape.seed}, {view.name}, {count} rows"
    return Source(
        number=0,
        name=f"synthetic-{view.name}",
        sha256=hashlib.sha256(made.encode()).hexdigest(),
        size=0,
        format="synthetic",
        custody=Custody("nobody", "none needed: made by the generator", made),
        grade_ceiling=Grade.C if view.third == 1.0 else Grade.A if view.verified else Grade.B,
        imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        imported_by="generator",
        network=Network.OTHER,
        rows=count,
        kept=count,
    )


def _truth(world: World, tables: _Tables) -> Truth:
    owners = np.full(int(tables.clients.max()) + 1, -1, np.int64)
    begins = world.table[:, Trait.CLIENT]
    mine = np.arange(1, world.strays)
    owners[tables.clients[mine]] = np.searchsorted(begins, mine, side="right") - 1
    planted = world.computers(Kind.PLANTED).tolist()
    used: set[tuple[int, int]] = set()
    for computer in planted:
        traits = world.table[computer]
        for host in range(traits[Trait.HOSTS]):
            for day in range(traits[Trait.FIRST], traits[Trait.LAST] + 1):
                address, port = endpoint(traits, computer, host, day)
                used.add((int(tables.addresses[address]), int(port)))
    return Truth(world, owners, frozenset(planted), frozenset(used))
