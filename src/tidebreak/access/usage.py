"""What the counts of a day mean: days of use, quotas that run out, what is usual."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from tidebreak.access.alarms import AlarmKind, Raised
from tidebreak.access.ledger import Ledger, at
from tidebreak.access.meters import Count
from tidebreak.access.records import WARNING_DAYS
from tidebreak.access.roles import Principal
from tidebreak.access.tables import Tables

USUAL_DAYS = 30
_DAY = 86400
_MUCH = 0.8


def mark_used(ledger: Ledger, who: Iterable[str]) -> None:
    """Note the day on which keys (`Principal.id`) were last used."""
    day = ledger.now[:10]
    ids = [one.removeprefix("key:") for one in list(who)]  # at once: others go on adding
    if not ids:
        return
    known = dict(ledger.sql.rows("SELECT id, last_used FROM api_key WHERE last_used = ?", (day,)))
    new = [(day, id) for id in ids if id not in known]
    if new:
        with ledger.sql.writing():
            ledger.sql.change_many("UPDATE api_key SET last_used = ? WHERE id = ?", new)


def usual(ledger: Ledger) -> dict[str, Count]:
    """Return what each caller asked in the 30 days before today."""
    seconds = ledger.clock()
    since, today = at(seconds - USUAL_DAYS * _DAY)[:10], at(seconds)[:10]
    rows = ledger.sql.rows(
        "SELECT who, sum(asked), sum(hits) FROM usage WHERE day >= ? AND day < ? GROUP BY who",
        (since, today),
    )
    return {who: Count(int(asked), int(hits)) for who, asked, hits in rows}


def over_limits(callers: Iterable[Principal], counts: Mapping[str, Count]) -> list[Raised]:
    """Return what there is to look at in the counts of a day."""
    found: list[Raised] = []
    for principal in callers:
        count = counts.get(principal.id)
        if count is None:
            continue
        kinds = {
            AlarmKind.MANY_HITS: count.hits >= principal.limits.alarm_hits,
            AlarmKind.QUOTA: count.asked >= _MUCH * principal.limits.per_day,
        }
        detail = {"asked": count.asked, "hits": count.hits}
        found += [
            Raised(principal.id, principal.name, kind, detail)
            for kind, is_so in kinds.items()
            if is_so
        ]
    return found


def expiring(tables: Tables, now: float) -> list[Raised]:
    """Return the keys whose last secret ends soon; ``now`` is in seconds since 1970."""
    last: dict[str, float] = {}
    names: dict[str, str] = {}
    for one in tables.secrets.values():
        id = one.principal.id
        names[id], last[id] = one.principal.name, max(last.get(id, -math.inf), one.until)
    return [
        Raised(id, names[id], AlarmKind.EXPIRES, {"days": int((until - now) // _DAY)},
               at(until)[:10])
        for id, until in last.items()
        if now < until <= now + WARNING_DAYS * _DAY
    ]  # fmt: skip
