from __future__ import annotations

import base64
import hashlib

import pytest

from tidebreak.errors import BadList
from tidebreak.lists.formats import choose
from tidebreak.lists.formats import lines as module
from tidebreak.lists.source import Source
from tidebreak.signals import format_cid, parse_cid, signal_type


def read(path, kind=None):
    """Return (line, type, value) of every signal, and (line, reason) of every bad line."""
    source = Source(path, signal_type(kind) if kind else None)
    good, bad = [], []
    for batch in module.read(source):
        assert [len(column.rows) for column in batch.columns] or not len(batch)
        for column in batch.columns:
            good += [
                (int(batch.lines[row]), column.type.name, value.tobytes())
                for row, value in zip(column.rows, column.values, strict=True)
            ]
        bad += [(row.line, row.reason) for row in batch.bad]
    return sorted(good), bad


def values(kind, count):
    return [hashlib.new(kind, b"%d" % n).digest() for n in range(count)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("upper", [True, False])
def test_bare_values_in_every_line_ending_and_case(file, end, last, upper):
    digests = values("md5", 300)
    text = end.join(digest.hex() for digest in digests) + (end if last else "")
    good, bad = read(file(text.upper() if upper else text))
    assert good == [(n, "md5", digest) for n, digest in enumerate(digests, 1)]
    assert not bad


@pytest.mark.parametrize(("kind", "count"), [("sha256", 70_000), ("md5", 140_000)])
def test_files_of_several_blocks(file, kind, count):
    digests = values(kind, count)
    good, bad = read(file("\n".join(digest.hex() for digest in digests)), kind)
    assert good == [(n, kind, digest) for n, digest in enumerate(digests, 1)]
    assert not bad


@pytest.mark.parametrize("odd", [0, 33_000, 69_999])
def test_one_odd_line_is_found_among_many(file, odd):
    texts = [digest.hex() for digest in values("sha256", 70_000)]
    texts[odd] = texts[odd][:-1] + "g"
    good, bad = read(file("\n".join(texts) + "\n"), "sha256")
    assert len(good) == 69_999
    assert [line for line, _ in bad] == [odd + 1]
    assert texts[odd] not in bad[0][1]


def test_white_space_inside_a_value_is_bad(file):
    texts = [digest.hex() for digest in values("md5", 3)]
    texts[1] = texts[1][:10] + "  " + texts[1][12:]
    good, bad = read(file("\n".join(texts)))
    assert [line for line, _, _ in good] == [1, 3]
    assert [line for line, _ in bad] == [2]


def test_typed_lines_as_tx_writes_them(file):
    sha1, md5 = hashlib.sha1(b"a").digest(), hashlib.md5(b"a").digest()
    cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    base32 = base64.b32encode(sha1).decode()
    good, bad = read(
        file(
            f"# a comment\n\npdq {'0f' * 32}\nsha1:{base32}\nMD5\t{md5.hex()}\n"
            f"cid {cid}\n{format_cid(parse_cid(cid))}\n{md5.hex()}\n"
        )
    )
    assert good == [
        (3, "pdq", b"\x0f" * 32),
        (4, "sha1", sha1),
        (5, "md5", md5),
        (6, "cid-v1", parse_cid(cid)),
        (7, "cid-v1", parse_cid(cid)),
        (8, "md5", md5),
    ]
    assert not bad


def test_types_follow_from_lengths(file):
    found = {
        "0" * 31 + "1": "md5",
        "0" * 40: "sha1",
        "A" * 39: "tth",
        "0" * 128: "sha512",
        "00" * 144: "photodna",
        base64.b64encode(bytes(144)).decode(): "photodna",
    }
    good, bad = read(file("\n".join(found)))
    assert [kind for _, kind, _ in good] == list(found.values())
    assert not bad


def test_ed2k_instead_of_md5_must_be_said(file):
    path = file("0" * 32)
    assert read(path)[0][0][1] == "md5"
    assert read(path, "ed2k")[0][0][1] == "ed2k"


def test_64_digits_are_ambiguous_and_the_error_names_the_way_out(file):
    value = "ab" * 32
    with pytest.raises(BadList, match=r"sha256, pdq, blake3 or btv2.*--format") as error:
        read(file(f"{'0' * 40}\n{value}\n"))
    assert error.value.line == 2
    assert value not in str(error.value)


def test_a_bad_line_says_nothing_of_its_text(file):
    value = "0123456789abcdef" * 2
    _, bad = read(file(f"{value}\n{value}x\nmd5 {value}ff\nwhat {value}\n"))
    assert [line for line, _ in bad] == [2, 3, 4]
    assert all(value not in reason for _, reason in bad)


def test_values_that_are_not_text(file):
    good, bad = read(file(b"0" * 32 + b"\n\xff\xfe\xfd\n" + b"1" * 32 + b"\n"))
    assert [line for line, _, _ in good] == [1, 3]
    assert [line for line, _ in bad] == [2]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(file, encoding):
    digests = values("sha1", 1000)
    path = file("\r\n".join(digest.hex() for digest in digests).encode(encoding))
    assert choose(Source(path), None).name == "lines"
    assert [value for _, _, value in read(path)[0]] == digests


def test_a_file_that_is_not_what_its_mark_says(file):
    with pytest.raises(BadList, match="convert it"):
        read(file("\ufeff".encode("utf-16-le") + b"\x00\xd8" * 3))


def test_a_line_without_end_is_no_list(file):
    with pytest.raises(BadList, match="longer than 1 MiB"):
        read(file(b"0" * (5 << 20)))


def test_rows_stay_in_step_when_bad_ones_are_left_out(file):
    good, bad = read(file("md5 " + "1" * 32 + "\nbad\nsha1 " + "2" * 40 + "\nmd5 " + "3" * 32))
    assert [(line, kind) for line, kind, _ in good] == [(1, "md5"), (3, "sha1"), (4, "md5")]
    assert [line for line, _ in bad] == [2]
