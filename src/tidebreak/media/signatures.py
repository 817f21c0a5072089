"""The first bytes of formats, and what is done with a file of each.

Signatures follow the formats' own specifications and the list that ``file(1)`` keeps. A format
that Tidebreak cannot look into is named together with what was therefore not examined: a picture
in a document or a mail box that nobody opened must not pass for one that was compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Family(Enum):
    """What is done with a file."""

    PICTURE = auto()
    """Digests and a near hash."""
    VIDEO = auto()
    """Digests and the near hashes of its frames."""
    ARCHIVE = auto()
    """Digests, then its members."""
    NAMES = auto()
    """Digests, then what it names: a torrent, or the store of a peer-to-peer program."""
    CLOSED = auto()
    """Digests only, and a reason that says what was not examined."""
    OTHER = auto()
    """Digests, and that is all there is to examine."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A recognised format: its media type, what is done with it, and why not more."""

    content: str
    family: Family
    reason: str = ""


def picture(name: str) -> Kind:
    """Return the kind of a picture format."""
    return Kind(f"image/{name}", Family.PICTURE)


def archive(name: str) -> Kind:
    """Return the kind of an archive that is walked."""
    return Kind(f"application/{name}", Family.ARCHIVE)


def closed(content: str, what: str) -> Kind:
    """Return the kind of a format that is not looked into; ``what`` names it to people."""
    return Kind(content, Family.CLOSED, f"{what}: compared by exact signals only")


def video(name: str) -> Kind:
    """Return the kind of a video format."""
    return Kind(f"video/{name}", Family.VIDEO)


def names(content: str) -> Kind:
    """Return the kind of a file that names other content."""
    return Kind(content, Family.NAMES)


REFERENCE = "; reference"
"""Ends the content type of what is only a name of content, and not that content itself."""


def is_reference(content: str) -> bool:
    """Whether this content type is that of a name of content."""
    return content.endswith(REFERENCE)


def packed(name: str, what: str) -> Kind:
    """Return the kind of a container whose members cannot be walked."""
    reason = f"{what}: its members were not examined, the whole is compared by exact signals only"
    return Kind(f"application/{name}", Family.CLOSED, reason)


def disk(name: str) -> Kind:
    """Return the kind of a disk image."""
    return packed(name, "disk image")


def raw(name: str) -> Kind:
    """Return the kind of a camera's RAW format."""
    return closed(f"image/{name}", "RAW photograph")


TEXT = Kind("text/plain", Family.OTHER)
BINARY = Kind("application/octet-stream", Family.OTHER)
EMPTY = Kind("application/x-empty", Family.OTHER)
ZIP = archive("zip")
TAR = archive("x-tar")
GZIP = archive("gzip")
BZIP2 = archive("x-bzip2")
XZ = archive("x-xz")
LZMA = archive("x-lzma")
SEVEN_ZIP = archive("x-7z-compressed")

PDF = closed("application/pdf", "PDF document, the pictures in which were not examined")
OLE = closed("application/x-ole-storage", "old Office file, the contents of which were not read")
DATABASE = closed("application/vnd.sqlite3", "database, the contents of which were not read")
MAIL = closed("message/rfc822", "e-mail, the attachments of which were not examined")
VECTOR = "drawing, which is not rendered"
SECRET = "encrypted, so its contents cannot be examined"

