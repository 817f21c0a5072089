"""Screenings as the rows of their store, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tidebreak.model import Level, ListKind, Match, State, Verdict
from tidebreak.screens import Action, Decision, Origin, Part, Screened, Surface

COLUMNS = (
    "id, at, client, surface, jurisdiction, item, state, level, action, rule, why, legal_basis,"
    " policy, holds, version, sandbox, earlier, parts, waits, unexamined"
)

Row = tuple[Any, ...]

SOFTENED = bytes(12)
"""Stands for no entry: what is known is taken back by an allow list, or disputed, for now."""


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody said of a verdict: ``outcome`` is confirmed, wrong or unclear."""

    at: str
    reviewer: str
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A screening as it is kept: without signals, and with what came after it.

    ``earlier`` is the screening of which this is a later verdict, empty where it is none.
    ``waits`` says that a person is to look at it. Numbers in ``places`` tell which part of all
    that were examined each of ``screened.parts`` is.
    """

    screened: Screened
    earlier: str = ""
    waits: bool = False
    reviews: tuple[Review, ...] = ()
    places: tuple[int, ...] = field(default=())

    @property
    def retroactive(self) -> bool:
        """Whether this came of lists that were newer than what was screened."""
        return bool(self.earlier)


def row_of(screened: Screened, places: Sequence[int], *, earlier: str = "", waits: bool) -> Row:
    """Return the columns `COLUMNS`; ``places`` numbers the parts."""
    origin, decision = screened.origin, screened.decision
    stated = zip(places, screened.parts, strict=True)
    parts = [_part_values(number, part) for number, part in stated]
    return (
        screened.id, screened.at, origin.client, origin.surface.value, origin.jurisdiction,
        origin.item, screened.state.value, screened.level.value, decision.action.value,
        decision.rule, decision.why, decision.legal_basis, decision.policy,
        ",".join(decision.holds), screened.version, screened.sandbox, earlier,
        json.dumps(parts, separators=(",", ":")), int(waits), screened.unexamined,
    )  # fmt: skip


def record_of(row: Row, reviews: Sequence[Review] = ()) -> Record:
    """Return what the columns `COLUMNS` hold."""
    (id, at, client, surface, jurisdiction, item, state, level, action, rule, why, basis, policy,
     holds, version, sandbox, earlier, parts, waits, unexamined) = row  # fmt: skip
    values: list[dict[str, Any]] = json.loads(parts)
    screened = Screened(
        id, at, Origin(Surface(surface), jurisdiction, item, client), State(state), Level(level),
        Decision(Action(action), rule, why, basis, policy, tuple(filter(None, holds.split(",")))),
        tuple(_part(one) for one in values), version, sandbox, unexamined,
    )  # fmt: skip
    places = tuple(int(one["no"]) for one in values)
    return Record(screened, earlier, bool(waits), tuple(reviews), places)


def waits(decision: Decision) -> bool:
    """Whether a person is to look: at all that is not simply allowed, and at samples."""
    return decision.action is not Action.ALLOW or bool(decision.holds)


def pairs_of(verdict: Verdict, told: Collection[bytes] = ()) -> set[bytes]:
    """Return what stands for each (list, entry) by which something known is said that is not told.

    `SOFTENED` is among them where more could be said once an allow list or a dispute counts no
    more; what was told of an entry is no news when that is disputed.
    """
    hits = [match for match in verdict.matches if match.kind.hits and match.level.found]
    found = {_pair(match) for match in hits if pair_of(match.list, match.entry) not in told}
    pairs = found if verdict.level.found else set[bytes]()
    if hits and (not verdict.level.found or any(match.disputed for match in hits)):
        pairs.add(SOFTENED)
    return pairs.difference(told)


def pair_of(name: str, entry: str, *, disputed: bool = False) -> bytes:
    """Return 12 bytes that stand for an entry of a list, other ones while it is ``disputed``."""
    text = f"{name}\0{entry}" + "\0disputed" * disputed
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


def _pair(match: Match) -> bytes:
    return pair_of(match.list, match.entry, disputed=match.disputed)


def _part_values(number: int, part: Part) -> dict[str, Any]:
    values: dict[str, Any] = {
        "no": number, "member": part.member, "size": part.size, "content": part.content,
        "state": part.state.value, "level": part.verdict.level.value,
    }  # fmt: skip
    more = {
        "matches": [asdict(match) for match in part.verdict.matches],
        "omitted": part.verdict.omitted, "reason": part.reason, "note": part.note,
    }  # fmt: skip
    return values | {name: value for name, value in more.items() if value}


def _part(values: Mapping[str, Any]) -> Part:
    matches = tuple(_match(one) for one in values.get("matches", ()))
    verdict = Verdict(Level(values["level"]), matches, values.get("omitted", 0))
    return Part(
        values["member"], values["size"], values["content"], State(values["state"]), verdict, (),
        values.get("reason", ""), values.get("note", ""),
    )  # fmt: skip


def _match(values: Mapping[str, Any]) -> Match:
    ranges = tuple((a, b, c, d) for a, b, c, d in values["ranges"])
    known: dict[str, Any] = dict(values)
    known |= {"kind": ListKind(values["kind"]), "level": Level(values["level"]), "ranges": ranges}
    return Match(**known)
