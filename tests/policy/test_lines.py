from __future__ import annotations

from tidebreak.policy.lines import Lines

TEXT = '''# a comment
[surface.public]  # of all
enabled = true

[[rule]]
name = "a"
[[rule]]
"name" = """
[[rule]]
"""
level = [
  "exact",
]
[ list . "a b" . flood ]
count = 5
[x]]
'''


def test_tables_and_values_are_found():
    lines = Lines(TEXT)
    assert lines.of("surface.public", "enabled") == 3
    assert lines.of("rule#1", "name") == 6
    assert lines.of("rule#2", "name") == 8
    assert lines.of("list.a b.flood", "count") == 15


def test_what_has_no_line_of_its_own_is_where_its_table_is():
    lines = Lines(TEXT)
    assert lines.of("rule#1", "action") == 5
    assert lines.of("flood", "count") == 0
