"""Against what ffmpeg serves on this machine."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import threading
from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.watch.conftest import CODED
from tests.watch.rtsp_server import RtspServer

from tidebreak.watch.repackaging import Rising, relay
from tidebreak.watch.sources import Source, Transport


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def relayed(address: str) -> tuple[str, bytes]:
    """Return why a relay ended and what it wrote."""
    reading, writing = os.pipe()
    came = bytearray()

    def read() -> None:
        while data := os.read(reading, 1 << 16):
            came.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        why = relay(Source("x", address, Transport.LIBAV), writing, lambda _: None)
    finally:
        os.close(writing)
        reader.join()
        os.close(reading)
    return why, bytes(came)


def pictures(data: bytes) -> int:
    with av.open(io.BytesIO(data), format="nut") as container:
        return sum(1 for _ in container.decode(video=0))


def serving(clip: Path, *more: str, then: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["ffmpeg", "-loglevel", "error", "-i", clip, "-c", "copy", *then, *more],
        stderr=subprocess.DEVNULL,
    )


def once_it_listens(address: str) -> tuple[str, bytes]:
    for _ in range(100):
        why, came = relayed(address)
        if why != "Connection refused":
            return why, came
        threading.Event().wait(0.1)
    raise AssertionError(why)


@pytest.mark.parametrize(
    ("address", "form", "codec"),
    [
        ("http://127.0.0.1:{}/a.ts", "mpegts", ()),
        ("tcp://127.0.0.1:{}", "mpegts", ()),
        ("rtmp://127.0.0.1:{}/live/x", "flv", ()),
        ("http://127.0.0.1:{}/a.mkv", "matroska", ("-c:v", "mpeg2video")),
    ],
)
def test_every_picture_comes_through(clips: Path, address: str, form: str, codec: tuple[str, ...]):
    address = address.format(free_port())
    listening = f"{address}?listen" if address.startswith("tcp") else address
    listen = () if address.startswith("tcp") else ("-listen", "1")
    with serving(clips / "known.ts", *codec, "-f", form, *listen, listening):
        why, came = once_it_listens(address)
    assert pictures(came) == 75
    assert why in ("the sender ended it", "Input/output error")  # RTMP ends without a word


def test_rtsp_is_asked_for_over_tcp(clips: Path):
    server = RtspServer(clips / "known.ts")
    _, came = relayed(server.address)
    server.close()
    assert [line.split()[0] for line in server.requests] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
    assert 70 <= pictures(came) <= 75


def test_of_several_renditions_one_is_fetched(tmp_path: Path):
    import http.server

    for height in (180, 480, 720):
        subprocess.run(
            ["ffmpeg", "-loglevel", "error", "-f", "lavfi",
             "-i", f"testsrc2=size={height * 16 // 9 // 2 * 2}x{height}:rate=10:duration=2",
             *CODED, "-f", "hls", "-hls_list_size", "0", tmp_path / f"{height}.m3u8"],
            check=True,
        )  # fmt: skip
    lines = [f"#EXT-X-STREAM-INF:BANDWIDTH={h}000,RESOLUTION={h * 16 // 9}x{h}\n{h}.m3u8"
             for h in (180, 480, 720)]  # fmt: skip
    (tmp_path / "all.m3u8").write_text("#EXTM3U\n" + "\n".join(lines) + "\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, format: str, *args) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _, came = relayed(f"http://127.0.0.1:{server.server_port}/all.m3u8")
        server.shutdown()
    with av.open(io.BytesIO(came), format="nut") as container:
        assert [stream.height for stream in container.streams.video] == [480]
    assert pictures(came) == 20


def test_a_playlist_cannot_name_a_file_of_this_machine(clips: Path, tmp_path: Path):
    import http.server

    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://{clips / 'known.ts'}\n"

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(playlist.encode() + b"#EXT-X-ENDLIST\n")

        def log_message(self, format: str, *args) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        why, came = relayed(f"http://127.0.0.1:{server.server_port}/a.m3u8")
        server.shutdown()
    assert came == b""
    assert why


def test_a_reason_does_not_repeat_the_address():
    why, came = relayed(f"rtmp://user:secret@127.0.0.1:{free_port()}/live/key")
    assert (why, came) == ("Connection refused", b"")


def packet(pts: int | None, dts: int | None) -> av.Packet:
    made = av.Packet(1)
    made.pts, made.dts, made.time_base = pts, dts, Fraction(1, 90_000)
    return made


def test_timestamps_never_go_back():
    rising, moved = Rising(), []
    for pts, dts in [(0, 0), (200, 100), (100, 200), (50, 10), (60, 20), (None, 30), (40, None)]:
        one = packet(pts, dts)
        rising.fit(one)
        moved.append((one.pts, one.dts))
    assert moved[:3] == [(0, 0), (200, 100), (200, 200)]
    stamps = [dts for _, dts in moved]
    assert stamps == sorted(set(stamps))
    assert all(pts >= dts for pts, dts in moved)


def test_a_packet_without_any_time_comes_right_after_the_last():
    rising, moved = Rising(), []
    for stamp in (None, None, 3600, None, 7200):
        one = packet(stamp, stamp)
        rising.fit(one)
        moved.append(one.dts)
    assert moved == [0, 1, 3600, 3601, 7200]
