from __future__ import annotations

from tidebreak.model import Signal
from tidebreak.seal.inputs import digests_of, input_of, inputs_of
from tidebreak.signals import signal_type


def test_an_input_names_the_space_and_what_is_compared():
    assert input_of(signal_type("md5"), b"\1" * 16) == b"md5\0" + b"\1" * 16
    red, blue = signal_type("ed2k"), signal_type("ed2k-blue")
    assert input_of(red, bytes(16)) == input_of(blue, bytes(16))


def test_all_cids_of_one_content_are_one_input():
    multihash = b"\x12\x20" + bytes(32)
    kinds = {
        "cid-v0": multihash,
        "cid-v1": b"\x01\x70" + multihash,
        "cid-raw": b"\x01\x55" + multihash,
    }
    assert len({input_of(signal_type(kind), value) for kind, value in kinds.items()}) == 1


def test_only_exact_signals_are_asked_each_once_with_its_family():
    md5, pdq = Signal(signal_type("md5"), bytes(16)), Signal(signal_type("pdq"), bytes(32))
    assert inputs_of([md5, pdq, md5]) == {b"md5\0" + bytes(16): "md5"}


def test_values_are_cut():
    digests = digests_of([bytes(range(64)), bytes(64)])
    assert digests.shape == (2, 16)
    assert digests[0].tobytes() == bytes(range(16))
    assert digests_of([]).shape == (0, 16)
