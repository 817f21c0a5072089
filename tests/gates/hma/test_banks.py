from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.gates.hma.banks import banks_of, is_name
from tidebreak.gates.hma.kept import BankRow
from tidebreak.gates.hma.options import Options
from tidebreak.model import HashList, ListKind

NAMES = st.lists(
    st.text(min_size=1, max_size=6) | st.sampled_from(["A", "a", "A_2"]), unique=True, max_size=8
)


@given(NAMES, st.lists(st.sampled_from(["A", "B", "A_1"]), unique=True, max_size=3))
def test_every_list_has_a_name_of_its_own_that_hma_takes(names: list[str], renamed: list[str]):
    lists = [HashList(n, name, ListKind.CONTRABAND) for n, name in enumerate(names, 1)]
    rows = [BankRow(n, name, 0.5) for n, name in enumerate(renamed, 1)]
    banks = banks_of(lists, rows, Options())
    assert len(banks.by_name) == len(banks.by_list) == len(lists)
    assert all(is_name(name) for name in banks.by_name)
    for item, name in zip(lists, renamed, strict=False):
        assert banks.by_list[item.name].name == name


def test_a_list_is_called_by_its_own_name_where_that_is_one():
    lists = [HashList(1, "COOP_1_X", ListKind.CONTRABAND), HashList(2, "a", ListKind.ALLOW)]
    banks = banks_of(lists, [], Options())
    assert banks.by_name.keys() == {"COOP_1_X"}
    assert banks.knows("COOP_1_X")
    assert banks.knows("a")
    assert not banks.knows("b")


def test_only_lists_that_are_named_are_shown():
    lists = [HashList(n, name, ListKind.WATCH) for n, name in enumerate("ab", 1)]
    assert banks_of(lists, [], Options()).by_name == {}
    assert banks_of(lists, [], Options(lists=("b",))).by_name.keys() == {"B"}
    assert banks_of(lists, [], Options(kinds=("watch",))).by_name.keys() == {"A", "B"}
