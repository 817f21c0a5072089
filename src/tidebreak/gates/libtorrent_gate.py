"""A gate inside a libtorrent client: a torrent is judged before one byte of it is asked for.

::

    guard = Guard(session, gate.Gate(asker))
    guard.add(libtorrent.parse_magnet_uri(link))     # instead of session.add_torrent
    while True:
        session.wait_for_alert(1000)
        for alert in session.pop_alerts():
            guard.handle(alert)                      # beside what the client does with it
        guard.tick()

A magnet runs in ``upload_mode`` until its metadata is there: peers send the metadata, and they are
asked for nothing else. Two other flags look made for that and are not (libtorrent 2.1.1):
``stop_when_ready`` stops a magnet before it has its metadata, and ``default_dont_download`` makes
it "finished" for a moment, after which seeds seen before may never be connected to again. What is
not let through stays in the session, stopped, in that mode. Alerts of the category ``status`` make
it prompt; without them `tick` finds everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tidebreak.gates.events import Event, EventKind, event
from tidebreak.gates.gate import Gate
from tidebreak.gates.policy import Action, Decision

_AGAIN = 30.0
"""Seconds until what could not be told is asked about again."""

_NEVER = float("inf")


@dataclass(slots=True)
class _Torrent:
    """What the guard knows of a torrent that it has not let go.

    ``due`` is when to do something about it: give up on its metadata (``decision`` is None), or
    ask again. ``start`` and ``managed`` are what its user wanted.
    """

    handle: Any
    link: str
    metainfo: bytes
    start: bool
    managed: bool
    due: float = 0.0
    decision: Decision | None = None


class Guard:
    """Adds torrents to a libtorrent session once they are clear.

    ``session`` is a ``libtorrent.session``, ``patience`` how many seconds a magnet may look for
    its metadata. Only what is added by `add` is guarded. Use it from the thread that takes the
    session's alerts: it asks, and waits for the answer, there.
    """

    def __init__(
        self,
        session: Any,
        gate: Gate,
        *,
        patience: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import libtorrent  # the module of whoever has a session of it

        self._lt: Any = libtorrent
        self._session, self._gate = session, gate
        self._patience, self._clock = patience, clock
        self._torrents: dict[Any, _Torrent] = {}

    def add(self, params: Any) -> Any:
        """Add ``params`` (``add_torrent_params``) and return the handle, whatever is decided."""
        lt, flags = self._lt, self._lt.torrent_flags
        metainfo = _metainfo_of(params.ti) if params.ti else b""
        link = "" if metainfo else str(lt.make_magnet_uri(params))
        managed = bool(params.flags & flags.auto_managed)
        start = managed or not params.flags & flags.paused
        params.flags |= flags.upload_mode | flags.paused
        params.flags &= ~flags.auto_managed  # which would end both in its own time
        handle = self._session.add_torrent(params)
        torrent = _Torrent(handle, link, metainfo, start, managed)
        self._torrents[handle] = torrent
        self._judge(torrent)
        return handle

    def handle(self, alert: Any) -> None:
        """Take note of one of the session's alerts; all but those for metadata are ignored."""
        torrent = self._torrents.get(getattr(alert, "handle", None))
        if torrent is not None and type(alert).__name__ == "metadata_received_alert":
            self._take_metadata(torrent)

    def tick(self) -> None:
        """Do what is due: ask again where there was no answer, give up on metadata.

        What is held and was started by somebody else is stopped again: only `release` lets it go.
        """
        for torrent in list(self._torrents.values()):
            if not torrent.handle.is_valid():  # it was removed from the session
                del self._torrents[torrent.handle]
                continue
            if torrent.decision is not None:
                self._stop(torrent)
            elif torrent.handle.torrent_file() is not None:
                self._take_metadata(torrent)
            if torrent.due <= self._clock():
                self._overdue(torrent)

    def decision(self, handle: Any) -> Decision | None:
        """Return why a torrent is held, None when it is not (it is clear, or not judged yet)."""
        torrent = self._torrents.get(handle)
        return torrent.decision if torrent else None

    def release(self, handle: Any) -> None:
        """Let a held torrent go by a person's decision; who decided is the client's to record."""
        torrent = self._torrents.get(handle)
        if torrent is not None:
            self._let_go(torrent, event(EventKind.OVERRULED, "a person released it"))

    def _take_metadata(self, torrent: _Torrent) -> None:
        if torrent.decision is None and not torrent.metainfo:
            self._stop(torrent)
            torrent.metainfo = _metainfo_of(torrent.handle.torrent_file())
            self._judge(torrent)

    def _overdue(self, torrent: _Torrent) -> None:
        if torrent.decision is not None:
            self._judge(torrent)
            return
        why = f"its metadata did not come within {self._patience:g} seconds"
        decision = Decision(Action.HOLD, None, why)
        self._hold(torrent, decision)
        self._gate.tell_of(decision)
        torrent.due = _NEVER  # a person may add it again

    def _judge(self, torrent: _Torrent) -> None:
        again = torrent.decision is not None
        if torrent.metainfo:
            decision, _ = self._gate.judge_metainfo(torrent.metainfo, again=again)
        else:
            [decision] = self._gate.judge_links([torrent.link], early=True)
            if decision.action is not Action.ALLOW:
                self._gate.tell_of(decision, again=again)
        if decision.action is not Action.ALLOW:
            self._hold(torrent, decision)
        elif torrent.metainfo:
            self._let_go(torrent, event(EventKind.RELEASED))
        else:
            torrent.decision = None
            torrent.due = self._clock() + self._patience
            torrent.handle.resume()  # for its metadata alone

    def _hold(self, torrent: _Torrent, decision: Decision) -> None:
        torrent.decision = decision
        torrent.due = self._clock() + _AGAIN if decision.known is None else _NEVER
        self._stop(torrent)

    def _stop(self, torrent: _Torrent) -> None:
        torrent.handle.unset_flags(self._lt.torrent_flags.auto_managed)
        torrent.handle.pause()

    def _let_go(self, torrent: _Torrent, why: Event) -> None:
        handle = torrent.handle
        del self._torrents[handle]
        handle.unset_flags(self._lt.torrent_flags.upload_mode)
        if torrent.managed:
            handle.set_flags(self._lt.torrent_flags.auto_managed)
        if torrent.start:
            handle.resume()
        self._gate.tell(why)


def _metainfo_of(info: Any) -> bytes:
    """Return a torrent with nothing in it but the info dictionary, byte by byte as it was found.

    The layers of version 2 pieces are not in it: nothing is recognised by them.
    """
    return b"d4:info" + bytes(info.info_section()) + b"e"
