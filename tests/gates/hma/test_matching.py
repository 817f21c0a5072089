from __future__ import annotations

import random

import pytest
from tests.gates.hma.conftest import FAR, NINE_OFF, ONE, Site, black, photograph, shifted

from tidebreak.access.roles import Permission
from tidebreak.gates.hma.application import WARNING
from tidebreak.model import ListKind

FILE = {"photo": ("a.jpg", photograph(), "image/jpeg")}


def seeds(limit: float) -> tuple[str, str]:
    """A seed whose number is below ``limit``, and one above."""
    numbers = {str(n): random.Random(str(n)).random() for n in range(100)}
    below = next(seed for seed, number in numbers.items() if number < limit)
    return below, next(seed for seed, number in numbers.items() if number > limit)


def test_a_lookup_answers_by_bank_with_the_distance_as_text(site: Site):
    site.bank("A")
    site.bank("B")
    first, second = site.add("A", pdq=ONE), site.add("B", pdq=ONE)
    assert site.lookup(NINE_OFF) == {
        "A": [{"bank_content_id": first, "distance": "9", "level": "near"}],
        "B": [{"bank_content_id": second, "distance": "9", "level": "near"}],
    }
    assert site.lookup(FAR) == {}
    assert site.lookup(ONE, banks="B,C").keys() == {"B"}
    assert site.lookup(ONE, banks="C") == {}


@pytest.mark.parametrize(("bits", "found"), [(0, True), (31, True), (32, False), (60, False)])
def test_only_what_hma_calls_a_match_is_one(site: Site, bits: int, found: bool):
    site.bank("A")
    site.add("A", pdq=ONE)
    assert bool(site.lookup(shifted(ONE, bits))) is found
    raw = site.get("/m/raw_lookup", signal=shifted(ONE, bits), signal_type="pdq")
    assert bool(raw.json()["matches"]) is found


def test_who_may_not_know_distances_learns_the_most_that_they_can_be(site: Site):
    site.bank("A")
    number = site.add("A", pdq=ONE, video_md5="a" * 32)
    key = site.doors.add("platform", Permission.MATCH)
    for asked in (ONE, NINE_OFF):
        answer = site.send("GET", f"/m/lookup?signal={asked}&signal_type=pdq", key)
        assert answer.json()["A"][0]["distance"] == "31"
        raw = site.send(
            "GET", f"/m/raw_lookup?signal={asked}&signal_type=pdq&include_distance=true", key
        )
        assert raw.json() == {"matches": [{"bank_content_id": number, "distance": "31"}]}
    exact = site.send("GET", f"/m/lookup?signal={'a' * 32}&signal_type=video_md5", key)
    assert exact.json()["A"][0]["distance"] == "-"


def test_a_key_for_some_lists_learns_of_no_others(site: Site):
    for name in ("A", "B"):
        site.bank(name)
        site.add(name, pdq=ONE)
    key = site.doors.add("some", Permission.MATCH, lists=frozenset({"B"}))
    answer = site.send("GET", f"/m/lookup?signal={ONE}&signal_type=pdq", key)
    assert answer.json().keys() == {"B"}
    assert site.doors.looked[-1][:3] == ("some", 1, 1)


def test_lookups_are_charged_and_their_hits_told(site: Site):
    site.bank("A")
    site.add("A", pdq=ONE)
    site.lookup(ONE)
    site.lookup(FAR)
    site.lookup("a" * 32, "video_md5")
    assert site.doors.charged == [("all", 1)] * 3
    assert site.doors.looked == [
        ("all", 1, 1, [(bytes.fromhex(ONE), True)]),
        ("all", 1, 0, [(bytes.fromhex(FAR), False)]),
        ("all", 1, 0, []),
    ]


