"""From the bytes of a JPEG to its PDQ hash: Tidebreak against python-threatexchange, one core.

Run ``python benchmarks/pictures.py`` (or ``--quick``). The pictures are crops of photographs that
ship with scikit-image, enlarged to 2-12 megapixels with grain added, at qualities 50-95, as
baseline and as progressive files. Every picture is hashed by both in turn; the ratio is taken per
picture. The distance in bits is that of the fast path from the full decode of the same file.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from threatexchange.signal_type.pdq import pdq_hasher

from tidebreak import kernels
from tidebreak.media.image import COEFFICIENTS, ImageResult, hash_image
from tidebreak.settings import Limits

RESULTS = Path(__file__).with_name("results") / "pictures.json"
PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket", "retina", "hubble_deep_field",
               "immunohistochemistry", "brick", "grass", "gravel", "camera", "coins")  # fmt: skip
QUALITIES = (50, 60, 70, 75, 80, 85, 90, 95)
KINDS = {"baseline": {}, "progressive": {"progressive": True}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the pictures")
    count = 12 if parser.parse_args().quick else 48
    kernels.warm("tidebreak.hashing.pdq_kernels", "tidebreak.hashing.jpeg")
    measured: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for number, picture in enumerate(pictures(count)):
        for kind, options in KINDS.items():
            data = encoded(picture, number, options)
            measured[kind].append(compared(data, picture.size))
    table = {kind: summary(rows) for kind, rows in measured.items()}
    print_table(table)
    RESULTS.write_text(json.dumps(table, indent=1) + "\n")


def pictures(count: int) -> Iterator[Image.Image]:
    """Yield photograph-like pictures of 2-12 megapixels, always the same ones."""
    random = np.random.default_rng(20)
    for number in range(count):
        source = Image.fromarray(getattr(skimage.data, PHOTOGRAPHS[number % len(PHOTOGRAPHS)])())
        source = source.convert("RGB")
        share = random.uniform(0.6, 1.0)
        width, height = int(source.width * share), int(source.height * share)
        left = int(random.integers(0, source.width - width + 1))
        top = int(random.integers(0, source.height - height + 1))
        area = random.uniform(2e6, 12e6)
        size = (int((area * 4 / 3) ** 0.5), int((area * 3 / 4) ** 0.5))
        large = source.crop((left, top, left + width, top + height)).resize(size)
        grain = random.normal(0, 5, (*size[::-1], 1)).astype(np.float32)
        pixels = np.clip(np.asarray(large) + grain, 0, 255).astype(np.uint8)
        yield Image.fromarray(pixels)


def encoded(picture: Image.Image, number: int, options: dict[str, bool]) -> bytes:
    out = io.BytesIO()
    # 4:2:0 mostly, as cameras and phones write it; every fourth picture keeps all of its colour.
    subsampling = 0 if number % 4 == 3 else 2
    quality = QUALITIES[number % len(QUALITIES)]
    picture.save(out, "JPEG", quality=quality, subsampling=subsampling, **options)
    return out.getvalue()


def compared(data: bytes, size: tuple[int, int]) -> dict[str, float]:
    limits = Limits()
    peer: list[float] = []
    fast: list[float] = []
    full: list[float] = []
    for _ in range(3):
        peer.append(seconds(lambda: pdq_hasher.pdq_from_bytes(data)))
        fast.append(seconds(lambda: hash_image(data, limits)))
        full.append(seconds(lambda: hash_image(data, limits, full=True)))
    quick, native = hash_image(data, limits), hash_image(data, limits, full=True)
    return {
        "megapixels": size[0] * size[1] / 1e6,
        "peer_ms": 1e3 * min(peer),
        "fast_ms": 1e3 * min(fast),
        "full_ms": 1e3 * min(full),
        "bits": distance(quick, native),
        "quality_off": abs(quality_of(quick) - quality_of(native)),
        "by_coefficients": quick.preproc == COEFFICIENTS,
        "peer_bits": distance_to(native, pdq_hasher.pdq_from_bytes(data)[0]),
    }


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def distance(one: ImageResult, other: ImageResult) -> int:
    if one.hash is None or other.hash is None:
        raise SystemExit(f"a picture was not hashed: {one.reason or other.reason}")
    return distance_to(one, other.hash.value.hex())


def distance_to(one: ImageResult, text: str) -> int:
    value = one.hash.value if one.hash else b""
    return (int.from_bytes(value) ^ int(text, 16)).bit_count()


def quality_of(result: ImageResult) -> int:
    return result.hash.quality if result.hash else 0


def summary(rows: list[dict[str, float]]) -> dict[str, object]:
    bits = [row["bits"] for row in rows]
    return {
        "pictures": len(rows),
        "megapixels": spread([row["megapixels"] for row in rows]),
        "threatexchange_ms": spread([row["peer_ms"] for row in rows]),
        "tidebreak_ms": spread([row["fast_ms"] for row in rows]),
        "tidebreak_full_ms": spread([row["full_ms"] for row in rows]),
        "ratio": spread([row["peer_ms"] / row["fast_ms"] for row in rows]),
        "ratio_of_sums": sum(r["peer_ms"] for r in rows) / sum(r["fast_ms"] for r in rows),
        "ratio_full": spread([row["peer_ms"] / row["full_ms"] for row in rows]),
        "by_coefficients": sum(row["by_coefficients"] for row in rows),
        "bits_mean": statistics.mean(bits),
        "bits_p99": float(np.percentile(bits, 99)),
        "bits_max": max(bits),
        "quality_off_max": max(row["quality_off"] for row in rows),
        "full_from_threatexchange_bits_max": max(row["peer_bits"] for row in rows),
    }


def spread(values: list[float]) -> list[float]:
    return [round(v, 2) for v in (min(values), statistics.median(values), max(values))]


def print_table(table: dict[str, dict[str, object]]) -> None:
    print(f"{'(min, median, max)':36}" + "".join(f"{kind:>28}" for kind in table))
    for name in table["baseline"]:
        cells = (table[kind][name] for kind in table)
        print(f"{name:36}" + "".join(f"{text(cell):>28}" for cell in cells))


def text(value: object) -> str:
    if isinstance(value, list):
        return "  ".join(f"{item:.1f}" for item in value)
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
