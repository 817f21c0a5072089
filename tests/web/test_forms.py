from __future__ import annotations

import email.policy
from email.parser import BytesParser

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.web.forms import BadForm, FormReader, Head


class Taken:
    def __init__(self) -> None:
        self.parts = list[tuple[Head, bytes]]()
        self.whole = 0

    def begin(self, head: Head) -> None:
        self.parts.append((head, b""))

    def data(self, part: bytes) -> None:
        head, before = self.parts[-1]
        self.parts[-1] = head, before + part

    def end(self) -> None:
        self.whole += 1


def read(body: bytes, boundary: bytes = b"b", piece: int = 7, most: int = 100) -> Taken:
    taken = Taken()
    reader = FormReader(boundary, taken, most)
    for start in range(0, len(body), piece):
        reader.write(body[start : start + piece])
    reader.finish()
    return taken


def part(head: str, content: str = "x") -> bytes:
    return f"--b\r\n{head}\r\n\r\n{content}\r\n".encode()


FIELD = "Content-Disposition: form-data; name=a"


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=5), st.integers(1, 99))
def test_it_finds_what_the_standard_library_finds(contents: list[bytes], piece: int):
    files = [("f", (f"{n}.png", each, "image/png")) for n, each in enumerate(contents)]
    request = httpx.Request("POST", "http://x/", files=files)
    kind, body = request.headers["content-type"], request.read()
    found = read(body, kind.partition("boundary=")[2].encode(), piece)
    assert [data for _, data in found.parts] == contents
    assert found.whole == len(contents)
    message = BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
    )
    for (head, _), other in zip(found.parts, message.iter_parts(), strict=True):
        assert (head.type, head.names_file) == (other.get_content_type(), True)
        assert head.disposition == other["content-disposition"]


@pytest.mark.parametrize(
    "name",
    ["filename=a", 'FILENAME = "a"', "filename*=utf-8''a", 'filename*0="a."; filename*1=txt',
     "filename*0*=utf-8''a", "name=x;filename=a"],
)  # fmt: skip
def test_a_name_of_a_file_is_seen_however_it_is_written(name: str):
    assert Head(f"form-data; {name}").names_file


def test_what_only_looks_like_a_name_of_a_file_is_none():
    assert not Head('form-data; name="myfilename"').names_file
    assert not Head().names_file


@pytest.mark.parametrize(
    "body",
    [b"", b"none", part(FIELD), part(FIELD) + b"--b", part(FIELD) + b"--b-- x",
     part(FIELD) + b"--b--\r\n" + part(FIELD) + b"--b--",
     part(FIELD + "\r\nContent-Transfer-Encoding: base64") + b"--b--",
     part(FIELD + "\r\nContent-Encoding: deflate") + b"--b--",
     part(FIELD + "\r\nContent-Type: multipart/mixed; boundary=y") + b"--b--",
     part(FIELD + "\r\n" + FIELD) + b"--b--", part(FIELD) * 101 + b"--b--"],
)  # fmt: skip
def test_what_others_might_read_differently_is_refused_and_not_logged(
    body: bytes, caplog: pytest.LogCaptureFixture
):
    with pytest.raises(BadForm):
        read(body)
    assert caplog.records == []


def test_blank_lines_may_follow_the_end():
    assert read(part(FIELD) + b"--b--\r\n\r\n", piece=1).whole == 1
