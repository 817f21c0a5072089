"""A synthetic world as text: logs in three formats, a hash list, and the truth."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.kept_logs.names import client_text
from tidebreak.sightings.records import Event, Grade, Network
from tidebreak.sightings.synthetic import names
from tidebreak.sightings.synthetic.rows import BYSTANDER, VIEWS, Columns, View, days_of
from tidebreak.sightings.synthetic.world import NETWORKS, Kind, World
from tidebreak.signals import SignalType

_LIAR = "240.255.255.254"
"""Announces bystanders to the tracker by ``ip=``."""

LIST, EXCLUDED = "list.csv", "exclude.txt"
"""The known files; machines that are not to be ranked."""

SEEN, TRUTH = "seen.csv", "truth.json"
"""Who was behind each client id, address and port; what the world was made of."""


_MAPPING = """\
# What the columns of {name} are: tidebreak sightings import {name} --mapping {mapping} ...
time = "{time}"
time_format = "{time_format}"
network = "{network}"
event = "{event}"
content = {{ column = "{content}", type_column = "type" }}
size = "size"
client = "{client}"
client_form = "hex"
address = "{address}"
port = "port"
grade = "grade"
"""

_MAPPINGS = (
    {"name": "client.csv", "mapping": "client.toml", "time": "time", "time_format": "iso",
     "network": "network", "event": "event", "content": "identifier", "client": "client",
     "address": "address"},
    {"name": "server.jsonl", "mapping": "server.toml", "time": "ts", "time_format": "epoch",
     "network": "net", "event": "op", "content": "id", "client": "user", "address": "ip"},
)  # fmt: skip


class Row(NamedTuple):
    """One sighting with everything by its name."""

    time: int
    network: Network
    grade: Grade
    event: Event
    kind: SignalType
    content: bytes
    size: int
    client: bytes
    address: str
    port: int
    computer: int


def write(folder: Path, world: World, rows: int) -> list[Path]:
    """Write the logs of all views, ``rows`` in all, the list and the truth; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    seen: dict[tuple[Any, ...], int] = {}
    made = [_log(folder, world, view, rows, seen) for view in VIEWS]
    made += [_mapping(folder, words) for words in _MAPPINGS]
    made += [_list(folder, world), _excluded(folder, world, seen)]
    return [*made, _seen(folder, world, seen), _truth(folder, world, rows)]


def _log(
    folder: Path, world: World, view: View, rows: int, seen: dict[tuple[Any, ...], int]
) -> Path:
    name, head, line = _FORMS[view.name]
    with (folder / name).open("w", encoding="utf-8", newline="\n") as file:
        file.write(head)
        for columns in days_of(world, view, rows):
            for row in _named(world, columns):
                file.write(line(row))
                seen[row.network, row.client, row.address, row.port] = row.computer
    return folder / name


def _named(world: World, columns: Columns) -> Iterator[Row]:
    """Yield the rows of a chunk with names for codes."""
    named_by = (columns["content"].astype(np.int64) - 1) % NETWORKS + 1
    content = _names(world, named_by, columns["content"], names.contents)
    client = _names(world, columns["network"], columns["client"], names.clients)
    kinds = [names.TYPES[place - 1] for place in named_by.tolist()]
    size = names.sizes(world, columns["content"].astype(np.int64)).tolist()
    address = names.addresses(columns["address"]).tolist()
    time, network, grade, event, port, computer = (
        columns[name].tolist() for name in ("time", "network", "grade", "event", "port", "computer")
    )
    for at in range(len(time)):
        yield Row(
            time[at], Network(network[at]), Grade(grade[at]), Event(event[at]), kinds[at],
            content[at], size[at], client[at], str(IPv4Address(address[at])), port[at],
            computer[at],
        )  # fmt: skip


def _names(
    world: World, networks: NDArray[Any], codes: NDArray[Any], name: Callable[..., names.Bytes]
) -> list[bytes]:
    """Return what the things with ``codes`` are called on their ``networks``."""
    found = np.empty(codes.size, object)
    for network in range(1, NETWORKS + 1):
        mine = np.flatnonzero(networks == network)
        values = name(world, network, codes[mine].astype(np.int64))
        found[mine] = [row.tobytes() for row in values]
    return found.tolist()


def _when(row: Row) -> datetime:
    return datetime.fromtimestamp(row.time, UTC)


