"""Client stores of a seized machine: what its own program wrote down of what it held or wanted.

Every store that `tidebreak.links.stores` reads, one row for each item, one sighting for each of
its identifiers. The actor is the machine whose store this is: by its program's account where the
examiner names the ``preferences.dat`` that holds it, else by the SHA-256 of the store.

A store is the machine's own word (grade B): nobody received anything from it there. Times are
those of its own clock, and an item without any is refused rather than dated by guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from tidebreak.errors import CannotRead, UsageError
from tidebreak.links import stores
from tidebreak.links.reference import NamedFile, Reference
from tidebreak.links.stores import ClientStore, Held, Holding, preferences_dat
from tidebreak.model import Signal
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.intake.mapping import ContentColumn, Mapping
from tidebreak.sightings.intake.tabulate import Record, Refused, tabulate
from tidebreak.sightings.records import Grade, Network
from tidebreak.signals import SignalKind

NETWORKS = {
    "application/x-emule-known": b"edonkey",
    "application/x-emule-part": b"edonkey",
    "application/x-emule-aich": b"edonkey",
    "application/x-emule-preferences": b"edonkey",
    "application/x-libtorrent-resume": b"bittorrent",
    "application/x-transmission-resume": b"bittorrent",
    "application/x-bittorrent": b"bittorrent",
    "application/metalink4+xml": b"",
    "text/x-gtk-gnutella-sha1-cache": b"gnutella",
    "text/x-gtk-gnutella-fileinfo": b"gnutella",
}
"""The network of a store by its content type (`tidebreak.links.stores.FORMATS`)."""

_MAPPING = Mapping(
    time="time",
    contents=(ContentColumn("content", type_column="type"),),
    size="size",
    client="client",
    event="event",
    network="network",
    grade="grade",
)
_LONGEST = 1 << 28
"""Bytes of a store, which is read at once."""
_ACCOUNT_FILE = "preferences.dat"
_TAKEN = ("time", "content", "type", "size", "event", "network", "grade")
"""Columns of the table, none of which can be the name of a machine."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """What holds for every item of one store; ``time`` is for those that have none."""

    network: bytes
    client: bytes
    time: bytes
    told: bool
    """Whether a program wrote this; whoever made a torrent or a Metalink had no part in it."""


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the items of a store; raises `UsageError` where it is none, `CannotRead`."""
    _check(mapping)
    data = file.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise UsageError("This store is larger than 256 MiB, which no program's own is.")
    # Transmission keeps an infohash only in the name of the file.
    store = stores.read(data, Path(str(getattr(file, "name", ""))).name)
    if store.account and not store.items:
        raise UsageError(
            "A preferences.dat says who the machine is on its network and names no content; name"
            " it as 'client' in a mapping file, and import the other stores by that."
        )
    found = stores.recognise(data[: stores.HEAD])
    whole = _Whole(
        NETWORKS[found.content] if found else b"",
        _client(mapping, store, data),
        b"" if mapping.time == _MAPPING.time else mapping.time.encode(),
        bool(store.program),
    )
    yield from tabulate(_records(store, whole, mapping), mapping.used)


def _check(mapping: Mapping) -> None:
    """Raise `UsageError` unless ``mapping`` says only what nobody but the examiner can know."""
    own = replace(mapping, time=_MAPPING.time, client=_MAPPING.client)
    if own != _MAPPING:
        raise UsageError(
            "In a mapping of a client store only 'time' and 'client' can be chosen; take the one"
            " in docs/sightings-import.md and change those."
        )
    if mapping.time != _MAPPING.time:
        try:
            datetime.fromisoformat(mapping.time)
        except ValueError:
            raise UsageError(
                "In a mapping of a client store 'time' is 'time', or when the store was found:"
                " 2026-03-01T09:00:00+01:00."
            ) from None


def _client(mapping: Mapping, store: ClientStore, data: bytes) -> bytes:
    """Return the client id of the machine whose store this is."""
    chosen = mapping.client
    if chosen in ("", *_TAKEN):
        raise UsageError(
            "In a mapping of a client store 'client' is the path of the machine's preferences.dat"
            " or a name for the machine, such as that of the exhibit."
        )
    if Path(chosen).name == _ACCOUNT_FILE:
        return _account(Path(chosen))
    if chosen != _MAPPING.client:
        return f"the machine called {chosen}".encode()
    own = f"the machine whose store has SHA-256 {hashlib.sha256(data).hexdigest()}"
    return store.account or own.encode()


def _account(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = preferences_dat.read(file.read(1024)).account
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}.") from None
    return found or b""


def _records(store: ClientStore, whole: _Whole, mapping: Mapping) -> Iterator[Record | Refused]:
    for held in store.items:
        named = _named(held.content)
        if not named:
            yield Refused("an item that names no content by a hash")
        said = {
            mapping.time: _time(held) or whole.time,
            mapping.client: whole.client,
            "network": whole.network,
            "event": _event(held) if whole.told else b"other",
            "grade": b"B" if whole.told else b"C",
        }
        for number, (signal, size) in enumerate(named):
            content = {
                "content": signal.text.encode(),
                "type": signal.type.name.encode(),
                "size": b"" if size is None else str(size).encode(),
            }
            yield Record(said | content, further=number > 0)
    if store.reason:
        yield Refused(f"the rest of a store: {store.reason}")


def _named(content: NamedFile | Reference) -> list[tuple[Signal, int | None]]:
    """Return each identifier once, with the size of what it names; none of an empty file."""
    files = content.files if isinstance(content, Reference) else (content,)
    whole = content.signals if isinstance(content, Reference) else ()
    found = {
        (signal.type.name, signal.value): (signal, size)
        for size, signals in ((None, whole), *((file.size, file.signals) for file in files))
        for signal in signals
        if size != 0 and signal.type.kind is SignalKind.EXACT
    }
    return list(found.values())


def _event(held: Held) -> bytes:
    """Return what the store says that the program did with an item."""
    if held.holding is Holding.COMPLETE or held.uploaded:
        return b"offered"
    return b"announced" if held.holding is Holding.LISTED else b"requested"


def _time(held: Held) -> bytes:
    """Return when the program last had to do with an item, as exactly as the store says it."""
    times = (held.last_shared, held.last_seen, held.completed, held.modified, held.first_seen)
    moment = next((time for time in times if time is not None), None)
    if moment is None:
        return b""
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(moment, UTC).isoformat().encode()
    return b"beyond all calendars"


def _format(name: str, title: str, mapping: Mapping | None) -> Format:
    return Format(
        name=name,
        title=title,
        network=Network.OTHER,
        ceiling=Grade.B,
        grade=Grade.C,
        why="a store is the machine's own word: nobody received anything from it",
        read=read,
        mapping=mapping,
    )


FORMAT = register(_format("client-store", "store of a peer-to-peer program", _MAPPING))
MAPPED = register(
    _format("client-store-mapped", "the same, with a mapping file that says whose it is", None)
)
