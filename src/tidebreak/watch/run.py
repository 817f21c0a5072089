"""Watch streams until told to stop: one loop over all that their processes say."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tidebreak.errors import Busy
from tidebreak.settings import Settings
from tidebreak.watch.child import Child
from tidebreak.watch.events import Event, EventKind
from tidebreak.watch.recognition import Known
from tidebreak.watch.sources import Source
from tidebreak.watch.stream import Setup, Stream
from tidebreak.watch.webhook import Webhook

_BEAT_MS = 100
_REFRESH_SECONDS = 2.0
"""How often the lists are read again: what changes counts within this time."""


class Watch:
    """Iterate over it for the events as they happen; `stop` ends that from anywhere."""

    def __init__(
        self,
        sources: Sequence[Source],
        known: Known,
        settings: Settings,
        *,
        program: str = "",
        webhook: Webhook | None = None,
    ) -> None:
        """``known`` are the lists, shared by all streams; ``program`` is where ffmpeg is."""
        setup = Setup(settings, known.matcher.depth, time.monotonic(), program)
        self._known, self._webhook = known, webhook
        self.names = [source.name for source in sources]
        self._streams = [Stream(source, setup, known) for source in sources]
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._stopped = False

    def stop(self) -> None:
        """Let the iteration end; may be called by a signal handler or another thread."""
        self._stopped = True
        with contextlib.suppress(OSError):
            os.eventfd_write(self._wake, 1)

    def __iter__(self) -> Iterator[Event]:
        """Yield every event, the last of each stream being its stop."""
        try:
            for event in self._events():
                if self._webhook:
                    self._webhook.put(event)
                yield event
        finally:
            for stream in self._streams:
                for _ in stream.finish("stopped"):
                    pass
            os.close(self._wake)
        if self._webhook:
            yield from _undelivered(self._webhook.close())

    def _events(self) -> Iterator[Event]:
        for stream in self._streams:
            yield from stream.start()
        refreshed = time.monotonic()
        while not self._stopped and not all(stream.over for stream in self._streams):
            for stream, child in self._ready():
                yield from stream.hear(child, time.monotonic())
            for stream in self._streams:
                yield from stream.tick(time.monotonic())
            if time.monotonic() - refreshed > _REFRESH_SECONDS:
                refreshed = time.monotonic()
                yield from self._refresh()
        for stream in self._streams:
            yield from stream.finish("stopped")

    def _ready(self) -> list[tuple[Stream, Child]]:
        """Wait a moment for any process that says something."""
        poll, by_fd = select.poll(), dict[int, tuple[Stream, Child]]()
        poll.register(self._wake, select.POLLIN)
        for stream in self._streams:
            for child in stream.children():
                poll.register(child.fileno(), select.POLLIN)
                by_fd[child.fileno()] = stream, child
        return [by_fd[fd] for fd, _ in poll.poll(_BEAT_MS) if fd in by_fd]

    def _refresh(self) -> Iterator[Event]:
        if self._webhook:
            yield from _undelivered(self._webhook.undelivered())
        try:
            changed = self._known.refresh()
        except Busy:
            return  # somebody is publishing: next time
        if changed:
            for stream in self._streams:
                yield from stream.lists_changed()


def _undelivered(count: int) -> Iterator[Event]:
    if count:
        yield Event(EventKind.UNDELIVERED, "", datetime.now(UTC), count=count)
