"""The service's part of ``docs/performance.md``, and the soak's memory as ``docs/soak.svg``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

SECTION = """\
## The service

Figures of the service's parts; what they mean stands on the pages that are named. A spread this wide says that the
machine was busy with other work.

### Look-ups

`python benchmarks/service_lookups.py`: the whole service over HTTP, keys and quotas included, on one core, beside
Hasher-Matcher-Actioner's (HMA) matching, {peer} hashes, look-ups per second ([API](api.md)).

{lookups}

Milliseconds for one look-up at a fixed rate, counted from when it was due (median of the runs, and the worst):

{latency}

`python benchmarks/hma.py`: HMA's own contract, {hma_entries} hashes, per second of processor time ([HMA](hma.md)).

{hma}

### Screening and newer lists

`python benchmarks/screening.py`: JPEGs through the service beside the same workers fed by nothing else;
`python benchmarks/retroactive.py`: a new list of {new_entries} entries and what was seen before ([screening](screening.md)).

{screening}

{retroactive}

### Policy, keys, clients

`python benchmarks/policy.py`, microseconds for one decision beside one that looks at nothing
([policy](policy.md)); `python benchmarks/access.py`, microseconds to admit a key, among {keys}, and count its look-up, beside
one keyed BLAKE2b and a comparison, and the way of the sealed server's SQLite file ([access](access.md)); `python benchmarks/client.py` beside httpx ([client](client.md)).

{policy}

A dry run decides on {dry_run} screenings per second.

{access}

{client}

### Content gates

`python benchmarks/content_gates.py`, milliseconds beside the same without judging ([gates](content-gates.md)).

{gates}
{soak}"""

SOAK = """
### An hour of trouble

`python -m benchmarks.soak --minutes 60`: two replicas on one PostgreSQL, while entries come and go, workers, replicas and
the database are killed, and a disk fills up. Every answer is held against what is known.

{table}

![Memory of both replicas and their workers over the run](soak.svg)
"""

LEAST_SOAK = 1800
"""Seconds from which on a soak is one; what was shorter only tried the script."""

Read = Callable[[str], Any]


def section(read: Read, soak: Mapping[str, Any] | None) -> str:
    """Return the part; ``read`` returns a benchmark's results by its name."""
    looked, hma, again = read("service_lookups"), read("hma"), read("retroactive")
    policy, access = read("policy"), read("access")
    return SECTION.format(
        peer=_number(looked["entries"]),
        lookups=_spreads(looked),
        latency=_latency(looked),
        hma_entries=_number(hma["entries"]),
        hma=_spreads(hma),
        new_entries=_number(again["entries"]),
        screening=_screening(read("screening")),
        retroactive=_retroactive(again),
        policy=_policy(policy),
        dry_run=_number(policy["dry run, screenings per second"]),
        keys=_number(access["keys"]),
        access=_access(access),
        client=_client(read("client")),
        gates=_gates(read("content_gates")),
        soak=SOAK.format(table=_soak(soak)) if is_soak(soak) else "",
    )


def is_soak(soak: Mapping[str, Any] | None) -> bool:
    """Whether a soak was measured for long enough to be shown."""
    return soak is not None and soak["seconds"] >= LEAST_SOAK


def svg(samples: Sequence[Mapping[str, float]]) -> str:
    """Return a plot of ``memory MiB`` as a soak writes it: lines over minutes."""
    names = [name for name in samples[0] if name != "at"]
    end = max(one["at"] for one in samples) or 1
    top = max(one.get(name, 0) for one in samples for name in names) or 1
    width, height, left, bottom = 760, 300, 56, 40

    def point(at: float, value: float) -> str:
        x = left + at / end * (width - left - 12)
        return f"{x:.1f},{height - bottom - value / top * (height - bottom - 40):.1f}"

    lines: list[str] = []
    for place, (name, colour) in enumerate(zip(names, _COLOURS, strict=False)):
        points = " ".join(point(one["at"], one[name]) for one in samples if name in one)
        lines.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
        )
        x = left + place * 150
        lines.append(f'<rect x="{x}" y="12" width="12" height="12" fill="{colour}"/>')
        lines.append(f'<text x="{x + 18}" y="22">{name}</text>')
    for part in (0, 0.5, 1):
        x, y = point(end * part, top * part).split(",")
        lines.append(f'<text x="{left - 6}" y="{y}" text-anchor="end">{top * part:,.0f}</text>')
        lines.append(
            f'<text x="{x}" y="{height - 20}" text-anchor="middle">{end * part / 60:.0f}</text>'
        )
    lines.append(f'<text x="{width / 2}" y="{height - 4}" text-anchor="middle">minutes</text>')
    lines.append('<text x="6" y="40">MiB</text>')
    axes = f"M{left} 40V{height - bottom}H{width - 12}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="12" role="img">\n'
        "<title>Memory of the replicas and their workers over the soak</title>\n"
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
        f'<path d="{axes}" fill="none" stroke="#444"/>\n' + "\n".join(lines) + "\n</svg>\n"
    )


