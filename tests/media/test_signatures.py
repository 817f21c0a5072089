"""The table of signatures against ``file(1)``, files that other programs made, and itself."""

from __future__ import annotations

import io
import mimetypes
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tidebreak.media import signatures
from tidebreak.media.signatures import SIGNATURES, Family
from tidebreak.media.sniff import HEAD, sniff

# What file(1) calls that which has nothing but our signature, in the order of the table.
CALLED_BY_FILE = [
    (b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"),
    (b"II+\0", "Big TIFF"), (b"MM\0+", "Big TIFF"), (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"icns", "icon"), (b"qoif", "QOI"), (b"\x01\xda", "SGI image"), (b"\x0a\x05\x01\x08", "PCX"),
    (b"PK\x03\x04", "Zip"), (b"PK\x05\x06", "Zip"), (b"PK00PK\x03\x04", "Zip"),
    (b"\x1f\x8b\x08", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "XZ"),
    (b"7z\xbc\xaf\x27\x1c", "7-zip"), (b"\x1aE\xdf\xa3", "EBML"), (b"FLV\x01", "Flash Video"),
    (b"\0\0\x01\xba", "MPEG"), (b"\0\0\x01\xb3", "MPEG"), (b".RMF", "RealMedia"),
    (b"moov", "QuickTime"), (b"mdat", "QuickTime"), (b"%PDF-", "PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Composite Document"), (b"gimp xcf", "GIMP"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"), (b"\xff\x0a", "JPEG XL"), (b"II\xbc\x01", "JPEG-XR"),
    (b"BPG\xfb", "BPG"), (b"FLIF", "FLIF"), (b"v/1\x01", "OpenEXR"), (b"DICM", "DICOM"),
    (b"%!PS", "PostScript"), (b"\xc5\xd0\xd3\xc6", "EPS"), (b"\xd7\xcd\xc6\x9a", "metafile"),
    (b"FUJIFILMCCD-RAW", "RAF"), (b"IIRO", "ORF"), (b"IIRS", "ORF"), (b"MMOR", "ORF"),
    (b"FOVb", "X3F"), (b"\0MRM", "Minolta"), (b"Rar!\x1a\x07", "RAR"),
    (b"MSCF\0\0\0\0", "Cabinet"), (b"ISc(", "InstallShield"), (b"!<arch>\n", "ar archive"),
    (b"\xed\xab\xee\xdb", "RPM"), (b"070701", "cpio"), (b"070702", "cpio"), (b"070707", "cpio"),
    (b"**ACE**", "ACE"), (b"xar!", "xar"), (b"MSWIM\0\0\0", "WIM"), (b"SIT!", "StuffIt"),
    (b"StuffIt", "StuffIt"), (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"\x04\x22\x4d\x18", "LZ4"),
    (b"\x1f\x9d", "compress'd"), (b"LZIP\x01", "lzip"), (b"\x89LZO\0\r\n\x1a\n", "lzop"),
    (b"hsqs", "Squashfs"), (b"EVF\x09\r\n\xff\0", "EWF"), (b"KDMV", "VMware"),
    (b"QFI\xfb", "QCOW"), (b"conectix", "Microsoft Disk Image"),
    (b"\x7f\x10\xda\xbe", "VirtualBox"), (b"NXSB", "Apple File System"),
    (b"H+\0\x04", "HFS Plus"), (b"HX\0\x05", "HFS Plus"), (b"\x53\xef", "ext2"),
    (b"CD001", "ISO 9660"), (b"XFSB", "XFS"), (b"Standard Jet DB", "Access"),
    (b"Standard ACE DB", "Access"), (b"\xef\xcd\xab\x89", "Extensible storage engine"),
    (b"!BDN", "Outlook"), (b"LUKS\xba\xbe", "LUKS"), (b"-----BEGIN PGP MESSAGE-----", "PGP"),
    (b"Salted__", "salted"), (b"MZ", "MS-DOS"), (b"\x7fELF", "ELF"),
]  # fmt: skip


def test_what_has_only_a_signature_is_called_the_same_by_file(tmp_path: Path):
    if not shutil.which("file"):
        pytest.skip("needs file(1)")
    words, paths = dict(CALLED_BY_FILE), list[Path]()
    rows = [row for row in SIGNATURES if row[1] in words]
    assert len(rows) == len(CALLED_BY_FILE)
    for number, (offset, signature, _) in enumerate(rows):
        paths.append(tmp_path / f"{number:03}")
        paths[-1].write_bytes((bytes(offset) + signature).ljust(70_000, b"\0"))
    done = subprocess.run(["file", "--brief", *paths], capture_output=True, check=True)
    said = done.stdout.decode("utf-8", "replace").splitlines()
    wrong = [
        (signature, line)
        for (_, signature, _), line in zip(rows, said, strict=True)
        if words[signature] not in line
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("command", "content"),
    [
        ("zip -q made given", "application/zip"),
        ("zstd -q given -o made", "application/zstd"),
        ("lz4 -q given made", "application/x-lz4"),
        ("ar rc made given", "application/x-archive"),
        ("mkfs.ext4 -q made 1M", "application/x-ext"),
        ("sqlite3 made VACUUM", "application/vnd.sqlite3"),
        ("openssl enc -aes128 -pbkdf2 -k x -in given -out made", "application/x-openssl-encrypted"),
        ("tar cf made given", "application/x-tar"),
        ("xz -z given -S .x", "application/x-xz"),
    ],
)
def test_what_other_programs_write_is_recognised(tmp_path: Path, command: str, content: str):
    program, *arguments = command.split()
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    Path(tmp_path, "given").write_text("words")
    done = subprocess.run([program, *arguments], cwd=tmp_path, capture_output=True, check=False)
    made = next((tmp_path / name for name in ("made", "made.zip", "given.x")
                 if Path(tmp_path, name).exists()), None)  # fmt: skip
    assert made, done.stderr
    assert sniff(made.read_bytes()[:HEAD]).content == content


@pytest.mark.parametrize(
    ("kind", "content"), [("PDF", "application/pdf"), ("EPS", "application/postscript")]
)
def test_documents_that_pillow_writes_are_recognised(kind: str, content: str):
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(out, kind)
    found = sniff(out.getvalue()[:HEAD])
    assert (found.content, found.family) == (content, Family.CLOSED)


def test_a_program_is_not_examined_further():
    kind = sniff(Path(sys.executable).resolve().read_bytes()[:HEAD])
    assert (kind.content, kind.family) == ("application/x-elf", Family.OTHER)


@pytest.mark.parametrize(
    "name",
    ["a.jpeg", "a.png", "a.gif", "a.tiff", "a.zip", "a.tar", "a.pdf", "a.ps", "a.swf", "a.qt"],
)
def test_media_types_are_those_that_python_knows(name: str):
    known, _ = mimetypes.MimeTypes().guess_type(name)
    assert known in {kind.content for _, _, kind in SIGNATURES}


def test_no_signature_is_hidden_behind_an_earlier_one_of_another_kind():
    hidden = [
        (later, earlier)
        for number, (offset, later, kind) in enumerate(SIGNATURES)
        for other, earlier, first in SIGNATURES[:number]
        if offset == other and later.startswith(earlier) and kind != first
    ]
    assert hidden == []


@pytest.mark.parametrize("row", SIGNATURES, ids=lambda row: f"{row[0]} {row[1]!r}")
def test_every_signature_is_found_in_a_head_that_holds_nothing_else(row):
    offset, signature, kind = row
    assert offset + len(signature) <= HEAD
    assert sniff((bytes(offset) + signature).ljust(HEAD, b"\0")) == kind


def test_a_family_and_its_reason_go_together():
    kinds = {kind for _, _, kind in SIGNATURES}
    # What names other content is told by more than a signature.
    assert {kind.family for kind in kinds} == set(Family) - {Family.NAMES}
    for kind in kinds:
        assert bool(kind.reason) == (kind.family is Family.CLOSED), kind
        assert kind.content.startswith("image/") or kind.family is not Family.PICTURE, kind


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        (signatures.raw("x"), "image/x", "RAW photograph: compared by exact signals only"),
        (signatures.disk("x"), "application/x", "disk image: its members were not examined"),
        (signatures.packed("x", "a box"), "application/x", "a box: its members were not examined"),
    ],
)
def test_the_reason_says_what_was_not_examined(kind, content: str, words: str):
    assert (kind.content, kind.family) == (content, Family.CLOSED)
    assert kind.reason.startswith(words)
    assert kind.reason.endswith("compared by exact signals only")


def test_a_name_of_content_is_told_from_content():
    store = signatures.names("application/x-store")
    assert store.family is Family.NAMES
    assert not signatures.is_reference(store.content)
    assert signatures.is_reference(store.content + signatures.REFERENCE)
