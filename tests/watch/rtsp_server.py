"""As much of an RTSP server (RFC 2326) as one client needs: one stream, interleaved over TCP."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from pathlib import Path

SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    "a=control:track1\r\n"
)


class RtspServer:
    """Plays ``clip`` once to the first client; `requests` keeps what was asked."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[str] = []
        self.address = f"rtsp://user:secret@127.0.0.1:{self._listener.getsockname()[1]}/cam"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, client.makefile("rb") as asked:
            while head := self._request(asked):
                method = head[0].split()[0]
                self.requests.append(head[0])
                sequence = next(line for line in head if line.lower().startswith("cseq"))
                body = SDP if method == "DESCRIBE" else ""
                more = {
                    "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
                    "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n",
                    "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
                }.get(method, "Session: 1\r\n")
                client.sendall(f"RTSP/1.0 200 OK\r\n{sequence}\r\n{more}\r\n{body}".encode())
                if method == "PLAY":
                    with contextlib.suppress(OSError):
                        self._play(client)
                    return

    def _request(self, asked) -> list[str]:
        return list(iter(lambda: asked.readline().decode().strip(), ""))

    def _play(self, client: socket.socket) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
            packets.bind(("127.0.0.1", 0))
            packets.settimeout(0.5)
            target = f"rtp://127.0.0.1:{packets.getsockname()[1]}"
            command = ["ffmpeg", "-loglevel", "quiet", "-re", "-i", str(self._clip), "-c", "copy",
                       "-f", "rtp", target]  # fmt: skip
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sender:
                try:
                    while True:
                        try:
                            packet = packets.recv(1 << 16)
                        except TimeoutError:
                            if sender.poll() is not None:
                                return
                            continue
                        client.sendall(b"$\0" + len(packet).to_bytes(2) + packet)
                finally:
                    sender.kill()
