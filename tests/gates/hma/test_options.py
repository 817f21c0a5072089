from __future__ import annotations

from typing import Any

import pytest

from tidebreak.errors import UsageError
from tidebreak.gates.hma.options import Options, host_and_port, options_of


def test_what_is_set_counts_and_the_rest_is_as_it_was():
    given = {"listen": "127.0.0.1:5100", "as_key": "coop", "types": ["pdq"], "upload_seconds": 5}
    found = options_of(given)
    assert found == Options("127.0.0.1:5100", "coop", ("pdq",), upload_seconds=5.0)
    assert options_of({}) == Options()
    assert host_and_port("[::1]:80") == ("::1", 80)


@pytest.mark.parametrize(
    "given",
    [
        {"listens": "x"}, {"listen": 5}, {"listen": "localhost"}, {"listen": ":5100"},
        {"listen": "a:b"}, {"listen": "a:70000"}, {"types": []}, {"types": ["tlsh"]},
        {"types": "pdq"}, {"types": [1]}, {"kinds": ["allow"]}, {"uploads": 0}, {"uploads": True},
        {"upload_bytes": -1}, {"upload_seconds": "x"}, {"as_key": "coop"},
        {"listen": "0.0.0.0:5100", "as_key": "coop"}, {"listen": "host:5100", "as_key": "coop"},
    ],
)  # fmt: skip
def test_what_is_none_is_refused_by_name(given: dict[str, Any]):
    with pytest.raises(UsageError, match=r"gates\.hma"):
        options_of(given)


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "[::1]:1", "localhost:1", "unix:/run/x"])
def test_only_this_machine_may_act_as_a_key(listen: str):
    assert options_of({"listen": listen, "as_key": "coop"}).as_key == "coop"
