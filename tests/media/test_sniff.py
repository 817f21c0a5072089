from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import pytest
import skimage
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tidebreak.media import signatures
from tidebreak.media.signatures import Family
from tidebreak.media.sniff import HEAD, sniff

PILLOW_TYPES = {
    "JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp",
    "AVIF": "image/avif", "TIFF": "image/tiff", "BMP": "image/bmp", "ICO": "image/x-icon",
    "JPEG2000": "image/jp2", "PPM": "image/x-portable-anymap", "DDS": "image/dds",
    "ICNS": "image/icns", "SGI": "image/sgi", "PCX": "image/x-pcx",
}  # fmt: skip


@pytest.mark.parametrize("format_name", PILLOW_TYPES)
def test_every_picture_that_pillow_writes_is_a_picture(format_name: str):
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(out, format_name)
    kind = sniff(out.getvalue()[:HEAD])
    assert (kind.content, kind.family) == (PILLOW_TYPES[format_name], Family.PICTURE)


def test_heic_is_a_picture():
    pillow_heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64))).save(out)
    assert sniff(out.getvalue()).content == "image/heif"


def test_photographs_are_told_from_text():
    folder = Path(skimage.__file__).parent / "data"
    for path in folder.iterdir():
        if path.suffix in (".png", ".jpg", ".gif"):
            assert sniff(path.read_bytes()[:HEAD]).family is Family.PICTURE, path.name
        elif path.suffix in (".py", ".txt", ".pyi"):
            assert sniff(path.read_bytes()[:HEAD]) is signatures.TEXT, path.name


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a", "b")
    return out.getvalue()


def _empty_zip() -> bytes:
    out = io.BytesIO()
    zipfile.ZipFile(out, "w").close()
    return out.getvalue()


def _tar(format_number: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format_number) as packed:
        entry = tarfile.TarInfo("folder/" + "a" * 98)
        entry.size = 3
        packed.addfile(entry, io.BytesIO(b"abc"))
    return out.getvalue()


def _old_tar() -> bytes:
    """The same without the word ustar, as tar wrote it before 1988."""
    block = bytearray(_tar(tarfile.USTAR_FORMAT))
    block[257:265] = bytes(8)
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:512]))
    return bytes(block)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_zip(), signatures.ZIP),
        (_empty_zip(), signatures.ZIP),
        (_tar(tarfile.USTAR_FORMAT), signatures.TAR),
        (_tar(tarfile.GNU_FORMAT), signatures.TAR),
        (_tar(tarfile.PAX_FORMAT), signatures.TAR),
        (_old_tar(), signatures.TAR),
        (gzip.compress(b"x", mtime=0), signatures.GZIP),
        (bz2.compress(b"x"), signatures.BZIP2),
        (lzma.compress(b"x"), signatures.XZ),
        (lzma.compress(b"x", format=lzma.FORMAT_ALONE), signatures.LZMA),
        (b"", signatures.EMPTY),
        (b"just words\n", signatures.TEXT),
        ("auch Wörter\n".encode(), signatures.TEXT),
        (b"\x00\x01\x02\x03", signatures.BINARY),
    ],
)
def test_archives_and_plain_files(data: bytes, kind: signatures.Kind):
    assert sniff(data[:HEAD]) is kind


def test_7z_is_an_archive():
    py7zr = pytest.importorskip("py7zr")
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as packed:
        packed.writestr("b", "a")
    assert sniff(out.getvalue()) is signatures.SEVEN_ZIP


def test_a_text_about_free_things_is_no_video():
    assert sniff(b"Get free wide skips") is signatures.TEXT


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x20ftypisom", "mp4"),
        (b"\0\0\0\x14ftypqt  ", "quicktime"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "quicktime"),
        (b"\0\0\0\x08free", "quicktime"),
        (b"\x1aE\xdf\xa3", "x-matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "x-msvideo"),
        (b"OggS" + bytes(24) + b"\x80theora", "ogg"),
        ((b"G" + bytes(187)) * 6, "mp2t"),
        ((bytes(4) + b"G" + bytes(187)) * 6, "mp2t"),
    ],
)
def test_videos_are_recognised_by_their_container(head: bytes, name: str):
    assert sniff(head) == signatures.video(name)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b'<?xml version="1.0"?><svg xmlns="">', "SVG"),
        (b"II*\0\x10\0\0\0CR\x02\0", "RAW"),
        (b"\0\0\0\x18ftypcrx ", "RAW"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"MSCF\0\0\0\0", "cabinet"),
        (bytes(32769) + b"CD001", "disk image"),
        (b"QFI\xfb", "disk image"),
        (b"EVF\x09\r\n\xff\0", "disk image"),
        (b"LUKS\xba\xbe", "encrypted"),
        (b"From someone@example.org Mon Jan  1\n", "e-mail"),
        (b"\x28\xb5\x2f\xfd\x04", "zstd"),
    ],
)
def test_what_is_not_looked_into_says_so(head: bytes, words: str):
    kind = sniff(head)
    assert kind.family is Family.CLOSED
    assert words in kind.reason
    assert (
        "exact signals only" in kind.reason
        or "could not be" in kind.reason
        or ("cannot be examined" in kind.reason)
    )


def test_a_database_is_not_taken_for_examined(tmp_path: Path):
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE a (b BLOB)")
    made.close()
    assert sniff(path.read_bytes()).family is Family.CLOSED


def _tiff(*tags: tuple[int, int, int, int]) -> bytes:
    entries = b"".join(
        tag.to_bytes(2, "little") + kind.to_bytes(2, "little")
        + count.to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, kind, count, value in tags
    )  # fmt: skip
    return b"II*\0\x08\0\0\0" + len(tags).to_bytes(2, "little") + entries + bytes(4)


def test_raw_photographs_are_told_from_tiff():
    assert sniff(_tiff((256, 4, 1, 100))).family is Family.PICTURE
    assert sniff(_tiff((254, 4, 1, 1), (330, 4, 1, 4000))).family is Family.CLOSED
    assert sniff(_tiff((254, 4, 1, 0), (0xC612, 1, 4, 1))).family is Family.CLOSED


@given(st.binary(max_size=2000))
def test_any_bytes_are_something(data: bytes):
    kind = sniff(data)
    assert kind.content
    assert bool(kind.reason) == (kind.family is Family.CLOSED)


@given(st.sampled_from(signatures.SIGNATURES), st.binary(max_size=40))
def test_every_signature_is_reached_or_an_earlier_one_explains_it(row, rest: bytes):
    offset, signature, _ = row
    kind = sniff(bytes(offset) + signature + rest)
    assert kind not in (signatures.TEXT, signatures.EMPTY)


@given(st.sampled_from([b"II*\0", b"MM\0*"]), st.binary(max_size=60))
def test_any_beginning_of_a_tiff_is_something(mark: bytes, rest: bytes):
    assert sniff(mark + rest).content in ("image/tiff", "image/x-raw-tiff")


def test_the_first_word_of_a_line_of_text_does_not_make_a_mail():
    assert sniff(b"From here on it is easy.\n") is signatures.TEXT


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent.parent / "data" / "stores").iterdir()), ids=str
)
def test_client_stores_and_torrents_are_told_by_their_bytes(path: Path):
    # One that was saved only once has no mark (tidebreak.links.stores.preferences_dat).
    wanted = Family.OTHER if path.name == "preferences.dat" else Family.NAMES
    assert sniff(path.read_bytes()).family is wanted
