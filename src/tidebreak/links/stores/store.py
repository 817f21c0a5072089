"""What a client store says: which content a program held or wanted, how much of it, and when.

A *store* is a file in which a peer-to-peer program remembers what it shares and downloads. It
names content and is none itself. Every format fills in what it has; None: it does not say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from tidebreak.errors import BadLink
from tidebreak.links.reference import NamedFile, Reference

MOST_ITEMS = 200_000
"""Items read from one store; that there are more is its reason."""


class Holding(StrEnum):
    """How much of the content the program had when it wrote the store."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    WANTED = "wanted"
    """Marked to be fetched, and none of it was there yet."""
    LISTED = "listed"
    """Named, and the store does not say how much of it was there."""


@dataclass(frozen=True, slots=True)
class Held:
    """One content that a store names. Times are Unix seconds as the machine's clock had them."""

    content: NamedFile | Reference
    """A file, or a torrent as a whole."""
    share: float | None = None
    """How much of it was there, 0-1."""
    path: str = ""
    """Where it lay, or the name of its temporary file."""
    modified: int | None = None
    first_seen: int | None = None
    completed: int | None = None
    last_seen: int | None = None
    """When the program last knew it to be there, or last moved bytes of it."""
    last_shared: int | None = None
    uploaded: int | None = None
    """Bytes of it given to others, over all sessions."""
    downloaded: int | None = None
    requests: int | None = None
    accepts: int | None = None
    """How often others asked for it, and how often they were given some."""
    priority: str = ""

    @property
    def holding(self) -> Holding:
        """How much of it was there, in a word."""
        if self.share is None:
            return Holding.LISTED
        if self.share >= 1:
            return Holding.COMPLETE
        return Holding.PARTIAL if self.share > 0 else Holding.WANTED


@dataclass(frozen=True, slots=True)
class ClientStore:
    """What one file of a program says.

    ``account`` is the program's own lasting identity on its network (16 bytes, the user hash of
    eMule). ``reason`` says why the store was not read to its end, empty when it was; the items
    before that stand.
    """

    program: str
    version: str = ""
    account: bytes | None = None
    items: tuple[Held, ...] = ()
    reason: str = ""


def collect(found: Iterable[Held], most: int = MOST_ITEMS) -> tuple[tuple[Held, ...], str]:
    """Return the items up to the first defect, and the reason why there may be more.

    Raises `BadLink` when the defect comes before the first item.
    """
    items: list[Held] = []
    try:
        for held in found:
            if len(items) == most:
                return tuple(items), f"not read beyond its first {most:,} items"
            items.append(held)
    except BadLink as error:
        if not items:
            raise
        return tuple(items), f"damaged after {len(items):,} items: {error}"
    return tuple(items), ""


def with_torrent(held: Held, torrent: Reference) -> Held:
    """Return ``held``, which names a torrent, with the files that its ``.torrent`` names.

    Programs keep both side by side, and many keep the files only there. Raises `BadLink` when the
    two are not of one torrent, as far as they say.
    """
    content = held.content
    if not isinstance(content, Reference):
        raise BadLink("This entry names a file; only the entry of a torrent goes with a .torrent.")
    if content.signals and not set(content.signals) & set(torrent.signals):
        raise BadLink("The .torrent is of another torrent than this entry; look for its own.")
    notes = tuple(dict.fromkeys(content.notes + torrent.notes))
    return replace(held, content=replace(torrent, notes=notes))


def time_or_none(value: int) -> int | None:
    """Return a Unix time; programs write 0 or less for never."""
    return value if value > 0 else None
