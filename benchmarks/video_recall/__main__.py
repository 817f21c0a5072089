"""Recall, boundaries and false alarms for videos: Tidebreak beside vPDQ's rules.

Run ``python benchmarks/video_recall`` (or ``--quick``); ffmpeg must be installed. Clips are made of
scikit-image's photographs, of the desktop's wallpapers and of drawn scenes, or of any pictures
(``--pictures FOLDER``), and changed as people change them; ``--clips FOLDER`` adds clips of your own.
All clips, hard negatives included, are on one vPDQ list, with every kept frame and, in a second
column, with one frame a second, as received lists have it. A file's verdict is the matcher's.

vPDQ is judged on one hash a second on both sides, with both readings of its 80 %: of the known
video's frames (its README) and of the file's (python-threatexchange's default).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from changes import CHANGES, Range
from clips import ENCODED, FFMPEG, RATE, negatives, positives, prepare
from hashed import Hashed, hashed
from judged import Bank, boundary_errors, vpdq_says

RESULTS = Path(__file__).parent.parent / "results" / "video_recall.json"
WALLPAPERS = ("/usr/share/backgrounds", "/usr/share/wallpapers", "/usr/share/lxqt/wallpapers")
COLUMNS = (
    "near",
    "near, 1 fps list",
    "possible or near",
    "vpdq 80 % of known",
    "vpdq 80 % of file",
)


@dataclass
class Row:
    """What became of one kind of change."""

    clips: int = 0
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    boundaries: list[float] = field(default_factory=list)
    mapping: list[float] = field(default_factory=list)


def main() -> None:
    options = arguments()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="video-recall-"))
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Row] = defaultdict(Row)
    false: list[str] = []
    counts = run(options, folder, rows, false)
    table = summary(rows, false, counts)
    print_table(table)
    (options.results or RESULTS).write_text(json.dumps(table, indent=1) + "\n")
    if not options.folder:
        shutil.rmtree(folder)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a third of the clips")
    parser.add_argument("--pictures", type=Path, help="a folder of pictures to make clips of")
    parser.add_argument("--clips", type=Path, help="a folder of clips to add")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to keep the clips; default: nowhere")
    parser.add_argument("--results", type=Path, help="where to write the table")
    return parser.parse_args()


def run(
    options: argparse.Namespace, folder: Path, rows: dict[str, Row], false: list[str]
) -> dict[str, float]:
    count, cameras, titles = (10, 4, 2) if options.quick else (36, 8, 4)
    others = 4 * (cameras + titles)
    pictures = prepare(sources(options), 2 * count + others, folder)
    clips = [clip.make(folder) for clip in positives(pictures[others:], count, options.seed)]
    clips = [clip for clip in clips + given(options.clips, folder) if has_structure(hashed(clip))]
    groups = [
        [clip.make(folder) for clip in group]
        for group in negatives(pictures[:others], options.seed, cameras, titles)
    ]
    known = {path: hashed(path) for path in clips + [path for group in groups for path in group]}
    bank = Bank({path.stem: item for path, item in known.items()})
    sparse = Bank({path.stem: item.one_per_second() for path, item in known.items()})
    spent: list[float] = []
    for group in groups:
        for path in group:
            false += wrong(bank, path.stem, known[path], {path.stem})
    for number, clip in enumerate(clips):
        others = [clips[(number + step) % len(clips)] for step in (5, 11, 17, 23)]
        for change in CHANGES:
            to = folder / f"{clip.stem}--{change.name.replace(' ', '-').replace('%', '')}.mp4"
            path = change.make(clip, known[clip].seconds, others, to)
            query = hashed(path)
            truth = change.truth(known[clip].seconds, [known[other].seconds for other in others])
            allowed = {clip.stem} | {other.stem for other in others[: change.others]}
            started = time.perf_counter()
            judge(rows[change.name], bank, sparse, clip.stem, known[clip], query, truth)
            spent.append(time.perf_counter() - started)
            false += wrong(bank, path.stem, query, allowed)
        print(f"{number + 1} of {len(clips)} clips", file=sys.stderr)
    files = len(clips) * len(CHANGES) + sum(len(group) for group in groups)
    return {"clips": len(clips), "known": len(known), "files": files,
            "pairs": files * (len(known) - 1), "ms per file, median": 500 * float(np.median(spent))}  # fmt: skip


def has_structure(clip: Hashed) -> bool:
    """Whether half of the clip, at least, can be compared at all."""
    return float(np.mean(clip.sequence.track(0).records["quality"] >= 50)) >= 0.5


def sources(options: argparse.Namespace) -> list[Path]:
    if options.pictures:
        found = [
            path
            for path in options.pictures.rglob("*")
            if path.suffix.lower() in (".jpg", ".jpeg", ".png")
        ]
    else:
        import skimage

        names = ("astronaut", "brick", "chelsea", "coffee", "grass", "gravel", "hubble_deep_field",
                 "motorcycle_left", "retina", "rocket", "ihc", "camera")  # fmt: skip
        folder = Path(skimage.__file__).parent / "data"
        found = [path for name in names for path in folder.glob(f"{name}.*")]
        found += [path for root in WALLPAPERS for path in Path(root).rglob("*.jpg")]
    if not options.pictures:  # sizes and tones of one wallpaper lie in one folder
        found = list(
            {path.parents[2] if "contents" in path.parts else path: path for path in found}.values()
        )
    found = sorted(path for path in found if path.is_file() and path.stat().st_size > 60_000)
    random.Random(options.seed).shuffle(found)
    return found


def given(clips: Path | None, folder: Path) -> list[Path]:
    """Return the clips of a folder, at most 12 seconds of each, as the suite's own are encoded."""
    made: list[Path] = []
    for number, path in enumerate(sorted(clips.iterdir()) if clips else []):
        to = folder / f"given{number:03}.mp4"
        if not to.exists():
            command = [*FFMPEG, "-i", str(path), "-map", "0:v:0", "-t", "12", "-vf", "scale=640:-2"]
            if subprocess.run(
                [*command, *ENCODED, "-r", str(RATE), str(to)], check=False
            ).returncode:
                continue
        made.append(to)
    return made


