from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from tidebreak.hashing.digests import digest_many
from tidebreak.media.intake import SMALL, Intake
from tidebreak.media.signatures import BINARY, ZIP, Family
from tidebreak.settings import Limits

LIMITS = Limits(picture_bytes=2 << 20, nested_bytes=1 << 20)


def _picture(size: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue() + random.Random(1).randbytes(size)


def _zip(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a", random.Random(1).randbytes(size))
    return out.getvalue()


def _through(data: bytes, *, members: bool = True, piece: int = 100_000):
    intake = Intake(LIMITS, members=members)
    for at in range(0, len(data), piece):
        intake.write(data[at : at + piece])
    return intake.finish("why")


@pytest.mark.parametrize("size", [0, 1, SMALL])
def test_small_content_is_held_and_digested_later(size: int):
    data = random.Random(1).randbytes(size)
    whole = _through(data)
    assert (whole.data, whole.size, whole.digests, whole.reason) == (data, size, None, "why")


@pytest.mark.parametrize("piece", [1 << 22, 100_000, 70_001])
def test_large_content_is_digested_on_its_way(piece: int):
    data = random.Random(1).randbytes(3 << 20)
    whole = _through(data, piece=piece)
    assert (whole.kind, whole.size, whole.data) == (BINARY, len(data), None)
    assert whole.digests == digest_many([data])[0]


def test_pictures_are_held_up_to_the_limit():
    small, large = _picture(1 << 20), _picture(3 << 20)
    assert _through(small).data == small
    assert _through(large).data is None
    assert _through(large).digests == digest_many([large])[0]


def test_archives_are_held_only_when_they_cannot_be_read_again():
    archive = _zip(500_000)
    assert _through(archive).data == archive
    assert _through(archive).kind is ZIP
    assert _through(archive, members=False).data is None
    assert _through(_zip(2 << 20)).data is None


def test_what_names_other_content_is_held_up_to_the_limit():
    torrent = b"d8:announce" + bytes(SMALL)
    for most, held in ((len(torrent), True), (len(torrent) - 1, False)):
        intake = Intake(replace(Limits(), nested_bytes=most), members=False)
        intake.write(torrent)
        whole = intake.finish()
        assert whole.kind.family is Family.NAMES
        assert (whole.data is not None) is held
