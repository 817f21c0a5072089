"""A libtorrent session on loopback with everything that looks outward turned off."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import libtorrent as lt

QUIET = {
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "allow_multiple_connections_per_ip": True,
    "min_reconnect_time": 1,
    "tick_interval": 50,
    "unchoke_interval": 1,
    "alert_mask": lt.alert.category_t.status_notification,
}


def session(**more: object) -> lt.session:
    return lt.session({**QUIET, **more})


def seed(data: bytes, folder: Path) -> tuple[lt.session, str]:
    """Seed the files of a torrent that lie in ``folder``; return the session and a magnet.

    The session's only torrent is that.
    """
    seeding = session()
    params = lt.load_torrent_buffer(data)
    params.save_path = str(folder)
    magnet = lt.make_magnet_uri(params)
    handle = seeding.add_torrent(params)
    until(lambda: handle.status().is_seeding)
    return seeding, magnet


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until ``true`` is; fail when that takes too long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
