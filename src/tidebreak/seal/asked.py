"""Many links and identifiers as lines of text, asked in batches; every line gets a result.

Results name lines, never what stands in them: it may be a locator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from tidebreak.asking import Answer, Asker
from tidebreak.errors import BadLink
from tidebreak.links import read
from tidebreak.links.lines import lines_of
from tidebreak.model import Signal
from tidebreak.seal.online.limits import BATCH
from tidebreak.signals import SignalKind

_LINES = 4 * BATCH


@dataclass(frozen=True, slots=True)
class Asked:
    """The result of one line (from 1): an answer, or the ``reason`` why there is none."""

    line: int
    answer: Answer | None
    reason: str = ""


def ask_lines(stream: BinaryIO, asker: Asker) -> Iterator[Asked]:
    """Yield one result per line that is not empty, in order; raises `CannotAsk`.

    A line is known when any content that it names is.
    """
    lines = (line for line in lines_of(stream) if line.text or line.reason)
    while part := list(islice(lines, _LINES)):
        named = [([], line.reason) if line.reason else _contents(line.text) for line in part]
        items = [item for contents, _ in named for item in contents]
        answers = iter(asker.ask(items))
        for line, (contents, reason) in zip(part, named, strict=True):
            yield _asked(line.number, list(islice(answers, len(contents))), reason)


def _asked(number: int, answers: Sequence[Answer], reason: str) -> Asked:
    """Return the answer that says most; no is none for a line that was not fully read."""
    most = max(answers, key=lambda answer: (answer.known, answer.certain), default=None)
    if most is None or (reason and not most.known):
        return Asked(number, None, reason)
    return Asked(number, most)


def _contents(text: str) -> tuple[list[Sequence[Signal]], str]:
    """Return the exact signals of each content that ``text`` names, and why these are not all."""
    try:
        reference = read(text)
    except BadLink as error:
        return [], str(error)
    contents = [reference.signals, *(file.signals for file in reference.files)]
    exact = [[s for s in each if s.type.kind is SignalKind.EXACT] for each in contents]
    named = [each for each in exact if each]
    why = reference.reason or ("" if named else "it names nothing that can be asked sealed")
    return list(named), why
