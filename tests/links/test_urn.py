"""``urn:`` forms and bare values, against rhash and the reference's own vectors."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import read_or_refused

from tidebreak import links
from tidebreak.errors import BadLink, BadSignal
from tidebreak.links.reference import Kind
from tidebreak.links.urn import bare, name, read
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind, SignalType

# Of "The quick brown fox jumps over the lazy dog".
SHA1 = "F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS"
TTH = "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORY"
SHA1_HEX = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
MD4 = "1bee69a46ba811185c194762abaeae90"
SHA256_HEX = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"


def types_and_texts(text: str) -> list[tuple[str, str]]:
    reference = read(text)
    signals = [*reference.signals, *(s for file in reference.files for s in file.signals)]
    return [(signal.type.name, signal.text) for signal in signals]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"urn:sha1:{SHA1}", ("sha1", SHA1_HEX)),
        (f"URN:SHA1:{SHA1.lower()}", ("sha1", SHA1_HEX)),
        (f"urn:sha1:{SHA1_HEX}", ("sha1", SHA1_HEX)),
        (f"sha1:{SHA1}", ("sha1", SHA1_HEX)),
        (f"urn:tree:tiger:{TTH}", ("tth", TTH)),
        (f"urn:tree:tiger/:{TTH}", ("tth", TTH)),
        (f"urn:tree:tiger/1024:{TTH}", ("tth", TTH)),
        (f"urn:ttroot:{TTH}", ("tth", TTH)),
        (f"urn:aich:{SHA1}", ("aich", SHA1)),
        ("urn:ed2k:" + MD4, ("ed2k", MD4)),
        ("urn:ed2khash:" + MD4.upper(), ("ed2k", MD4)),
        ("urn:md4:" + MD4, ("ed2k", MD4)),
        ("urn:md5:9e107d9d372bb6826bd81d3542a419d6", ("md5", "9e107d9d372bb6826bd81d3542a419d6")),
        (f"urn:sha256:{SHA256_HEX}", ("sha256", SHA256_HEX)),
        (f"urn:btih:{SHA1}", ("btih", SHA1_HEX)),
        (f"urn:btmh:1220{SHA256_HEX}", ("btmh", SHA256_HEX)),
        (f"urn:btmh:1220{SHA256_HEX}", ("btih", SHA256_HEX[:40])),
        (f"urn:bitprint:{SHA1}.{TTH}", ("sha1", SHA1_HEX)),
        (f"urn:bitprint:{SHA1}.{TTH}", ("tth", TTH)),
    ],
)  # fmt: skip
def test_every_form_is_read(text: str, expected: tuple[str, str]):
    assert expected in types_and_texts(text)
    assert read(text).kind is Kind.URN


def test_what_names_a_torrent_stands_with_the_whole_and_a_file_s_with_the_file():
    assert read(f"urn:btih:{SHA1}").files == ()
    (file,) = read(f"urn:sha1:{SHA1}").files
    assert read(f"urn:sha1:{SHA1}").signals == ()
    assert [signal.type.name for signal in file.signals] == ["sha1", "aich"]


def test_kzhash_is_only_a_hint():
    (file,) = read("urn:kzhash:" + "ab" * 20).files
    assert file.signals == ()
    assert [signal.type.name for signal in file.hints] == ["kzhash"]


@pytest.mark.parametrize(
    "form", ["crc32:1234abcd", "btpk:" + "ab" * 32, "sha512:" + "ab" * 64, "tiger:" + "ab" * 24]
)
def test_what_names_no_content_says_why(form: str):
    reference = read(f"urn:{form}")
    assert reference.reason
    assert (reference.signals, reference.files) == ((), ())
    assert name(form) == reference.reason


@pytest.mark.parametrize(
    "text",
    ["urn:sha1:short", "urn:sha1:", "urn:btmh:1120" + "ab" * 32, f"urn:bitprint:{SHA1}",
     f"urn:bitprint:{SHA1}.", "urn:isbn:0451450523", "urn:", ":", "hello", "ab" * 21, "0x" * 16,
     f"urn:sha1: {SHA1[1:]}", "urn:\u017fha1:" + SHA1],
)  # fmt: skip
def test_what_is_none_of_these_is_refused_and_never_repeated(text: str):
    with pytest.raises(BadLink) as caught:
        read(text)
    assert text.rpartition(":")[2] not in str(caught.value).split() or len(text) < 6


def test_a_value_that_is_none_of_its_form_is_an_error_in_a_magnet():
    with pytest.raises(BadSignal):
        name("urn:sha1:short")


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("9e107d9d372bb6826bd81d3542a419d6", {"md5", "ed2k"}),
        (SHA1_HEX, {"sha1", "btih", "aich", "kzhash"}),
        (SHA1, {"sha1", "btih", "aich"}),
        (SHA256_HEX, {"sha256", "blake3", "btv2", "btmh", "btih"}),
        (TTH, {"tth"}),
        ("ab" * 24, {"tth"}),
        (f"{SHA1}.{TTH}", {"sha1", "tth"}),
        ("1220" + SHA256_HEX, {"btmh", "btih"}),
        ("ABCDEF23" * 4, {"md5", "ed2k", "sha1", "btih", "aich"}),  # hexadecimal and base32
        ("ab" * 19, set()),
    ],
)
def test_a_bare_value_is_read_as_every_type_that_it_fits(text: str, types: set[str]):
    assert {signal.type.name for signal in bare(text)} == types


@given(st.binary(min_size=20, max_size=20))
def test_a_bare_value_in_base32_and_in_hexadecimal_is_the_same(value: bytes):
    base32 = base64.b32encode(value).decode()
    found = {s.value for s in bare(base32) if s.type.name == "btih"}
    assert value in found
    assert {s.value for s in bare(value.hex())} == {value}


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text: str):
    with read_or_refused():
        assert read(text).kind is Kind.URN


EXACT = [kind for kind in SIGNAL_TYPES.values() if kind.kind is SignalKind.EXACT]


@given(st.sampled_from(EXACT), st.binary(min_size=32, max_size=32))
def test_what_results_print_is_read(kind: SignalType, value: bytes):
    """`tidebreak check --json` writes signals so; a result can be the next question."""
    cid = bytes.fromhex("01551220" if kind.name == "cid-raw" else "01701220") + value
    signal = Signal(kind, value[: kind.length] if kind.length else cid)
    for text in (f"{kind.name}:{signal.text}", f"{kind.name.upper()}:{signal.text}"):
        reference = links.read(text)
        files = [s for file in reference.files for s in (*file.signals, *file.hints)]
        assert signal in [*reference.signals, *files]


@pytest.mark.parametrize(
    "kind", [kind for kind in EXACT if kind.length], ids=lambda kind: kind.name
)
def test_a_value_of_another_length_is_none(kind: SignalType):
    with pytest.raises(BadLink):
        links.read(f"{kind.name}:{'00' * (kind.length - 1)}")
