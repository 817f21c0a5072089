"""Known pictures found by their scene: recall, false pairs and cost, beside OpenCV's usual recipe.

Run ``python benchmarks/verified.py`` (some minutes) or ``--quick``; ``--corpus DIR`` takes pictures of
your own instead of scikit-image's. The peer is what one would write first: ORB with 500 features on
both sides, brute-force matching with a ratio test, a similarity by RANSAC, and 10 inliers, for every
known picture in turn. Both see the same edited pictures, one after the other; CPU time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage
from PIL import Image

from tidebreak.calibration.measure import Sample, cross, edits
from tidebreak.calibration.methods import NOTHING, Answer, Known, Pixels
from tidebreak.calibration.negatives import families
from tidebreak.calibration.transforms import SUITE
from tidebreak.calibration.verified import Verified

RESULTS = Path(__file__).with_name("results") / "verified.json"
PHOTOGRAPHS = (
    "astronaut", "brick", "camera", "chelsea", "coffee", "coins", "ihc", "motorcycle_left", "retina",
    "rocket",
)  # fmt: skip
QUICK = ("jpeg 50", "crop 20", "crop 40", "rotate 10", "screenshot", "collage 2")
SAME_SCENE = ("static camera", "burst", "recoloured")
FEATURES, RATIO, INLIERS = 500, 0.75, 10


@dataclass(frozen=True)
class Recipe:
    """OpenCV's ORB, matcher and RANSAC, picture by picture."""

    name: str = "OpenCV ORB, ratio test, RANSAC"

    def enrol(self, pictures: list[Pixels]) -> _Shelf:
        """Extract features of the known pictures."""
        return _Shelf([_orb(pixels) for pixels in pictures])


@dataclass(frozen=True)
class _Shelf:
    known: list[tuple[list[cv2.KeyPoint], np.ndarray | None]]

    def look_up(self, pixels: Pixels) -> Answer:
        sets = [_orb(pixels), _orb(np.ascontiguousarray(pixels[:, ::-1]))]
        best = np.full(len(self.known), NOTHING, np.int16)
        for row, known in enumerate(self.known):
            if max(_inliers(asked, known) for asked in sets) >= INLIERS:
                best[row] = 40
        return Answer(best, best, 2 * FEATURES, 0.0)


def _orb(pixels: Pixels) -> tuple[list[cv2.KeyPoint], np.ndarray | None]:
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return cv2.ORB_create(FEATURES).detectAndCompute(grey, None)


def _inliers(asked: tuple, known: tuple) -> int:
    if asked[1] is None or known[1] is None or len(known[1]) < 2:
        return 0
    pairs = [
        pair[0]
        for pair in cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(asked[1], known[1], k=2)
        if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance
    ]
    if len(pairs) < INLIERS:
        return 0
    here = np.float32([asked[0][pair.queryIdx].pt for pair in pairs])
    there = np.float32([known[0][pair.trainIdx].pt for pair in pairs])
    _, mask = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=5)
    return 0 if mask is None else int(mask.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four pictures, six edits")
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    samples = _samples(chosen.corpus)[: 4 if chosen.quick else 24]
    methods = [Verified(), Recipe()]
    pixels = [np.asarray(sample.picture) for sample in samples]
    shelves = {method.name: method.enrol(pixels) for method in methods}
    transforms = QUICK if chosen.quick else SUITE
    found = {name: _Tally(len(samples)) for name in shelves}
    for edited in edits(samples, transforms, seed=1):
        for name, shelf in shelves.items():
            found[name].add(shelf, edited.pixels, edited.row, edited.shown)
    drawn = families(2, 4 if chosen.quick else 10, [sample.picture for sample in samples])
    negatives = {
        name: [np.asarray(p.convert("RGB")) for p in p_all] for name, p_all in drawn.items()
    }
    report = {
        "pictures": len(samples),
        "edits": len(transforms),
        "methods": {
            method.name: found[method.name].told() | {"hard negatives": _crossed(negatives, method)}
            for method in methods
        },
        "OpenCV ms / Tidebreak ms": _ratios(*(found[m.name].seconds for m in reversed(methods))),
    }
    print(json.dumps(report, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


class _Tally:
    """What one method found, and what it cost."""

    def __init__(self, known: int) -> None:
        self.known, self.right, self.false, self.pairs = known, [], 0, 0
        self.seconds: list[float] = []

    def add(self, shelf: Known, pixels: Pixels, row: int, shown: tuple[int, ...]) -> None:
        start = time.process_time()
        nearest = shelf.look_up(pixels).nearest
        self.seconds.append(time.process_time() - start)
        others = np.setdiff1d(np.arange(self.known), shown)
        self.right.append(bool(nearest[row] < NOTHING))
        self.false += int((nearest[others] < NOTHING).sum())
        self.pairs += len(others)

    def told(self) -> dict[str, object]:
        return {
            "recall %": round(100 * statistics.mean(self.right), 1),
            "false pairs": f"{self.false} of {self.pairs}",
            "ms per query": round(1000 * statistics.median(self.seconds), 1),
        }


def _crossed(negatives: dict[str, list[Pixels]], method: Verified | Recipe) -> dict[str, str]:
    """Pairs of different pictures of a family that were taken for one another."""
    found = cross(negatives, method)
    told = {
        f"{name} (same scene)" if name in SAME_SCENE else name: pairs[0] < NOTHING
        for name, pairs in found.items()
    }
    return {name: f"{int(false.sum())} of {false.size}" for name, false in told.items()}


def _ratios(slow: list[float], fast: list[float]) -> dict[str, float]:
    ratios = sorted(a / b for a, b in zip(slow, fast, strict=True))
    return {
        "min": round(ratios[0], 2),
        "median": round(statistics.median(ratios), 2),
        "max": round(ratios[-1], 2),
    }


def _samples(corpus: Path | None) -> list[Sample]:
    if corpus is None:
        folder = Path(skimage.__file__).parent / "data"
        files = [next(folder.glob(f"{name}.*")) for name in PHOTOGRAPHS]
    else:
        files = sorted(
            p for p in corpus.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")
        )
    samples: list[Sample] = []
    for file in files:
        picture = Image.open(file).convert("RGB")
        picture.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
        samples.append(Sample(file.stem, picture))
    return samples


if __name__ == "__main__":
    main()