def test_a_bank_takes_part_as_often_as_its_ratio_says(site: Site):
    site.bank("HALF", enabled_ratio=0.5)
    site.bank("NEVER", enabled_ratio=0)
    for name in ("HALF", "NEVER"):
        site.add(name, pdq=ONE)
    below, above = seeds(0.5)
    assert site.lookup(ONE, seed=below).keys() == {"HALF"}
    assert site.lookup(ONE, seed=above) == {}
    assert site.lookup(ONE, seed=above, bypass_coinflip="true").keys() == {"HALF", "NEVER"}
    raw = site.get("/m/raw_lookup", signal=ONE, signal_type="pdq").json()["matches"]
    assert len(raw) == 2  # ratios do not count there
    posted = site.send("POST", "/m/lookup?bypass_coinflip=True", files={
        "photo": ("a.jpg", photograph())})  # fmt: skip
    assert posted.json() == {"pdq": {}}


def test_a_raw_lookup_has_ids_and_distances_when_asked(site: Site):
    site.bank("A")
    site.bank("B")
    first, second = site.add("A", pdq=ONE), site.add("B", pdq=NINE_OFF)
    ask = {"signal": ONE, "signal_type": "pdq"}
    assert site.get("/m/raw_lookup", **ask).json() == {"matches": [first, second]}
    assert site.get("/m/raw_lookup", **ask, include_distance="true").json() == {
        "matches": [
            {"bank_content_id": first, "distance": "0"},
            {"bank_content_id": second, "distance": "9"},
        ]
    }
    assert site.get("/m/raw_lookup", **ask, banks="B").json() == {"matches": [second]}
    assert site.get("/m/raw_lookup", **ask, banks="NONE").json() == {"matches": []}


def test_what_is_missing_is_said_as_hma_says_it(site: Site):
    for path, name in (
        ("/m/raw_lookup?signal_type=pdq", "signal"), ("/m/raw_lookup?signal=x", "signal_type"),
    ):  # fmt: skip
        answer = site.send("GET", path)
        assert answer.status_code == 422
        assert answer.json()[0]["loc"] == [name]
    assert site.send("GET", "/m/raw_lookup?signal=&signal_type=pdq").status_code == 400
    assert site.send("GET", f"/m/raw_lookup?signal={ONE}&signal_type=pdq&include_distance=maybe"
                     ).status_code == 422  # fmt: skip
    for query in ("", "signal=x", "signal=x&signal_type=", "signal=x&signal_type=raw_text",
                  "signal=banana&signal_type=pdq", f"signal={ONE}%0A0&signal_type=pdq",
                  ):  # fmt: skip
        answer = site.send("GET", f"/m/lookup?{query}")
        assert (answer.status_code, set(answer.json())) == (400, {"message"})
        assert "banana" not in answer.text


def test_an_allow_list_is_honoured_and_other_lists_are_no_banks(site: Site):
    site.bank("A")
    md5 = "5" * 32
    site.add("A", pdq=ONE, video_md5=md5)
    sha256 = "7" * 64
    site.import_list("good", ListKind.ALLOW, f"sha256\n{sha256}\n")
    site.import_list("seen", ListKind.WATCH, f"sha256\n{sha256}\n")
    assert site.lookup(sha256, "sha256") == {}
    assert site.get("/c/banks").json() == [{"name": "A", "matching_enabled_ratio": 1.0}]


def test_more_than_hma_says_of_a_match(site: Site):
    site.import_list("ncmec-2024", ListKind.CONTRABAND, f"id,md5,category\nX-1,{'3' * 32},A1\n")
    site.opened.catalogue.dispute("ncmec-2024", "X-1", "an appeal")
    assert site.lookup("3" * 32, "video_md5") == {
        "NCMEC_2024": [{
            "bank_content_id": 1, "distance": "-", "level": "exact-weak",
            "classification": "A1", "disputed": True,
        }]
    }  # fmt: skip


def test_a_list_is_a_bank_as_soon_as_it_counts(site: Site):
    site.bank("A")
    site.import_list("later", ListKind.CONTRABAND, f"md5\n{'3' * 32}\n")
    assert site.lookup("3" * 32, "video_md5").keys() == {"LATER"}


