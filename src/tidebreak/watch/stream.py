"""One stream that is watched: its processes, what they say, and how it is taken up again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tidebreak.errors import UsageError
from tidebreak.hashing.frames import FrameSequence
from tidebreak.model import Depth, Verdict
from tidebreak.packed_views import unpack_views
from tidebreak.settings import Settings
from tidebreak.watch.child import Child
from tidebreak.watch.events import Event, EventKind
from tidebreak.watch.inputs import Input
from tidebreak.watch.notes import Kind, Malformed, Note, posture_of
from tidebreak.watch.recognition import Known, Recognition
from tidebreak.watch.sightings import Change, Seen, Sightings
from tidebreak.watch.sources import Source, Transport

_DECODER = "tidebreak.watch.decoder"
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_SILENT_SECONDS, _DEAD_SECONDS = 5.0, 15.0
"""After so long without a picture it is said; after so long the stream is taken up anew."""
_LONGEST_LEAP_MS = 40 * 86_400_000


@dataclass(frozen=True, slots=True)
class Setup:
    """What all streams of a watch share; ``epoch`` is when it began, on the monotonic clock."""

    settings: Settings
    depth: Depth
    epoch: float
    program: str = ""


class Stream:
    """A stream under watch. Nothing here waits; ``now`` is of the monotonic clock."""

    def __init__(self, source: Source, setup: Setup, known: Known) -> None:
        self.source, self._setup = source, setup
        self.over = False
        self._recognition = Recognition(known)
        self._sightings = Sightings()
        self._decoder: Child | None = None
        self._input: Input | None = None
        self._wait, self._retry_at = _FIRST_WAIT, setup.epoch
        self._connected_at = self._pictures_at = setup.epoch
        self._last_ms = self._base_ms = self._pictures = 0
        self._silent = False
        self._why = ""

    def start(self) -> Iterator[Event]:
        """Say that the stream is watched; `tick` connects."""
        yield self._event(EventKind.START)

    def children(self) -> list[Child]:
        """Return the processes that may say something."""
        receiver = self._input.child if self._input and self._input.listening else None
        return [child for child in (self._decoder, receiver) if child is not None]

    def hear(self, child: Child, now: float) -> Iterator[Event]:
        """Take what a process has said, or that it is gone."""
        gone = False
        try:
            notes = child.receive()
            gone = notes is None
            for note in notes or ():
                if child is self._decoder:
                    yield from self._decoded(note, now)
                else:
                    yield from self._received(note)
        except Malformed as error:
            self._why, notes = f"a process said nonsense: {error}", None
        if notes is None and child is self._decoder:
            yield from self._decoder_lost(now, gone=gone)
        elif notes is None and self._input:
            self._input.listening = False  # its pipe is read to the end

    def tick(self, now: float) -> Iterator[Event]:
        """Do what is due."""
        if self.over:
            return
        if self._input is None:
            if now >= self._retry_at:
                yield from self._connect(now)
        elif self._input.is_stale(now):
            self._why = "another file is in its place"
            yield from self._decoder_lost(now, gone=False)
        else:
            yield from self._mind_silence(now)
        yield from self._seen(self._recognition.videos(now))
        reached = self._last_ms + round(1000 * (now - self._pictures_at))
        yield from self._told(self._sightings.advance(reached))
        yield from self._passed_over(reached)

    def lists_changed(self) -> Iterator[Event]:
        """Look up again what was shown lately."""
        yield from self._seen(self._recognition.lists_changed())

    def finish(self, reason: str) -> Iterator[Event]:
        """End the stream: its processes are gone afterwards, what is open is ended."""
        if self.over:
            return
        self.over = True
        self._drop_input()
        self._drop_decoder()
        yield from self._seen(self._recognition.videos(None))
        yield from self._passed_over(None)
        yield from self._told(self._sightings.finish())
        yield self._event(EventKind.STOP, reason=reason, count=self._pictures)

    # -- connections

    def _connect(self, now: float) -> Iterator[Event]:
        self._why, self._silent = "", False
        self._connected_at = self._pictures_at = now
        try:
            self._input = Input(self.source, self._setup.program)
        except OSError as error:
            yield from self._retry(error.strerror or "it cannot be opened", now)
            return
        if self._decoder is None:
            self._decoder = Child(_DECODER, self._orders())
        fd = self._input.take()
        try:
            self._decoder.give(fd, asdict(self._input.manner))
        except OSError:
            yield from self._decoder_lost(now, gone=True)
        finally:
            os.close(fd)

    def _orders(self) -> dict[str, Any]:
        return {
            "limits": asdict(self._setup.settings.limits), "depth": self._setup.depth.value,
            "epoch": self._setup.epoch, "last_ms": self._last_ms,
        }  # fmt: skip

    def _decoder_lost(self, now: float, *, gone: bool) -> Iterator[Event]:
        """The decoder is gone, or has to go: what it had not said yet is not examined."""
        how = self._drop_decoder(gone=gone)
        reason = self._why or f"the decoding process {how or 'ended'}"
        yield self._event(EventKind.NOT_EXAMINED, self._last_ms / 1000, reason=reason)
        yield from self._retry(reason, now)

    def _ended(self, decoder_said: str, now: float) -> Iterator[Event]:
        """A connection is over, and all that came by it was examined."""
        reason = self._why or self._drop_input() or decoder_said or "it ended"
        if self.source.transport is Transport.STDIN:
            if decoder_said:  # nothing will come of it any more
                yield self._event(EventKind.NOT_EXAMINED, self._last_ms / 1000, reason=reason)
            yield from self.finish(reason)
        else:
            yield from self._retry(reason, now)

    def _retry(self, reason: str, now: float) -> Iterator[Event]:
        self._drop_input()
        if self._pictures_at > self._connected_at:  # it was worth it
            self._wait = _FIRST_WAIT
        self._retry_at = now + self._wait
        at = self._last_ms / 1000
        yield self._event(EventKind.RECONNECT, at, reason=reason, wait=self._wait)
        self._wait = min(2 * self._wait, _LONGEST_WAIT)

    def _drop_input(self) -> str:
        """End what receives, and return what it said of that."""
        gone, self._input = self._input, None
        return gone.close() if gone else ""

    def _drop_decoder(self, *, gone: bool = False) -> str:
        """End the decoder, which may be ``gone`` already, and return how it ended by itself."""
        decoder, self._decoder = self._decoder, None
        return decoder.close(at_once=not gone) if decoder else ""

    def _mind_silence(self, now: float) -> Iterator[Event]:
        """Say that nothing comes; when that goes on, take the stream up anew."""
        silent = now - self._pictures_at
        if silent > _SILENT_SECONDS and not self._silent:
            self._silent = True
            reason = f"no picture for {_SILENT_SECONDS:g} s{self._hint()}"
            yield self._event(EventKind.NOT_EXAMINED, self._last_ms / 1000, reason=reason)
        if silent > _DEAD_SECONDS and self._input and self._input.child and not self._why:
            self._why = f"no picture for {_DEAD_SECONDS:g} s"
            self._input.kill()

    def _hint(self) -> str:
        """Return why a file that grows may never show anything, where it has shown nothing yet."""
        if self.source.transport is not Transport.FILE or self._last_ms:
            return ""
        return "; a video whose index comes last, as most MP4 files, is to be scanned when complete"

    # -- what the processes say

    def _received(self, note: Note) -> Iterator[Event]:
        if self._input:
            self._input.heard(note)
        if note.kind is Kind.LOST:
            at = self._last_ms / 1000
            reason = f"{note.count} datagrams were lost: this machine was too slow"
            yield self._event(EventKind.NOT_EXAMINED, at, at, reason=reason)

    def _decoded(self, note: Note, now: float) -> Iterator[Event]:
        start, end = note.start / 1000, note.end / 1000
        match note.kind:
            case Kind.FRAMES:
                yield from self._seen(self._frames(note))
            case Kind.VIEWS:
                views = unpack_views(note.records)
                yield from self._seen(self._recognition.views(note.start, views))
            case Kind.OPENED:
                self._shown(note.start, 0, now)
                yield self._event(EventKind.CONNECTED, start, reason=note.text)
            case Kind.PROGRESS:
                self._shown(note.end, note.count, now)
            case Kind.MISSED:
                yield self._event(EventKind.NOT_EXAMINED, start, end, reason=note.text)
            case Kind.REDUCED:
                yield self._event(EventKind.REDUCED, start, end or None, reason=note.text)
            case Kind.READY:
                self._check_posture(note)
            case Kind.ENDED:
                yield from self._ended(note.text, now)
            case Kind.LOST:
                raise Malformed("a decoder that lost datagrams")

    def _frames(self, note: Note) -> list[Seen]:
        records = FrameSequence.unpack(note.records).records
        if not self._base_ms <= note.start < self._base_ms + _LONGEST_LEAP_MS or not len(records):
            raise Malformed("frames of a time that cannot be")
        self._base_ms = note.start
        return self._recognition.frames(note.start, records)

    def _shown(self, last_ms: int, pictures: int, now: float) -> None:
        """Pictures came out, the last of them at ``last_ms``."""
        if last_ms < self._last_ms:
            raise Malformed("pictures that go back in time")
        self._last_ms, self._pictures_at, self._silent = last_ms, now, False
        self._pictures += pictures

    def _check_posture(self, note: Note) -> None:
        posture, least = posture_of(note.text), self._setup.settings.sandbox_minimum
        if posture.level < least:
            raise UsageError(
                f"The decoders reach sandbox level {posture.level}, the settings ask for "
                f"{least} ({posture.summary}); see tidebreak doctor."
            )

    # -- what is told

    def _seen(self, seen: Iterable[Seen]) -> Iterator[Event]:
        yield from self._told(self._sightings.see(seen))

    def _passed_over(self, now_ms: int | None) -> Iterator[Event]:
        if missed := self._sightings.passed_over(now_ms):
            start, end = missed.start_ms / 1000, missed.end_ms / 1000
            yield self._event(
                EventKind.NOT_EXAMINED, start, end, reason=missed.reason, count=missed.count
            )

    def _told(self, changes: Iterable[Change]) -> Iterator[Event]:
        for change in changes:
            match = change.match
            yield self._event(
                EventKind.MATCH, change.start_ms / 1000, change.end_ms / 1000,
                phase=change.phase, sighting=change.number,
                verdict=Verdict(match.level, (match,)),
            )  # fmt: skip

    def _event(
        self, kind: EventKind, start: float | None = None, end: float | None = None, **more: Any
    ) -> Event:
        return Event(kind, self.source.name, datetime.now(UTC), start, end, **more)
