"""Files and URLs to hashes, hashes to matches: what the routes have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tidebreak.access.roles import Permission, Principal
from tidebreak.errors import BadSignal
from tidebreak.gates.hma.hma import Hma
from tidebreak.gates.hma.hma_types import CONTENT_KINDS, HMA_TYPES, HmaType
from tidebreak.gates.hma.lookups import Hit, disabled_hits, hits_of
from tidebreak.model import Examination, Signal, SignalKind
from tidebreak.spool import Spool
from tidebreak.web.requests import Refused

_FETCH_SECONDS = 30.0


@dataclass(slots=True)
class Asking:
    """One request: who asks, and what the answer must warn of."""

    hma: Hma
    asker: Principal
    warnings: list[str] = field(default_factory=list[str])

    def warn(self, kind: str, about: str = "") -> None:
        """Warn the client, and count it for whoever runs the service."""
        self.hma.warn(kind)
        self.warnings.append(f"{kind}: {about}" if about else kind)

    def need(self, *permissions: Permission) -> None:
        """Raise `Refused` (403) unless the asker has all ``permissions``."""
        self.need_all(frozenset(permissions))

    def need_all(self, permissions: frozenset[Permission]) -> None:
        """Do the same; quick, since sets know the hashes of what they have."""
        if permissions <= self.asker.permissions:
            return
        lacking = [each for each in permissions if not self.asker.may(each)]
        # Clients tell "missing role" from other refusals by these words.
        raise Refused(403, f"missing role: the key may not {', '.join(sorted(lacking))}")

    def kind(self, name: str) -> HmaType:
        """Return the signal type called ``name``; raise `Refused` when it is none or is off."""
        kind = HMA_TYPES.get(name)
        if kind is None:
            raise Refused(400, f"No such SignalType; known: {', '.join(HMA_TYPES)}")
        if name in self.hma.view.off:
            raise Refused(400, f"SignalType '{name}' is not enabled")
        return kind

    def kinds(self, content: str, types: str | None) -> list[HmaType]:
        """Return the signal types that ``types`` asks for, by default those that the options say.

        Raises `Refused` for a content or signal type that is none.
        """
        if content not in CONTENT_KINDS:
            raise Refused(400, f"no such content_type; known: {', '.join(CONTENT_KINDS)}")
        fitting = {name for name, kind in HMA_TYPES.items() if content in kind.contents}
        usable = fitting - self.hma.view.off
        if types is None:
            names = [name for name in self.hma.options.types if name in usable]
            if not names:
                raise Refused(501, "No signal types configured!")
            return [HMA_TYPES[name] for name in names]
        names = [name.strip() for name in types.split(",") if name.strip()]
        if any(name not in usable for name in names):
            raise Refused(400, f"a signal type is not one of {', '.join(sorted(usable))}")
        if not names:
            raise Refused(400, "empty signal type selection")
        return [HMA_TYPES[name] for name in dict.fromkeys(names)]


def read(asking: Asking, kind: HmaType, text: str) -> Signal:
    """Return the signal that ``text`` writes; raise `Refused` (400) when it writes none."""
    try:
        signal = kind.read(text)
    except BadSignal as error:
        raise Refused(400, f"invalid signal: {error}") from None
    if signal.text != text:
        asking.warn("normalised")
    return signal


async def fetched(asking: Asking, url: str, content: str | None, spool: Spool) -> str:
    """Take what ``url`` names into ``spool``; return its content type. Raises `Refused`."""
    asking.need(Permission.HASH, Permission.FETCH)
    if asking.hma.fetcher is None:
        raise Refused(403, "Fetching URLs is disabled, missing role; send the file itself")
    got = await asking.hma.fetcher.fetch(url, spool, _FETCH_SECONDS)
    if content:
        return content
    said = got.content_type.lower()
    for start, kind in (("image", "photo"), ("video", "video")):
        if said.startswith(start):
            return kind
    raise Refused(
        400,
        "unsupported url ContentType; if you know the expected type, provide it with the"
        " content_type query param",
    )


async def examined(asking: Asking, spool: Spool) -> Examination:
    """Return what the workers find out about a file as a whole, by the full decode.

    Charges the asker for it, before it is done.
    """
    asking.need(Permission.HASH)
    asking.hma.gatekeeper.charge(asking.asker, 1)
    found = await asking.hma.screener.hash(spool, full=True)
    return next(item for item in found if not item.member)


def hashes(asking: Asking, whole: Examination, kinds: Sequence[HmaType]) -> dict[str, str]:
    """Return the hashes of a file, "" for what is featureless; raise `Refused` without any.

    What cannot be read is an error: to answer that nothing was found would be a miss in silence.
    """
    if not whole.size:
        asking.hma.warn("could not be hashed")
        raise Refused(400, "could not be hashed: the file is empty")
    found: dict[str, str] = {}
    for kind in kinds:
        found[kind.name] = kind.of(whole)
        if found[kind.name]:
            continue
        if whole.signal(kind.type.name) is None:
            asking.hma.warn("could not be hashed")
            raise Refused(400, f"could not be hashed: {whole.reason or 'not of this content type'}")
        asking.warn("could not be hashed", f"{kind.name}: featureless")
    if whole.reason:
        asking.warn("not fully examined", whole.reason)
    return found


async def hits(
    asking: Asking, asked: Sequence[tuple[HmaType, Signal]], *, disabled: bool = False
) -> list[list[Hit]]:
    """Return the hits of each signal, by itself; with ``disabled`` those of disabled contents, too.

    The route has seen to the permission. Charges the asker, and tells the gatekeeper how many
    were hits.
    """
    hma, asker = asking.hma, asking.asker
    if not asked:
        return []
    hma.gatekeeper.charge(asker, len(asked))
    verdicts, _ = await hma.screener.match([[signal] for _, signal in asked])
    if any(not hma.view.banks.knows(m.list) for verdict in verdicts for m in verdict.matches):
        await hma.refresh()
    view = hma.view
    found: list[list[Hit]] = []
    for (kind, signal), verdict in zip(asked, verdicts, strict=True):
        own = hits_of(verdict, kind, view.banks, asker)
        if disabled:
            own += disabled_hits(signal, kind, view.disabled, view.banks, asker)
        if verdict.omitted:
            asking.warn("matches omitted", "only the strongest are stated")
        found.append(own)
    _tell(asking, [signal for _, signal in asked], found)
    return found


def _tell(asking: Asking, signals: Sequence[Signal], found: Sequence[Sequence[Hit]]) -> None:
    known = [bool(own) for own in found]
    near = (
        (signal.value, hit)
        for signal, hit in zip(signals, known, strict=True)
        if signal.type.kind is SignalKind.NEAR
    )
    asking.hma.gatekeeper.looked_up(asking.asker, len(signals), sum(known), near)
