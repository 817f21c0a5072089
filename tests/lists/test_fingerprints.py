from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.lists.batch import batch_of
from tidebreak.lists.fingerprints import Fingerprinter
from tidebreak.model import Entry, Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind, parse_cid

SEAL, ID = b"s" * 32, b"i" * 32
PRINTS = Fingerprinter(SEAL, ID)
MD5 = SIGNAL_TYPES["md5"]
CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


def of(*entries):
    return PRINTS.of(batch_of(entries))


def value(kind, seed=1):
    return Signal(SIGNAL_TYPES[kind], bytes([seed]) * SIGNAL_TYPES[kind].length)


@pytest.mark.parametrize("kind", [k.name for k in SIGNAL_TYPES.values() if k.length])
def test_exact_signals_are_sealed_as_the_design_says(kind):
    signal = value(kind)
    [sealed] = of(Entry(1, (signal,))).seals
    if signal.type.kind is not SignalKind.EXACT:
        assert sealed is None
        return
    person = b"tb:" + signal.type.space.encode()
    wanted = hashlib.blake2b(signal.value, digest_size=16, key=SEAL, person=person).digest()
    assert sealed.tobytes() == wanted


def test_cids_are_sealed_by_their_multihash():
    v1 = parse_cid(CID)
    signals = [Signal(SIGNAL_TYPES["cid-v1"], v1), Signal(SIGNAL_TYPES["cid-v0"], v1[2:])]
    seals = [of(Entry(1, (signal,))).seals[0].tobytes() for signal in signals]
    assert seals[0] == seals[1]
    person = {"digest_size": 16, "key": SEAL, "person": b"tb:cid"}
    assert seals[0] == hashlib.blake2b(v1[2:], **person).digest()


BASE = Entry(1, (value("md5"), value("pdq")), "id", "A", "uk", 5, {"a": 1, "b": "x"})


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "id2"},
        {"key": ""},
        {"classification": "B"},
        {"scheme": "us"},
        {"classification": "uk", "scheme": "A"},
        {"size": None},
        {"size": 50},
        {"fields": {"a": 1, "b": "y"}},
        {"fields": {}},
        {"signals": (value("md5"),)},
        {"signals": (value("md5"), value("pdq"), value("pdq"))},
        {"signals": (value("md5"), value("pdq", 2))},
        {"signals": (value("ed2k"), value("pdq"))},
        {"signals": (value("md5"), Signal(SIGNAL_TYPES["pdq"], bytes([1]) * 32, 77))},
    ],
)
def test_every_change_shows_in_the_content(changes):
    from dataclasses import replace

    before, after = of(BASE), of(replace(BASE, **changes))
    assert before.contents[0] != after.contents[0]


def test_line_and_order_do_not_matter():
    from dataclasses import replace

    other = replace(BASE, line=9, signals=tuple(reversed(BASE.signals)), fields={"b": "x", "a": 1})
    assert (of(BASE).contents == of(other).contents).all()


def test_keys_are_the_owners_or_else_the_signals():
    entries = [
        Entry(1, (value("md5", 1),), "one"),
        Entry(2, (value("md5", 2),), "one", "A"),
        Entry(3, (value("md5", 3),)),
        Entry(4, (value("md5", 3),), "", "A"),
        Entry(5, (), "", "A"),
        Entry(6, (), "", "B"),
        Entry(7, (), "x" * 300),
        Entry(8, (), "x" * 299 + "y"),
    ]
    keys = [bytes(key) for key in of(*entries).keys]
    assert [keys.index(key) for key in keys] == [0, 0, 2, 2, 4, 5, 6, 7]
    assert PRINTS.key("one") == of(entries[0]).keys.tobytes()
    assert PRINTS.key("x" * 300) == of(entries[6]).keys.tobytes()


@given(
    st.lists(
        st.builds(
            Entry,
            line=st.just(1),
            signals=st.lists(
                st.sampled_from([value("md5"), value("sha1"), value("pdq"), value("photodna")]),
                max_size=4,
            ).map(tuple),
            key=st.text(max_size=60),
            classification=st.sampled_from(["", "A", "é" * 30]),
            size=st.none() | st.integers(0, 1 << 62),
            fields=st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_digests_do_not_depend_on_the_company(entries):
    together = of(*entries)
    alone = [of(entry) for entry in entries]
    assert together.keys.tobytes() == b"".join(each.keys.tobytes() for each in alone)
    assert together.contents.tobytes() == b"".join(each.contents.tobytes() for each in alone)


def test_digests_depend_on_the_key():
    other = Fingerprinter(SEAL, b"j" * 32).of(batch_of([BASE]))
    assert other.contents[0] != of(BASE).contents[0]
    assert np.array_equal(other.seals[0], of(BASE).seals[0])
