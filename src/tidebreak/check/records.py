"""What a check says of one input, as types and as JSON (``docs/formats.md``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from tidebreak.links.reference import Alignment
from tidebreak.model import Signal, State, Verdict

NOTHING = Verdict()


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file that the input names. ``reason`` says why nothing can be told of it, or is empty."""

    path: str
    size: int | None
    signals: tuple[Signal, ...] = ()
    verdict: Verdict = NOTHING
    reason: str = ""
    alignment: Alignment | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One input, in exactly one state. ``line`` of ``source`` is where it stood (from 1, or 0).

    ``sources`` is empty unless a case keeps them. ``unsaid`` is what a clear state leaves open.
    """

    input: str
    line: int
    kind: str
    state: State
    reason: str = ""
    files: tuple[CheckedFile, ...] = ()
    verdict: Verdict = NOTHING
    signals: tuple[Signal, ...] = ()
    name: str = ""
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    source: str = ""
    unsaid: str = ""


def record(checked: Checked) -> dict[str, object]:
    """Return ``checked`` as the object that ``--json`` prints."""
    found: dict[str, object] = {
        "input": checked.input,
        "source": checked.source,
        "line": checked.line,
        "kind": checked.kind,
        "name": checked.name,
        "state": checked.state.value,
        "reason": checked.reason,
        "notes": [*checked.notes, *filter(None, (checked.unsaid,))],
        "signals": _texts(checked.signals),
        "files": [_file(file) for file in checked.files],
        "verdict": _verdict(checked.verdict),
    }
    if checked.sources:
        found["sources"] = list(checked.sources)
    return found


def _file(file: CheckedFile) -> dict[str, object]:
    found: dict[str, object] = {
        "path": file.path,
        "size": file.size,
        "signals": _texts(file.signals),
        "reason": file.reason,
        "verdict": _verdict(file.verdict),
    }
    if file.alignment is not None:
        found["alignment"] = alignment_record(file.alignment)
    return found


def alignment_record(question: Alignment) -> dict[str, object]:
    """Return an alignment query as JSON writes it."""
    return {
        "size": question.size,
        "skip": question.skip,
        "piece_length": question.piece_length,
        "sha1": question.sha1.hex(),
    }


def _texts(signals: Iterable[Signal]) -> list[str]:
    return [f"{signal.type.name}:{signal.text}" for signal in signals]


_SILENT: Mapping[str, object] = asdict(NOTHING)


def _verdict(verdict: Verdict) -> Mapping[str, object]:
    # Almost all of a million links resemble nothing, and asdict() is slow.
    return _SILENT if verdict is NOTHING else asdict(verdict)
