from __future__ import annotations

import re

from tidebreak.access.roles import Permission
from tidebreak.gates.hma.routes import PUBLIC, WAYS

DOCUMENTED = """
GET /h/hash, POST /h/hash, GET /m/raw_lookup, GET /m/lookup, POST /m/lookup, POST /m/compare,
GET /m/index/status, GET /c/banks, POST /c/banks, GET /c/bank/<>, PUT /c/bank/<>,
DELETE /c/bank/<>, POST /c/bank/<>/content, POST /c/bank/<>/signal, GET /c/bank/<>/content/<>,
PUT /c/bank/<>/content/<>, DELETE /c/bank/<>/content/<>, GET /c/exchanges/apis,
GET /c/exchanges/api/<>, POST /c/exchanges/api/<>, GET /c/exchanges/api/<>/schema,
GET /c/exchanges, POST /c/exchanges, GET /c/exchange/<>, PUT /c/exchange/<>,
DELETE /c/exchange/<>, GET /c/exchange/<>/status, GET /c/signal_type, PUT /c/signal_type/<>,
GET /c/signal_type/index, GET /c/content_type, POST /ui/query, POST /ui/query_url,
POST /ui/query_hash, POST /ui/bank/<>/content/find, POST /ui/create_bank
"""


def test_every_documented_route_is_there_and_no_other():
    ours = {f"{way.method} {re.sub(r'{[^}]+}', '<>', way.path)}" for way in WAYS}
    assert ours == {" ".join(each.split()) for each in DOCUMENTED.split(",")}
    assert len(WAYS) == len(ours)


def test_every_route_needs_something_and_changes_need_more_than_reading():
    assert all(way.needs for way in WAYS)
    for way in WAYS:
        if way.path.startswith("/c/") and way.method != "GET":
            assert Permission.LISTS_WRITE in way.needs
    assert not {way.path for way in WAYS} & set(PUBLIC)
