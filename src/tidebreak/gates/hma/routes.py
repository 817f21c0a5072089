"""Every route of the façade, and what a key must be allowed for it. There is no route without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.gates.hma import banking, content_routes, exchanges, hashing, matching, ui
from tidebreak.gates.hma.asking import Asking

Handler = Callable[[Asking, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Way:
    """One route, as Starlette writes paths; all ``needs`` are needed."""

    method: str
    path: str
    handler: Handler
    needs: frozenset[Permission]


_P = Permission
_BANK, _CONTENT = "/c/bank/{bank}", "/c/bank/{bank}/content/{content:int}"
_API, _EXCHANGE = "/c/exchanges/api/{api}", "/c/exchange/{exchange}"
_READ, _WRITE = frozenset({_P.LISTS_READ}), frozenset({_P.LISTS_WRITE})
_MATCH, _HASH, _STATUS = frozenset({_P.MATCH}), frozenset({_P.HASH}), frozenset({_P.STATUS})
_FETCH, _QUERY = _HASH | {_P.FETCH}, _READ | _MATCH

WAYS = (
    # The two that are asked all the time come first.
    Way("GET", "/m/lookup", matching.lookup, _MATCH),
    Way("GET", "/m/raw_lookup", matching.raw_lookup, _MATCH),
    Way("POST", "/m/lookup", matching.lookup_file, _MATCH | _HASH),
    Way("POST", "/m/compare", matching.compare, _MATCH),
    Way("GET", "/m/index/status", matching.index_status, _STATUS),
    Way("GET", "/h/hash", hashing.hash_url, _FETCH),
    Way("POST", "/h/hash", hashing.hash_file, _HASH),
    Way("GET", "/c/banks", banking.list_banks, _READ),
    Way("POST", "/c/banks", banking.create_bank, _WRITE),
    Way("GET", _BANK, banking.show_bank, _READ),
    Way("PUT", _BANK, banking.change_bank, _WRITE),
    Way("DELETE", _BANK, banking.delete_bank, _WRITE),
    Way("POST", f"{_BANK}/content", content_routes.add_content, _WRITE | _HASH),
    Way("POST", f"{_BANK}/signal", content_routes.add_signals, _WRITE),
    Way("GET", _CONTENT, content_routes.show_content, _READ),
    Way("PUT", _CONTENT, content_routes.change_content, _WRITE),
    Way("DELETE", _CONTENT, content_routes.delete_content, _WRITE),
    Way("GET", "/c/signal_type", banking.signal_types, _READ),
    Way("GET", "/c/signal_type/index", matching.type_index, _STATUS),
    Way("PUT", "/c/signal_type/{type}", banking.change_signal_type, _WRITE),
    Way("GET", "/c/content_type", banking.content_types, _READ),
    Way("GET", "/c/exchanges/apis", exchanges.nothing, _READ),
    Way("GET", "/c/exchanges", exchanges.nothing, _READ),
    Way("POST", "/c/exchanges", exchanges.unknown_api, _WRITE),
    Way("GET", _API, exchanges.unknown_api, _READ),
    Way("POST", _API, exchanges.unknown_api, _WRITE),
    Way("GET", f"{_API}/schema", exchanges.not_found, _READ),
    Way("GET", _EXCHANGE, exchanges.not_found, _READ),
    Way("PUT", _EXCHANGE, exchanges.not_found, _WRITE),
    Way("DELETE", _EXCHANGE, exchanges.deleted, _WRITE),
    Way("GET", f"{_EXCHANGE}/status", exchanges.not_found, _READ),
    Way("POST", "/ui/query", ui.query_file, _QUERY | _HASH),
    Way("POST", "/ui/query_url", ui.query_url, _QUERY | _FETCH),
    Way("POST", "/ui/query_hash", ui.query_hash, _QUERY),
    Way("POST", "/ui/bank/{bank}/content/find", ui.find, _QUERY),
    Way("POST", "/ui/create_bank", ui.create, _WRITE),
)

PUBLIC = ("/", "/site-map", "/status", "/status/live")
"""What anybody may ask: it tells nothing of any list."""
