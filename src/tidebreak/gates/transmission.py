"""Transmission through its RPC, versions 3.00 and 4.

Transmission must add torrents stopped: a setting, which the gate makes when it may (``--prepare``)
and checks otherwise. Metainfo is read from the folder in which the daemon keeps it, since RPC does
not hand it over: the gate runs on the same machine, as a user who may read that folder.

Transmission cannot fetch a magnet's metadata without its content, so a magnet is held.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidebreak import links
from tidebreak.errors import BadLink, TidebreakError
from tidebreak.gates.gate import MOST_BYTES
from tidebreak.gates.patrol import CannotSeek, Mark, Torrent
from tidebreak.gates.web import NoAnswer, Web
from tidebreak.model import Signal
from tidebreak.signals import signal_type

_SESSION = "X-Transmission-Session-Id"
_FIELDS = ["hashString", "status", "metadataPercentComplete", "labels", "torrentFile"]
_STOPPED, _CHECKS = 0, (1, 2)


class Transmission:
    """One Transmission daemon (`tidebreak.gates.patrol.Client`)."""

    def __init__(self, address: str, user: str = "", password: str = "") -> None:
        """``address`` is that of the RPC, ``http://host:9091/transmission/rpc``."""
        self._web = Web("Transmission", address, (user, password) if user else None)
        self._session = ""
        self._files: dict[str, str] = {}

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def prepare(self, change: bool) -> list[str]:
        """Make torrents be added stopped."""
        if not self._call("session-get").get("start-added-torrents"):
            return []
        if change:
            self._call("session-set", {"start-added-torrents": False})
            return []
        return [
            "Transmission adds torrents running, and they run until they are looked at: set"
            " start-added-torrents to false there, or start the gate with --prepare"
        ]

    def torrents(self) -> list[Torrent]:
        """Return all torrents."""
        found = self._call("torrent-get", {"fields": _FIELDS})["torrents"]
        self._files = {str(each["hashString"]): str(each["torrentFile"]) for each in found}
        return [_torrent(each) for each in found]

    def metainfo(self, torrent: Torrent) -> bytes:
        """Return a torrent's metainfo from the daemon's folder, if it is that torrent's."""
        path = Path(self._files.get(torrent.id, ""))
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError:
            raise TidebreakError(
                "Transmission's folder of torrents cannot be read; run the gate on the same"
                " machine as a user who may read it"
            ) from None
        try:
            signals = links.read_file(data).signals
        except BadLink as error:
            raise TidebreakError(str(error)) from None
        if not set(torrent.signals) <= set(signals):
            raise TidebreakError("Transmission's file of this torrent is that of another")
        return data

    def seek(self, torrent: Torrent) -> None:
        """Refuse: Transmission has no way to stop a magnet before its content."""
        raise CannotSeek(
            "Transmission cannot fetch a magnet's metadata alone; add the torrent's file instead"
        )

    def start(self, torrent: Torrent) -> None:
        """Let a torrent run."""
        self._call("torrent-start", {"ids": [torrent.id]})

    def stop(self, torrent: Torrent) -> None:
        """Stop a torrent; its data stays."""
        self._call("torrent-stop", {"ids": [torrent.id]})

    def hold(self, torrent: Torrent) -> None:
        """Stop a torrent, want none of its files, and label it as held; its data stays."""
        self.stop(torrent)
        if torrent.ready:
            self._set(torrent, **{"files-unwanted": []})  # which means all
        self._label(torrent, _others(torrent) | {Mark.HELD})

    def release(self, torrent: Torrent) -> None:
        """Want the files of a held torrent again, and take that label off."""
        self._set(torrent, **{"files-wanted": []})
        self._label(torrent, _others(torrent) | {Mark.RELEASED})

    def mark_checked(self, torrent: Torrent) -> None:
        """Label a torrent as checked."""
        self._label(torrent, _others(torrent) | {Mark.CHECKED})

    def _label(self, torrent: Torrent, labels: frozenset[str]) -> None:
        self._set(torrent, labels=sorted(str(each) for each in labels))

    def _set(self, torrent: Torrent, **values: object) -> None:
        self._call("torrent-set", {"ids": [torrent.id], **values})

    def _call(self, method: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        body = {"method": method, "arguments": arguments or {}}
        answer = self._web.send("POST", "", json=body, headers={_SESSION: self._session})
        if answer.status_code == 409:  # it has given out a new session
            self._session = answer.headers.get(_SESSION, "")
            answer = self._web.send("POST", "", json=body, headers={_SESSION: self._session})
        if not answer.is_success:
            raise self._web.refused(answer)
        try:
            said = answer.json()
        except ValueError:
            raise NoAnswer("Transmission answered with something that is not JSON.") from None
        if said.get("result") != "success":
            raise NoAnswer(f"Transmission refused {method}.")
        return said["arguments"]


def _others(torrent: Torrent) -> frozenset[str]:
    """Return the labels that are not the gate's."""
    return torrent.marks - set(Mark)


def _torrent(each: dict[str, Any]) -> Torrent:
    text = str(each["hashString"])
    return Torrent(
        id=text,
        signals=(Signal(signal_type("btih"), bytes.fromhex(text)),),
        running=each["status"] != _STOPPED,
        ready=each["metadataPercentComplete"] == 1,
        busy=each["status"] in _CHECKS,
        marks=frozenset(str(label) for label in each["labels"]),
    )
