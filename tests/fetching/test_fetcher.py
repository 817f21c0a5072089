from __future__ import annotations

import asyncio
import logging
import ssl
import subprocess
from pathlib import Path

import pytest
from tests.fetching.servers import OTHER, PUBLIC, Answer, Internet, internet, says

from tidebreak.fetching.config import FetchConfig
from tidebreak.fetching.errors import FetchFailed, FetchRefused
from tidebreak.fetching.fetcher import Fetcher
from tidebreak.screens import Overloaded
from tidebreak.spool import Spool, TooLarge

URL = "http://media.example.org"


def to(location: str, status: str = "302 Found") -> Answer:
    return says(b"", status, Location=location)


def slowly(pieces: list[bytes], pause: float, head: bytes = b"") -> Answer:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


def test_what_a_url_names_comes_into_the_spool(tmp_path: Path):
    net = internet(a=says(b"some bytes", Content_Type="image/PNG; charset=x"))
    fetched, data = net.fetch(f"{URL}/a", tmp_path)
    assert (data, fetched.content_type, fetched.size, fetched.redirects) == (
        b"some bytes", "image/png", 10, 0,
    )  # fmt: skip
    request = net.asked[0].decode().lower()
    assert request.startswith("get /a http/1.1\r\nhost: media.example.org\r\n")
    assert "accept-encoding: identity" in request
    for unwanted in ("cookie", "authorization", "referer"):
        assert unwanted not in request


def test_it_is_off_by_default(tmp_path: Path):
    net = internet(a=says())
    with pytest.raises(FetchRefused, match="send the content itself"):
        net.fetch(f"{URL}/a", tmp_path, enabled=False)
    assert not net.looked_up


def test_the_environments_proxies_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert internet(a=says()).fetch(f"{URL}/a", tmp_path)[1] == b"bytes"


def test_an_answer_that_changes_between_look_ups_changes_nothing(tmp_path: Path):
    net = internet(a=says())
    net.names = {"media.example.org": [[PUBLIC], ["127.0.0.1"]]}
    assert net.fetch(f"{URL}/a", tmp_path)[1] == b"bytes"
    assert net.looked_up == ["media.example.org"]
    assert net.connected == [(PUBLIC, 80)]


def test_rebinding_behind_a_redirect_is_refused(tmp_path: Path):
    net = internet(a=to("/b"), b=says())
    net.names = {"media.example.org": [[PUBLIC], ["127.0.0.1"]]}
    with pytest.raises(FetchRefused, match="no public address"):
        net.fetch(f"{URL}/a", tmp_path)
    assert net.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
     "http://inside.example.org/", "http://0x7f.1/", "//10.0.0.1/x", "http://[::ffff:10.0.0.1]/"],
)  # fmt: skip
def test_no_redirect_leads_inside(tmp_path: Path, location: str):
    net = internet(a=to(location))
    net.names["inside.example.org"] = [["192.168.0.5"]]
    with pytest.raises(FetchRefused) as caught:
        net.fetch(f"{URL}/a", tmp_path)
    assert net.connected == [(PUBLIC, 80)]
    assert "example" not in str(caught.value)


def test_redirects_are_followed_and_counted(tmp_path: Path):
    net = internet(a=to("/b", "301 Moved"), b=to("http://next.example/c", "308 Moved"), c=says())
    net.names["next.example"] = [[OTHER, PUBLIC]]
    fetched, data = net.fetch(f"{URL}/a", tmp_path)
    assert (data, fetched.redirects) == (b"bytes", 2)
    assert b"Host: next.example" in net.asked[2]


def test_too_many_redirects_end(tmp_path: Path):
    net = internet(a=to("/a"))
    with pytest.raises(FetchFailed, match="more than 5 times"):
        net.fetch(f"{URL}/a", tmp_path)
    assert len(net.asked) == 6


