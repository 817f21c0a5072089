from __future__ import annotations

from tidebreak.hashing.digests import digest_many
from tidebreak.hashing.pdq import PdqHash
from tidebreak.media.findings import because, examination_of, with_image, with_video
from tidebreak.media.image import ImageResult
from tidebreak.media.intake import Whole
from tidebreak.media.sniff import sniff
from tidebreak.media.video import VideoResult
from tidebreak.model import Examination, View


def of(data: bytes, reason: str = "") -> Examination:
    return examination_of(
        "a", Whole(sniff(data), len(data), data, None, reason), digest_many([data])[0]
    )


def test_what_is_certain_of_any_content():
    found = of(b"%PDF-1.7", "cut off")
    assert (found.member, found.size, found.content) == ("a", 8, "application/pdf")
    assert found.reason.startswith("cut off; PDF document")
    assert found.signal("md5")
    assert (of(b"").note, of(b"").trivial) == ("empty", True)


def test_a_picture_adds_its_hashes_and_what_is_wrong_with_it():
    view = View(bytes(32), 50)
    image = ImageResult(PdqHash(bytes(32), 80), views=(view,), frames=(view,), reason="b", note="c")
    found = with_image(because(of(b"x"), "a"), image)
    assert found.signal("pdq").quality == 80
    assert found.views == (view, view)
    assert (found.reason, found.note, found.content) == ("a; b", "c", "text/plain")
    assert with_image(of(b"x"), ImageResult(content="image/png")).content == "image/png"


def test_a_video_adds_its_sequence_and_what_is_wrong_with_it():
    video = VideoResult(bytes(38), 1500, reason="b", note="c", preproc="video-1/full", trivial=True)
    found = with_video(because(of(b"xy"), "a"), video)
    assert (found.sequence, found.duration_ms, found.preproc) == (bytes(38), 1500, "video-1/full")
    assert (found.reason, found.note, found.trivial) == ("a; b", "c", True)
