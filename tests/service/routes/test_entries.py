from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.service.service_helper import Running, digest, running, signal

from tidebreak.installation import Tidebreak
from tidebreak.model import Level, Signal
from tidebreak.service.forms.lists import EntryPage

BASE = "/v1/lists/mine/entries"


@pytest.fixture
def service(installation: Tidebreak) -> Iterator[Running]:
    with running(installation) as made:
        made.send("POST", "/v1/lists", json={"name": "mine"})
        yield made


def add(service: Running, *numbers: int) -> list[int]:
    body = {"entries": [{"signals": [signal(n)], "key": f"case {n}"} for n in numbers]}
    answer = service.send("POST", BASE, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["numbers"]


def level(service: Running, number: int) -> Level:
    (verdict,) = service.parts.opened.match([Signal.parse("sha256", digest(number))])
    return verdict.level


def test_entries_count_at_once_and_stop_at_once(service: Running):
    (number,) = add(service, 1)
    assert level(service, 1) is Level.EXACT
    for mark, expected in (("withdraw", Level.NONE), ("restore", Level.EXACT)):
        answer = service.send("POST", f"{BASE}/{number}/{mark}", json={"reason": "a test"})
        assert answer.json() == {"number": number, "done": mark}
        assert level(service, 1) is expected
    service.send("POST", f"{BASE}/{number}/dispute", json={"reason": "a test"})
    (entry,) = service.send("GET", BASE).json()["items"]
    assert (entry["disputed"], entry["withdrawn"], entry["key"]) == (True, False, "case 1")


def test_pages_are_whole_and_hold_no_signal(service: Running):
    numbers = add(service, *range(7))
    seen: list[int] = []
    after = 0
    while True:
        answer = service.send("GET", BASE, params={"after": after, "limit": 3})
        page = EntryPage.model_validate_json(answer.content)
        assert digest(1) not in answer.text
        seen += [one.number for one in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == sorted(numbers)


def test_a_key_that_is_a_hash_is_refused(service: Running):
    body = {"entries": [{"signals": [signal(1)], "key": digest(1)}]}
    answer = service.send("POST", BASE, json=body)
    assert answer.status_code == 422
    assert digest(1) not in answer.text


@pytest.mark.parametrize("mark", ["withdraw", "dispute", "restore"])
def test_an_entry_that_is_not_there(service: Running, mark: str):
    answer = service.send("POST", f"{BASE}/999/{mark}", json={"reason": "x"})
    assert answer.status_code == 404
    without = service.send("POST", f"{BASE}/1/{mark}", json={})
    assert without.status_code == 422


def test_an_entry_of_another_list_is_not_there(service: Running):
    (number,) = add(service, 1)
    service.send("POST", "/v1/lists", json={"name": "other"})
    path = f"/v1/lists/other/entries/{number}/withdraw"
    assert service.send("POST", path, json={"reason": "x"}).status_code == 404
    assert level(service, 1) is Level.EXACT


def test_all_or_none(service: Running):
    body = {"entries": [{"signals": [signal(1)]}, {"signals": [{"type": "md5", "value": "x"}]}]}
    answer = service.send("POST", BASE, json=body)
    assert answer.json()["errors"][0]["pointer"] == "/entries/1"
    assert service.send("GET", BASE).json() == {"items": [], "next": None}


def test_what_is_withdrawn_is_not_added_again_by_accident(service: Running):
    (number,) = add(service, 1)
    service.send("POST", f"{BASE}/{number}/withdraw", json={"reason": "x"})
    body = {"entries": [{"signals": [signal(1)], "key": "case 1"}]}
    assert service.send("POST", BASE, json=body).status_code == 422
