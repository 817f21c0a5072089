from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.gates.clamd.commands import LONGEST, PATHS, Command, Unknown, Verb, taken

ENDS = {b"z": b"\0", b"n": b"\n", b"": b"\n"}


@pytest.mark.parametrize("prefix", [b"z", b"n"])
@pytest.mark.parametrize("verb", list(Verb))
def test_every_command_is_taken_and_what_follows_is_left(prefix: bytes, verb: Verb):
    path = b"/srv/a b" if verb in PATHS else b""
    text = prefix + verb.encode() + (b" " + path if path else b"") + ENDS[prefix]
    assert taken(text + b"more") == (Command(verb, ENDS[prefix], path), len(text))


@given(st.sampled_from(sorted(PATHS)), st.binary(min_size=1, max_size=200), st.data())
def test_a_command_is_the_same_however_it_arrives(verb: Verb, path: bytes, data):
    path = path.replace(b"\0", b"x")
    text = b"z" + verb.encode() + b" " + path + b"\0"
    cut = data.draw(st.integers(0, len(text) - 1))
    assert taken(text[:cut]) is None
    assert taken(text) == (Command(verb, b"\0", path), len(text))


@given(st.binary(max_size=LONGEST + 100))
def test_whatever_comes_is_a_command_or_unknown_or_not_there_yet(data: bytes):
    found, end = None, b""
    try:
        found = taken(data)
    except Unknown as error:
        end = error.end
    if end:
        assert end == (b"\0" if data[:1] == b"z" else b"\n")
    elif found is None:
        assert len(data) < LONGEST
    else:
        assert 0 < found[1] <= len(data)


@pytest.mark.parametrize(
    "text",
    [b"INSTREAM\n", b"IDSESSION\n", b"END\n", b"VERSIONCOMMANDS\n", b"ALLMATCHSCAN /a\n",
     b"zSCAN\0", b"zSCAN \0", b"zPING now\0", b"nPINGS\n", b"\n", b"n\n", b"zping\0", b"\xff\n",
     b"nSCAN /a\0b\n", b"GET / HTTP/1.1\n"],
)  # fmt: skip
def test_what_is_no_command_is_unknown(text: bytes):
    with pytest.raises(Unknown):
        taken(text)


def test_an_old_command_may_end_as_a_terminal_ends_a_line():
    assert taken(b"PING\r\n") == (Command(Verb.PING, b"\n"), 6)


def test_a_command_without_an_end_is_not_read_for_ever():
    assert taken(b"zSCAN /" + b"a" * 100) is None
    with pytest.raises(Unknown):
        taken(b"zSCAN /" + b"a" * LONGEST)
