from __future__ import annotations

import pytest

from tidebreak.errors import UsageError

HEAD = "time,src,info_hash,peer_id,downloaded,left,uploaded,event,ip,key,num_want,port\n"


def row(event: object = 0, left: int = 1, ip: str = "0", **more: str) -> str:
    hash = more.get("hash", "ab" * 20)
    return f"1767225600.25,192.0.2.1,{hash},{'2d' * 20},0,{left},0,{event},{ip},1,-1,6881\n"


def test_announces_of_a_capture_are_grade_c(imported, rows):
    log = HEAD + row() + row(1) + row(2, 0) + row(3) + row(0, 5, "0.0.0.0")
    source = imported(log, "udp")
    assert (source.rows, source.kept) == (5, 5)
    assert rows()["event"] == [4, 1, 1, 5, 4]
    assert set(rows()["grade"]) == {3}
    assert set(rows()["port"]) == {6881}


def test_an_address_inside_the_datagram_is_one_more(imported, rows):
    source = imported(HEAD + row(ip="198.51.100.1"), "udp")
    assert (source.rows, source.kept) == (1, 1)
    assert rows()["address"] == [1, 2]


def test_what_is_no_announce_is_counted(imported):
    log = HEAD + row() + row(9) + row().strip() + ",x\n" + row(hash="zz") + row(hash="\xff")
    source = imported(log.encode("latin-1"), "udp")
    assert source.kept == 1
    assert source.rejects == {
        "an event that is none of BEP 15": 1,
        "a row with more fields than columns": 1,
        "an identifier that is not understood": 2,
    }


def test_a_capture_without_its_columns_is_refused(imported):
    with pytest.raises(UsageError, match="no column 'event'"):
        imported("time,src,info_hash,peer_id,left,ip,port\n", "udp")
