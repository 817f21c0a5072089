from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from tidebreak.signals import SIGNAL_TYPES

HASH, PEER = bytes(range(1, 21)), b'-XX0001-"\\\x7f\xff abcdefg'[:20]


def line(query: str, path: str = "/announce", remote: str = "192.0.2.1") -> str:
    request = f"GET {path}?{query} HTTP/1.1"
    return f'{remote} - - [22/Nov/2026:23:15:00 +0100] "{request}" 200 99 "-" "x/1"\n'


def query(**more: object) -> str:
    fields = {"info_hash": HASH, "peer_id": PEER, "port": 6881, "left": 0, **more}
    return "&".join(
        f"{name}={quote(value, safe='') if isinstance(value, bytes | str) else value}"
        for name, value in fields.items()
    )


def test_an_announce_is_a_claim_of_the_peer_itself(imported, rows, opened, sealer):
    source = imported(line(query(event="started", left=7)) + line(query()), "nginx")
    assert (source.rows, source.kept, source.network.name) == (2, 2, "BITTORRENT")
    found = rows()
    assert found["time"] == [1795385700] * 2
    assert (found["grade"], found["event"], found["port"]) == ([2, 2], [4, 1], [6881, 6881])
    assert opened().clients([1]) == [quote(PEER, safe="!#$&'()*+,/:;=?@[] ~-._")]
    assert opened().addresses([1]) == ["192.0.2.1"]
    assert opened().contents().seals[0].tobytes() == sealer.seal(SIGNAL_TYPES["btih"], HASH)


def test_an_address_in_the_request_is_a_second_sighting_of_grade_c(imported, rows, opened):
    log = (
        line(query(ip="198.51.100.9"))
        + line(query(ip="host.example"))
        + line(query(ip="192.0.2.1"))
    )
    source = imported(log, "nginx")
    assert (source.rows, source.kept) == (3, 3)
    assert source.noted == {
        "a second sighting by the same row": 1,
        "a second sighting by the same row, refused: an address that is none": 1,
    }
    by_address = sorted(zip(opened().addresses(rows()["address"]), rows()["grade"], strict=True))
    assert by_address == [("192.0.2.1", 2)] * 3 + [("198.51.100.9", 3)]


def test_everything_that_is_no_announce_is_counted_with_its_reason(imported):
    log = (
        line(query()) + line(query(), "/scrape") + "garbage\n" + line("info_hash=short&port=1")
        + line(query(port=99999)) + line("") + "x" * 200_000 + "\n" + line(query())
    )  # fmt: skip
    source = imported(log, "nginx")
    assert (source.rows, source.kept) == (8, 2)
    assert source.rejects == {
        "a request that is no announce": 1,
        "a line that is not in nginx's format combined": 2,
        "an identifier that is not understood": 1,
        "a port that is none": 1,
        "no content": 1,
    }


def test_times_may_be_of_either_form_in_one_log(imported, rows):
    log = (
        line(query())
        + line(query()).replace("22/Nov/2026:23:15:00 +0100", "2026-11-22T22:15:01+00:00")
        + line(query()).replace("22/Nov", "32/Nov")
        + line(query()).replace("Nov", "Nav")
    )
    source = imported(log, "nginx")
    assert source.rejects == {"a time that is not understood": 2}
    assert rows()["time"] == [1795385700, 1795385701]


@pytest.fixture
def nginx(tmp_path: Path):
    """Run the real nginx before nothing: it logs what it is asked."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("nginx is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (tmp_path / name).mkdir()
    temporary = "".join(
        f"{name} {tmp_path}/{name.split('_')[0].removeprefix('client')};"
        for name in ("proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}"
        f" http {{ access_log {tmp_path}/access.log combined; {temporary}"
        f" client_body_temp_path {tmp_path}/body;"
        f" server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }} }}"
    )
    with subprocess.Popen([program, "-c", str(tmp_path / "nginx.conf")]) as process:
        yield port, tmp_path / "access.log"
        process.terminate()


def test_the_log_of_the_real_nginx_is_read(nginx, imported, opened, rows, sealer):
    port, log = nginx
    target = b"/announce?info_hash=" + quote(HASH, safe="").encode()
    target += b"&peer_id=-XX0001-%22\\%7Fabcdefghi&port=6881&left=0"
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as client:
                client.sendall(b"GET " + target + b" HTTP/1.0\r\n\r\n")
                assert b"200" in client.recv(100)
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    for _ in range(100):
        if log.read_bytes():
            break
        time.sleep(0.02)
    source = imported(log.read_bytes(), "nginx")
    assert (source.rows, source.kept) == (1, 1)
    assert opened().addresses([1]) == ["127.0.0.1"]
    (value,) = opened().client_names.values().to_list()
    assert value == b'-XX0001-"\\\x7fabcdefghi'
    assert abs(rows()["time"][0] - time.time()) < 60
