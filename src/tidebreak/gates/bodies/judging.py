"""A body judged: whole, without its encodings, or file by file; the hardest ruling counts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator

from tidebreak.gates.bodies.encodings import decoded
from tidebreak.gates.bodies.headers import ENCODED_INSIDE, Described, Unreadable
from tidebreak.gates.bodies.multipart import files_of
from tidebreak.gates.content import ContentGate
from tidebreak.gates.content_policy import Outcome, Ruling, worst
from tidebreak.spool import NoRoom, Spool, TooLarge

_PIECE = 1 << 16


async def judge_body(gate: ContentGate, body: Spool, found: Described, item: str = "") -> Ruling:
    """Return what to do with a message whose ``body`` is as ``found``; ``body`` stays open.

    A form without files passes: there is nothing in it to judge.
    """
    if found.partial:
        return gate.untold("it is only a range of something", item)
    if found.kind in ENCODED_INSIDE:
        gate.status.not_opened()
    if not found.encodings and not found.multipart:
        return await gate.screen(body, item)
    rulings: list[Ruling] = []
    contents = _contents(body, found, gate.spool)
    try:
        while (content := await asyncio.to_thread(next, contents, None)) is not None:
            with content:
                rulings.append(await gate.screen(content, item))
    except (Unreadable, NoRoom) as error:
        rulings.append(gate.untold(str(error), item))
    except TooLarge as error:
        rulings.append(gate.untold(str(error), item, never=True))
    except Exception as error:  # a fault of ours in taking it apart is a failure like any other
        rulings.append(gate.untold(f"an internal error ({type(error).__name__})", item))
    finally:
        contents.close()
    return (
        worst(rulings) if rulings else Ruling(Outcome.PASS, "there is no file in it", known=False)
    )


def _contents(body: Spool, found: Described, room: Callable[[], Spool]) -> Generator[Spool]:
    with os.fdopen(body.open(), "rb", buffering=0) as file:
        parts = decoded(iter(lambda: file.read(_PIECE), b""), found.encodings)
        if found.multipart:
            yield from files_of(parts, found.boundary, room)
            return
        content = room()
        try:
            for part in parts:
                content.write(part)
        except BaseException:
            content.close()
            raise
        yield content
