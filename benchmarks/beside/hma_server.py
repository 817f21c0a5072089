"""HMA's matching path and nothing else: its index of python-threatexchange behind Flask.

What is left out only makes it faster: the database in which HMA looks up every match, banks, ratios.
``gunicorn benchmarks.beside.hma_server:app`` with ``HASHES`` naming a file of PDQ, 32 bytes each.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, request
from threatexchange.signal_type.pdq.pdq_index import PDQIndex

_hashes = Path(os.environ["HASHES"]).read_bytes()
_index = PDQIndex.build(
    (_hashes[start : start + 32].hex(), start // 32) for start in range(0, len(_hashes), 32)
)
app = Flask(__name__)


@app.get("/m/raw_lookup")
def raw_lookup() -> dict[str, list[int]]:
    return {"matches": [match.metadata for match in _index.query(request.args["signal"])]}


@app.get("/status")
def status() -> str:
    return "I-AM-ALIVE"