def judge(
    row: Row,
    bank: Bank,
    sparse: Bank,
    name: str,
    known: Hashed,
    query: Hashed,
    truth: Sequence[Range],
) -> None:
    row.clips += 1
    match = bank.find(query).get(name)
    level = match.level.value if match else ""
    row.found["near"] += level == "near"
    row.found["possible or near"] += level in ("near", "possible")
    one = sparse.find(query).get(name)
    row.found["near, 1 fps list"] += bool(one and one.level.value == "near")
    of_known, of_file = vpdq_says(known, query)
    row.found["vpdq 80 % of known"] += of_known >= 0.8
    row.found["vpdq 80 % of file"] += of_file >= 0.8
    if match and level == "near":
        boundary, mapping = boundary_errors(match.ranges, truth)
        row.boundaries.append(boundary)
        row.mapping.append(mapping)


def wrong(bank: Bank, name: str, query: Hashed, allowed: set[str]) -> list[str]:
    found = bank.find(query).items()
    return [
        f"{name} = {entry}"
        for entry, match in found
        if entry not in allowed and match.level.value == "near"
    ]


def wilson(found: int, count: int) -> list[float]:
    """Return the 95 % interval of a share."""
    z = 1.96
    share, slack = found / count, z * z / count
    middle, half = share + slack / 2, z * np.sqrt(share * (1 - share) / count + slack / count / 4)
    return [round(float((middle + sign * half) / (1 + slack)), 4) for sign in (-1, 1)]


def summary(rows: dict[str, Row], false: list[str], counts: dict[str, float]) -> dict[str, object]:
    changes = {
        name: {
            "clips": row.clips,
            **{column: round(found / row.clips, 4) for column, found in row.found.items()},
            "interval of near": wilson(row.found["near"], row.clips),
            "boundaries within 1 s": round(float(np.mean(np.array(row.boundaries or [9]) <= 1)), 4),
            "times within 1 s": round(float(np.mean(np.array(row.mapping or [9]) <= 1)), 4),
        }
        for name, row in rows.items()
    }
    total = sum(row.clips for row in rows.values())
    means = {
        column: round(sum(row.found[column] for row in rows.values()) / total, 4)
        for column in COLUMNS
    }
    return {**counts, "mean": means, "false videos": false, "changes": changes}


def print_table(table: dict[str, object]) -> None:
    changes: dict[str, dict[str, float]] = table["changes"]  # pyright: ignore[reportAssignmentType]
    short = ("clips", *COLUMNS, "boundaries within 1 s", "times within 1 s")
    print(f"{'':24}" + "".join(f"{name:>20.19}" for name in short))
    for name, row in changes.items():
        print(f"{name:24}" + "".join(f"{row[column]:20.3g}" for column in short))
    print(f"{'mean':24}{'':20}" + "".join(f"{value:20.3g}" for value in table["mean"].values()))  # pyright: ignore
    print({name: value for name, value in table.items() if name not in ("changes", "mean")})


if __name__ == "__main__":
    main()
