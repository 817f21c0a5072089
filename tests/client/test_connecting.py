from __future__ import annotations

from pathlib import Path

import pytest
from tests.client.service_helper import KEY

from tidebreak.client import connecting
from tidebreak.client.connecting import Received, key_in, options
from tidebreak.errors import CannotAsk, UsageError


def made(url: str, key: str = KEY, *, ca: Path | None = None, insecure: bool = False):
    return options(url, key, ca=ca, insecure=insecure)


@pytest.mark.parametrize(
    "url",
    ["http://screen.example", "http://192.0.2.1", "ftp://x", "x", "", "https://", "https://u:p@x",
     "https://x/?key=1", "https://x/#y"],
)  # fmt: skip
def test_a_key_is_not_sent_in_the_clear_nor_to_nowhere(url: str):
    with pytest.raises(UsageError):
        made(url)


@pytest.mark.parametrize(
    "url", ["https://screen.example/tide/", "http://localhost:1", "http://[::1]:1"]
)
def test_addresses_that_are_taken(url: str):
    assert made(url)["base_url"] == url.rstrip("/")
    assert made(url)["trust_env"] is False


def test_in_the_clear_where_that_is_asked_for():
    assert made("http://screen.example", insecure=True)["headers"]["Authorization"].endswith(KEY)


@pytest.mark.parametrize("key", ["", "two words", "line\r\nX-Evil: 1", "schlüssel"])
def test_a_key_that_is_none_is_told_and_not_repeated(key: str):
    with pytest.raises(UsageError) as caught:
        made("https://x.example", key)
    assert not key or key not in str(caught.value)


def test_a_key_file_is_its_owners_alone(tmp_path: Path):
    path = tmp_path / "key"
    with pytest.raises(UsageError, match="missing"):
        key_in(path)
    path.write_text(KEY + "\n")
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod"):
        key_in(path)
    path.chmod(0o600)
    assert key_in(path) == KEY


def test_a_certificate_that_is_none_is_told(tmp_path: Path):
    (tmp_path / "ca").write_text("nothing")
    for ca in (tmp_path / "ca", tmp_path / "none"):
        with pytest.raises(UsageError, match="no certificate"):
            made("https://x.example", ca=ca)


def test_an_answer_has_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connecting, "MOST_REPLY", 10)
    received = Received(200, {})
    received.add(b"12345")
    received.add(b"67890")
    assert received.reply().body == b"1234567890"
    with pytest.raises(CannotAsk):
        received.add(b"1")


def test_an_answer_that_could_unfold_to_anything_is_none():
    Received(200, {"Content-Encoding": "identity"})
    with pytest.raises(CannotAsk, match="packed"):
        Received(200, {"Content-Encoding": "gzip"})
