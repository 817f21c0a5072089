"""``tidebreak match``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from tidebreak.cli.context import console, exit_code, installation, plain, styled, table
from tidebreak.errors import BadSignal
from tidebreak.model import Signal, Verdict


def run(texts: list[str], *, as_json: bool) -> None:
    """Look every signal up and print what it resembles."""
    signals = [_parse(text) for text in _expand(texts)]
    with installation() as opened:
        verdicts = opened.match(signals)
    if as_json:
        for signal, verdict in zip(signals, verdicts, strict=True):
            record = {"signal": f"{signal.type.name}:{signal.text}", "verdict": asdict(verdict)}
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    else:
        _print(signals, verdicts)
    sys.exit(exit_code(verdicts))


def _expand(texts: list[str]) -> Iterator[str]:
    for text in texts:
        if text == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield text


def _parse(text: str) -> Signal:
    name, separator, value = text.partition(":")
    if not separator:
        raise BadSignal("A signal is written type:value, such as sha256:… or pdq:…")
    return Signal.parse(name, value)


def _print(signals: list[Signal], verdicts: list[Verdict]) -> None:
    grid = table("signal", "level", "list", "entry", "classification", "distance", "why",
                 right=("distance",))  # fmt: skip
    for signal, verdict in zip(signals, verdicts, strict=True):
        name = f"{signal.type.name}:{signal.text[:12]}…"
        if not verdict.matches:
            grid.add_row(name, styled(verdict.level), "", "", "", "", "resembles nothing known")
        for match in verdict.matches:
            why = match.reason + ("; disputed" if match.disputed else "")
            grid.add_row(
                name, styled(match.level), plain(match.list), plain(match.entry),
                plain(f"{match.classification} {match.scheme}".strip()), str(match.distance),
                plain(why),
            )  # fmt: skip
            name = ""
        if verdict.omitted:
            grid.add_row("", "", "", "", "", "", f"and at least {verdict.omitted} weaker matches")
    console().print(grid)
