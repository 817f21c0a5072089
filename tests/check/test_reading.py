from __future__ import annotations

from tidebreak.check.inputs import Input
from tidebreak.check.judging import CLAIMED
from tidebreak.check.reading import WHOLE, read
from tidebreak.links.reference import Kind


def test_what_cannot_be_read_says_why():
    assert read(Input("x", reason="gone")).reason == "gone"
    found = read(Input("x", text="nonsense here"))
    assert found.reference is None
    assert found.reason
    assert "nonsense here" not in found.reason
    assert read(Input("x", data=b"nothing")).reason


def test_a_torrent_asks_for_the_whole_and_for_each_file(torrent):
    asked = read(Input("x", data=torrent("hybrid"))).asked
    assert [owner for owner, _ in asked] == [WHOLE, 0, 1, 2]
    assert {s.type.name for s in asked[0][1].signals} == {"btih", "btmh", "btkey"}


def test_claims_are_apart():
    link = f"magnet:?xt=urn:sha1:{'0' * 40}&xt=urn:kzhash:{'1' * 40}"
    doubts = {part.doubt for _, part in read(Input("x", text=link)).asked}
    assert doubts == {"", CLAIMED}


def test_a_client_store_names_files():
    import libtorrent as lt

    parameters = lt.parse_magnet_uri(f"magnet:?xt=urn:btih:{'1' * 40}&dn=x")
    found = read(Input("x", data=lt.write_resume_data_buf(parameters), name="x.fastresume"))
    assert found.reference is not None
    assert found.reference.kind is Kind.STORE
    assert [part.signals[0].type.name for _, part in found.asked] == ["btih"]
