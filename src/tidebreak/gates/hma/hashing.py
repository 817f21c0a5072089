"""``/h``: files to hashes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tidebreak.gates.hma.asking import Asking, examined, hashes
from tidebreak.gates.hma.intake import Content, named, needed, query_of, uploaded


async def hash_url(asking: Asking, request: Request) -> Response:
    """``GET /h/hash``: hash what a URL names."""
    query = query_of(request)
    async with named(asking, needed(query, "url"), query.get("content_type")) as content:
        return JSONResponse(await hashed(asking, content, query.get("types")))


async def hash_file(asking: Asking, request: Request) -> Response:
    """``POST /h/hash``: hash the file of a form."""
    types = query_of(request).get("types")
    async with uploaded(asking, request) as content:
        return JSONResponse(await hashed(asking, content, types))


async def hashed(asking: Asking, content: Content, types: str | None) -> dict[str, str]:
    """Return the hashes of ``content`` by signal type."""
    kinds = asking.kinds(content.kind, types)
    return hashes(asking, await examined(asking, content.spool), kinds)
