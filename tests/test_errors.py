from __future__ import annotations

import inspect

from tidebreak import errors


def test_the_tree_is_drawn_in_the_docstring():
    classes = [value for value in vars(errors).values() if inspect.isclass(value)]
    assert len(classes) >= 8
    for found in classes:
        assert issubclass(found, errors.TidebreakError)
        assert f" {found.__name__} " in f" {errors.__doc__} ".replace("\n", " "), found.__name__
        assert found.__doc__


def test_a_bad_list_knows_its_line():
    assert errors.BadList("no", 7).line == 7
    assert errors.BadList("no").line == 0
