"""``/c/bank…``: banks, and what is in force for signal and content types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tidebreak.gates.hma.asking import Asking
from tidebreak.gates.hma.banks import Bank
from tidebreak.gates.hma.hma_types import CONTENT_KINDS, HMA_TYPES
from tidebreak.gates.hma.intake import flag, json_of, needed, number
from tidebreak.gates.hma.refusals import Invalid
from tidebreak.web.requests import Refused

_NOT_YOURS = "missing role: the key may not touch that bank"


async def list_banks(asking: Asking, _request: Request) -> Response:
    """``GET /c/banks``."""
    banks = (await asking.hma.apart(asking.hma.curator.banks)).by_name.values()
    return JSONResponse([bank.form for bank in banks if asking.asker.sees(bank.list.name)])


async def create_bank(asking: Asking, request: Request) -> Response:
    """``POST /c/banks``."""
    given = await json_of(request)
    ratio = _ratio(given)
    name = needed(given, "name")
    bank = await created(asking, name, 1.0 if ratio is None else ratio)
    return JSONResponse(bank.form, 201)


async def created(asking: Asking, name: str, ratio: float) -> Bank:
    """Make a bank, unless the asker may only see some lists."""
    if not asking.asker.sees(name):
        raise Refused(403, _NOT_YOURS)
    hma = asking.hma
    return await hma.changed(hma.curator.create, asking.asker.actor, name, ratio)


async def show_bank(asking: Asking, request: Request) -> Response:
    """``GET /c/bank/<b>``."""
    return JSONResponse((await bank_of(asking, request)).form)


async def change_bank(asking: Asking, request: Request) -> Response:
    """``PUT /c/bank/<b>``."""
    bank = await bank_of(asking, request)
    given = await json_of(request)
    name, ratio = given.get("name"), _ratio(given)
    if name is not None and not isinstance(name, str):
        raise Invalid("name", "string_type")
    hma = asking.hma
    return JSONResponse(
        (await hma.changed(hma.curator.change, asking.asker.actor, bank.name, name, ratio)).form
    )


async def delete_bank(asking: Asking, request: Request) -> Response:
    """``DELETE /c/bank/<b>``: done, also when there is none."""
    hma, name = asking.hma, request.path_params["bank"]
    known = (await hma.apart(hma.curator.banks)).by_name.get(name)
    if known is not None:
        _check_sees(asking, known)
        await hma.changed(hma.curator.delete, asking.asker.actor, name)
    return JSONResponse({"message": "Done"})


async def bank_of(asking: Asking, request: Request) -> Bank:
    """Return the bank that the path names, as it is now; raise `Refused`.

    A known client forgets its bank on 404: that is said only where the lists could be read.
    """
    bank = await asking.hma.apart(asking.hma.curator.bank, request.path_params["bank"])
    _check_sees(asking, bank)
    return bank


async def own_bank_of(asking: Asking, request: Request) -> Bank:
    """Return the bank that the path names, if contents may be added to it; raise `Refused`."""
    bank = await bank_of(asking, request)
    asking.hma.curator.check_own(bank)
    return bank


async def signal_types(asking: Asking, _request: Request) -> Response:
    """``GET /c/signal_type``."""
    ratios = await asking.hma.apart(asking.hma.kept.ratios)
    names = asking.hma.options.types
    return JSONResponse([{"name": name, "enabled_ratio": ratios[name]} for name in names])


async def change_signal_type(asking: Asking, request: Request) -> Response:
    """``PUT /c/signal_type/<s>``: 0 switches the type off, everything else on."""
    name = request.path_params["type"]
    if name not in HMA_TYPES:
        raise Refused(400, f"No such SignalType; known: {', '.join(HMA_TYPES)}")
    ratio = number(await json_of(request), "enabled_ratio")
    if ratio is None or not 0 <= ratio <= 1:
        raise Refused(400, "enabled_ratio is required, from 0 to 1")
    hma = asking.hma
    await hma.changed(hma.curator.set_type, asking.asker.actor, name, ratio)
    return JSONResponse({"name": name, "enabled_ratio": ratio})


async def content_types(_asking: Asking, _request: Request) -> Response:
    """``GET /c/content_type``."""
    return JSONResponse([{"name": name, "enabled": True} for name in CONTENT_KINDS])


def _check_sees(asking: Asking, bank: Bank) -> None:
    if not asking.asker.sees(bank.list.name):
        raise Refused(403, _NOT_YOURS)


def _ratio(given: Mapping[str, Any]) -> float | None:
    """Return the ratio that is asked for; it wins over being enabled or not."""
    ratio, enabled = number(given, "enabled_ratio"), flag(given, "enabled")
    if ratio is not None or enabled is None:
        return ratio
    return float(enabled)
