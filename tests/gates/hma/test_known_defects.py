"""Defects of HMA that were found by running it, by their numbers in docs/hma.md: none is here."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import pytest
from PIL import Image
from tests.gates.hma.conftest import ONE, Site, black, photograph, picture, shifted
from tests.media.moving import encode, wander

from tidebreak.errors import UsageError
from tidebreak.gates.hma.application import WARNING
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind, Signal

FILE = {"photo": ("a.jpg", photograph(), "image/jpeg")}


def test_defect_02_a_photo_is_known_by_its_digests_too(site: Site):
    site.bank("A")
    site.send("POST", "/c/bank/A/content", files=FILE)
    for name in ("md5", "sha1", "sha256"):
        value = hashlib.new(name, photograph()).hexdigest()
        assert site.send("POST", f"/h/hash?types={name}", files=FILE).json() == {name: value}
        assert site.lookup(value, name).keys() == {"A"}


@pytest.mark.parametrize("copies", [1, 2, 4, 8, 1024])
def test_defect_03_a_bank_of_one_hash_or_of_equal_ones_matches(site: Site, copies: int):
    lines = "".join(f"n{n},{ONE}\n" for n in range(copies))
    site.import_list("A", ListKind.CONTRABAND, f"id,pdq\n{lines}")
    with Tidebreak.open(site.opened.home) as reopened:  # by what was saved
        [verdict] = reopened.match([Signal.parse("pdq", ONE)])
    assert len(verdict.matches) + verdict.omitted >= min(copies, 101)
    assert len(site.lookup(ONE)["A"]) == min(copies, 100)
    answer = site.get("/m/lookup", signal=ONE, signal_type="pdq")
    assert (WARNING in answer.headers) is (copies > 100)  # and that there are more is said


@cache
def variants() -> dict[str, bytes]:
    image = Image.open(io.BytesIO(photograph()))
    made = {
        "png-8": picture(image.quantize(256)),
        "gif": picture(image.quantize(256), "GIF"),
        "cmyk": picture(image.convert("CMYK"), "JPEG", quality=95),
        "alpha": picture(image.convert("RGBA")),
    }
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    for orientation, turn in turns.items():
        turned = image.transpose(Image.Transpose(turn))
        exif = Image.Exif()
        exif[0x112] = orientation
        made[f"exif-{orientation}"] = picture(turned, "JPEG", quality=95, exif=exif)
    return made


def test_defect_04_the_same_picture_has_the_same_hash_however_it_is_stored(site: Site):
    plain = site.send("POST", "/h/hash", files=FILE).json()["pdq"]
    for name, content in variants().items():
        other = site.send("POST", "/h/hash", files={"photo": ("a", content)}).json()["pdq"]
        found = site.send("POST", "/m/compare", json={"pdq": [plain, other]}).json()
        assert found["pdq"][1]["distance"] <= 10, name


def test_defect_06_a_featureless_picture_is_refused_and_breaks_no_index(site: Site):
    site.bank("A")
    assert (
        site.send("POST", "/c/bank/A/content", files={"photo": ("a.png", black())}).status_code
        == 400
    )
    site.add("A", pdq=ONE, video_md5="a" * 32)
    assert site.lookup(ONE).keys() == site.lookup("a" * 32, "video_md5").keys() == {"A"}


def test_defect_09_nothing_is_told_without_a_key_and_nothing_is_for_developers(site: Site):
    for path in ("setup_sample_example", "seed_banks", "run_fetch", "factory_reset"):
        assert site.send("POST", f"/dev/{path}").status_code == 404


def test_defect_10_no_url_is_fetched_where_that_is_not_switched_on(site: Site):
    site.hma.fetcher = None
    answer = site.get("/h/hash", url="http://127.0.0.1:5100/status")
    assert answer.status_code == 403
    assert "missing role" in answer.json()["message"]


def test_defect_11_an_addition_is_found_at_once_without_a_whole_rebuild(site: Site):
    site.bank("A")
    for bits in (0, 40, 80):
        site.add("A", pdq=shifted(ONE, bits))
        assert site.lookup(shifted(ONE, bits))["A"]


def test_defect_12_a_signal_type_is_changed_and_that_is_json(site: Site):
    answer = site.send("PUT", "/c/signal_type/pdq", json={"enabled_ratio": 0.5})
    assert (answer.status_code, answer.json()) == (200, {"name": "pdq", "enabled_ratio": 0.5})
    assert site.get("/c/signal_type").json()[0] == {"name": "pdq", "enabled_ratio": 0.5}
    site.send("PUT", "/c/signal_type/pdq", json={"enabled_ratio": 0})
    assert site.get("/m/lookup", signal=ONE, signal_type="pdq").status_code == 400


def test_defect_12_an_exchange_that_is_not_there_is_json_too(site: Site):
    answer = site.send("PUT", "/c/exchange/X", json={"enabled": True})
    assert (answer.status_code, set(answer.json())) == (404, {"message"})


def test_defect_12_a_content_is_deleted_from_its_own_bank_only(site: Site):
    site.bank("A")
    site.bank("OTHER")
    number = site.add("A", pdq=ONE)
    assert site.send("DELETE", f"/c/bank/OTHER/content/{number}").json() == {"deleted": 0}
    for method in ("GET", "PUT"):
        answer = site.send(method, f"/c/bank/OTHER/content/{number}", json={"disable_until_ts": 0})
        assert answer.status_code == 404
    assert site.lookup(ONE).keys() == {"A"}


def test_defect_12_a_get_lookup_heeds_bypass_coinflip(site: Site):
    site.bank("A", enabled_ratio=0)
    site.add("A", pdq=ONE)
    assert site.lookup(ONE) == {}
    assert site.lookup(ONE, bypass_coinflip="true").keys() == {"A"}


def test_defect_12_a_short_video_is_hashed(site: Site):
    pytest.importorskip("av")
    video = encode(wander(2, 3, 32, 32))
    assert len(video) < 8192
    answer = site.send("POST", "/h/hash", files={"video": ("a.mp4", video)})
    assert answer.json() == {"video_md5": hashlib.md5(video).hexdigest()}


def test_defect_12_a_featureless_picture_is_no_error(site: Site):
    site.bank("A")
    answer = site.send("POST", "/m/lookup", files={"photo": ("a.png", black())})
    assert (answer.status_code, answer.json()) == (200, {"pdq": {}})
    assert "featureless" in answer.headers[WARNING]


def test_defect_13_deleting_one_content_leaves_all_others(site: Site):
    site.bank("A")
    numbers = [site.add("A", pdq=f"{n:064x}") for n in range(5)]
    site.send("DELETE", f"/c/bank/A/content/{numbers[2]}")
    left = [site.get(f"/c/bank/A/content/{n}").status_code for n in numbers]
    assert left == [200, 200, 404, 200, 200]


def test_defect_15_upper_case_is_taken(site: Site):
    site.bank("A")
    site.add("A", pdq=ONE.upper())
    answer = site.get("/m/lookup", signal=ONE.upper(), signal_type="pdq")
    assert answer.json()["A"][0]["distance"] == "0"
    assert answer.headers[WARNING] == "normalised"


def test_defect_16_the_closest_comes_first(site: Site):
    site.bank("A")
    numbers = {bits: site.add("A", pdq=shifted(ONE, bits)) for bits in (16, 0, 9)}
    found = site.lookup(ONE)["A"]
    assert [one["bank_content_id"] for one in found] == [numbers[0], numbers[9], numbers[16]]


def test_defect_17_a_bank_that_is_made_disabled_is(site: Site):
    answer = site.send("POST", "/c/banks", json={"name": "A", "enabled": False})
    assert answer.json()["matching_enabled_ratio"] == 0.0


def test_defect_18_and_25_a_dispute_and_the_classification_are_in_the_match(site: Site):
    site.import_list("L", ListKind.CONTRABAND, f"id,pdq,category\nX,{ONE},A1\n")
    site.opened.catalogue.dispute("L", "X", "an appeal")
    [found] = site.lookup(ONE)["L"]
    assert (found["classification"], found["disputed"]) == ("A1", True)


def test_an_index_that_is_lost_is_never_an_empty_answer(site: Site):
    site.bank("A")
    site.screens.broken = UsageError("no list is enabled")
    assert site.get("/m/lookup", signal=ONE, signal_type="pdq").status_code == 400


def test_pictures_for_these_tests_are_what_they_are_called():
    assert Image.open(io.BytesIO(variants()["png-8"])).mode == "P"
    assert Image.open(io.BytesIO(variants()["cmyk"])).mode == "CMYK"
