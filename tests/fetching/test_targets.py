from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.fetching.config import FetchConfig
from tidebreak.fetching.errors import FetchRefused
from tidebreak.fetching.targets import Target, redirected, target_of

CONFIG = FetchConfig()


def test_a_url_is_read_into_whom_and_what():
    target = target_of("https://Media.Example.org/a/b.png?x=1&y=%20#part", CONFIG)
    assert target == Target("https", "media.example.org", 443, "/a/b.png?x=1&y=%20")
    assert target.authority == "media.example.org"
    assert target_of("http://example.org", CONFIG).path == "/"
    assert target_of("http://example.org?q", CONFIG).path == "/?q"
    assert target_of("https://example.org:80/x", CONFIG).authority == "example.org:80"
    assert target_of("https://[2606:4700::1111]/x", CONFIG).authority == "[2606:4700::1111]"
    assert target_of("https://example.org./ü", CONFIG).path == "/%C3%BC"


def test_names_of_all_scripts_have_one_reading():
    assert target_of("https://bücher.example/", CONFIG).host == "xn--bcher-kva.example"
    assert (
        target_of("https://例え.テスト.example/", CONFIG).host == "xn--r8jz45g.xn--zckzah.example"
    )


REFUSED = (
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "//example.org/",
    "example.org",
    "javascript:1",
    "https:///x",
    "https://:80/",
    "https://user@example.org/",
    "https://user:pass@example.org/",
    "https://@example.org",
    "https://example.org\\@127.0.0.1/",
    "https://127.0.0.1\\@example.org/",
    "https:\\\\example.org/",
    "https://127.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://0x7f.0.0.1/",
    "https://127.0.0.0x1/",
    "https://1.2.3/",
    "https://1.2.3.4.5/",
    "https://256.1.1.1/",
    "https://example.org:22/",
    "https://example.org:8080/",
    "https://example.org:99999/",
    "https://example.org:/",
    "https://example.org:+80/",
    "https://localhost/",
    "https://intranet/",
    "https://printer.local/",
    "https://a.onion/",
    "https://metadata.google.internal/",
    "https://x.localhost/",
    "https://[::1%25eth0]/",
    "https://[::ffff:127.0.0.1%251]/",
    "https://[1::2::3]/",
    "https://[fe80::1/",
    "https://exa_mple-.org/",
    "https://-x.example.org/",
    "https://a..example.org/",
    "https://ex%61mple.org/",
    "https://ﬀ⁄.example.org/",
    "https://a.b.c.d.%31/",
)


@pytest.mark.parametrize(
    "url",
    [*REFUSED, "https://exa mple.org/", "https://example.org/a b", "https://example.org/\tx",
     "https://example.org/\r\nHost: x", "https://example.org\x00.com/", f"https://{'a' * 64}.org/",
     "https://example.org/" + "a" * 4096],
)  # fmt: skip
def test_what_parsers_read_in_different_ways_is_refused(url: str):
    with pytest.raises(FetchRefused) as caught:
        target_of(url, CONFIG)
    assert url not in str(caught.value)
    assert "example" not in str(caught.value)


def test_addresses_of_full_width_are_addresses_that_are_looked_at():
    for text in ("127。0。0。1", "①②⑦.0.0.1"):
        target = target_of(f"https://{text}/x", CONFIG)
        assert target.host == "127.0.0.1"
        assert target.is_address
    assert target_of("https://8.8.8.8/x", CONFIG).is_address
    assert not target_of("https://example.org/x", CONFIG).is_address


@given(st.text(max_size=60).map(lambda text: f"http://{text}"))
def test_whoever_is_taken_is_whom_others_read_too(url: str):
    try:
        target = target_of(url, CONFIG)
    except FetchRefused:
        return
    other = httpx.URL(url.strip(" "))
    assert target.host == other.raw_host.decode().removesuffix(".").strip("[]")
    assert target.port == (other.port or 80)
    assert "@" not in urlsplit(url).netloc


def test_ports_and_hosts_can_be_narrowed_and_widened():
    config = FetchConfig(ports=(8443,), hosts=("cdn.example.org", ".media.example"))
    assert target_of("https://cdn.example.org:8443/", config).port == 8443
    assert target_of("https://a.media.example:8443/", config).host == "a.media.example"
    for url in ("https://cdn.example.org/", "https://x.cdn.example.org:8443/",
                "https://media.example:8443/", "https://evilmedia.example:8443/"):  # fmt: skip
        with pytest.raises(FetchRefused):
            target_of(url, config)


@pytest.mark.parametrize(
    ("location", "wanted"),
    [
        ("/b", Target("https", "example.org", 443, "/b")),
        ("b c", Target("https", "example.org", 443, "/x/b%20c")),
        ("//other.example/z", Target("https", "other.example", 443, "/z")),
        ("https://other.example/z?q=ä", Target("https", "other.example", 443, "/z?q=%C3%A4")),
        ("", Target("https", "example.org", 443, "/x/a")),
    ],
)
def test_redirects_lead_where_the_rfc_says(location: str, wanted: Target):
    assert redirected(target_of("https://example.org/x/a", CONFIG), location, CONFIG) == wanted


@pytest.mark.parametrize(
    "location",
    ["http://example.org/", "ftp://example.org/", "https://user@example.org/", "https://127.1/",
     "https://[bad/", "\\\\127.0.0.1\\x", "https://example.org:8080/", "file:///etc/passwd"],
)  # fmt: skip
def test_redirects_are_checked_as_urls_are(location: str):
    with pytest.raises(FetchRefused):
        redirected(target_of("https://example.org/a", CONFIG), location, CONFIG)


def test_http_may_lead_to_https_and_to_http():
    plain = target_of("http://example.org/a", CONFIG)
    assert redirected(plain, "https://example.org/a", CONFIG).secure
    assert not redirected(plain, "http://other.example/a", CONFIG).secure
