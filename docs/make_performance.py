"""Write ``docs/performance.md`` (and ``soak.svg``) from what the benchmarks last measured (``benchmarks/results``).

Run ``python docs/make_performance.py`` after a benchmark; a test compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from performance_service import is_soak, section, svg

ROOT = Path(__file__).parent.parent

PAGE = """\
# Performance

This page is written by `docs/make_performance.py` from what the benchmarks last wrote to
`benchmarks/results`. Each benchmark runs the named peer beside Tidebreak in one run, in turns; ratios are
ours to the peer's as **median** (least to most). `make bench` runs them all, `--quick` makes each short.
Measured on two shared cores of a Zen 4 server (AVX-512) with 24 GiB: absolute figures move with what else
the machine does, ratios less.

## Identifiers

`python benchmarks/identifiers.py`, CPU time of one core. librhash's own seven are MD5, SHA-1, SHA-256, ed2k,
AICH, Tiger tree and BitTorrent v1 pieces; the whole set has all twelve. The bound of the whole set is the
sum of its parts, each measured alone.

{identifiers}

## Pictures

`python benchmarks/pictures.py`, one core, from the bytes of a file to its PDQ, beside python-threatexchange,
on JPEGs of 2 to 12 megapixels. *Bits* is how far the fast path is from the full decode, which itself agrees
with the peer to the bit.

{pictures}

Where the coefficients do not decide (a crowded median, low quality, a short side, CMYK, odd sampling), the
picture is decoded in full, at 2 to 8 times the peer's rate.

## Near search

`python benchmarks/near_search.py`, radius as shown, every answer compared with FAISS `IndexBinaryFlat`,
queries per second and core. One query per Python call costs about 12 µs of Python; batches do not.

{near}

{near_index}

Without AVX-512 (x86-64-v2), queries per second:

{near_v2}

## Sealed look-ups

`python benchmarks/sealed_lookups.py`, sealing included, beside hashlib and numpy's `searchsorted`.

{sealed}

## Vectors of a learned model

`python benchmarks/vectors.py`, cosine, all within a distance, queries per second of one core, beside FAISS
`IndexFlatIP` (`range_search`). {vault}

{vectors}

## Importing a list

`python benchmarks/list_import.py`, from the file to the index, two cores.

{lists}

## Peer-to-peer

Figures stand on the pages of what they measure, each with its command: a million links checked
(`python benchmarks/check.py`, below), [links and torrents](links.md) beside urllib and libtorrent
(`benchmarks/links.py`), [client stores](stores.md) (`benchmarks/stores.py`), [sealed checks](sealed-checks.md)
beside libsodium (`benchmarks/seal.py`), what stolen copies and keys are worth
([threat model](threat-model.md), `benchmarks/threats.py`), [gates](gates.md) beside nginx and opentracker
alone (`benchmarks/gates.py`), [importing logs](sightings-import.md) beside Arrow
(`benchmarks/sightings_import.py`) and [ranking](sightings.md) beside DuckDB
(`benchmarks/sightings_rank.py`).

{check}

## Scanning

`python benchmarks/scan.py`: the whole scan beside the same files through the same workers alone. This run
is older than [views](views.md): at `standard` depth a picture now costs some 10 ms of processor time more in
the workers (`robustness.md`), at `fast` 1 to 3 ms. Videos and streams have their figures in
[video](video.md) and [streams](howto-streams.md), edited pictures in [robustness](robustness.md).
`python benchmarks/workers.py`: the isolated workers beside plain processes without isolation.

{scan}

{workers}

Starting and peak memory of the scanning process:

{other}

