"""Checks inputs batch by batch: read, look up, conclude, derive."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tidebreak import collector
from tidebreak.check.derivation import finding
from tidebreak.check.held import HeldFiles
from tidebreak.check.inputs import Input
from tidebreak.check.judging import ALIGNED, CLAIMED, Judge, merged
from tidebreak.check.prose import without_sources
from tidebreak.check.reading import Read, read
from tidebreak.check.records import NOTHING, Checked, CheckedFile
from tidebreak.check.states import conclude, unsaid, untold
from tidebreak.links.reference import NamedFile, Reference
from tidebreak.lists.derived import Finding
from tidebreak.model import State, Verdict

BATCH = 4096
"""Inputs that are looked up at once."""

UNKNOWN = "unknown"
"""The kind of what cannot be read."""

ASK_A_HOLDER = "only whoever holds a file of this size can tell: put the alignment query to them"
NOT_HELD = "none of the files held here; of others nothing can be told"
HELD = "a file held here has this piece and size, and is on no list; the rest was not compared"


End = tuple[str, State, str]
"""Of an input: its kind, its state, and what could not be told."""

_Key = TypeVar("_Key", str, State)


@dataclass(slots=True)
class Tally:
    """What a check came to: inputs by kind, state and reason, and entries that were derived."""

    ends: Counter[End] = field(default_factory=Counter[End])
    derived: int = 0

    @property
    def states(self) -> Counter[State]:
        """Inputs by state."""
        return _added((state, number) for (_, state, _), number in self.ends.items())

    @property
    def reasons(self) -> Counter[str]:
        """Inputs by what could not be told of them, and why, where there is something."""
        return _added((why, number) for (_, _, why), number in self.ends.items() if why)


class Check:
    """Checks inputs against the lists as they are now."""

    def __init__(
        self,
        judge: Judge,
        inputs: Iterable[Input],
        derive: Callable[[Sequence[Finding]], int] | None = None,
        held: HeldFiles | None = None,
        *,
        sources: bool = False,
        found_only: bool = False,
        done: Callable[[Tally], object] = lambda _: None,
    ) -> None:
        """``derive`` adds findings to the lists; without it none are made.

        With ``found_only`` what is matched comes out, and the rest is only counted. ``held`` are
        files to which pieces are put. ``sources``: a case keeps trackers and peers. ``done`` is
        told what it came to when it has come to its end.
        """
        self._judge = judge
        self._inputs = iter(inputs)
        self._derive = derive
        self._held = held
        self._sources = sources
        self._found_only = found_only
        self._done = done
        self.tally = Tally()

    @property
    def unread(self) -> int:
        """Files held here, and folders of them, that could not be opened."""
        return 0 if self._held is None else self._held.unread

    def __iter__(self) -> Iterator[Checked]:
        """Yield one result per input, in order; what was found is derived before it is told."""
        while batch := list(itertools.islice(self._inputs, BATCH)):
            with collector.paused():
                results = self._of_batch(batch)
            yield from results
        self._done(self.tally)

    def _of_batch(self, batch: Sequence[Input]) -> list[Checked]:
        found = [read(given, self._held, sources=self._sources) for given in batch]
        verdicts = self._judge.judge([part for each in found for _, part in each.asked])
        end = 0
        results: list[Checked] = []
        findings: list[Finding] = []
        for each in found:
            start, end = end, end + len(each.asked)
            own = verdicts[start:end]
            if self._found_only and own.count(NOTHING) == len(own):
                self._count_untold(each)
                continue
            checked = self._checked(each, own)
            self.tally.ends[checked.kind, checked.state, checked.reason or checked.unsaid] += 1
            if not self._found_only or checked.state is State.MATCHED:
                results.append(checked)
            if self._derive is not None and checked.state is State.MATCHED:
                findings += self._findings(each, own)
        if self._derive is not None and findings:
            self.tally.derived += self._derive(findings)
        return results

    def _count_untold(self, each: Read) -> None:
        """Count what resembles nothing: a million times, so nothing else is made of it."""
        reference = each.reference
        if reference is None:
            self.tally.ends[UNKNOWN, State.NOT_FULLY_EXAMINED, each.reason] += 1
            return
        self.tally.ends[self._end_untold(reference)] += 1

    def _end_untold(self, reference: Reference) -> End:
        files = [self._why_untold(file, here=False) for file in reference.files]
        state, reason = conclude(reference, files, False, self._judge.names)
        if state is State.CLEAR:
            reason = unsaid(reference, self._judge.names)
        return reference.kind.value, state, reason

    def _findings(self, each: Read, verdicts: Sequence[Verdict]) -> list[Finding]:
        assert each.reference is not None
        hits = [
            part
            for (_, part), verdict in zip(each.asked, verdicts, strict=True)
            if verdict.level.found and part.doubt != CLAIMED
        ]
        new = finding(each.reference, hits, self._judge)
        return [] if new is None else [new]

    def _checked(self, each: Read, verdicts: Sequence[Verdict]) -> Checked:
        given, reference = each.input, each.reference
        label = without_sources(given.label)
        if reference is None:
            state = State.NOT_FULLY_EXAMINED
            return Checked(label, given.line, UNKNOWN, state, each.reason, source=given.source)
        owned: dict[int, list[Verdict]] = defaultdict(list)
        for (owner, _), verdict in zip(each.asked, verdicts, strict=True):
            if verdict is not NOTHING:
                owned[owner].append(verdict)
        here = {o for o, part in each.asked if part.doubt == ALIGNED} if self._held else ()
        files = tuple(
            self._file(file, _together(owned[place]) if place in owned else NOTHING, place in here)
            for place, file in enumerate(reference.files)
        )
        verdict = _together([each for own in owned.values() for each in own]) if owned else NOTHING
        reasons = [file.reason for file in files]
        state, reason = conclude(reference, reasons, verdict.level.found, self._judge.names)
        open_still = unsaid(reference, self._judge.names) if state is State.CLEAR else ""
        return Checked(
            label, given.line, reference.kind.value, state, reason, files, verdict,
            reference.signals, reference.name, reference.notes, reference.sources, given.source,
            open_still,
        )  # fmt: skip

    def _file(self, file: NamedFile, verdict: Verdict, here: bool) -> CheckedFile:
        found = verdict is not NOTHING and verdict.level.found
        reason = "" if found else self._why_untold(file, here=here)
        return CheckedFile(file.path, file.size, file.signals, verdict, reason, file.alignment)

    def _why_untold(self, file: NamedFile, *, here: bool) -> str:
        reason = file.silent or untold(file.signals, self._judge.names)
        if reason and not file.silent and file.alignment is not None:
            return HELD if here else ASK_A_HOLDER if self._held is None else NOT_HELD
        return reason


def _added(numbers: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    total: Counter[_Key] = Counter()
    for key, number in numbers:
        total[key] += number
    return total


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    return merged(match for verdict in verdicts for match in verdict.matches)
