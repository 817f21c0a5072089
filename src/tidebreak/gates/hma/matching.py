"""``/m``: hashes and files to matches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tidebreak.errors import BadSignal
from tidebreak.gates.hma.asking import Asking, hits, read
from tidebreak.gates.hma.hashing import hashed
from tidebreak.gates.hma.hma_types import HMA_TYPES, NEAR_BITS, HmaType, distance_of
from tidebreak.gates.hma.intake import flag, json_of, named, needed, query_of, uploaded
from tidebreak.gates.hma.lookups import ByBank, Wish, by_bank, raw
from tidebreak.model import Signal
from tidebreak.web.requests import Refused


async def lookup(asking: Asking, request: Request) -> Response:
    """``GET /m/lookup``: matches by bank, of a hash or of what a URL names."""
    query = query_of(request)
    bypass = bool(flag(query, "bypass_coinflip"))
    wish = Wish.of(query.get("banks", ""), query.get("seed"), bypass=bypass)
    url, type_name = query.get("url"), query.get("signal_type")
    if not url:
        return JSONResponse(await _by_hash(asking, type_name, query.get("signal"), wish))
    async with named(asking, url, query.get("content_type")) as content:
        values = await hashed(asking, content, query.get("types"))
    found = await by_hashes(asking, values, wish)
    return JSONResponse(found if type_name is None else found.get(type_name, {}))


async def lookup_file(asking: Asking, request: Request) -> Response:
    """``POST /m/lookup``: matches by signal type and bank, of the file of a form."""
    query = query_of(request)
    bypass = query.get("bypass_coinflip") == "true"
    wish = Wish.of(query.get("banks", ""), query.get("seed"), bypass=bypass)
    async with uploaded(asking, request) as content:
        values = await hashed(asking, content, query.get("types"))
    return JSONResponse(await by_hashes(asking, values, wish))


async def raw_lookup(asking: Asking, request: Request) -> Response:
    """``GET /m/raw_lookup``: ids of contents, disabled ones too, whatever their bank's ratio."""
    query = query_of(request)
    text, type_name = needed(query, "signal"), needed(query, "signal_type")
    banks = query.get("banks")
    kind = asking.kind(type_name)
    [found] = await hits(asking, [(kind, read(asking, kind, text))], disabled=True)
    wanted = frozenset(banks.split(",")) if banks else None
    distance = bool(flag(query, "include_distance"))
    return JSONResponse({"matches": raw(found, wanted, distance=distance)})


async def compare(asking: Asking, request: Request) -> Response:
    """``POST /m/compare``: how far two hashes are apart, by signal type. No list is asked."""
    given = await json_of(request)
    return JSONResponse({name: _compared(asking, name, pair) for name, pair in given.items()})


async def index_status(asking: Asking, request: Request) -> Response:
    """``GET /m/index/status``: how many hashes are compared, by signal type."""
    sizes = await _sizes(asking, query_of(request).get("signal_type"))
    since = asking.hma.since if asking.hma.screener.state.ready else -1
    return JSONResponse({
        name: {"built_to": since, "present": since >= 0, "size": size}
        for name, size in sizes.items()
    })  # fmt: skip


async def type_index(asking: Asking, request: Request) -> Response:
    """``GET /c/signal_type/index``: the same in other words."""
    sizes = await _sizes(asking, query_of(request).get("signal_type"))
    ready, since = asking.hma.screener.state.ready, asking.hma.since
    return JSONResponse({
        name: {
            "db_size": size, "index_size": size if ready else 0, "index_out_of_date": not ready,
            "newest_db_item": since, "index_built_to": since if ready else -1,
        }
        for name, size in sizes.items()
    })  # fmt: skip


async def by_hashes(asking: Asking, values: Mapping[str, str], wish: Wish) -> dict[str, ByBank]:
    """Return matches by signal type and bank; none of what has no hash."""
    kinds = [HMA_TYPES[name] for name, value in values.items() if value]
    asked = [(kind, read(asking, kind, values[kind.name])) for kind in kinds]
    found = {name: ByBank() for name in values}
    for kind, own in zip(kinds, await hits(asking, asked), strict=True):
        found[kind.name] = by_bank(own, wish)
    return found


async def _by_hash(asking: Asking, type_name: str | None, text: str | None, wish: Wish) -> ByBank:
    if not type_name:
        raise Refused(400, "Either url or both signal and signal_type are required")
    kind = asking.kind(type_name)
    if not text:
        # HMA's 400 makes a known client take the whole item for one without hashes, in silence.
        asking.warn("empty signal", "nothing was compared")
        return {}
    [found] = await hits(asking, [(kind, read(asking, kind, text))])
    return by_bank(found, wish)


def _compared(asking: Asking, name: str, pair: Any) -> list[object]:
    if not isinstance(pair, list):
        raise Refused(400, "Comparison hashes were not a list")
    both = cast("list[Any]", pair)
    if len(both) != 2 or not all(isinstance(text, str) for text in both):
        raise Refused(400, "Comparison hash list length must be exactly 2")
    kind = asking.kind(name)
    left, right = (_read(kind, text) for text in both)
    distance = distance_of(left, right)
    if kind.near:
        return [distance <= NEAR_BITS, {"distance": distance}]
    return [not distance, {"distance": "-"}]


def _read(kind: HmaType, text: str) -> Signal:
    try:
        return kind.read(text)
    except BadSignal as error:
        raise Refused(400, f"Invalid {kind.name} hash: {error}") from None


async def _sizes(asking: Asking, only: str | None) -> dict[str, int]:
    names = asking.hma.options.types
    if only is not None:
        names = (asking.kind(only).name,)
    banks = (await asking.hma.apart(asking.hma.curator.banks)).by_name.values()
    lists = [bank.list for bank in banks if asking.asker.sees(bank.list.name)]
    return await asking.hma.apart(asking.hma.contents.sizes, lists, names)
