"""Files into a journal of what became of each: hashed in isolated workers, each content once."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from tidebreak.enrol.files import files_below
from tidebreak.enrol.items import Item, Outcome, item_of
from tidebreak.enrol.journal import Journal
from tidebreak.enrol.labels import Labels
from tidebreak.enrol.order import Ids
from tidebreak.errors import CannotRead
from tidebreak.hashing.regions import regions_of
from tidebreak.hashing.seals import Sealer
from tidebreak.media.opening import OpenFile, open_file
from tidebreak.media.pool import Job, WorkerPool
from tidebreak.model import Examination
from tidebreak.reach import Reach
from tidebreak.showing import shown_path
from tidebreak.signals import SIGNAL_TYPES

_ID_BYTES = 10
"""Of a made-up id: too short to be taken for a digest, too long for two to be equal."""

_LONGEST_NAME = 200


@dataclass(slots=True)
class _File:
    path: bytes
    identity: str
    found: list[Examination] = field(default_factory=list[Examination])


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller chose: classifications, what entries are called, how many regions."""

    labels: Labels = field(default_factory=Labels)
    ids: Ids = Ids.SEALED
    reach: Reach = Reach.STANDARD


class Enrolment:
    """Fills a journal. What it has already is not hashed again, only told again."""

    def __init__(
        self,
        journal: Journal,
        sealer: Sealer,
        choices: Choices,
        on_item: Callable[[Item], None],
    ) -> None:
        self._journal, self._sealer = journal, sealer
        self._choices, self._on_item = choices, on_item
        self._codes = frozenset(region.code for region in regions_of(choices.reach))
        self._contents: set[bytes] = set()
        self._open: dict[int, _File] = {}
        self.counts: Counter[Outcome] = Counter()
        for item in journal.items():
            self._note(item)

    def run(self, roots: Sequence[bytes], pool: WorkerPool) -> None:
        """Enrol everything below ``roots``, which are absolute."""
        for job, found in pool.examine(self._jobs(roots)):
            file = self._open[job.token]
            if found is not None:
                file.found.append(found)
                continue
            del self._open[job.token]
            items = [self._item(file.path, one) for one in file.found]
            self._journal.add(file.identity, items)
            for item in items:
                self._note(item)

    def _jobs(self, roots: Sequence[bytes]) -> Iterator[Job]:
        for token, (path, reason) in enumerate(files_below(roots)):
            try:
                if reason:
                    raise CannotRead(reason)
                opened = open_file(path)
            except CannotRead as error:
                # Not kept in the journal: the next run tries again.
                self._note(Item(shown_path(path), "", Outcome.LEFT_OUT, str(error)))
                continue
            identity = _identity(path, opened)
            if identity in self._journal.done:
                os.close(opened.fd)
                continue
            self._open[token] = _File(path, identity)
            yield Job(token, opened.fd, opened.size, known=True)

    def _item(self, path: bytes, found: Examination) -> Item:
        """Return what becomes of ``found``; the second of two equal contents is a duplicate."""
        label = self._choices.labels.of(path)
        item = item_of(shown_path(path), found, self._key(path, found), label, self._codes)
        content = _content(item)
        if not content or content not in self._contents:
            self._contents.add(content)
            return item
        return replace(item, outcome=Outcome.DUPLICATE, reason="", entry=None)

    def _note(self, item: Item) -> None:
        self.counts[item.outcome] += 1
        self._contents.add(_content(item))
        self._on_item(item)

    def _key(self, path: bytes, found: Examination) -> str:
        if self._choices.ids is Ids.RANDOM:
            return secrets.token_hex(_ID_BYTES)
        if self._choices.ids is Ids.NAMES:
            name = PurePosixPath(found.member or shown_path(path)).name or "unnamed"
            return name.encode("unicode_escape").decode()[:_LONGEST_NAME]
        digest = found.signal("sha256")
        seal = self._sealer.seal(SIGNAL_TYPES["sha256"], digest.value if digest else b"")
        return hashlib.blake2b(seal, digest_size=_ID_BYTES, person=b"tb-pack-entry").hexdigest()


def _content(item: Item) -> bytes:
    """Return what is equal for equal bytes, empty for an item without an entry."""
    exact = item.entry.exact if item.entry else ()
    return next((signal.value for signal in exact if signal.type.name == "sha256"), b"")


def _identity(path: bytes, opened: OpenFile) -> str:
    """Name one state of one file."""
    state = (path, opened.size, opened.mtime_ns, opened.ctime_ns)
    return hashlib.blake2b(repr(state).encode(), digest_size=16).hexdigest()
