"""The measuring process: it opens pictures, edits them and measures, locked down like a scan's.

A folder of pictures for a calibration is often what strangers have sent. So its bytes are parsed,
as everywhere, in a process without network, secrets or database, and what leaves it are numbers.
"""

from __future__ import annotations

import os
import sys
from typing import IO

import numpy as np

from tidebreak import kernels
from tidebreak.calibration import exchange
from tidebreak.calibration.corpus import corpus_of
from tidebreak.calibration.drawing import font
from tidebreak.calibration.exchange import Reply, Request
from tidebreak.calibration.installed import method_of
from tidebreak.calibration.measure import Pairs, Sample, cross, measure
from tidebreak.calibration.methods import Method
from tidebreak.calibration.negatives import families
from tidebreak.media.launch import die_with, silence
from tidebreak.media.sandbox import Posture, lock_down


def main() -> None:
    """Answer one request; parent, and where to read and write, are the arguments."""
    parent, heard, said = (int(text) for text in sys.argv[1:4])
    die_with(parent)
    with os.fdopen(heard, "rb") as questions, os.fdopen(said, "wb") as answers:
        request = exchange.read_request(questions)
        kernels.warm()
        font(20)
        silence()
        serve(request, questions, answers, lock_down(request.settings.limits))


def serve(request: Request, questions: IO[bytes], answers: IO[bytes], posture: Posture) -> None:
    """Read the files that are asked about, measure, and answer."""
    files = exchange.read_files(questions)
    samples, left_out = corpus_of(files, request.settings, request.pictures)
    questions.close()  # whoever still writes learns that it is enough
    method = method_of(request.settings.depth, enrolled=request.enrolled)
    (outcome,) = measure(
        samples, [method], request.transforms, request.seed,
        lambda done, total: exchange.report(answers, done, total),
        range(request.part, len(samples), request.parts),
    )  # fmt: skip
    hard = _hard(request, samples, method) if samples and request.part == 0 else {}
    reply = Reply(outcome, hard, tuple(left_out), posture.level, posture.summary)
    exchange.answer(answers, reply)


def _hard(request: Request, samples: list[Sample], method: Method) -> dict[str, Pairs]:
    pictures = [sample.picture for sample in samples]
    drawn = families(request.seed, request.family, pictures)
    pixels = {name: [np.asarray(item) for item in items] for name, items in drawn.items()}
    return cross(pixels, method)
