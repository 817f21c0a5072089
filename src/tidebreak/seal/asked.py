"""Many links and identifiers as lines of text, asked in batches; every line gets a result.

Results name lines, never what stands in them: it may be a locator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tidebreak.asking import Answer, Asker
from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import read
from tidebreak.model import Signal
from tidebreak.seal.limits import BATCH
from tidebreak.signals import SignalKind, find_signal_type

_LINES = 4 * BATCH


@dataclass(frozen=True, slots=True)
class Asked:
    """The result of one line (from 1): an answer, or the ``reason`` why there is none."""

    line: int
    answer: Answer | None
    reason: str = ""


def ask_lines(lines: Iterable[str], asker: Asker) -> Iterator[Asked]:
    """Yield one result per line that is not empty, in order; raises `CannotAsk`.

    A line is known when any content that it names is.
    """
    numbered = ((n, line.strip()) for n, line in enumerate(lines, 1) if line.strip())
    while part := list(islice(numbered, _LINES)):
        named = [_contents(text) for _, text in part]
        items = [item for contents, _ in named for item in contents]
        answers = iter(asker.ask(items))
        for (number, _), (contents, reason) in zip(part, named, strict=True):
            own = list(islice(answers, len(contents)))
            yield Asked(number, _any(own) if own else None, reason)


def _any(answers: Sequence[Answer]) -> Answer:
    """Return the answer that says most."""
    return max(answers, key=lambda answer: (answer.known, answer.certain))


def _contents(text: str) -> tuple[list[Sequence[Signal]], str]:
    """Return the exact signals of each content that ``text`` names, or why there are none."""
    try:
        name, colon, value = text.partition(":")
        if colon and find_signal_type(name) is not None:
            contents: list[Sequence[Signal]] = [(Signal.parse(name, value),)]
        else:
            reference = read(text)
            contents = [reference.signals, *(file.signals for file in reference.files)]
    except (BadLink, BadSignal) as error:
        return [], str(error)
    exact = [[s for s in each if s.type.kind is SignalKind.EXACT] for each in contents]
    named = [each for each in exact if each]
    return list(named), "" if named else "it names nothing that can be asked sealed"
