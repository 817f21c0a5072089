from __future__ import annotations

from tidebreak.seal.online import wire
from tidebreak.seal.online.limits import BATCH
from tidebreak.seal.oprf.suite import ELEMENT, PROOF
from tidebreak.signals import SEAL_SIZE


def test_the_protocol_is_what_its_table_says():
    # Clients of others are written by this table: a change needs another version of the paths.
    assert {wire.SET, wire.EVALUATE, wire.CONFIRM, wire.STATUS} == {
        f"/v1/{name}" for name in ("set", "evaluate", "confirm", "status")
    }
    assert (ELEMENT, PROOF, SEAL_SIZE, wire.SET_KEY, BATCH) == (32, 64, 16, 32, 1000)
    assert (wire.NO, wire.KNOWN, wire.CERTAIN) == (0, 1, 2)
    assert all(text in (wire.__doc__ or "") for text in ("1,000", "32 bytes", "64 bytes"))
