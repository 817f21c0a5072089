from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.watch.sources import Transport, sources_of


@pytest.mark.parametrize(
    ("address", "transport", "name", "live"),
    [
        ("rtmp://h/app/key", Transport.LIBAV, "rtmp://h/app/key", True),
        ("rtsp://u:p%40ss@h:554/a?token=s", Transport.LIBAV, "rtsp://h:554/a", True),
        ("https://h/live.m3u8?sig=secret#x", Transport.LIBAV, "https://h/live.m3u8", True),
        ("udp://239.1.1.1:1234?localaddr=1.2.3.4", Transport.UDP, "udp://239.1.1.1:1234", True),
        ("udp://@:1234", Transport.UDP, "udp://:1234", True),
        ("SRT://h:9?passphrase=s", Transport.FFMPEG, "srt://h:9", True),
        ("file:///a/b.ts", Transport.FILE, "b.ts", False),
        ("/a/b.ts", Transport.FILE, "b.ts", False),
        ("-", Transport.STDIN, "standard input", False),
    ],
)
def test_what_an_address_is(address, transport, name, live):
    (source,) = sources_of([address])
    assert (source.transport, source.name, source.transport.live) == (transport, name, live)


def test_a_file_is_found_from_wherever_the_decoder_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (source,) = sources_of(["a.ts"], ["camera"])
    assert (source.address, source.name) == (str(tmp_path / "a.ts"), "camera")


@pytest.mark.parametrize(
    ("addresses", "names", "said"),
    [
        ([], [], "at least one"),
        (["gopher://h"], [], "no protocol"),
        (["udp://h"], [], "udp://[host]:port"),
        (["rtsp://h:99999999/"], [], "malformed"),
        (["rtmp://h/a\n"], ["x"], "control characters"),
        (["rtmp://h/a", "rtmp://h/b"], ["x"], "one --name for each"),
        (["rtmp://u:1@h/a", "rtmp://u:2@h/a"], [], "tell them apart"),
    ],
)
def test_what_cannot_be_watched_is_one_sentence(addresses, names, said):
    with pytest.raises(UsageError, match=said.replace("[", r"\[")):
        sources_of(addresses, names)


@given(st.text("abc123%", min_size=1), st.text("abc123%", min_size=1), st.text("abc=&123"))
def test_no_secret_gets_into_a_name(user, password, query):
    user, password, query = f"U{user}", f"P{password}", f"Q{query}"
    (source,) = sources_of([f"rtsp://{user}:{password}@host/path?{query}"])
    assert source.name == "rtsp://host/path"
