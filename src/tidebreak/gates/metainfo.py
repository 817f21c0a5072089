"""What a link or a torrent lets one ask, and what the answers mean for it.

One item is asked per content: the torrent as a whole (infohashes, content key), and every file
that it names by something that binds to the file's bytes. Hints, which only their author vouches
for, are asked apart and never refuse anything. What names no file is stated as unjudged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidebreak.asking import Answer, Asker
from tidebreak.errors import CannotAsk
from tidebreak.gates.policy import Decision, Policy, Unjudged
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.model import Signal

Item = tuple[Signal, ...]

_ONLY_WHOLE = "nothing here names it: only the torrent as a whole could be asked about"
_ONLY_CLAIMED = "only its author's claim names it"
_NO_FILES = "it does not list its files"


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask of one reference: ``items`` that bind, ``claims`` that do not."""

    items: tuple[Item, ...]
    claims: tuple[Item, ...]
    unjudged: tuple[Unjudged, ...]
    reason: str = ""


def questions(reference: Reference) -> Questions:
    """Return what can be asked of ``reference``, and which of its files no question reaches."""
    whole = (reference.signals,) if reference.signals else ()
    files = tuple(file.signals for file in reference.files if file.signals)
    claims = tuple((hint,) for file in reference.files for hint in file.hints)
    return Questions(
        tuple(dict.fromkeys(whole + files)),
        tuple(dict.fromkeys(claims)),
        tuple(_unjudged(reference)),
        reference.reason,
    )


def judge(references: Sequence[Reference], asker: Asker, policy: Policy) -> list[Decision]:
    """Return one decision per reference, in order; all that is asked is asked at once.

    Whatever goes wrong with the asker becomes a decision of ``policy``, and no exception.
    """
    asked = [questions(reference) for reference in references]
    flat = [item for each in asked for item in (*each.items, *each.claims)]
    try:
        answers = asker.ask(flat) if flat else []
        if len(answers) != len(flat):
            raise CannotAsk("not every question was answered")
    except CannotAsk as error:
        return [policy.failure(str(error)) for _ in references]
    except Exception as error:  # an asker that breaks must not open, or stop, a gate
        return [policy.failure(f"{type(error).__name__} in what is asked") for _ in references]
    given = iter(answers)
    return [_decide(each, [next(given) for _ in _all(each)], policy) for each in asked]


def _all(asked: Questions) -> tuple[Item, ...]:
    return (*asked.items, *asked.claims)


def _decide(asked: Questions, answers: Sequence[Answer], policy: Policy) -> Decision:
    version = answers[0].version if answers else ""
    binding, claimed = answers[: len(asked.items)], answers[len(asked.items) :]
    if any(answer.known and answer.certain for answer in binding):
        return policy.hit(version)
    if any(answer.known for answer in binding):
        return policy.doubted(version)
    if any(answer.known for answer in claimed):
        return policy.claimed(version)
    if asked.reason:
        return policy.failure(f"it was not fully read: {asked.reason}", version)
    if not asked.items:
        return policy.failure("it names nothing that can be asked about", version)
    return policy.clear(version, asked.unjudged)


def _unjudged(reference: Reference) -> list[Unjudged]:
    # A link may put a file beside a torrent; only its author says that they belong together.
    listed = reference.files and reference.kind is Kind.TORRENT
    whole = [] if listed or not reference.signals else [Unjudged(0, "", _NO_FILES)]
    return whole + [
        Unjudged(number, file.path, _why(file))
        for number, file in enumerate(reference.files, 1)
        if not file.signals and file.size != 0  # nothing can be in an empty file
    ]


def _why(file: NamedFile) -> str:
    return file.silent or (_ONLY_CLAIMED if file.hints else _ONLY_WHOLE)
