"""Which function walks which archive."""

from __future__ import annotations

from tidebreak.media.archive import Walk
from tidebreak.media.archive_7z import walk_7z
from tidebreak.media.archive_stream import walk_bzip2, walk_gzip, walk_lzma, walk_xz
from tidebreak.media.archive_tar import walk_tar
from tidebreak.media.archive_zip import walk_zip
from tidebreak.media.signatures import BZIP2, GZIP, LZMA, SEVEN_ZIP, TAR, XZ, ZIP, Kind

_WALKS: dict[Kind, Walk] = {
    ZIP: walk_zip,
    TAR: walk_tar,
    GZIP: walk_gzip,
    BZIP2: walk_bzip2,
    XZ: walk_xz,
    LZMA: walk_lzma,
    SEVEN_ZIP: walk_7z,
}


def walk_of(kind: Kind) -> Walk:
    """Return the walk of a ``kind`` whose family is ARCHIVE."""
    return _WALKS[kind]
