from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidebreak.errors import BadSignal
from tidebreak.lists.values import decode, types_of_bare
from tidebreak.signals import SIGNAL_TYPES

HEX = st.text("0123456789abcdefABCDEF \t", min_size=30, max_size=42)
CELLS = st.lists(
    st.just("") | st.just("ab" * 16) | st.just(" " + "CD" * 16) | HEX | st.text(max_size=3),
    max_size=12,
)


@example(["", ""], SIGNAL_TYPES["orb"])
@given(CELLS, st.sampled_from(list(SIGNAL_TYPES.values())))
def test_a_column_is_what_its_cells_are_one_by_one(texts, kind):
    columns, bad = decode(kind, texts)
    found = {
        int(row): value.tobytes()
        for column in columns
        for row, value in zip(column.rows, column.values, strict=True)
    }
    for row, text in enumerate(texts):
        if not text.strip():
            assert row not in found
            assert row not in bad
            continue
        try:
            wanted = kind.parse(text)
        except BadSignal:
            assert row in bad
            assert row not in found
        else:
            assert found[row] == wanted
            assert row not in bad


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0" * 32, ["md5"]),
        ("0" * 64, ["sha256", "pdq", "blake3", "btv2"]),
        ("g" * 32, []),
        ("0" * 33, []),
        ("", []),
        ("b" + "a" * 58, ["cid-v1"]),
        ("because this is only a sentence that begins with the letter b.", []),
    ],
)
def test_what_a_bare_value_may_be(text, names):
    assert [kind.name for kind in types_of_bare(text)] == names


def test_regions_must_have_a_code_that_there_is():
    kind = SIGNAL_TYPES["pdq-region"]
    texts = [f"{code:04x}" + "ab" * 32 for code in (1, 0, 999, 1000, 65535)]
    for written in (texts, [*texts, "  "]):
        (column,), bad = decode(kind, written)
        assert column.rows.tolist() == [0, 2]
        assert sorted(bad) == [1, 3, 4]
