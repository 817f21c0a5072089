from __future__ import annotations

import pytest

from tidebreak.errors import CannotRead, UsageError
from tidebreak.sightings.ranking.exclusions import exclude, excluded, exclusions

LOG = """t,ip,who,id
1767225000,192.0.2.1,-AA0001-one,{0}
1767225000,192.0.2.77,-AA0001-two,{0}
1767225000,198.51.100.1,-AA0001-%20%01,{0}
1767225000,2001:db8::5,,{0}
""".format("ab" * 16)
MAPPING = """
time = "t"
time_format = "epoch"
address = "ip"
client = "who"
client_form = "percent"
content = { column = "id", type = "md5" }
"""
LIST = """# our own
192.0.2.0/26
2001:db8::/64   # the laboratory
client -AA0001-%20%01
client -AA0001-two
client nobody
"""


@pytest.fixture
def filled(imported, opened):
    imported(LOG, "csv", MAPPING)
    return opened()


def test_machines_and_clients_are_excluded_by_code(filled, log, audit, anywhere):
    exclude(filled, log(LIST, "own.txt"), "research project", audit, "tester")
    found = excluded(filled)
    names = filled.addresses([1, 2, 3, 4])
    assert [n for n, out in zip(names, found.addresses[1:], strict=True) if out] == [
        "192.0.2.1", "2001:db8::5",
    ]  # fmt: skip
    clients = filled.clients([1, 2, 3])
    assert [n for n, out in zip(clients, found.clients[1:], strict=True) if out] == [
        "-AA0001-two", "-AA0001- %01",
    ]  # fmt: skip
    assert not found.addresses[0]
    assert not found.clients[0]
    assert anywhere(b"192.0.2.0/26") == []


def test_lists_add_up_and_are_kept_with_their_reasons(filled, log, audit):
    exclude(filled, log("192.0.2.77\n"), "monitor", audit, "one")
    exclude(filled, log("198.51.100.0/24\n"), "police", audit, "two")
    assert [(e.reason, e.added_by, e.lines) for e in exclusions(filled)] == [
        ("monitor", "one", ("192.0.2.77",)), ("police", "two", ("198.51.100.0/24",)),
    ]  # fmt: skip
    assert excluded(filled).addresses.tolist() == [False, False, True, True, False]
    assert [event.action for event in audit.events()][-1] == "sightings.exclude"


def test_without_a_list_nothing_is_excluded(filled):
    assert not excluded(filled).addresses.any()
    assert len(excluded(filled).clients) == 4


@pytest.mark.parametrize(("content", "reason"), [
    ("192.0.2.1\nexample.org\n", "Number 2 of the list"), ("192.0.2.1/24\n", "Number 1"),
    ("# nothing\n", "lists nothing"),
])  # fmt: skip
def test_a_list_with_a_mistake_excludes_nothing(filled, log, audit, content, reason):
    with pytest.raises(UsageError, match=reason):
        exclude(filled, log(content), "why", audit, "tester")
    with pytest.raises(UsageError, match="--reason"):
        exclude(filled, log("192.0.2.1\n"), " ", audit, "tester")
    with pytest.raises(CannotRead):
        exclude(filled, log(b"\xff"), "why", audit, "tester")
    assert exclusions(filled) == []
