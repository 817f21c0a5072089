"""From bytes to examinations: digests of everything, hashes of what is seen, archive members.

This is what a worker does; it runs in any process, so tests call it directly. Small files are
digested many at a time, since that is several times as fast as one by one.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from tidebreak.hashing.digests import digest_many
from tidebreak.media.archive import CHUNK, LimitReached, Meter, Walk
from tidebreak.media.archive_formats import walk_of
from tidebreak.media.archive_zip import ends_like_zip, walk_zip
from tidebreak.media.findings import because, examination_of, with_image, with_video
from tidebreak.media.image import hash_image
from tidebreak.media.intake import SMALL, Intake, Whole
from tidebreak.media.opening import UNREADABLE
from tidebreak.media.picture_features import with_features
from tidebreak.media.picture_views import REGIONS, Query
from tidebreak.media.positioned import PositionedFile, change, chunks
from tidebreak.media.reasons import joined
from tidebreak.media.references import names_in
from tidebreak.media.reporting import Collected, Report
from tidebreak.media.signatures import Family
from tidebreak.media.video import effort_for, hash_video
from tidebreak.media.visit import OUT_OF_MEMORY, Visit
from tidebreak.model import Examination
from tidebreak.settings import Settings

if TYPE_CHECKING:
    from tidebreak.media.descriptors import Describer

_TOGETHER = 8 * 1024 * 1024
"""Bytes of small content that wait at most to be digested together."""

_READ = 4 * 1024 * 1024
"""Bytes of a large file read at a time."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file to examine: an open descriptor, and the size that it had when it was opened.

    ``full`` refuses every fast path; ``known`` asks for that, and for the regions of a picture.
    """

    token: int
    fd: int
    size: int
    full: bool = False
    known: bool = False


def examine(fd: int, size: int, full: bool, settings: Settings) -> Iterator[Examination]:
    """Examine one open file in this process; its own examination comes last.

    The safe way is `tidebreak.media.pool.WorkerPool`: bytes from strangers are parsed here.
    """
    collected = Collected()
    Examiner(settings, collected).examine([Given(1, fd, size, full)])
    return iter(collected.results)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where content comes from: which job, which member, inside how many archives."""

    token: int
    full: bool
    known: bool = False
    member: str = ""
    depth: int = 0

    @property
    def last(self) -> bool:
        return self.depth == 0

    def inside(self, name: str) -> _Origin:
        member = f"{self.member}!/{name}" if self.depth else name
        return replace(self, member=member, depth=self.depth + 1)


