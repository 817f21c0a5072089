from __future__ import annotations

from tidebreak.media import signatures
from tidebreak.media.archive_formats import walk_of
from tidebreak.media.signatures import Family, Kind


def test_every_archive_that_is_recognised_can_be_walked():
    kinds = [kind for kind in vars(signatures).values() if isinstance(kind, Kind)]
    archives = [kind for kind in kinds if kind.family is Family.ARCHIVE]
    assert len(archives) == 7
    assert len({walk_of(kind) for kind in archives}) == 7
