from __future__ import annotations

from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.gates.bodies.headers import Described, Unreadable, described, media_type


def of(*values: str, name: str = "Content-Type", **more: str) -> Described:
    fields = [(name, value) for value in values]
    return described([*fields, *((key.replace("_", "-"), value) for key, value in more.items())])


def test_what_the_fields_say_is_what_is_found():
    assert described([]) == Described()
    assert of("image/PNG; x=1") == Described("image/png")
    assert of('multipart/form-data; boundary="a b"; charset=x').boundary == "a b"
    assert of("multipart/related; BOUNDARY=xyz").multipart
    assert of("x/y", content_encoding="gzip, identity,br").encodings == ("gzip", "br")
    assert of("x/y", content_range="bytes 0-1/9").partial
    assert of("x/y", upload_offset="0").partial
    assert of("multipart/byteranges; boundary=x").partial
    assert of("x/y", "x/y").kind == "x/y"
    assert of("x/y", transfer_encoding="Chunked") == Described("x/y")
    assert described([], "partNumber=2&uploadId=").partial
    assert not described([], "partNumber=2").partial


@pytest.mark.parametrize(
    ("name", "value"),
    [("Transfer-Encoding", "deflate, chunked"), ("Transfer-Encoding", "GZIP"),
     ("Content-Transfer-Encoding", "base64"),
     ("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
     ("X-Amz-Decoded-Content-Length", "7")],
)  # fmt: skip
def test_what_is_wrapped_in_what_is_not_undone_is_unreadable(name: str, value: str):
    with pytest.raises(Unreadable):
        described([("Content-Type", "image/jpeg"), (name, value)])


@pytest.mark.parametrize(
    "values",
    [("text/plain", "multipart/form-data; boundary=a"), ("multipart/form-data",),
     ("multipart/form-data; boundary=a; boundary=b",), ("multipart/form-data; boundary=",),
     ("multipart/form-data; boundary=a b",), ('multipart/form-data; boundary="a',),
     ("multipart/form-data; boundary=" + "a" * 71,), ('multipart/form-data; boundary="a "',),
     ("multipart/form-data; boundary*=utf-8''a; boundary=b",),
     ("multipart/form-data, text/plain; boundary=a",), ("multipart; boundary=a",)],
)  # fmt: skip
def test_what_others_may_read_differently_is_unreadable(values: tuple[str, ...]):
    with pytest.raises(Unreadable):
        of(*values)


def test_a_type_that_is_none_is_none_unless_it_looks_like_parts():
    assert media_type("nonsense") == ("", {})
    assert media_type("")[0] == ""
    assert of("image/png; a=b; a=c").kind == "image/png"


@given(st.text(alphabet="abcXYZ0189'()+_,-./:=?", min_size=1, max_size=70))
def test_every_boundary_that_the_standard_library_writes_is_read(boundary: str):
    message = Message()
    message.add_header("Content-Type", "multipart/form-data", boundary=boundary)
    assert of(message["Content-Type"]).boundary == boundary