def _client_line(row: Row) -> str:
    """A line of the tool that connects to peers: a table."""
    return (
        f"{_when(row):%Y-%m-%dT%H:%M:%SZ},{row.network.name.lower()},{row.event.name.lower()},"
        f"{row.kind.name},{row.kind.format(row.content)},{row.size},{row.client.hex()},{row.address},{row.port},"
        f"{row.grade.name}\n"
    )


def _tracker_line(row: Row) -> str:
    """A line of nginx before a tracker: a BEP 3 announce in the combined format."""
    question = (
        f"info_hash={quote_from_bytes(row.content, safe='')}"
        f"&peer_id={quote_from_bytes(row.client, safe='')}&port={row.port}"
        "&uploaded=0&downloaded=0&left=0&compact=1"
    )
    remote = row.address
    if row.computer == BYSTANDER:
        # It never came here: somebody else names it (Piatek et al., HotSec 2008).
        remote, question = _LIAR, f"{question}&ip={row.address}"
    return (
        f"{remote} - - [{_when(row):%d/%b/%Y:%H:%M:%S} +0000]"
        f' "GET /announce?{question} HTTP/1.1" 200 132 "-" "synthetic/1.0"\n'
    )


def _server_line(row: Row) -> str:
    """A line of a server's own log: one JSON object."""
    said = {
        "ts": row.time, "net": row.network.name.lower(), "op": row.event.name.lower(),
        "type": row.kind.name, "id": row.kind.format(row.content), "size": row.size,
        "user": row.client.hex(), "ip": row.address, "port": row.port, "grade": row.grade.name,
    }  # fmt: skip
    return json.dumps(said) + "\n"


_HEAD = "time,network,event,type,identifier,size,client,address,port,grade\n"

_FORMS: dict[str, tuple[str, str, Callable[[Row], str]]] = {
    "client": ("client.csv", _HEAD, _client_line),
    "tracker": ("tracker.log", "", _tracker_line),
    "server": ("server.jsonl", "", _server_line),
}


def _list(folder: Path, world: World) -> Path:
    """Write the known files as a hash list; some identifiers are missing from it."""
    files = world.place[: world.shape.known]
    has, given = names.listed(world, files), names.classes(world, files).tolist()
    sizes = names.sizes(world, 1 + files * NETWORKS).tolist()
    columns = [
        names.contents(world, network, 1 + files * NETWORKS + network - 1)
        for network in range(1, NETWORKS + 1)
    ]
    with (folder / LIST).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "classification", "size", *(kind.name for kind in names.TYPES)])
        for at in range(files.size):
            texts = [
                kind.format(values[at].tobytes()) if has[at, place] else ""
                for place, (kind, values) in enumerate(zip(names.TYPES, columns, strict=True))
            ]
            writer.writerow([f"item-{at + 1}", f"class {given[at]}", sizes[at], *texts])
    return folder / LIST


def _mapping(folder: Path, words: Mapping[str, str]) -> Path:
    path = folder / words["mapping"]
    path.write_text(_MAPPING.format(**words), encoding="utf-8")
    return path


def _seen(folder: Path, world: World, seen: dict[tuple[Any, ...], int]) -> Path:
    kinds = [kind.name.lower() for kind in Kind]
    with (folder / SEEN).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["network", "client", "address", "port", "computer", "kind"])
        for (network, client, address, port), computer in seen.items():
            stray = computer == BYSTANDER
            kind = "bystander" if stray else kinds[world.table[computer, 0]]
            who = "" if stray else computer
            writer.writerow([network.name.lower(), client.hex(), address, port, who, kind])
    return folder / SEEN


def _excluded(folder: Path, world: World, seen: dict[tuple[Any, ...], int]) -> Path:
    """Write the client ids of researchers and police, whom nobody wants to find."""
    monitors = set(world.computers(Kind.MONITOR).tolist())
    ids = {(key[0], key[1]) for key, computer in seen.items() if computer in monitors}
    texts = [client_text(network, client).replace("#", "%23") for network, client in ids]
    lines = sorted(f"client {text}\n" for text in texts)  # "#" would begin a comment
    (folder / EXCLUDED).write_text("# machines of researchers\n" + "".join(lines))
    return folder / EXCLUDED


def _truth(folder: Path, world: World, rows: int) -> Path:
    by_kind = {kind.name.lower(): world.computers(kind).tolist() for kind in Kind}
    few = {name: by_kind[name] for name in ("planted", "hoarder", "decoy", "monitor")}
    said = {"rows": rows, "shape": asdict(world.shape), **few}
    (folder / TRUTH).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return folder / TRUTH
