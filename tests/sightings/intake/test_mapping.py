from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.sightings.intake.mapping import (
    ClientForm,
    check_present,
    parse_mapping,
    read_mapping,
)
from tidebreak.sightings.records import Event, Grade, Network
from tidebreak.signals import SIGNAL_TYPES

WHOLE = """
time = "t"
time_format = "epoch"
client = "who"
client_form = "hex"
delimiter = ";"
columns = ["t", "who", "hash", "kind", "sha"]
content = [{ column = "hash", type_column = "kind" }, { column = "sha", type = "SHA-1" }]
constant = { network = "ed2k", grade = "b", event = "had" }
events = { Had = "offered" }
"""


def test_a_mapping_says_what_is_where():
    mapping = parse_mapping(tomllib.loads(WHOLE))
    assert mapping.used == ["t", "who", "hash", "kind", "sha"]
    assert mapping.client_form is ClientForm.HEX
    assert mapping.contents[0].signal_type is None
    assert mapping.contents[1].signal_type is SIGNAL_TYPES["sha1"]
    assert mapping.constant_network is Network.EDONKEY
    assert mapping.constant_grade is Grade.B
    assert mapping.constant_event is Event.OFFERED
    assert mapping.events["requested"] is Event.REQUESTED


@pytest.mark.parametrize(("change", "reason"), [
    ('when = "t"', "'when', which means nothing"),
    ('delimiter = "||"', "one character"),
    ("size = 3", "'size' must be text"),
    ('client_form = "base64"', "'client_form' must be one of"),
    ('content = { column = "a" }', "either a 'type' or"),
    ('content = { column = "a", type = "pdq" }', "names content exactly"),
    ('content = { column = "a", type = "sha1", typ = "x" }', "takes 'column' and"),
    ('content = "a"', "takes 'column' and"),
    ('events = { x = "stolen" }', "'stolen' is no event"),
    ('events = "x"', "must be a table"),
    ('constant = { grade = "D" }', "'D' is no grade"),
    ('time = ""', "which column is 'time'"),
])  # fmt: skip
def test_a_mistake_is_named(change, reason):
    base = {"time": "t", "content": {"column": "c", "type": "md5"}}
    with pytest.raises(UsageError, match=reason):
        parse_mapping(base | tomllib.loads(change))


def test_the_text_of_a_mapping_is_kept_and_its_file_named_in_errors(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(WHOLE)
    assert read_mapping(path)[1] == WHOLE
    path.write_text("time = ")
    with pytest.raises(UsageError, match=r"m\.toml is not TOML"):
        read_mapping(path)
    path.write_text('time = "t"')
    with pytest.raises(UsageError, match=r"m\.toml is wrong: it must say"):
        read_mapping(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_mapping(tmp_path / "none")


def test_a_mapping_which_is_kept_in_clear_holds_no_identifier(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(f"{WHOLE}\n# as {'1A' * 20}")
    with pytest.raises(UsageError, match="may be a hash") as caught:
        read_mapping(path)
    assert "1A" * 20 not in str(caught.value)


def test_a_column_that_the_log_lacks_is_named():
    mapping = parse_mapping(tomllib.loads(WHOLE))
    with pytest.raises(UsageError, match="no column 'sha', which is needed"):
        check_present(mapping.used, ["t", "who", "hash", "kind"])


def test_the_mapping_in_the_documentation_is_one():
    page = Path(__file__).parents[3] / "docs" / "sightings-import.md"
    text, *_ = re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL)
    mapping = parse_mapping(tomllib.loads(text))
    assert [content.type for content in mapping.contents] == ["btih", "", "link"]
    assert mapping.events["have"] is Event.OFFERED
