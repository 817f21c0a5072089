"""What torrents, links and client stores name, as examinations: names of content, not content.

Every one of them says so in its content type and its note, so that no reader of a verdict takes
a name for the thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tidebreak.errors import BadLink
from tidebreak.links.reference import NamedFile, Reference
from tidebreak.links.stores import HEAD, ClientStore, Held, Holding, recognise
from tidebreak.media.reasons import joined
from tidebreak.media.signatures import REFERENCE
from tidebreak.model import UNKNOWN_SIZE, Examination, Signal
from tidebreak.settings import Limits

NAMED = "named here: not the content itself"
"""Begins the note of every reference."""

_SILENT = "it gives no hash of files in it: tidebreak check says of which, and why"


@dataclass(frozen=True, slots=True)
class Names:
    """What a file that names content came to: its references, and what is said of the file."""

    found: Iterator[Examination] = field(default_factory=lambda: iter(()))
    """Made one by one, since a store may name hundreds of thousands."""
    reason: str = ""
    note: str = ""


def names_in(data: bytes | None, limits: Limits) -> Names:
    """Return what the file ``data``, which `tidebreak.media.sniff` took for a store, names.

    None stands for one that is too large to be held.
    """
    if data is None:
        most = f"larger than {limits.nested_bytes:,} bytes"
        return Names(reason=f"{most}: what it names was not read")
    kind = recognise(data[:HEAD])
    if kind is None:
        return Names()
    try:
        store = kind.read(data)
    except BadLink as error:
        return Names(reason=f"{kind.title} that cannot be read: {error}") if kind.sure else Names()
    found = _found(store, f"{kind.content}{REFERENCE}")
    return Names(found, store.reason, _note(store, kind.title))


def _found(store: ClientStore, content: str) -> Iterator[Examination]:
    for number, held in enumerate(store.items, 1):
        yield from _examinations(held, content, f"(without a name, number {number:,})")


def _note(store: ClientStore, title: str) -> str:
    account = "with the identity of its user" if store.account else ""
    count = f"it names {len(store.items):,} contents" if len(store.items) > 1 else ""
    return joined(title, account, count)


def _examinations(held: Held, content: str, nameless: str) -> Iterator[Examination]:
    note = joined(NAMED, *_told(held))
    if isinstance(held.content, NamedFile):
        yield from _of_file(held.content, held.content.path or nameless, content, note)
    else:
        yield from _of_reference(held.content, content, note)


def _of_reference(reference: Reference, content: str, note: str) -> Iterator[Examination]:
    """Yield the whole, with what cannot be told of its files, and every file that can be."""
    yield from _of_whole(reference, content, note)
    pack = len(reference.files) > 1
    for file in reference.files:
        if file.signals:
            inside = reference.name and pack
            path = f"{reference.name}/{file.path}" if inside else file.path
            yield from _of_file(file, path, content, joined(note, _hints([file])))


def _of_whole(reference: Reference, content: str, note: str) -> Iterator[Examination]:
    silent = [file for file in reference.files if not file.signals and file.size != 0]
    reason = joined(reference.reason, _SILENT if silent else "")
    if not (reference.signals or reason or reference.notes):
        return
    name = f"({reference.kind.value} as a whole) {reference.name}".strip()
    count = f"{len(silent):,} of {len(reference.files):,} files silent" if silent else ""
    note = joined(note, *reference.notes, count, _hints(silent))
    for signals in _one_of_each_type(reference.signals):
        yield _examination(name, None, content, signals, note, reason)


def _hints(files: Sequence[NamedFile]) -> str:
    count = sum(bool(file.hints) for file in files)
    return f"{count:,} with hashes that only its author claims, not compared" if count else ""


def _of_file(file: NamedFile, path: str, content: str, note: str) -> Iterator[Examination]:
    reason = "" if file.signals else file.silent
    for signals in _one_of_each_type(file.signals):
        yield _examination(path, file.size, content, signals, note, reason)


def _one_of_each_type(signals: Sequence[Signal]) -> list[tuple[Signal, ...]]:
    """Return ``signals`` in groups with no type twice, at least one group.

    A torrent has two infohashes of 20 bytes where it is of both versions.
    """
    groups: list[dict[str, Signal]] = [{}]
    for signal in signals:
        group = next((g for g in groups if signal.type.name not in g), None)
        if group is None:
            groups.append(group := {})
        group[signal.type.name] = signal
    return [tuple(group.values()) for group in groups]


def _examination(
    name: str,
    size: int | None,
    content: str,
    signals: tuple[Signal, ...],
    note: str,
    reason: str,
) -> Examination:
    return Examination(
        # A name may hold half a surrogate pair, which no path can.
        name.encode("utf-8", "replace").decode(),
        UNKNOWN_SIZE if size is None else size,
        content,
        signals,
        reason=reason,
        note=note,
        trivial=size == 0,
    )


def _told(held: Held) -> Iterator[str]:
    """Yield what a store says of one content, in words; no path, which may name a person."""
    if held.holding is not Holding.LISTED:
        part = held.holding is Holding.PARTIAL
        yield f"{held.share:.0%} of it there" if part else held.holding.value
    for what, count in (
        ("bytes sent to others", held.uploaded),
        ("requests", held.requests),
        ("accepted", held.accepts),
    ):
        if count:
            yield f"{count:,} {what}"
    for what, time in (
        ("added", held.first_seen),
        ("completed", held.completed),
        ("last shared", held.last_shared),
        ("last seen", held.last_seen),
    ):
        if time is not None:
            yield f"{what} {_date(time)}"


def _date(time: int) -> str:
    try:
        return datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return "at a time that cannot be"