def test_a_file_is_looked_up_by_signal_type_and_bank(site: Site):
    site.bank("A")
    answer = site.send("POST", "/c/bank/A/content", files=FILE)
    number = answer.json()["id"]
    found = site.send("POST", "/m/lookup", files=FILE).json()
    assert found == {"pdq": {"A": [{"bank_content_id": number, "distance": "0", "level": "near"}]}}
    both = site.send("POST", "/m/lookup?types=pdq,sha256", files=FILE).json()
    assert both["sha256"]["A"] == [{"bank_content_id": number, "distance": "-", "level": "exact"}]


def test_a_url_is_looked_up(site: Site):
    site.bank("A")
    site.send("POST", "/c/bank/A/content", files=FILE)
    site.fetches.pages["http://p/1"] = ("image/jpeg", photograph())
    by_type = site.get("/m/lookup", url="http://p/1").json()
    assert by_type.keys() == {"pdq"}
    assert by_type["pdq"].keys() == {"A"}
    assert site.get("/m/lookup", url="http://p/1", signal_type="pdq").json() == by_type["pdq"]
    assert site.get("/m/lookup", url="http://p/1", signal_type="video_md5").json() == {}


def test_what_could_not_be_hashed_is_seen(site: Site):
    site.bank("A")
    answer = site.send("POST", "/m/lookup", files={"photo": ("a.png", black())})
    assert (answer.status_code, answer.json()) == (200, {"pdq": {}})
    assert answer.headers[WARNING] == "could not be hashed: pdq: featureless"
    assert site.doors.charged == [("all", 1)]  # reading it; nothing was looked up
    no_picture = site.send("POST", "/m/lookup", files={"photo": ("a.jpg", b"no picture")})
    assert no_picture.status_code == 400
    assert site.hma.warned["could not be hashed"] == 2


@pytest.mark.parametrize("bits", [0, 1, 31, 32, 256])
def test_compare_counts_bits(site: Site, bits: int):
    assert site.send("POST", "/m/compare", json={"pdq": [ONE, shifted(ONE, bits)]}).json() == {
        "pdq": [bits <= 31, {"distance": bits}]
    }
    assert site.doors.charged == []


def test_compare_of_the_pair_in_hmas_own_tests(site: Site):
    assert site.send("POST", "/m/compare", json={"pdq": [ONE, NINE_OFF]}).json() == {
        "pdq": [True, {"distance": 9}]
    }


def test_compare_of_exact_types(site: Site):
    md5s = {"video_md5": ["a" * 32, "A" * 32], "video_sha256": ["a" * 64, "b" * 64]}
    assert site.send("POST", "/m/compare", json=md5s).json() == {
        "video_md5": [True, {"distance": "-"}], "video_sha256": [False, {"distance": "-"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [["banana"], {"pdq": "banana"}, {"pdq": []}, {"pdq": ["banana", "banana"]}, {"pdq": [ONE, 3]},
     {"pdq": [ONE, ONE, ONE]}, {"tlsh": [ONE, ONE]}, {"pdq": {}}],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(site: Site, given: object):
    answer = site.send("POST", "/m/compare", json=given)
    assert (answer.status_code, set(answer.json())) == (400, {"message"})
    assert "banana" not in answer.text


def test_the_index_says_what_is_compared(site: Site):
    site.bank("A")
    site.add("A", pdq=ONE)
    site.add("A", pdq=FAR, video_md5="a" * 32)
    status = site.get("/m/index/status").json()
    assert {name: one["size"] for name, one in status.items()} == {"pdq": 2, "video_md5": 1}
    assert all(one["present"] and one["built_to"] > 1e9 for one in status.values())
    assert site.get("/m/index/status", signal_type="pdq").json().keys() == {"pdq"}
    assert site.get("/m/index/status", signal_type="x").status_code == 400
    other = site.get("/c/signal_type/index", signal_type="pdq").json()["pdq"]
    assert (other["db_size"], other["index_size"], other["index_out_of_date"]) == (2, 2, False)
    site.screens.state.ready = False
    assert site.get("/m/index/status").json()["pdq"] == {
        "built_to": -1, "present": False, "size": 2,
    }  # fmt: skip