BROKEN: dict[str, tuple[Answer, type[Exception]]] = {
    "missing": (says(status="404 Not Found"), FetchFailed),
    "part": (says(status="206 Partial Content"), FetchFailed),
    "page": (says(Content_Type="text/html"), FetchFailed),
    "squeezed": (says(Content_Encoding="gzip"), FetchFailed),
    "squeezed twice": (says(Content_Encoding="gzip\r\nContent-Encoding: identity"), FetchFailed),
    "unending": (says(Content_Length=""), FetchFailed),
    "cut off": (says(Content_Length="1000"), FetchFailed),
    "two lengths": (says(Content_Length="5\r\nContent-Length: 6"), FetchFailed),
    "announced too large": (says(Content_Length="99999999999"), TooLarge),
    "too large": (says(b"x" * 2000, Content_Length="2000"), TooLarge),
    "no http": (slowly([b"220 hello\r\n"], 0), FetchFailed),
    "huge headers": (says(X="y" * 300_000), FetchFailed),
    "closed": (slowly([], 0), FetchFailed),
    "hello": (slowly([b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 100, 0.05), FetchFailed),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_as_it_should_be_is_an_error_in_plain_words(tmp_path: Path, name: str):
    answer, error = BROKEN[name]
    net = internet(a=answer)
    with pytest.raises(error) as caught:
        net.fetch(f"{URL}/a", tmp_path, bytes=1000, seconds=1.0)
    assert "example" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.__cause__ is None


def test_a_body_in_chunks_is_limited_as_it_comes(tmp_path: Path):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"400\r\n" + bytes(1024) + b"\r\n"
    net = internet(
        a=slowly([chunk] * 4 + [b"0\r\n\r\n"], 0, head), b=slowly([chunk] * 500, 0, head)
    )
    assert net.fetch(f"{URL}/a", tmp_path)[0].size == 4096
    with pytest.raises(TooLarge, match="10,000 bytes are fetched"):
        net.fetch(f"{URL}/b", tmp_path, bytes=10_000)
    with pytest.raises(TooLarge, match="5,000 bytes"):
        net.fetch(f"{URL}/b", tmp_path, most=5000)


def test_drops_and_silence_end_in_time(tmp_path: Path):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n"
    net = internet(drip=slowly([b"x"] * 100, 0.05, head), silence=slowly([b"x"], 5, head))
    with pytest.raises(FetchFailed, match=r"did not come within 0\.4 s"):
        net.fetch(f"{URL}/drip", tmp_path, seconds=0.4)
    with pytest.raises(FetchFailed, match="too slowly"):
        net.fetch(f"{URL}/silence", tmp_path, idle_seconds=0.2)


def test_the_callers_deadline_counts_when_it_is_earlier(tmp_path: Path):
    net = internet(a=slowly([b""], 5))

    async def run() -> None:
        async with net.up():
            with Spool(tmp_path, 100) as spool:
                await net.fetcher(idle_seconds=3.0).fetch(f"{URL}/a", spool, 0.1)

    with pytest.raises(FetchFailed, match=r"0\.1 s"):
        asyncio.run(run())


def test_only_so_many_are_fetched_at_once(tmp_path: Path):
    net = internet(a=slowly([b"x"], 0.3))

    async def run() -> list[BaseException]:
        async with net.up():
            fetcher = net.fetcher(at_once=2)
            with Spool(tmp_path, 100) as spool:
                jobs = [fetcher.fetch(f"{URL}/a", spool) for _ in range(3)]
                first = await asyncio.gather(*jobs, return_exceptions=True)
                again = await asyncio.gather(
                    fetcher.fetch(f"{URL}/a", spool), return_exceptions=True
                )
        return [error for error in (*first, *again) if isinstance(error, BaseException)]

    kinds = [type(error) for error in asyncio.run(run())]
    assert kinds.count(Overloaded) == 1
    assert kinds[-1] is FetchFailed


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server for media.example.org shows, and who trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=x",
         "-addext", "subjectAltName=DNS:media.example.org", "-keyout", str(key),
         "-out", str(cert)], check=True, capture_output=True,
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))


def secured(net: Internet, certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> Internet:
    net.tls, net.trusted = certificate
    net.names["other.example"] = [[PUBLIC]]
    return net


def test_a_certificate_must_be_the_names_although_the_address_is_dialled(
    tmp_path: Path, certificate
):
    net = secured(internet(a=says(), b=to("http://media.example.org/a")), certificate)
    assert net.fetch("https://media.example.org/a", tmp_path)[1] == b"bytes"
    assert net.connected == [(PUBLIC, 443)]
    with pytest.raises(FetchFailed, match="no certificate"):
        net.fetch("https://other.example/a", tmp_path)
    with pytest.raises(FetchRefused, match="from https to http"):
        net.fetch("https://media.example.org/b", tmp_path)


def test_an_unknown_authority_is_not_trusted(tmp_path: Path, certificate):
    net = secured(internet(a=says()), certificate)
    net.trusted = ssl.create_default_context()
    with pytest.raises(FetchFailed, match="no certificate"):
        net.fetch("https://media.example.org/a", tmp_path)


def test_no_host_is_written_to_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        internet(a=says()).fetch(f"{URL}/a", tmp_path)
    assert "example" not in "".join(record.getMessage() for record in caplog.records)


def test_the_real_network_is_what_it_uses_otherwise():
    fetcher = Fetcher(FetchConfig(enabled=True))
    with Spool(Path("/nonexistent"), 10) as spool, pytest.raises(FetchRefused):
        asyncio.run(fetcher.fetch("http://127.0.0.1:80/", spool))
