from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from tests.gates.hma.conftest import MakeSite, Site, photograph, picture

from tidebreak.errors import UsageError
from tidebreak.fetching.errors import FetchFailed
from tidebreak.gates.hma.application import WARNING

FILE = {"photo": ("a.jpg", photograph(), "image/jpeg")}
MD5 = hashlib.md5(photograph()).hexdigest()


def test_a_photo_has_the_hash_that_metas_own_code_gives_it(site: Site):
    pdqhash = pytest.importorskip("pdqhash")
    bits, quality = pdqhash.compute(np.asarray(Image.open(io.BytesIO(photograph()))))
    theirs = np.packbits(bits).tobytes().hex()
    ours = site.send("POST", "/h/hash", files=FILE).json()["pdq"]
    both = site.send("POST", "/m/compare", json={"pdq": [ours, theirs]}).json()["pdq"]
    assert quality >= 80
    assert both[1]["distance"] <= 10


def test_what_a_video_is_is_the_word_of_its_field(site: Site):
    answer = site.send("POST", "/h/hash", files={"video": ("a", photograph())})
    assert answer.json() == {"video_md5": MD5}


def test_reading_a_file_is_charged_before_it_is_done(site: Site, monkeypatch: pytest.MonkeyPatch):
    site.send("POST", "/h/hash", files=FILE)
    assert site.doors.charged == [("all", 1)]
    site.doors.full = True
    monkeypatch.setattr(site.hma.screener, "hash", None)
    for path in ("/h/hash", "/m/lookup"):
        assert site.send("POST", path, files=FILE).status_code == 429


def test_types_that_are_asked_for(site: Site):
    answer = site.send("POST", "/h/hash?types=%20md5,,pdq%20", files=FILE)
    assert answer.json().keys() == {"md5", "pdq"}


def test_types_that_are_hashed_anyway(make_site: MakeSite):
    site = make_site(types=("pdq", "md5", "video_md5"))
    assert site.send("POST", "/h/hash", files=FILE).json().keys() == {"pdq", "md5"}


@pytest.mark.parametrize(
    ("files", "query"),
    [
        ({}, ""), ({"file": ("a", b"x")}, ""), ({"photo": ("a", b"x")}, "?types=video_md5"),
        ({"photo": ("a", b"x")}, "?types=tlsh"), ({"photo": ("a", b"x")}, "?types=,%20"),
        ([("photo", ("a", b"x")), ("photo", ("b", b"x"))], ""),
        ([("photo", ("a", b"x")), ("video", ("b", b"x"))], ""),
        ({"photo": ("a", b"no picture")}, ""), ({"photo": ("a", b"")}, ""),
        ({"video": ("a", b"")}, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_hashed_is_refused(site: Site, files: object, query: str):
    answer = site.send("POST", f"/h/hash{query}", files=files)
    assert (answer.status_code, set(answer.json())) == (400, {"message"})


def test_a_body_that_is_no_form_is_refused(site: Site):
    assert site.send("POST", "/h/hash", content=photograph()).status_code == 400
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    zipped = site.send("POST", "/h/hash", files=FILE, headers={"Content-Encoding": "gzip"})
    assert zipped.status_code == 415
    assert site.send("POST", "/h/hash", content=b"--x\r\n", headers=kind).status_code == 400


def test_what_is_featureless_has_an_empty_hash_and_a_warning(site: Site):
    flat = picture(Image.new("RGB", (200, 200), "white"))
    answer = site.send("POST", "/h/hash", files={"photo": ("a.png", flat)})
    assert (answer.status_code, answer.json()) == (200, {"pdq": ""})
    assert answer.headers[WARNING] == "could not be hashed: pdq: featureless"


def test_a_file_that_is_cut_off_says_so(site: Site):
    cut = {"photo": ("a.jpg", photograph()[: len(photograph()) * 2 // 3])}
    answer = site.send("POST", "/h/hash", files=cut)
    if answer.status_code == 200:
        assert "not fully examined" in answer.headers[WARNING]
    else:
        assert answer.status_code == 400


def test_uploads_are_bounded(make_site: MakeSite):
    site = make_site(upload_bytes=1000, uploads=1)
    assert site.send("POST", "/h/hash", files=FILE).status_code == 413
    site.portal.call(site.hma.uploads.acquire)
    answer = site.send("POST", "/h/hash", files=FILE)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    site.portal.call(site.hma.uploads.release)


@pytest.mark.parametrize(
    ("kind", "hint", "told"),
    [("image/jpeg", "", {"pdq"}), ("IMAGE/png; x", "", {"pdq"}), ("video/mp4", "", {"video_md5"}),
     ("text/plain", "photo", {"pdq"}), ("image/jpeg", "video", {"video_md5"})],
)  # fmt: skip
def test_a_url_is_what_its_server_or_the_query_says(
    site: Site, kind: str, hint: str, told: set[str]
):
    site.fetches.pages["http://p/1"] = (kind, photograph())
    query = {"url": "http://p/1"} | ({"content_type": hint} if hint else {})
    assert site.get("/h/hash", **query).json().keys() == told


def test_urls_that_cannot_be_hashed(site: Site, monkeypatch: pytest.MonkeyPatch):
    site.fetches.pages["http://p/1"] = ("text/html", photograph())
    assert site.get("/h/hash", url="http://p/1").status_code == 400
    assert site.get("/h/hash", url="http://p/1", content_type="text").status_code == 400
    assert site.get("/h/hash").status_code == 422
    for error in (UsageError("private"), FetchFailed("no answer")):

        async def failing(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(site.fetches, "fetch", failing)
        assert site.get("/h/hash", url="http://p/1").status_code == 400
