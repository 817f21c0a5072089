"""``tidebreak watch``."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.cli.context import console, installation, plain, styled
from tidebreak.errors import UsageError
from tidebreak.model import Depth

if TYPE_CHECKING:
    from tidebreak.watch.events import Event


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    as_json: bool
    names: list[str]
    webhook: str
    secret: Path | None
    depth: Depth | None


def run(streams: list[str], options: Options) -> None:
    """Print every event until stopped; exit with 1 when something known was seen, else 0."""
    found, out = False, console()
    with installation() as opened:
        watch = opened.watch(
            streams,
            names=options.names,
            depth=options.depth,
            webhook=options.webhook,
            secret=_secret(options.secret),
        )

        def stop(_number: int, _frame: object) -> None:
            watch.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        for event in watch:
            found |= event.found
            if options.as_json:
                sys.stdout.write(event.as_json() + "\n")
                sys.stdout.flush()
            else:
                out.print(line(event), soft_wrap=True)
    sys.exit(int(found))


def line(event: Event) -> str:
    """Return an event as one line: clock, stream, what, when in the stream, why."""
    clock = event.time.astimezone().strftime("%H:%M:%S")
    parts = [clock, plain(event.stream), _what(event), _span(event), plain(_why(event))]
    return "  ".join(part for part in parts if part)


def _secret(path: Path | None) -> bytes:
    if path is None:
        return b""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); correct that.") from None
    if not secret:
        raise UsageError(f"{path} is empty; put the secret there.")
    return secret


def _what(event: Event) -> str:
    if event.verdict is None:
        return event.kind.value
    phase = event.phase.value if event.phase else ""
    return f"{styled(event.verdict.level)} {phase}"


def _span(event: Event) -> str:
    if event.start is None:
        return ""
    return f"{event.start:.1f} s" if event.end is None else f"{event.start:.1f}-{event.end:.1f} s"


def _why(event: Event) -> str:
    if event.verdict is not None:
        match = event.verdict.matches[0]
        return f"{match.list}, {match.entry}: {match.reason}"
    wait = "" if event.wait is None else f"; again in {event.wait:g} s"
    count = "" if event.count is None else f"{event.count:,} "
    return f"{count}{event.reason}{wait}"