_COLOURS = ("#0b5cad", "#7fb2e5", "#b3541e", "#e8ab84", "#3c7d3c", "#9ccc9c")


def table(head: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; ``head`` names its columns, parted by commas."""
    lines = [f"| {head.replace(',', ' | ')} |", "|" + "---|" * (head.count(",") + 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def _ratio(least: float, median: float, most: float) -> str:
    return f"**{_number(median)}** ({_number(least)} to {_number(most)})"


def _spread(found: Mapping[str, float]) -> str:
    return _ratio(found["min"], found["median"], found["max"])


def _of(found: Mapping[str, float], name: str) -> str:
    return _ratio(*(found[f"{name}_{part}"] for part in ("min", "median", "max")))


def _spreads(found: Mapping[str, Any]) -> str:
    rows = [
        [name.removesuffix("/s"), _spread(one)]
        for name, one in found.items()
        if isinstance(one, dict) and "median" in one
    ]
    return table("what,median (least to most)", rows)


def _latency(found: Mapping[str, Any]) -> str:
    rows: list[list[str]] = []
    for name, curve in found.items():
        if not name.startswith("latency at "):
            continue
        entries = _number(int(name.removeprefix("latency at ")))
        for share, at in curve.items():
            if not isinstance(at, dict):
                continue
            parts = [at[part] for part in ("p50", "p99", "p99.9")]
            shown = [f"{_number(one['median'])}; {_number(one['max'])}" for one in parts]
            rows.append([entries, f"{share} of {_number(curve['saturated/s'])}", *shown])
    return table("hashes,rate per second,p50,p99,p99.9", rows)


def _screening(found: Mapping[str, Any]) -> str:
    alone = found["examined by the pool alone, per second"]
    rows = [
        ["pictures per second", _number(found["screened per second"]), _number(alone),
         _of(found, "share of the clock")],
        ["CPU ms per picture", _number(found["CPU ms per picture screened"]),
         _number(found["CPU ms per picture, pool alone"]), _of(found, "share of CPU time")],
    ]  # fmt: skip
    return table("what,screened,workers alone,share", rows)


def _retroactive(found: Mapping[str, Any]) -> str:
    rows = [
        [f"{name}; {one['near hashes of each']} near each", _number(one["observations"]),
         _of(one, "seconds"), _number(one["times faster than look-ups"]),
         _number(one["peak memory, MB"])]
        for name, one in found.items() if isinstance(one, dict)
    ]  # fmt: skip
    return table("pictures,observations,seconds,times faster than look-ups,memory; MB", rows)


def _policy(found: Mapping[str, Any]) -> str:
    names = ("bound", "decided", "with floods", "most")
    rows = [
        [what, *(_number(one[name]) for name in names)]
        for what, one in found.items()
        if isinstance(one, dict)
    ]
    return table("case,bound,decided,with floods,most", rows)


def _access(found: Mapping[str, Any]) -> str:
    one = found["microseconds"]
    shown = [_number(one[name]) for name in ("bound", "gatekeeper", "SQLite")]
    row = [*shown, _of(found, "ratio"), _number(found["revoked after seconds, most"])]
    return table("bound,gatekeeper,SQLite,times faster,a revoked key counts for s", [row])


def _client(found: Mapping[str, Any]) -> str:
    rows = [
        [what, _number(one["client"]), _number(one["httpx"]), _of(one, "ratio")]
        for what, one in found.items()
        if isinstance(one, dict) and "client" in one
    ]
    return table("what,client,httpx,ratio", rows)


def _gates(found: Mapping[str, Any]) -> str:
    rows = [
        [what, _number(one["milliseconds"]), _number(one["p99"]),
         _number(one["peer_milliseconds"]), _of(one, "ratio")]
        for what, one in found.items() if isinstance(one, dict) and "milliseconds" in one
    ]  # fmt: skip
    return table("gate,median,p99,without judging,ratio", rows)


def _soak(found: Mapping[str, Any]) -> str:
    names = (
        "seconds", "answers", "wrong", "screened", "missing from the records",
        "not fully examined", "starts of replicas",
    )  # fmt: skip
    rows = [[name, _number(found[name])] for name in names]
    rows += [[name, _number(count)] for name, count in found["troubles"].items()]
    statuses = (f"{status}: {_number(count)}" for status, count in found["statuses"].items())
    rows.append(["answers by status; 0 is none", "; ".join(statuses)])
    return table("what,how many", rows)