# (offset, signature, what it is); the first hit wins.
SIGNATURES: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\xff\xd8\xff", picture("jpeg")),
    (0, b"\x89PNG\r\n\x1a\n", picture("png")),
    (0, b"GIF87a", picture("gif")),
    (0, b"GIF89a", picture("gif")),
    (8, b"WEBPVP8", picture("webp")),
    (0, b"II*\0", picture("tiff")),
    (0, b"MM\0*", picture("tiff")),
    (0, b"II+\0", picture("tiff")),
    (0, b"MM\0+", picture("tiff")),
    (0, b"\0\0\x01\0", picture("x-icon")),
    (0, b"\0\0\x02\0", picture("x-icon")),
    (0, b"\0\0\0\x0cjP  \r\n", picture("jp2")),
    (0, b"\xff\x4f\xff\x51", picture("jp2")),
    (0, b"icns", picture("icns")),
    (0, b"DDS ", picture("dds")),
    (0, b"qoif", picture("qoi")),
    (0, b"\x01\xda", picture("sgi")),
    (0, b"\x0a\x05\x01\x08", picture("x-pcx")),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"PK\x07\x08PK", ZIP),
    (0, b"PK00PK\x03\x04", ZIP),
    (0, b"\x1f\x8b\x08", GZIP),
    (0, b"BZh", BZIP2),
    (0, b"\xfd7zXZ\0", XZ),
    (0, b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (257, b"ustar", TAR),
    (0, b"\x1aE\xdf\xa3", video("x-matroska")),
    (8, b"AVI ", video("x-msvideo")),
    (8, b"WAVE", Kind("audio/wav", Family.OTHER)),
    (0, b"FLV\x01", video("x-flv")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", video("x-ms-asf")),
    (0, b"\0\0\x01\xba", video("mpeg")),
    (0, b"\0\0\x01\xb3", video("mpeg")),
    (0, b".RMF", video("vnd.rn-realvideo")),
    (4, b"moov", video("quicktime")),
    (4, b"mdat", video("quicktime")),
    (0, b"DKIF", video("x-ivf")),
    (0, b"\0\0\x01\xb0", video("mp4v-es")),
    (0, b"\0\0\x01\x67", video("h264")),
    (0, b"\0\0\0\x01\x67", video("h264")),
    (0, b"\0\0\0\x01\x27", video("h264")),
    (0, b"\0\0\0\x01\x09", video("h264")),
    (0, b"\0\0\0\x01\x40\x01", video("h265")),
    (0, b"\0\0\0\x01\x46\x01", video("h265")),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", video("mxf")),
    (0, b"nut/multimedia container\0", video("x-nut")),
    (0, b"YUV4MPEG2 ", video("x-yuv4mpeg")),
    (0, b"%PDF-", PDF),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (0, b"8BPS", closed("image/vnd.adobe.photoshop", "Photoshop file")),
    (0, b"gimp xcf", closed("image/x-xcf", "GIMP file")),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", closed("image/jxl", "JPEG XL picture")),
    (0, b"\xff\x0a", closed("image/jxl", "JPEG XL picture")),
    (0, b"II\xbc\x01", closed("image/jxr", "JPEG XR picture")),
    (0, b"BPG\xfb", closed("image/bpg", "BPG picture")),
    (0, b"FLIF", closed("image/flif", "FLIF picture")),
    (0, b"v/1\x01", closed("image/x-exr", "OpenEXR picture")),
    (0, b"#?RADIANCE", closed("image/vnd.radiance", "Radiance HDR picture")),
    (128, b"DICM", closed("application/dicom", "medical picture")),
    (0, b"%!PS", closed("application/postscript", f"PostScript {VECTOR}")),
    (0, b"\xc5\xd0\xd3\xc6", closed("application/postscript", f"PostScript {VECTOR}")),
    (0, b"\xd7\xcd\xc6\x9a", closed("image/wmf", f"WMF {VECTOR}")),
    (40, b" EMF", closed("image/emf", f"EMF {VECTOR}")),
    (0, b"AT&TFORM", closed("image/vnd.djvu", "DjVu document")),
    (0, b"FWS", closed("application/x-shockwave-flash", "Flash film")),
    (0, b"CWS", closed("application/x-shockwave-flash", "Flash film")),
    (0, b"ZWS", closed("application/x-shockwave-flash", "Flash film")),
    (0, b"FUJIFILMCCD-RAW", raw("x-fuji-raf")),
    (0, b"IIU\0", raw("x-panasonic-rw2")),
    (0, b"IIRO", raw("x-olympus-orf")),
    (0, b"IIRS", raw("x-olympus-orf")),
    (0, b"MMOR", raw("x-olympus-orf")),
    (0, b"FOVb", raw("x-sigma-x3f")),
    (0, b"\0MRM", raw("x-minolta-mrw")),
    (0, b"Rar!\x1a\x07", packed("vnd.rar", "rar archive")),
    (0, b"MSCF\0\0\0\0", packed("vnd.ms-cab-compressed", "cabinet archive")),
    (0, b"ISc(", packed("x-installshield", "cabinet archive")),
    (0, b"!<arch>\n", packed("x-archive", "ar archive or package")),
    (0, b"\xed\xab\xee\xdb", packed("x-rpm", "rpm package")),
    (0, b"070701", packed("x-cpio", "cpio archive")),
    (0, b"070702", packed("x-cpio", "cpio archive")),
    (0, b"070707", packed("x-cpio", "cpio archive")),
    (0, b"\x60\xea", packed("x-arj", "arj archive")),
    (2, b"-lh", packed("x-lzh-compressed", "lha archive")),
    (7, b"**ACE**", packed("x-ace-compressed", "ace archive")),
    (0, b"xar!", packed("x-xar", "xar archive")),
    (0, b"MSWIM\0\0\0", packed("x-ms-wim", "Windows image")),
    (0, b"ITSF", packed("vnd.ms-htmlhelp", "compiled help file")),
    (0, b"SIT!", packed("x-stuffit", "StuffIt archive")),
    (0, b"StuffIt", packed("x-stuffit", "StuffIt archive")),
    (0, b"\x28\xb5\x2f\xfd", packed("zstd", "zstd file")),
    (0, b"\x04\x22\x4d\x18", packed("x-lz4", "lz4 file")),
    (0, b"\x1f\x9d", packed("x-compress", "compress (.Z) file")),
    (0, b"LZIP\x01", packed("x-lzip", "lzip file")),
    (0, b"\x89LZO\0\r\n\x1a\n", packed("x-lzop", "lzop file")),
    (0, b"hsqs", disk("x-squashfs")),
    (0, b"EVF\x09\r\n\xff\0", disk("x-ewf")),
    (0, b"EVF2\r\n\x81\0", disk("x-ewf")),
    (0, b"LVF\x09\r\n\xff\0", disk("x-ewf")),
    (0, b"AFF10\r\n\0", disk("x-aff")),
    (0, b"KDMV", disk("x-vmdk")),
    (0, b"# Disk DescriptorFile", disk("x-vmdk")),
    (0, b"QFI\xfb", disk("x-qcow2")),
    (0, b"conectix", disk("x-vhd")),
    (0, b"vhdxfile", disk("x-vhdx")),
    (64, b"\x7f\x10\xda\xbe", disk("x-vdi")),
    (3, b"NTFS    ", disk("x-ntfs")),
    (3, b"EXFAT   ", disk("x-exfat")),
    (54, b"FAT1", disk("x-fat")),
    (82, b"FAT32   ", disk("x-fat")),
    (32, b"NXSB", disk("x-apfs")),
    (512, b"EFI PART", disk("x-gpt")),
    (1024, b"H+\0\x04", disk("x-hfs")),
    (1024, b"HX\0\x05", disk("x-hfs")),
    (1080, b"\x53\xef", disk("x-ext")),
    (32769, b"CD001", disk("x-iso9660")),
    (32769, b"BEA01", disk("x-udf")),
    (0, b"XFSB", disk("x-xfs")),
    (0, b"SQLite format 3\0", DATABASE),
    (4, b"Standard Jet DB", DATABASE),
    (4, b"Standard ACE DB", DATABASE),
    (4, b"\xef\xcd\xab\x89", DATABASE),
    (0, b"!BDN", MAIL),
    (0, b"Return-Path: ", MAIL),
    (0, b"Received: ", MAIL),
    (0, b"Delivered-To: ", MAIL),
    (0, b"MIME-Version: ", MAIL),
    (0, b"LUKS\xba\xbe", closed("application/x-luks", SECRET)),
    (3, b"-FVE-FS-", closed("application/x-bitlocker", SECRET)),
    (0, b"encrcdsa", closed("application/x-encrypted-dmg", SECRET)),
    (0, b"-----BEGIN PGP MESSAGE-----", closed("application/pgp-encrypted", SECRET)),
    (0, b"age-encryption.org/v1", closed("application/x-age", SECRET)),
    (0, b"Salted__", closed("application/x-openssl-encrypted", SECRET)),
    (0, b"MZ", Kind("application/vnd.microsoft.portable-executable", Family.OTHER)),
    (0, b"\x7fELF", Kind("application/x-elf", Family.OTHER)),
)
