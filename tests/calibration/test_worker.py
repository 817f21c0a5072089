from __future__ import annotations

import io

import numpy as np

from tidebreak.calibration import exchange, worker
from tidebreak.calibration.exchange import Request
from tidebreak.calibration.installed import own_method
from tidebreak.calibration.measure import Sample, measure
from tidebreak.calibration.run import _process
from tidebreak.media.sandbox import Posture, Rung
from tidebreak.model import Depth
from tidebreak.settings import Settings

ASKED = Request(Settings(depth=Depth.FAST), ("mirror",), 3, 2, 5, False, 1, 2)


def contents(photographs) -> list[tuple[str, bytes]]:
    files = [("text", b"no picture")]
    for name, picture in photographs.items():
        out = io.BytesIO()
        picture.save(out, "PNG")
        files.append((name, out.getvalue()))
    return files


def test_it_measures_its_part_of_as_many_pictures_as_were_asked_for(photographs):
    questions, answers = io.BytesIO(), io.BytesIO()
    exchange.ask(questions, ASKED, contents(photographs))
    questions.seek(0)
    asked = exchange.read_request(questions)
    worker.serve(asked, questions, answers, Posture((Rung("process", True, "x"),)))
    answers.seek(0)
    reply = exchange.read_answer(answers, lambda *_: None)
    assert questions.closed
    assert reply.outcome.names == tuple(list(photographs)[:3])
    assert [item.name for item in reply.left_out] == ["text"]
    assert reply.sandbox == 1
    assert not reply.hard  # the first part's task
    samples = [Sample(name, photographs[name]) for name in reply.outcome.names]
    (whole,) = measure(samples, [own_method(Depth.FAST)], ["mirror"], 5)
    assert np.array_equal(reply.outcome.nearest[:, 1], whole.nearest[:, 1])
    assert (reply.outcome.nearest[:, ::2] == 257).all()


def test_the_process_is_locked_down_and_lets_go_of_a_parent_with_more_to_say(photographs):
    with _process() as process:
        told = 0
        try:
            exchange.ask(process.questions, ASKED, contents(photographs))
            while told < 100:  # would block for ever where nobody closed the other end
                process.questions.write(bytes(1 << 20))
                told += 1
            process.questions.flush()
        except BrokenPipeError:
            pass
        reply = exchange.read_answer(process.answers, lambda *_: None)
    assert told < 100
    assert reply.sandbox >= 2
