from __future__ import annotations

import os

import pytest

from tidebreak.enrol.items import Label
from tidebreak.enrol.labels import Labels
from tidebreak.errors import UsageError

USUAL = Label("none", "own")


@pytest.fixture
def table(tmp_path):
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "x.png").touch()

    def write(text):
        path = tmp_path / "classes.csv"
        path.write_text(text)
        return path

    return write


def test_the_closest_place_above_counts(table, tmp_path):
    labels = Labels.read(
        table("path,classification,scheme\na,1,\na/deep,2,theirs\na/x.png,3,\n"), USUAL
    )

    def label(name):
        return labels.of(os.fsencode(tmp_path / name))

    assert label("a/y.png") == Label("1", "own")
    assert label("a/x.png") == Label("3", "own")
    assert label("a/deep/er/z.png") == Label("2", "theirs")
    assert label("b.png") == USUAL
    assert Labels(USUAL).of(b"/anything") == USUAL


@pytest.mark.parametrize(
    "text",
    ["", "path\na\n", "path,classification\nnowhere,1\n", "path,classification\na\n",
     'path,classification\n"a,1\n', "path,classification\na,1,2\n"],
)  # fmt: skip
def test_a_table_that_does_not_say_what_it_must_is_refused(table, text):
    if text == "":
        assert Labels.read(table(text), USUAL).places == {}
        return
    with pytest.raises(UsageError):
        Labels.read(table(text), USUAL)
