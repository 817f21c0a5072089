from __future__ import annotations


def test_blinded_addresses_make_no_actor(imported, rows, opened):
    log = f"time,infohash,ip,port,progress\n1767225600,{'ab' * 20},192.0.2.xxx,6881,1.0\n"
    assert imported(log, "p2p-trace").kept == 1
    found = rows()
    assert (found["address"], found["client"], found["port"]) == ([0], [0], [0])
    assert (found["grade"], found["event"]) == ([3], [4])
    assert len(opened().contents()) == 1
