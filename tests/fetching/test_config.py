from __future__ import annotations

from tidebreak.fetching.config import FetchConfig


def test_it_is_off_unless_somebody_switches_it_on():
    assert not FetchConfig().enabled


def test_media_are_taken_and_pages_are_not():
    config = FetchConfig()
    for kind in ("image/jpeg", "video/mp4", "application/zip", "application/octet-stream"):
        assert config.takes(kind)
    for kind in ("text/html", "application/json", "imageish/png", "", "image"):
        assert not config.takes(kind)
    assert not FetchConfig(types=("image/png",)).takes("image/jpeg")
