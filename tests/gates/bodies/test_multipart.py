from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.gates.bodies.headers import Unreadable, described
from tidebreak.gates.bodies.multipart import FIELD, MOST, files_of
from tidebreak.spool import Spool, TooLarge


def found(data: bytes, boundary: str, folder: Path, size: int = 997, most: int = 1 << 20):
    def pieces() -> Iterator[bytes]:
        return (data[start : start + size] for start in range(0, len(data), size))

    contents = list[bytes]()
    for content in files_of(pieces(), boundary, lambda: Spool(folder, most)):
        with content, os.fdopen(content.open(), "rb") as file:
            contents.append(file.read())
    return contents


def made(**more) -> tuple[bytes, str]:
    request = httpx.Request("POST", "http://localhost", **more)
    return request.read(), described(request.headers.items()).boundary


@settings(max_examples=60)
@given(st.lists(st.one_of(st.binary(min_size=1, max_size=300),
                          st.sampled_from([b"\r\n", b"\r\n--", b"--x\r\n", b"\r\n--x--"])),
                min_size=1, max_size=6), st.integers(1, 200))  # fmt: skip
def test_every_file_of_a_form_comes_out_however_it_arrives(tmp_path_factory, files, size):
    data, boundary = made(files=[("f", (f"name {n}", each)) for n, each in enumerate(files)])
    assert found(data, boundary, tmp_path_factory.getbasetemp(), size) == files


def test_fields_are_text_until_they_are_large(tmp_path: Path):
    large = b"x" * (FIELD + 1)
    data, boundary = made(files={"f": ("a", b"file")}, data={"title": "text", "sneaky": large})
    assert found(data, boundary, tmp_path) == [large, b"file"]


def part(head: str, body: bytes = b"benign") -> bytes:
    return f"--x\r\n{head}\r\n\r\n".encode() + body + b"\r\n"


FILE = 'Content-Disposition: form-data; name="f"; filename="a"'
WHOLE = part(FILE) + b"--x--\r\n"


@pytest.mark.parametrize("head", [FILE, 'Content-Disposition: attachment; FILENAME = "a"',
    "content-disposition: form-data; name=f; filename*=utf-8''a",
    'Content-Disposition: form-data; name=f; filename*0="a."; filename*1="txt"',
    "Content-Disposition: form-data; name=f\r\nContent-Type: image/jpeg"])  # fmt: skip
def test_a_file_is_what_has_a_name_of_one_however_it_is_written(tmp_path: Path, head: str):
    assert found(part(head) + b"--x--", "x", tmp_path) == [b"benign"]


@pytest.mark.parametrize(
    "data",
    [WHOLE[:-6], part(FILE), b"", b"--x--\r\nbehind", WHOLE + part(FILE) + b"--x--", WHOLE + b"y",
     part(FILE + "\r\nContent-Transfer-Encoding: base64") + b"--x--",
     part(FILE + "\r\nContent-Encoding: deflate") + b"--x--",
     part(FILE + "\r\nContent-Type: multipart/mixed; boundary=y") + b"--x--",
     b"--y\r\n" + WHOLE, part("no header") + b"--x--", WHOLE.replace(b"\r\n", b"\n"), b"\n--x--x"],
)  # fmt: skip
def test_what_departs_from_the_rules_is_unreadable_and_not_logged(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
):
    with pytest.raises(Unreadable):
        found(data, "x", tmp_path)
    assert caplog.text == ""


def test_too_many_parts_and_too_many_bytes_are_refused(tmp_path: Path):
    with pytest.raises(Unreadable, match="parts"):
        found(part(FILE) * (MOST + 1) + b"--x--", "x", tmp_path)
    with pytest.raises(TooLarge):
        found(part(FILE, bytes(2000)) + b"--x--", "x", tmp_path, most=1999)


def test_whoever_stops_taking_leaves_nothing_open(tmp_path: Path):
    def descriptors() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    before = descriptors()
    files = files_of(iter([part(FILE) * 5]), "x", lambda: Spool(tmp_path, 100))
    next(files).close()
    files.close()
    assert descriptors() == before


@settings(max_examples=100)
@given(st.lists(st.sampled_from([b"--x", b"--x--", b"\r\n", b"\n", b"Content-Disposition: ",
       b"form-data; filename=a", b"benign", b":", b"-", b" ", b"\0"]), max_size=20))  # fmt: skip
def test_whatever_comes_is_read_or_unreadable(tmp_path_factory, parts: list[bytes]):
    data = b"".join(parts)
    try:
        files = found(data, "x", tmp_path_factory.getbasetemp(), 5)
    except Unreadable:
        return
    assert data.strip(b" \t\r\n").endswith(b"--x--")
    assert all(each in data for each in files)
