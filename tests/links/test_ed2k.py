"""ed2k links as rhash and aMule write them, and as they are found in the wild."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import content, program

from tidebreak.errors import BadLink
from tidebreak.hashing.digests import digest_many
from tidebreak.links.ed2k import read
from tidebreak.links.reference import Kind

HASH, AICH = "1bee69a46ba811185c194762abaeae90", "F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS"
PLAIN = f"ed2k://|file|a%20b.bin|1234|{HASH}|/"


def of_file(text: str) -> dict[str, str]:
    (file,) = read(text).files
    return {signal.type.name: signal.text for signal in file.signals}


@pytest.mark.parametrize("size", [1, 200_000, 9_728_001])
def test_links_by_rhash_and_amule_name_the_file(tmp_path: Path, size: int):
    path = tmp_path / "name.bin"
    path.write_bytes(content("ed2k", size))
    own, _ = digest_many([path.read_bytes()])[0]
    values = {signal.type.name: signal.text for signal in own}
    with_aich = program("rhash", "--ed2k-link", "--aich", str(path)).strip()
    plain = program("alcc", str(path)).strip()
    for link in (with_aich, plain):
        (file,) = read(link).files
        assert (file.path, file.size) == ("name.bin", size)
        assert of_file(link)["ed2k"] == values["ed2k"]
    assert of_file(with_aich)["aich"] == values["aich"]
    assert ("sha1" in of_file(with_aich)) == (size <= 184_320)


@pytest.mark.parametrize(
    "text",
    [PLAIN, PLAIN.upper().replace("A%20B.BIN", "a%20b.bin"), PLAIN[:-1], PLAIN[:-2],
     PLAIN.replace("|", "%7C"), PLAIN.replace("|", "%7c"), PLAIN.replace("ed2k://", "ed2k:"),
     PLAIN[:-1] + f"p={HASH}:{HASH}|h=|/".replace("|h=", "")],
)  # fmt: skip
def test_a_link_is_read_however_it_is_written(text: str):
    (file,) = read(text).files
    assert (file.path, file.size) == ("a b.bin", 1234)
    assert of_file(text) == {"ed2k": HASH}
    assert read(text).reason == ""


def test_an_aich_root_is_a_second_name():
    assert of_file(PLAIN[:-1] + f"h={AICH}|/")["aich"] == AICH


def test_sources_are_dropped_unless_asked_for():
    text = PLAIN[:-1] + "s=http://127.0.0.1/x|/|sources,127.0.0.1:4662,127.0.0.2:4662:4|/"
    assert read(text).sources == ()
    expected = ("http://127.0.0.1/x", "127.0.0.1:4662", "127.0.0.2:4662:4")
    assert read(text, sources=True).sources == expected


@pytest.mark.parametrize("size", ["0", "", "-1", "12x", "٣", str((1 << 38) + 1), "9" * 5000])
def test_without_a_proper_size_the_id_still_counts(size: str):
    reference = read(f"ed2k://|file|x|{size}|{HASH}|/")
    (file,) = reference.files
    assert file.size is None
    assert "size" in reference.reason
    assert [signal.text for signal in file.signals] == [HASH]


@pytest.mark.parametrize("digest", ["", "short", HASH + "00", "x" * 32])
def test_a_bad_id_is_a_reason_that_does_not_repeat_it(digest: str):
    reference = read(f"ed2k://|file|x|5|{digest}|h={AICH}|/")
    assert reference.reason.startswith("ed2k: ")
    assert not digest or digest not in reference.reason
    assert [signal.type.name for signal in reference.files[0].signals] == ["aich", "sha1"]


def test_a_file_of_which_nothing_is_known_says_so():
    (file,) = read("ed2k://|file|x|5|short|/").files
    assert (file.signals, file.silent) == ((), "its id cannot be read")


@pytest.mark.parametrize(
    "what",
    [
        "server|127.0.0.1|4661",
        "serverlist|http://127.0.0.1/x",
        "nodeslist|x",
        "friend|x",
        "search|x",
    ],
)
def test_other_links_of_the_network_name_no_content(what: str):
    reference = read(f"ed2k://|{what}|/")
    assert (reference.signals, reference.files, reference.reason) == ((), (), "")
    assert reference.notes == (f"a {what.split('|')[0]} link: it names no content",)


@pytest.mark.parametrize("text", ["ed2k://", "ed2k://|file|x", "ed2k:||", "ed2k://|other|x|/"])
def test_what_is_no_such_link_is_refused(text: str):
    with pytest.raises(BadLink, match="ed2k"):
        read(text)


@given(st.text("|=:,/%7cfile0123abhps \n\u00e9", max_size=200))
def test_any_rest_is_read_or_refused(rest: str):
    for text in (f"ed2k://|file|{rest}", f"{PLAIN[:-1]}{rest}", f"ed2k:{rest}"):
        try:
            assert read(text, sources=True).kind is Kind.ED2K
        except BadLink:
            assert not text.startswith(PLAIN[:-1])
