from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.gates.hooks.events import NoEvent, TusEvent, path_in, s3_objects, tus_event
from tidebreak.gates.hooks.objects import Named


def tus(kind: str = "pre-finish", **upload: object) -> bytes:
    """A hook as tusd's documentation shows it."""
    whole = {
        "ID": "14b1c4c7", "Size": 46205, "SizeIsDeferred": False, "Offset": 46205,
        "MetaData": {"filename": "x.png"}, "IsPartial": False, "IsFinal": False,
        "PartialUploads": None,
        "Storage": {"Type": "filestore", "Path": "/my/upload/14b1c4c7",
                    "InfoPath": "/my/upload/14b1c4c7.info"},
        **upload,
    }  # fmt: skip
    request = {"Method": "PATCH", "URI": "/files/14b1c4c7", "RemoteAddr": "127.0.0.1:59395"}
    return json.dumps({"Type": kind, "Event": {"Upload": whole, "HTTPRequest": request}}).encode()


def test_a_hook_of_tusd_says_where_the_upload_is():
    assert tus_event(tus()) == TusEvent(
        "pre-finish", "14b1c4c7", 46205, False, "/my/upload/14b1c4c7"
    )
    storage = {"Type": "s3store", "Bucket": "b", "Key": "prefix/k"}
    found = tus_event(tus(Storage=storage, IsPartial=True, Size=None))
    assert found == TusEvent("pre-finish", "14b1c4c7", -1, True, "", Named("b", "prefix/k"))
    assert tus_event(tus("pre-create", Storage=None, ID=None)).path == ""
    assert tus_event(tus("pre-create", IsFinal=True, PartialUploads=["a", "b"])).pieces


def s3(name: str, **item: object) -> dict:
    """A record as Amazon's user guide shows it."""
    return {
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name,
        "s3": {"bucket": {"name": "uploads", "arn": "arn:aws:s3:::uploads"},
               "object": {"key": "a%2Fb+c.jpg", "size": 1024, "eTag": "e", **item}},
    }  # fmt: skip


def test_a_notice_names_the_objects_that_were_made():
    records = [
        s3("ObjectCreated:Put"), s3("ObjectRemoved:Delete"),
        s3("s3:ObjectCreated:CompleteMultipartUpload", versionId="v1"),
    ]  # fmt: skip
    body = {"EventName": "s3:ObjectCreated:Put", "Key": "uploads/a", "Records": records}
    assert s3_objects(json.dumps(body).encode()) == [
        Named("uploads", "a/b c.jpg"), Named("uploads", "a/b c.jpg", "v1"),
    ]  # fmt: skip


def test_amazons_trial_names_nothing():
    assert s3_objects(b'{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}') == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"7", b"{}", b'{"Records": {}}', b'{"Records": [7]}', b"\xff", b"[" * 100_000,
     b'{"Records": [{"eventName": "ObjectCreated:Put", "s3": 7}]}',
     b'{"Type": 7, "Event": {}}', b'{"Type": "pre-finish", "Event": {"Upload": []}}',
     b'{"path": ""}', b'{"path": 7}'],
)  # fmt: skip
def test_what_is_none_of_these_is_no_event(body: bytes):
    for read in (tus_event, s3_objects, path_in):
        if not (read is tus_event and b"pre-finish" not in body and b"Type" in body):
            with pytest.raises(NoEvent):
                read(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["Type", "Event", "Upload", "Storage", "Records", "s3", "object", "bucket",
                         "eventName", "path", "Bucket"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_whatever_comes_is_read_or_no_event(value: object):
    body = json.dumps(value).encode()
    for read in (tus_event, s3_objects, path_in):
        try:
            found = read(body)
        except NoEvent:
            continue
        assert isinstance(found, TusEvent | list | str)
