"""CIDs against kubo's own expectations (ipfs/kubo, test/cli/cid_profiles_test.go)."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from tests.oracles import kubo_bytes, kubo_stream

from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.batch import Batch
from tidebreak.hashing.cid import CID_RAW, CID_V0, CID_V1, Dag, Profile, framed
from tidebreak.hashing.sha import sha256_many
from tidebreak.signals import format_cid

KIB = 1 << 10
MIB = 1 << 20


def cid_of(profile: Profile, data: bytes) -> str:
    view, dag = readonly(data), Dag(profile)
    step = 32 * profile.chunk
    for start in range(0, max(view.size, 1), step):
        part = view[start : start + step]
        batch = framed([part], profile.chunk)
        if profile.raw_leaves:
            batch = Batch.rows(part, profile.chunk) if part.size else Batch.join([part])
        dag.add(sha256_many(batch), part.size)
    return format_cid(dag.finish())


@pytest.mark.parametrize(
    ("size", "seed", "expected"),
    [
        (256 * KIB, "chunk-v0-seed", "QmWmRj3dFDZdb6ABvbmKhEL6TmPbAfBZ1t5BxsEyJrcZhE"),
        (256 * KIB + 1, "chunk-v0-seed", "QmYyLxtzZyW22zpoVAtKANLRHpDjZtNeDjQdJrcQNWoRkJ"),
        (174 * 256 * KIB, "v0-seed", "QmUbBALi174SnogsUzLpYbD4xPiBSFANF4iztWCsHbMKh2"),
        (174 * 256 * KIB + 1, "v0-seed", "QmV81WL765sC8DXsRhE5fJv2rwhS4icHRaf3J9Zk5FdRnW"),
    ],
)
def test_the_2015_profile_is_kubo_s(size: int, seed: str, expected: str):
    assert cid_of(CID_V0, kubo_bytes(size, seed)) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (MIB, "bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta"),
        (MIB + 1, "bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64"),
    ],
)
def test_the_2025_profile_is_kubo_s(size: int, expected: str):
    assert cid_of(CID_V1, kubo_bytes(size, "chunk-v1-seed")) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (0, "bafybeihmf37wcuvtx4hpu7he5zl5qaf2ineo2lqlfrapokkm5zzw7zyhvm"),
        (1, "bafybeibdsi225ugbkmpbdohnxioyab6jsqrmkts3twhpvfnzp77xtzpyhe"),
    ],
)
def test_a_node_s_1024_links_are_kubo_s(extra: int, expected: str):
    encryptor = kubo_stream("v1-2025-seed")
    dag = Dag(CID_V1)
    for size in [16 * MIB] * 64 + [extra] * bool(extra):
        data = readonly(encryptor.update(bytes(size)))
        dag.add(sha256_many(Batch.rows(data, MIB)), size)
    assert format_cid(dag.finish()) == expected


@pytest.mark.parametrize(
    ("data", "v0", "v1"),
    [
        (
            b"",
            "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
            "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        ),
        (
            b"hello world",
            "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD",
            "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
        ),
        (
            bytes(1_000_000),
            "QmXXNNbwe4zzpdMg62ZXvnX1oU7MwSrQ3vAEtuwFKCm1oD",
            "bafkreigss5i7eze3gl7vok26bkpvihvgmcsq7fh7bpxn7mfwsk4sjteaeu",
        ),
        (
            bytes(1_048_577),
            "Qmeb988ZjF9Ui6AVPR8Sjg5sAv1B6DauS5rUjCoNs7ftZ1",
            "bafybeihd4yzq7n5umhjngdum4r6k2to7egxfkf2jz6thvwzf6djus22cmq",
        ),
    ],
    ids=["empty", "short", "zeros", "zeros over a chunk"],
)
def test_known_files(data: bytes, v0: str, v1: str):
    assert (cid_of(CID_V0, data), cid_of(CID_V1, data)) == (v0, v1)


def test_a_file_of_one_raw_chunk_is_named_by_its_sha256():
    data = kubo_bytes(256 * KIB, "one chunk")
    expected = b"\x01\x55\x12\x20" + hashlib.sha256(data).digest()
    assert cid_of(CID_RAW, data) == format_cid(expected)


def test_leaves_may_arrive_one_by_one():
    digests = np.arange(175 * 32, dtype=np.uint16).astype(np.uint8).reshape(175, 32)
    at_once, one_by_one = Dag(CID_RAW), Dag(CID_RAW)
    at_once.add(digests, 175 * CID_RAW.chunk)
    for digest in digests:
        one_by_one.add(digest.reshape(1, 32), CID_RAW.chunk)
    assert at_once.finish() == one_by_one.finish()
