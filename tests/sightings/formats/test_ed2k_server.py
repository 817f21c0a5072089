from __future__ import annotations

import pytest

from tidebreak.errors import UsageError

AA, BB = "aa" * 16, "BB" * 16
TRACE = f"""<?xml version="1.0"?>
<edk-traffic version="1.0.1">
<opcode dir="received" TS="1767225600.5" IP="192.0.2.1" type="high" port="4662">
 <OP_GLOBGETSOURCES2><file><fileId>{AA}</fileId></file><file><fileId>{BB}</fileId></file></OP_GLOBGETSOURCES2></opcode>
<opcode dir="received" TS="1767225601" IP="192.0.2.2" type="high" port="4662">
 <OP_OFFERFILES><file size="5" hash="{AA}"/></OP_OFFERFILES></opcode>
<opcode dir="received" TS="1767225602" IP="77" type="low" port="0">
 <OP_OFFERFILES><file size="6" hash="{BB}"/></OP_OFFERFILES></opcode>
<opcode dir="sent" TS="1767225603" IP="192.0.2.1" type="high" port="4662">
 <OP_GLOBFOUNDSOURCES><file fileId="{AA}"><source IP="198.51.100.1" port="1"/>
 <source IP="8" port="2" type="low"/></file></OP_GLOBFOUNDSOURCES></opcode>
<opcode dir="received" TS="1767225604" IP="192.0.2.1" type="high" port="4662">
 <OP_GLOBSEARCHREQ><tag>words</tag></OP_GLOBSEARCHREQ></opcode>
<opcode dir="received" TS="1767225605" IP="3" type="high" port="4662">
 <OP_GLOBGETSOURCES>{AA}</OP_GLOBGETSOURCES></opcode>
<opcode dir="received" TS="1767225606" IP="192.0.2.3" type="high" port="4662">
 <OP_GLOBGETSOURCES>17</OP_GLOBGETSOURCES></opcode>
</edk-traffic>
"""


def test_offers_searches_and_named_sources_are_told_apart(imported, rows, opened):
    source = imported(TRACE, "ed2k-server")
    assert (source.rows, source.kept) == (7, 4)
    assert source.rejects == {
        "a message that names no file with a source": 1,
        "a message without a file's hash": 1,
        "an address that is none": 1,
    }
    found = rows()
    told = sorted(zip(found["time"], found["event"], found["grade"],
                      opened().addresses(found["address"]), strict=True))  # fmt: skip
    assert told == [
        (1767225600, 2, 3, "192.0.2.1"), (1767225600, 2, 3, "192.0.2.1"),
        (1767225601, 1, 2, "192.0.2.2"), (1767225602, 1, 2, ""),
        (1767225603, 1, 3, ""), (1767225603, 1, 3, "198.51.100.1"),
    ]  # fmt: skip
    assert opened().contents().sizes.tolist().count(6) == 0
    assert len(opened().contents()) == 2


def test_a_trace_that_breaks_off_is_refused(imported, opened):
    with pytest.raises(UsageError, match="not whole XML"):
        imported(TRACE[:-20], "ed2k-server")
    assert opened().sources() == ()