{service}"""


def render() -> str:
    """Return the whole page."""
    return PAGE.format(
        check=_check(read("check")),
        identifiers=_identifiers(read("identifiers")),
        pictures=_pictures(read("pictures")),
        near=_near(read("near_search")["search"]),
        near_index=_near_index(read("near_search")["index"]),
        near_v2=_near_v2(read("near_search")["x86-64-v2"]),
        sealed=_sealed(read("sealed_lookups")),
        vectors=_vectors(read("vectors")["search"]),
        vault=_vault(read("vectors")["vault"]),
        lists=_lists(read("list_import")),
        scan=_scan(read("scan")),
        workers=_workers(read("workers")),
        other=_other(read("scan")),
        service=section(read, _soak()),
    )


def read(name: str) -> Any:
    """Return what a benchmark last wrote."""
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())


def _soak() -> Any:
    there = (ROOT / "benchmarks" / "results" / "soak.json").exists()
    return read("soak") if there else None


def _table(head: str, rows: list[list[str]]) -> str:
    lines = [f"| {head.replace(',', ' |')} |", "|" + "---|" * (head.count(",") + 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def _ratio(least: float, median: float, most: float) -> str:
    return f"**{_number(median)}** ({_number(least)} to {_number(most)})"


def _ratio_of(row: dict[str, Any]) -> str:
    return _ratio(row["ratio_min"], row["ratio_median"], row["ratio_max"])


def _identifiers(found: dict[str, Any]) -> str:
    rates = [
        [row["what"], row["unit"], _number(row["ours"]), _number(row["peer"]), _ratio_of(row)]
        for row in found["rates"]
    ]
    alone = [[what, _number(value)] for what, value in found["single, ns per byte"].items()]
    tables = _table("what,unit,ours,peer,ratio", rates), _table("alone,ns per byte", alone)
    return "\n\n".join(tables)


def _pictures(found: dict[str, Any]) -> str:
    return _table(
        "JPEG,pictures,peer ms (median),ours ms (median),ratio,bits: mean; p99; most",
        [
            [kind, str(row["pictures"]), _number(row["threatexchange_ms"][1]),
             _number(row["tidebreak_ms"][1]), _ratio(*row["ratio"]),
             f"{row['bits_mean']:.2f}; {row['bits_p99']:.2g}; {row['bits_max']}"]
            for kind, row in found.items() if isinstance(row, dict)
        ],
    )  # fmt: skip


def _near(found: list[dict[str, Any]]) -> str:
    return _table(
        "hashes,entries,radius,ours,FAISS flat,ratio",
        [
            [row["what"].replace(",", ";"), _number(row["rows"]), str(row["radius"]),
             _number(row["ours"]), _number(row["faiss"]), _ratio_of(row)]
            for row in found
        ],
    )  # fmt: skip


def _near_index(found: list[dict[str, Any]]) -> str:
    return _table(
        "index of,entries,built in s,opened in s,bytes per hash",
        [
            [row["what"], _number(row["rows"]), _number(row["build_seconds"]),
             _number(row["open_seconds"]), _number(row["bytes_per_hash"])]
            for row in found
        ],
    )  # fmt: skip


def _near_v2(found: list[dict[str, Any]]) -> str:
    asked = ("one at a time", "200 at a time", "batch")
    return _table(
        "entries,radius,one at a time,200 at a time,batch",
        [
            [_number(row["rows"]), str(row["radius"]), *(_number(row[name]) for name in asked)]
            for row in found
        ],
    )


def _sealed(row: dict[str, Any]) -> str:
    return _table(
        "entries,look-ups per second,peer,ratio,built in s",
        [
            [_number(row["entries"]), _number(row["look-ups per second"]), _number(row["peer"]),
             _ratio_of(row), _number(row["build_seconds"])]
        ],
    )  # fmt: skip


def _vectors(found: list[dict[str, Any]]) -> str:
    return _table(
        "vectors of 512,MiB,ours,FAISS flat,ratio",
        [
            [_number(row["vectors"]), _number(row["mebibytes"]),
             _number(row["queries per second"]), _number(row["peer"]), _ratio_of(row)]
            for row in found
        ],
    )  # fmt: skip


def _vault(row: dict[str, Any]) -> str:
    return (
        f"They are imported at {_number(row['imported per second'])} per second, and read back from"
        f" the vault at\n{_number(row['read back per second'])}, once whenever lists are opened."
    )


def _lists(found: list[dict[str, Any]]) -> str:
    return _table(
        "list,entries,seconds,of which index,entries per second,peak MiB",
        [
            [row["kind"], _number(row["entries"]), _number(row["seconds"][1]),
             _number(row["of_which_index"][1]), _number(row["entries_per_second"]),
             _number(row["peak_mib"])]
            for row in found
        ],
    )  # fmt: skip


def _check(found: dict[str, Any]) -> str:
    rows = [
        [
            name,
            " ".join(f"{value:.1f}" for value in row["wall"]),
            " ".join(f"{value:.1f}" for value in row["cpu"]),
            f"{row['µs of cpu per link']:.1f}",
        ]
        for name, row in found["seconds"].items()
    ]
    links = f"{found['links'] / 1e6:g} million links"
    return _table(f"{links},seconds of each run,processor seconds,µs of it per link", rows)


def _scan(found: dict[str, Any]) -> str:
    return _table(
        "files,how many,workers alone per s,scan per s,ratio",
        [
            [kind, _number(found[kind]["files"]),
             _number(found[kind]["workers_alone_files_per_s"]["median"]),
             _number(found[kind]["scan_files_per_s"]["median"]),
             _ratio(*(found[kind]["ratio"][name] for name in ("min", "median", "max")))]
            for kind in ("small", "mixed")
        ],
    )  # fmt: skip


def _workers(found: list[dict[str, Any]]) -> str:
    return _table(
        "files,how many,plain processes per s,workers per s,ratio",
        [
            [row["files"], _number(row["count"]), _number(row["alone_per_second"]),
             _number(row["pool_per_second"]),
             _ratio(row["share_min"], row["share_median"], row["share_max"])]
            for row in found
        ],
    )  # fmt: skip


def _other(found: dict[str, Any]) -> str:
    rows = [
        [f"`tidebreak {what}` from a cold process", f"{spread['median']:.2f} s"]
        for what, spread in found["startup_s"].items()
    ]
    rows += [
        [f"peak memory; {int(files):,} files", f"{_number(mib)} MiB"]
        for files, mib in found["memory_mib"].items()
    ]
    return _table("what,measured", rows)


if __name__ == "__main__":
    (ROOT / "docs" / "performance.md").write_text(render())
    if is_soak(soak := _soak()):
        (ROOT / "docs" / "soak.svg").write_text(svg(soak["memory MiB"]))
