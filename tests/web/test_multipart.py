from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidebreak.spool import Spool, TooLarge
from tidebreak.web.multipart import BadForm, Form, read_form

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

HEAD = "multipart/form-data; boundary=b"


def read(
    folder: Path, body: bytes, kind: str = HEAD, piece: int = 7, most: int = 1 << 22
) -> tuple[Form, bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    async def do() -> tuple[Form, bytes]:
        with Spool(folder, most) as spool:
            form = await read_form(kind, pieces(), spool)
            fd = spool.open()
            with os.fdopen(fd, "rb") as file:
                return form, file.read()

    return anyio.run(do)


def part(head: str, content: str = "x") -> bytes:
    return f"--b\r\n{head}\r\n\r\n{content}\r\n".encode()


@QUICK
@given(
    content=st.binary(max_size=300),
    fields=st.dictionaries(
        st.text("abcäöü_- ;=", min_size=1, max_size=9),
        st.text(max_size=50),
        max_size=4,
    ),
    piece=st.integers(1, 200),
)
def test_what_httpx_writes_is_read(
    tmp_path: Path, content: bytes, fields: dict[str, str], piece: int
):
    request = httpx.Request(
        "POST", "http://x/", data=fields, files={"photo": ("a b;.jpg", content)}
    )
    body = request.read()
    form, file = read(tmp_path, body, request.headers["content-type"], piece)
    assert (form.files, file) == (["photo"], content)
    assert form.fields == fields


def test_only_the_first_file_is_kept_and_all_are_named(tmp_path: Path):
    disposition = 'Content-Disposition: form-data; name="{}"; filename="f"'
    body = part(disposition.format("photo"), "one") + part(disposition.format("video"), "two")
    assert read(tmp_path, body + b"--b--") == (Form({}, ["photo", "video"]), b"one")


def test_a_file_whose_name_is_encoded_is_a_file(tmp_path: Path):
    body = part("Content-Disposition: form-data; name=photo; filename*=UTF-8''%61.jpg")
    assert read(tmp_path, body + b"--b--")[0].files == ["photo"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b""),
        ("multipart/form-data", b""),
        (HEAD, b""),
        (HEAD, b"no form"),
        (HEAD, part("Content-Disposition: form-data; name=a")),
        (HEAD, part("Content-Disposition: form-data; name=a") + b"--b"),
        (HEAD, part("Content-Disposition: form-data; name=a") + b"--b--\r\n--b\r\n"),
        (HEAD, part("Content-Disposition: form-data; name=a") + b"--b-- x"),
        (HEAD, part("Content-Disposition: form-data") + b"--b--"),
        (HEAD, part("Content-Disposition: attachment; name=a") + b"--b--"),
        (HEAD, part("X: y") + b"--b--"),
        (HEAD, part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64")
         + b"--b--"),
        (HEAD, part("Content-Disposition: form-data; name=a") * 101 + b"--b--"),
        (HEAD, part("Content-Disposition: form-data; name=a", "x" * (1 << 19)) * 3 + b"--b--"),
        (HEAD, part("X: " + "y" * 9000) + b"--b--"),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(tmp_path: Path, kind: str, body: bytes):
    with pytest.raises(BadForm):
        read(tmp_path, body, kind, 1 << 16)


@QUICK
@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_bytes_are_a_form_or_refused(tmp_path: Path, body: bytes, piece: int):
    try:
        form, _ = read(tmp_path, b"--b\r\n" + body, HEAD, piece)
    except BadForm:
        return
    assert isinstance(form, Form)


def test_nothing_of_a_bad_form_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with pytest.raises(BadForm):
        read(tmp_path, b"--b\r\nsecret bytes")
    assert caplog.records == []


def test_blank_lines_may_follow_the_end(tmp_path: Path):
    body = part("Content-Disposition: form-data; name=a") + b"--b--\r\n\r\n"
    assert read(tmp_path, body, piece=3)[0].fields == {"a": "x"}


def test_a_file_is_bounded(tmp_path: Path):
    body = part('Content-Disposition: form-data; name="photo"; filename="f"', "x" * 11)
    with pytest.raises(TooLarge):
        read(tmp_path, body + b"--b--", most=10)
