"""Against texts as Python's own codecs write them, of bytes that are spread as those of hashes."""

from __future__ import annotations

import base64
import hashlib
import re
import time
import uuid
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.locators import looks_like_one, without
from tidebreak.screening.ids import new_id
from tidebreak.signals import DAG_PB_CID, MULTIHASH, RAW_CID, SIGNAL_TYPES, SignalType, TextForm

_PREFIXES = {"cid-v0": MULTIHASH, "cid-v1": DAG_PB_CID, "cid-raw": RAW_CID}


def digest(number: int, length: int) -> bytes:
    return hashlib.shake_128(number.to_bytes(8)).digest(length)


def text_of(kind: SignalType, number: int) -> str:
    if kind.form is TextForm.CID:
        return kind.format(_PREFIXES[kind.name] + digest(number, 32))
    return kind.format(digest(number, kind.length or 64))


def parted(size: int, mark: str):
    return lambda text: mark.join(re.findall(f".{{1,{size}}}", text))


ANY = st.integers(0, 1 << 32)
SIGNALS = st.builds(text_of, st.sampled_from(list(SIGNAL_TYPES.values())), ANY)
HEX = st.builds(lambda n, size: digest(n, size).hex(), ANY, st.sampled_from([16, 20, 24, 32]))
GROUPED = st.builds(
    lambda write, text: write(text),
    st.sampled_from([parted(2, ":"), parted(2, " "), parted(2, "-"), parted(2, "."), parted(4, " "),
                     parted(8, " "), parted(8, "-")]),
    HEX,
)  # fmt: skip
BASE64 = st.builds(
    lambda n, size, write: write(digest(n, size)).decode(),
    ANY, st.sampled_from([16, 20, 32]),
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
)  # fmt: skip
CIDS = st.builds(
    lambda n, write: write((RAW_CID + digest(n, 32)).hex(), RAW_CID + digest(n, 32)), ANY,
    st.sampled_from([lambda text, _: f"f{text}",
                     lambda _, value: f"b{base64.b32encode(value).decode().rstrip('=').lower()}"]),
)  # fmt: skip
ESCAPED = ANY.map(lambda n: quote_from_bytes(digest(n, 20), safe=""))

WRAPPINGS = (
    "{}", "img{}", "{}v2", "{}.jpg", "a/{}/b", "_{}_", "x-{}-y", "({})", "see {}, please", "é{}é",
    "urn:sha1:{}", "urn%3Abtih%3A{}", "magnet:?xt=urn:btih:{}&dn=name", "ed2k://|file|a|5|{}|/",
    "2026-11-23 {}", "item 5: {}\n", "sha256={}", '"{}"',
)  # fmt: skip


@given(
    st.sampled_from(WRAPPINGS), SIGNALS | HEX | CIDS, st.sampled_from([str, str.upper, str.lower])
)
def test_every_signal_type_is_seen_whatever_it_is_wrapped_in(wrapping: str, text: str, case):
    if "+" not in text and "/" not in text:
        text = case(text)
    _is_seen(wrapping.format(text), text)


@given(st.sampled_from([w for w in WRAPPINGS if w not in ("{}v2", "img{}")]), GROUPED | BASE64)
def test_other_ways_of_writing_a_hash_are_seen(wrapping: str, text: str):
    _is_seen(wrapping.format(text), text)


@given(st.sampled_from(["{}", "/announce?info_hash={}&port=1"]), ESCAPED)
def test_bytes_in_an_address_are_seen(wrapping: str, text: str):
    _is_seen(wrapping.format(text), text)


def _is_seen(text: str, locator: str) -> None:
    assert looks_like_one(text)
    left = without(text)
    assert locator not in left
    assert "\u2026" in left
    assert not looks_like_one(left)


def test_of_base64_without_its_end_hardly_any_is_missed():
    texts = [base64.b64encode(digest(n, 32)).decode().rstrip("=") for n in range(2000)]
    assert sum(map(looks_like_one, texts)) > 1980


ORDINARY = (
    "", "upload 5", "IMG_20261123_040201.jpg", "/srv/uploads/2026-01/holiday.torrent",
    "1,000 of 5",
    "Screenshot_20261123-040201_Some Application.png", "IMG-20261123-WA0001.jpeg",
    "CASE 2026 / 12345",
    "2026-11-23T04:02:01.123456+00:00", "20261123 20261124 20261125 20261126 20261127",
    "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "00:1b:44:11:3a:b7", "192.168.100.200:3310",
    "1183746552839401472", "0f8fad5b-d9cb-469f-a165-70867728950e",
    "0f8fad5b-d9cb-469f-a165-70867728950e/0f8fad5b-d9cb-469f-a165-70867728950e",
    "the-quick-brown-fox-jumps-over-the-lazy-dog-again-and-again-and-again.mp4",
    "/home/Somebody/Pictures/2026-11/Summer_in_Spain/IMG_20261123_040201/DSC00012.JPG",
    "https://media.example/uploads/original/2026/11/picture-of-the-day?size=large&page=2",
    "a_name_of_a_setting_that_is_rather_long = 5", "x" * 31, "-" * 200, "..." * 50, "=" * 50,
    quote("фотографии с летнего отдыха.jpg"), quote("café à la mer.jpg", encoding="latin-1"),
    "日本語のとても長いファイル名です" * 4,
    "tb_k3j5h2 is the key's name", "person 12 (b7d2), reviewer", "EU", "customer-42/asset-000017",
)  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_texts_stay_as_they_are(text: str):
    assert not looks_like_one(text)
    assert without(text) == text


def test_our_own_names_are_none_alone_or_in_pairs():
    for _ in range(300):
        one = new_id()
        for text in (one, f"{one}/{one}", f"uploads/incoming/2026-11/{one}", str(uuid.uuid4())):
            assert not looks_like_one(text), text


@pytest.mark.parametrize(
    "text",
    ["a", "a-", "%41", "%ff", "aa:", "1234 ", "12345678-", "Ab1", "-aB", "/", "=", "A=", "é"],
)
def test_no_text_takes_longer_than_its_length(text: str):
    def seconds(times: int) -> float:
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            assert len(without(text * times)) <= len(text) * times
            looks_like_one(text * times)
            best = min(best, time.process_time() - begun)
        return best

    # What grew with the square would take 400 times as long for twenty times the text.
    assert seconds(20_000) < 100 * seconds(1_000) + 0.05
