"""Files hashed together against librhash, hashlib and kubo's expectations."""

from __future__ import annotations

import hashlib

import pytest
from blake3 import blake3
from tests.oracles import kubo_bytes, librhash

from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.together import identify, signals_of

rhash = librhash()

MIB = 1 << 20


def identified(files: list[bytes]) -> list[dict[str, str]]:
    return [
        {signal.type.name: signal.text for signal in signals}
        for signals in identify([readonly(file) for file in files])
    ]


@pytest.mark.parametrize("count", [1, 2, 20])
def test_every_file_of_a_batch_has_the_hashes_that_others_find(count: int):
    sizes = [0, 1, 1025, 20_000, 184_321, 3 * MIB, 700, 64, 300_000, 16_384] * 2
    files = [hashlib.shake_128(bytes([i])).digest(size) for i, size in enumerate(sizes[-count:])]
    for file, found in zip(files, identified(files), strict=True):
        for name in ("md5", "sha1", "sha256"):
            assert found[name] == hashlib.new(name, file).hexdigest()
        assert found["blake3"] == blake3(file).hexdigest()
        assert found["ed2k"] == found["ed2k-blue"] == rhash.hash_msg(file, rhash.ED2K).lower()
        assert found["aich"] == rhash.hash_msg(file, rhash.AICH).upper()
        assert found["tth"] == rhash.hash_msg(file, rhash.TTH).upper()


def test_cids_are_kubo_s_among_other_files():
    v0, v1 = "chunk-v0-seed", "chunk-v1-seed"
    files = [kubo_bytes(MIB // 4, v0), b"", kubo_bytes(MIB // 4 + 1, v0)]
    files += [kubo_bytes(MIB, v1), b"hello world", kubo_bytes(MIB + 1, v1)]
    found = identified(files)
    assert [found[i]["cid-v0"] for i in (0, 1, 2, 4)] == [
        "QmWmRj3dFDZdb6ABvbmKhEL6TmPbAfBZ1t5BxsEyJrcZhE",
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
        "QmYyLxtzZyW22zpoVAtKANLRHpDjZtNeDjQdJrcQNWoRkJ",
        "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD",
    ]
    assert [found[i]["cid-v1"] for i in (1, 3, 4, 5)] == [
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta",
        "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
        "bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64",
    ]


def test_only_the_empty_file_lacks_a_bittorrent_root():
    empty, one = identified([b"", b"x"])
    assert "btv2" not in empty
    assert one["btv2"] == hashlib.sha256(b"x").hexdigest()


def test_a_value_for_every_type_is_asked_for():
    with pytest.raises(ValueError, match="shorter"):
        signals_of(b"only one")