class Examiner:
    """Examines batches of files and reports as it goes."""

    def __init__(
        self, settings: Settings, report: Report, describer: Describer | None = None
    ) -> None:
        self._settings, self._report = settings, report
        self._describer = describer
        self._query = Query(settings.depth, settings.regions)
        self._waiting: list[tuple[_Origin, Whole]] = []
        self._waiting_bytes = 0

    def examine(self, files: Iterable[Given]) -> None:
        """Examine all of ``files``; each ends in one last result."""
        batch = tuple(files)
        for file in batch:
            # Over a batch of small files no single one can be blamed: all are digested at once.
            self._report.working(file.token if len(batch) == 1 or file.size > SMALL else 0)
            self._take(file)
        self._settle()

    def _take(self, file: Given) -> None:
        intake = Intake(self._settings.limits, members=False)
        try:
            for chunk in chunks(file.fd, file.size, _READ):
                self._report.beat()
                intake.write(chunk)
            reason = change(file.fd, file.size, intake.size)
        except OSError as error:
            why = os.strerror(error.errno or 0)
            reason = f"{UNREADABLE} {intake.size:,} ({why})"
        whole = intake.finish(reason)
        origin = _Origin(file.token, file.full or file.known, file.known)
        raw = PositionedFile(file.fd, whole.size)
        self._dispatch(origin, whole, io.BufferedReader(raw, CHUNK), None)

    def _dispatch(
        self, origin: _Origin, whole: Whole, file: BinaryIO | None, outer: Meter | None
    ) -> None:
        if whole.kind.family is Family.ARCHIVE:
            self._archive(origin, whole, file, outer, walk_of(whole.kind))
        elif file is not None and ends_like_zip(file):
            # A self-extractor, or an archive that hides behind a picture.
            self._archive(origin, whole, file, outer, walk_zip)
        elif whole.kind.family is Family.VIDEO:
            self._video(origin, whole, file)
        elif whole.kind.family is Family.NAMES:
            self._names(origin, whole, outer)
        else:
            self._wait(origin, whole)

    def _wait(self, origin: _Origin, whole: Whole) -> None:
        self._waiting.append((origin, whole))
        self._waiting_bytes += len(whole.data or b"")
        if self._waiting_bytes > _TOGETHER:
            self._settle()

    # -- plain content and pictures

    def _settle(self) -> None:
        """Finish everything that waits: digests of all, then the pictures one by one."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        small = [whole.data or b"" for _, whole in waiting if whole.digests is None]
        fresh = iter(digest_many(small) if small else ())
        pictures: list[tuple[_Origin, Whole, Examination]] = []
        for origin, whole in waiting:
            found = examination_of(origin.member, whole, whole.digests or next(fresh))
            if whole.kind.family is Family.PICTURE:
                self._report.draft(origin.token, found)
                pictures.append((origin, whole, found))
            else:
                self._report.result(origin.token, found, last=origin.last)
        for origin, whole, found in pictures:
            self._report.working(origin.token)
            found = self._with_near_hash(found, whole, origin)
            self._report.result(origin.token, found, last=origin.last)

    def _with_near_hash(self, found: Examination, whole: Whole, origin: _Origin) -> Examination:
        limits = self._settings.limits
        if whole.data is None:
            most = f"picture larger than {limits.picture_bytes:,} bytes"
            return because(found, f"{most}: compared by exact signals only")
        try:
            image = hash_image(
                whole.data,
                limits,
                full=origin.full,
                heif=self._settings.heif,
                wanted=REGIONS if origin.known else self._query,
            )
        except MemoryError:
            return because(found, OUT_OF_MEMORY)
        found = with_image(found, image)
        try:
            if self._describer is not None:
                found = self._describer.describe(found, whole.data, self._settings)
            if self._settings.verify:
                found = with_features(found, whole.data, self._settings, known=origin.known)
            return found
        except MemoryError:
            return because(found, OUT_OF_MEMORY)

    # -- videos

    def _video(self, origin: _Origin, whole: Whole, file: BinaryIO | None) -> None:
        found = self._begin(origin, whole)
        found = self._with_frames(found, file, origin)
        self._report.result(origin.token, found, last=origin.last)

    def _begin(self, origin: _Origin, whole: Whole) -> Examination:
        """Turn to content that takes long; what is certain about it is told at once."""
        # What waits may belong to other jobs, which must not suffer from this one.
        self._settle()
        self._report.working(origin.token)
        found = examination_of(
            origin.member, whole, whole.digests or digest_many([whole.data or b""])[0]
        )
        self._report.draft(origin.token, found)
        return found

    def _with_frames(
        self, found: Examination, file: BinaryIO | None, origin: _Origin
    ) -> Examination:
        limits = self._settings.limits
        if file is None:
            most = f"video inside an archive, larger than {limits.nested_bytes:,} bytes"
            return because(found, f"{most}: compared by exact signals only")
        effort = effort_for(self._settings.depth, full=origin.full, known=origin.known)
        try:
            video = hash_video(file, limits, effort=effort, beat=self._report.beat)
        except MemoryError:
            return because(found, OUT_OF_MEMORY)
        return with_video(found, video)

    # -- what names other content

    def _names(self, origin: _Origin, whole: Whole, outer: Meter | None) -> None:
        found = self._begin(origin, whole)
        names = names_in(whole.data, self._settings.limits)
        limit: LimitReached | None = None
        try:
            for one in names.found:
                if outer:
                    outer.member()
                inside = origin.inside(one.member)
                self._report.result(origin.token, replace(one, member=inside.member), last=False)
        except LimitReached as reached:
            limit = reached
        found = because(found, joined(names.reason, str(limit) if limit else ""))
        found = replace(found, note=joined(found.note, names.note))
        self._report.result(origin.token, found, last=origin.last)
        if limit:
            raise limit

    # -- archives

    def _archive(
        self,
        origin: _Origin,
        whole: Whole,
        file: BinaryIO | None,
        outer: Meter | None,
        walk: Walk,
    ) -> None:
        found = self._begin(origin, whole)
        if whole.kind.family is not Family.ARCHIVE:
            found = replace(found, note=joined(found.note, "a zip archive stands behind it"))
        if whole.kind.family is Family.PICTURE:
            found = self._with_near_hash(found, whole, origin)
        elif whole.kind.family is Family.VIDEO:
            found = self._with_frames(found, file, origin)
        limit: LimitReached | None = None
        if file is None:
            most = f"{self._settings.limits.nested_bytes:,} bytes"
            reason = f"archive inside an archive, larger than {most}: its members were not examined"
        elif origin.depth >= self._settings.limits.archive_depth:
            reason = f"archive inside {origin.depth} archives: its members were not examined"
        else:
            meter = Meter(whole.size, self._settings.limits, outer)
            reason, limit = self._visit(origin, file, meter, walk)
            self._settle()
        self._report.result(origin.token, because(found, reason), last=origin.last)
        if limit:
            raise limit

    def _visit(
        self, origin: _Origin, file: BinaryIO, meter: Meter, walk: Walk
    ) -> tuple[str, LimitReached | None]:
        def deliver(name: str, member: Whole) -> None:
            inner = origin.inside(name or "(without a name)")
            held = None if member.data is None else io.BytesIO(member.data)
            self._dispatch(inner, member, held, meter)

        visit = Visit(self._settings.limits, meter, deliver, self._report.beat)
        return visit.run(walk, file)
