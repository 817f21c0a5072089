"""qBittorrent, from 4.5 on, through its Web API.

qBittorrent must add torrents stopped: a preference, which the gate sets when it may (``--prepare``)
and checks otherwise. A stopped magnet has no metadata, and once it is started, qBittorrent forgets
that it should stop when it has them. So a clear magnet is taken out, while there is nothing of it
but the link, and added anew with that condition: of what is known nothing arrives. The link is kept
on the disk in between (`tidebreak.gates.kept_magnets`), so that a gate that is killed loses none.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tidebreak.errors import TidebreakError
from tidebreak.gates.kept_magnets import Fields, KeptMagnets
from tidebreak.gates.patrol import Mark, Torrent
from tidebreak.gates.web import NoAnswer, Web
from tidebreak.model import Signal
from tidebreak.signals import signal_type

_ADDED_STOPPED = ("add_stopped_enabled", "start_paused_enabled")
"""What the preference is called from 5.0 on, and before."""

_TRIES, _MOMENT = 50, 0.1
"""How often, and how many seconds apart, a magnet is handed back until it is there."""


class QBittorrent:
    """One qBittorrent (`tidebreak.gates.patrol.Client`)."""

    def __init__(self, address: str, folder: Path, user: str = "", password: str = "") -> None:
        """Connects when it is first asked; ``folder`` is the gate's own.

        Raises `UsageError` for a bad address.
        """
        self._web = Web("qBittorrent", address.rstrip("/") + "/api/v2/")
        self._kept = KeptMagnets(folder, address.rstrip("/"))
        self._user, self._password = user, password
        self._verbs: tuple[str, str] | None = None

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def prepare(self, change: bool) -> list[str]:
        """Make torrents be added stopped."""
        now = self._json("app/preferences")
        name = next((name for name in _ADDED_STOPPED if name in now), None)
        if name is None or "torrent_stop_condition" not in now:
            raise TidebreakError("This qBittorrent is older than 4.5; update it to use a gate.")
        if now[name] is True:
            return []
        if change:
            self._post("app/setPreferences", json=json.dumps({name: True}))
            return []
        return [
            "qBittorrent adds torrents running, and they run until they are looked at: set there"
            " that they are added stopped, or start the gate with --prepare"
        ]

    def torrents(self) -> list[Torrent]:
        """Return all torrents, with magnets that could not be handed back before."""
        for id, fields in self._kept.all().items():
            self._hand_back(id, fields, stopped=True, tries=1)
        return [_torrent(each) for each in self._json("torrents/info")]

    def metainfo(self, torrent: Torrent) -> bytes:
        """Return a torrent's metainfo."""
        return self._send("GET", "torrents/export", params={"hash": torrent.id}).content

    def seek(self, torrent: Torrent) -> None:
        """Add a magnet anew, running until it has its metadata; folder, category, tags stay."""
        found = self._json(f"torrents/info?hashes={torrent.id}")
        if not found:
            return
        fields = {
            "urls": str(found[0]["magnet_uri"]),
            "savepath": str(found[0]["save_path"]),
            "category": str(found[0]["category"]),
            "tags": str(found[0]["tags"]),
            "autoTMM": str(bool(found[0]["auto_tmm"])).lower(),
            "stopCondition": "MetadataReceived",
        }
        self._kept.keep(torrent.id, fields)
        self._post("torrents/delete", hashes=torrent.id, deleteFiles="false")
        if not self._hand_back(torrent.id, fields, stopped=False, tries=_TRIES):
            raise NoAnswer("qBittorrent did not take a magnet back yet; it is kept and tried again")

    def _hand_back(self, id: str, fields: Fields, *, stopped: bool, tries: int) -> bool:
        """Add a kept magnet unless it is there; return whether it is, and forget it then.

        One that is added ``stopped`` is judged like any that is new.
        """
        state = str(stopped).lower()
        for number in range(tries + 1):
            if self._json(f"torrents/info?hashes={id}"):
                self._kept.forget(id)
                return True
            if number < tries:
                time.sleep(_MOMENT if number else 0)
                self._post("torrents/add", **fields, paused=state, stopped=state)
        return False

    def start(self, torrent: Torrent) -> None:
        """Let a torrent run."""
        self._post(f"torrents/{self._verb(0)}", hashes=torrent.id)

    def stop(self, torrent: Torrent) -> None:
        """Stop a torrent; its data stays."""
        self._post(f"torrents/{self._verb(1)}", hashes=torrent.id)

    def hold(self, torrent: Torrent) -> None:
        """Stop a torrent, want none of its files, and tag it as held; its data stays."""
        self.stop(torrent)
        self._want(torrent, 0)
        self._tag(torrent, Mark.HELD)
        self._untag(torrent, Mark.CHECKED)

    def release(self, torrent: Torrent) -> None:
        """Want the files of a held torrent again, and take that tag off."""
        self._want(torrent, 1)
        self._untag(torrent, Mark.HELD)

    def mark_checked(self, torrent: Torrent) -> None:
        """Tag a torrent as checked."""
        self._tag(torrent, Mark.CHECKED)

    def _want(self, torrent: Torrent, priority: int) -> None:
        if torrent.ready:
            files = len(self._json(f"torrents/files?hash={torrent.id}"))
            numbers = "|".join(str(number) for number in range(files))
            self._post("torrents/filePrio", hash=torrent.id, id=numbers, priority=str(priority))

    def _tag(self, torrent: Torrent, mark: Mark) -> None:
        self._post("torrents/addTags", hashes=torrent.id, tags=mark.value)

    def _untag(self, torrent: Torrent, mark: Mark) -> None:
        if mark in torrent.marks:
            self._post("torrents/removeTags", hashes=torrent.id, tags=mark.value)

    def _verb(self, number: int) -> str:
        """Return what starting (0) and stopping (1) are called: 5.0 has new words."""
        if self._verbs is None:
            version = self._send("GET", "app/webapiVersion").text.split(".")
            new = tuple(int(part) for part in version if part.isdigit()) >= (2, 11)
            self._verbs = ("start", "stop") if new else ("resume", "pause")
        return self._verbs[number]

    def _json(self, path: str) -> Any:
        try:
            return self._send("GET", path).json()
        except ValueError:
            raise NoAnswer("qBittorrent answered with something that is not JSON.") from None

    def _post(self, path: str, **fields: str) -> None:
        self._send("POST", path, data=fields)

    def _send(self, method: str, path: str, **more: Any) -> Any:
        answer = self._web.send(method, path, **more)
        if answer.status_code in (401, 403):
            self._log_in()
            answer = self._web.send(method, path, **more)
        if not answer.is_success:
            raise self._web.refused(answer)
        return answer

    def _log_in(self) -> None:
        fields = {"username": self._user, "password": self._password}
        answer = self._web.send("POST", "auth/login", data=fields)
        if not answer.is_success or answer.text.startswith("Fails"):
            raise NoAnswer("qBittorrent does not let the gate in; check user and password.")


def _torrent(each: dict[str, Any]) -> Torrent:
    state = str(each["state"])
    return Torrent(
        id=str(each["hash"]),
        signals=_signals(str(each.get("infohash_v1", "")), str(each.get("infohash_v2", ""))),
        running=not state.startswith(("paused", "stopped")),
        ready=bool(each.get("has_metadata", each["total_size"] >= 0)),
        busy=state.startswith(("checking", "moving")),
        marks=frozenset(tag.strip() for tag in str(each["tags"]).split(",") if tag.strip()),
    )


def _signals(v1: str, v2: str) -> tuple[Signal, ...]:
    """Return the infohashes that a client states in hexadecimal, empty where it has none."""
    found = [("btih", v1), ("btih", v2[:40]), ("btmh", v2)]
    return tuple(Signal(signal_type(name), bytes.fromhex(text)) for name, text in found if text)
