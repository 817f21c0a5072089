"""Retroactive matching: ten million observations against a new list of a hundred thousand entries.

Run ``python benchmarks/retroactive.py``, ``--quick`` (a tenth of the observations) or
``--rows N``. Observations are synthetic: seals of MD5, SHA-1 and SHA-256, and the PDQ of a picture as
it is; in a second run with the other 35 views of a picture that a service keeps, for a tenth as many.
The new list has an SHA-256 and a PDQ for each entry; every thousandth resembles something that was
seen, half of them exactly, half within 31 bits. All of them must be found, and nothing else.

The bound is reading the same columns from the same file. The peer is what there is without this:
asking the matcher that answers look-ups about every observation, for a sample of them.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from tidebreak.index import Snapshot
from tidebreak.installation import Tidebreak
from tidebreak.lists.counting import Compared, came_to_count, compared
from tidebreak.matching.matcher import Matcher
from tidebreak.matching.near import SearchLimits
from tidebreak.model import HashList, ListKind, Observation, View, ViewKind
from tidebreak.screening import start
from tidebreak.screening.blocks import VIEWS, WHOLE, Block, Kept
from tidebreak.screening.candidates import Sieve
from tidebreak.screening.observed import BLOCK, write_block
from tidebreak.screening.retroactive import GROUP
from tidebreak.signals import SIGNAL_TYPES

RESULTS = Path(__file__).with_name("results") / "retroactive.json"
ENTRIES = 100_000
PLANTED = 100
OTHER_VIEWS = 35
TYPES = ("md5", "sha1", "sha256")
SAMPLE = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the observations")
    parser.add_argument("--rows", type=int, default=10_000_000)
    chosen = parser.parse_args()
    rows = chosen.rows // 10 if chosen.quick else chosen.rows
    report = {
        "entries": ENTRIES,
        "pictures as they are": measure(rows, 0),
        "with all views": measure(rows // 10, OTHER_VIEWS),
    }
    print(json.dumps(report, indent=1))
    if not chosen.quick:
        RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def measure(rows: int, views: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        random = np.random.default_rng(3)
        with Tidebreak.create(folder / "home", folder / "key") as opened:
            sql = start.open_store(opened)
            planted = fill(sql, opened, random, rows, views)
            sql.tidy()
            size = (folder / "home" / "screenings.db").stat().st_size
            make_list(folder, opened, random, planted)
            new = compared(opened.database, came_to_count(opened.database, None))
            runs = [one_run(sql, new, planted) for _ in range(3)]
            peer = by_look_ups(opened, new, views, random)
        sql.close()
    seconds = sorted(run["seconds"] for run in runs)
    ratios = sorted(run["seconds"] / run["reading alone"] for run in runs)
    return {
        "observations": rows,
        "near hashes of each": 1 + views,
        "found": runs[0]["found"],
        "seconds_min": round(seconds[0], 1),
        "seconds_median": round(statistics.median(seconds), 1),
        "seconds_max": round(seconds[-1], 1),
        "reading alone, seconds": round(statistics.median(r["reading alone"] for r in runs), 1),
        "times the bound_min": round(ratios[0], 2),
        "times the bound_median": round(statistics.median(ratios), 2),
        "times the bound_max": round(ratios[-1], 2),
        "by look-ups, seconds (from a sample)": round(peer * rows),
        "times faster than look-ups": round(peer * rows / statistics.median(seconds), 1),
        "file, MB": size >> 20,
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


def one_run(sql, new: Compared, planted: set[tuple[int, int]]) -> dict[str, float]:
    """Sift every block once; return the seconds of that and of reading the columns alone."""
    blocks = [Block(sql, id, number) for id, number in sql.rows("SELECT id, number FROM block")]
    began = time.perf_counter()
    for block in blocks:
        for name in ("sha256", WHOLE, VIEWS):
            block.column(name)
    reading = time.perf_counter() - began
    began = time.perf_counter()
    reach = SearchLimits.of(
        [HashList(1, "new", ListKind.CONTRABAND)], SearchLimits().depth, leads=False
    )
    sieve = Sieve(new, reach)
    found: set[tuple[int, int]] = set()
    for first in range(0, len(blocks), GROUP):
        group = blocks[first : first + GROUP]
        for place, own in sieve.find(group).items():
            found |= {(group[place].id, row) for row in own}
    seconds = time.perf_counter() - began
    assert found == planted, (len(found - planted), len(planted - found))
    return {"seconds": seconds, "reading alone": reading, "found": len(found)}


def fill(sql, opened, random, rows: int, views: int) -> set[tuple[int, int]]:
    """Write so many observations as blocks; return those (block, row) that the list will know."""
    heads = one_block(random, 2, views)[1]
    planted: dict[tuple[int, int], tuple[bytes, bytes]] = {}
    number = -(-rows // BLOCK)
    with sql.writing():
        write_block(sql, one_block(random, BLOCK, views)[0])
    template = {
        name: (owners, len(data))
        for name, owners, data in sql.rows("SELECT name, owners, data FROM block_column")
    }
    kept = dict(sql.rows("SELECT name, data FROM block_column"))
    del heads
    with sql.writing():
        sql.change("DELETE FROM block_column")
        sql.change("DELETE FROM block")
    chosen = random.choice(number * BLOCK, PLANTED, replace=False)
    wanted = {(int(i) // BLOCK, int(i) % BLOCK) for i in chosen}
    for first in range(0, number, 256):
        with sql.writing():
            for block in range(first, min(first + 256, number)):
                made = {
                    name: random.bytes(size) if name in (*TYPES, WHOLE, VIEWS) else kept[name]
                    for name, (_, size) in template.items()
                }
                id = sql.row(
                    "INSERT INTO block (first, last, number, lists) VALUES (?, ?, ?, 0)"
                    " RETURNING id",
                    ("", "", BLOCK),
                )[0]
                sql.change_many(
                    "INSERT INTO block_column (block_id, name, owners, data) VALUES (?, ?, ?, ?)",
                    [(id, name, template[name][0], data) for name, data in made.items()],
                )
                for row in [row for at, row in wanted if at == block]:
                    planted[id, row] = (
                        made["sha256"][16 * row : 16 * row + 16],
                        made[WHOLE][32 * row : 32 * row + 32],
                    )
    _planted.clear()
    _planted.update(planted)
    return set(planted)


_planted: dict[tuple[int, int], tuple[bytes, bytes]] = {}


def one_block(random, rows: int, views: int) -> tuple[list[Kept], int]:
    made = []
    for row in range(rows):
        shown = [View(random.bytes(32), 100)]
        shown += [View(random.bytes(32), 100, ViewKind.EXTENDED, number=5) for _ in range(views)]
        item = Observation("", 1, "image/jpeg", TYPES, random.bytes(48), tuple(shown))
        made.append(Kept(f"{row:026d}", 0, 0, item))
    return made, rows


def make_list(folder: Path, opened: Tidebreak, random, planted) -> None:
    """Import the new list, and put seals and hashes of what was seen among its own."""
    text = ["sha256,pdq"]
    text += [f"{random.bytes(32).hex()},{random.bytes(32).hex()}" for _ in range(ENTRIES)]
    (folder / "new.csv").write_text("\n".join(text) + "\n")
    opened.import_list(folder / "new.csv", name="new", kind=ListKind.CONTRABAND)
    # Seals cannot be made backwards: they are put into the blocks of the store itself.
    for column, width in (("sha256", 16), ("pdq", 32)):
        id, data = opened.database.row(
            "SELECT id, data FROM signal_block WHERE type = ?", (column,)
        )
        values = np.frombuffer(data, np.uint8).reshape(-1, width).copy()
        for place, (seal, value) in enumerate(_planted.values()):
            if (column == "sha256") is (place % 2 == 0):
                new = np.frombuffer(seal if column == "sha256" else value, np.uint8).copy()
                if column == "pdq":
                    bits = np.unpackbits(new)
                    bits[random.choice(256, place % 32, replace=False)] ^= 1
                    new = np.packbits(bits)
                values[place] = new
        with opened.database.writing():
            opened.database.change(
                "UPDATE signal_block SET data = ? WHERE id = ?", (values.tobytes(), id)
            )


def by_look_ups(opened: Tidebreak, new: Compared, views: int, random) -> float:
    """Return the seconds that judging one observation takes by the matcher of look-ups."""
    alone = Snapshot(Path(), 0, ()).with_delta(
        new.near, new.near_entries, new.near_places, new.seals, new.seal_entries
    )
    matcher = Matcher(alone, opened.catalogue, leads=False)
    kept = [one.item for one in one_block(random, SAMPLE // (1 + views), views)[0]]
    matcher.judge(kept[:100])
    began = time.perf_counter()
    for start_at in range(0, len(kept), 1000):
        matcher.judge([replace(item) for item in kept[start_at : start_at + 1000]])
    return (time.perf_counter() - began) / len(kept)


if __name__ == "__main__":
    assert SIGNAL_TYPES["sha256"].length == 32
    main()
