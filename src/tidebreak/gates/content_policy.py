"""What a content gate does with what it is told: the operator's choice, and what follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from tidebreak.gates.policy import OnFailure
from tidebreak.model import State
from tidebreak.screens import Action, Origin, Screened, Surface


class Outcome(StrEnum):
    """What a gate says to its caller, mildest first."""

    PASS = "pass"
    FAILURE = "failure"
    """It could not be told, or not fully: not let through, and no accusation either."""
    REFUSE = "refuse"


class OnRefusal(StrEnum):
    """What to do with what would be refused."""

    REFUSE = "refuse"
    REPORT = "report"
    """Let it pass, and say so: for a trial, or where the caller would destroy evidence."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a gate makes of one content; ``why`` is for the operator and names no identifier.

    ``screening`` is what the answer is kept under, empty when there was none. ``known`` is None
    when that could not be told. ``wait`` is after how many seconds it may be tried again, 0 when
    nobody knows. ``action`` is what the policy says, None where it was not asked.
    """

    outcome: Outcome
    why: str
    screening: str = ""
    version: str = ""
    known: bool | None = None
    wait: int = 0
    action: Action | None = None

    @property
    def passes(self) -> bool:
        """Whether it is let through."""
        return self.outcome is Outcome.PASS


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """The operator's choice; ``on_failure`` has no default, since either may be the wrong one.

    ``refuse_from`` is the mildest action that the gate refuses. ``most`` is how many bytes one
    content may have, ``in_flight`` all together on their way in, ``seconds`` how long the
    screening of one may take.
    """

    on_failure: OnFailure
    surface: Surface = Surface.PUBLIC
    jurisdiction: str = ""
    refuse_from: Action = Action.QUARANTINE
    on_refusal: OnRefusal = OnRefusal.REFUSE
    most: int = 1 << 30
    in_flight: int = 8 << 30
    seconds: float = 120.0

    @property
    def in_words(self) -> str:
        """The policy as the operator stated it."""
        return (
            f"on-failure={self.on_failure}, refuse-from={self.refuse_from},"
            f" on-refusal={self.on_refusal}, surface={self.surface}"
        )

    def origin(self, client: str, item: str) -> Origin:
        """Return what is said of where a content comes from."""
        return Origin(self.surface, self.jurisdiction, item, client)

    def ruling(self, screened: Screened) -> Ruling:
        """Return what follows from what was screened."""
        return replace(self._ruling(screened), action=screened.decision.action)

    def _ruling(self, screened: Screened) -> Ruling:
        action, known = screened.decision.action, screened.state is State.MATCHED
        told = (screened.id, screened.version)
        if screened.untold and not known:  # nobody is accused of what nobody has seen
            taken = action.rank >= Action.QUARANTINE.rank and self.on_refusal is OnRefusal.REFUSE
            return self.failure("it could not be fully examined", *told, never=taken)
        if action.rank >= self.refuse_from.rank:
            why = f"the policy says {action}"
            if self.on_refusal is OnRefusal.REPORT:
                return Ruling(Outcome.PASS, f"{why}; this gate only reports", *told, known)
            return Ruling(Outcome.REFUSE, why, *told, known)
        if holds := screened.held_by:
            return self._held(f"a person must look at it first ({', '.join(holds)})", told)
        if screened.untold:
            return self.failure("it could not be fully examined", *told)
        sure = known if screened.fully_examined else None
        return Ruling(Outcome.PASS, f"the policy says {action}", *told, sure)

    def _held(self, why: str, told: tuple[str, str]) -> Ruling:
        """Return what follows for something known: nothing failed, so no gate is open for it."""
        if self.on_refusal is OnRefusal.REPORT:
            return Ruling(Outcome.PASS, f"{why}; this gate only reports", *told, known=True)
        return Ruling(Outcome.FAILURE, why, *told, known=True)

    def failure(
        self,
        why: str,
        screening: str = "",
        version: str = "",
        *,
        wait: int = 0,
        never: bool = False,
    ) -> Ruling:
        """Return what follows when it could not be told; ``never``: open gates hold it, too."""
        if self.on_failure is OnFailure.OPEN and not never:
            return Ruling(Outcome.PASS, f"{why}; let through", screening, version)
        return Ruling(Outcome.FAILURE, why, screening, version, None, wait)


def worst(rulings: Iterable[Ruling]) -> Ruling:
    """Return the hardest of ``rulings``, which are there for the parts of one content."""
    return max(rulings, key=lambda r: (_RANK[r.outcome], r.action.rank if r.action else -1))


_RANK = {outcome: rank for rank, outcome in enumerate(Outcome)}
